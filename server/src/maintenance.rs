//! What an owner does to a data directory besides serving it: `parlance backup`, `restore`, `check`,
//! `migrate-store`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use clap::Subcommand;

use crate::{
    auth::key,
    config::{Config, DatabaseUrl},
    data_dir::DataDir,
    error::StartError,
    healthy,
    store::{self, Checked, CopyError},
};

/// What to do instead of serving.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Write everything that is kept at this moment to a file, while the server runs or not.
    Backup {
        /// Where to. A file that is there is replaced once the new one is whole.
        file: PathBuf,
    },
    /// Put a backup in the place of what is kept now. The server must not run.
    Restore {
        /// The backup.
        file: PathBuf,
    },
    /// Move everything that is kept in the data directory to a PostgreSQL database that is empty. The server must not
    /// run. What is in the data directory stays as it is.
    MigrateStore {
        /// Where to, such as `postgres://user:password@host:5432/name`.
        #[arg(long, value_name = "URL")]
        to: DatabaseUrl,
    },
    /// Look whether everything that is kept is whole, while the server runs or not.
    Check {
        /// A backup to check instead.
        file: Option<PathBuf>,
    },
    /// Ask the server that listens at `--addr` on this machine whether it can do its work. Ends with 1 if it cannot.
    Healthy,
}

/// Why it was not done. Each is a sentence for the person who asked for it.
#[derive(Debug, thiserror::Error)]
pub enum MaintenanceError {
    /// There is no database.
    #[error("There is no database at {}.", .0.display())]
    Nothing(PathBuf),
    /// A backup must not take the place of what it is a backup of.
    #[error("{} is the database itself. Choose another file for the backup.", .0.display())]
    Itself(PathBuf),
    /// The file is not whole, or not one of ours.
    #[error("{what} is not whole:\n{}", .problems.join("\n"))]
    Damaged {
        /// Which.
        what: String,
        /// A sentence each.
        problems: Vec<String>,
    },
    /// These commands know files only.
    #[error(
        "This command is for the file in a data directory. For the PostgreSQL database in --database, {0}."
    )]
    Postgresql(&'static str),
    /// The PostgreSQL database cannot be used, or nothing was moved there.
    #[error("{0}")]
    Target(String),
    /// The system or the database refused.
    #[error("{doing}: {cause}.")]
    Failed {
        /// What was being done, as the beginning of a sentence.
        doing: String,
        /// What was said.
        cause: String,
    },
    /// The server does not answer, or says that it cannot do its work.
    #[error("{0}")]
    NotHealthy(String),
    /// The data directory is in use or unusable.
    #[error("{0}")]
    DataDir(#[from] StartError),
}

impl Command {
    /// Carries it out. The answer is a line for the person who asked.
    ///
    /// # Errors
    /// A sentence for them.
    pub fn run(self, config: &Config) -> Result<String, MaintenanceError> {
        let data_dir = &config.data_dir;
        if let Some(url) = &config.database {
            match &self {
                // Nobody must believe that they have a backup of what is elsewhere.
                Self::Backup { .. } => {
                    return Err(MaintenanceError::Postgresql("use `pg_dump --format custom`"));
                }
                Self::Restore { .. } => return Err(MaintenanceError::Postgresql("use `pg_restore`")),
                Self::Check { file: None } => return check_postgresql(url),
                Self::Check { file: Some(_) } | Self::MigrateStore { .. } | Self::Healthy => {}
            }
        }
        match self {
            Self::Backup { file } => back_up(data_dir, &file),
            Self::MigrateStore { to } => migrate_store(data_dir, &to),
            Self::Restore { file } => restore(&file, data_dir),
            Self::Healthy => healthy::ask(config).map_err(MaintenanceError::NotHealthy),
            Self::Check { file } => {
                let path = file.unwrap_or_else(|| store::file(data_dir));
                Ok(format!("{} is whole: {}.", path.display(), whole(&path)?))
            }
        }
    }
}

fn back_up(data_dir: &Path, to: &Path) -> Result<String, MaintenanceError> {
    let from = store::file(data_dir);
    if !from.exists() {
        return Err(MaintenanceError::Nothing(from));
    }
    if is_same(&from, to) {
        return Err(MaintenanceError::Itself(to.to_owned()));
    }
    let checked =
        store::back_up(data_dir, to).map_err(failed(format!("{} was not written", to.display())))?;
    let copy = || format!("The copy of {}, which was not written to {},", from.display(), to.display());
    Ok(format!("{} was written: {}.", to.display(), unless_damaged(checked, copy)?))
}

fn restore(from: &Path, data_dir: &Path) -> Result<String, MaintenanceError> {
    let held = DataDir::take(data_dir)?;
    if is_same(from, &store::file(data_dir)) {
        return Err(MaintenanceError::Itself(from.to_owned()));
    }
    let contents = whole(from)?;
    let kept =
        store::restore(from, held.path()).map_err(failed(format!("{} was not restored", from.display())))?;
    let kept = kept.map(|kept| format!(" What was there before is kept in {}.", kept.display()));
    Ok(format!("{} was restored: {contents}.{}", from.display(), kept.unwrap_or_default()))
}

fn migrate_store(data_dir: &Path, to: &DatabaseUrl) -> Result<String, MaintenanceError> {
    let address = to.as_str().parse().map_err(MaintenanceError::Target)?;
    let path = store::file(data_dir);
    if !path.exists() {
        return Err(MaintenanceError::Nothing(path));
    }
    let held = DataDir::take(data_dir)?;
    whole(&path)?;
    let key = key::in_file(held.path())?;
    let moved = store::migrate_store(held.path(), key, &address)
        .map_err(|error| MaintenanceError::Target(error.to_string()))?;
    Ok(format!(
        "Everything was moved to the PostgreSQL database at {address} and is the same there: {moved}. Start Parlance \
         with this address in --database. The key that signs tokens is there, too, so that people stay logged in.",
    ))
}

fn check_postgresql(url: &DatabaseUrl) -> Result<String, MaintenanceError> {
    let address = url.as_str().parse().map_err(MaintenanceError::Target)?;
    let checked = store::check_postgresql(&address).map_err(MaintenanceError::Target)?;
    let what = format!("The PostgreSQL database at {address}");
    Ok(format!("{what} is whole: {}.", unless_damaged(checked, || what.clone())?))
}

/// What is in it, or what is wrong with it.
fn whole(path: &Path) -> Result<String, MaintenanceError> {
    if !path.exists() {
        return Err(MaintenanceError::Nothing(path.to_owned()));
    }
    let checked = store::check(path).map_err(|error| MaintenanceError::Damaged {
        what: path.display().to_string(),
        problems: vec![format!("SQLite says: {error}.")],
    })?;
    unless_damaged(checked, || path.display().to_string())
}

/// What is in it, unless something is wrong with it.
fn unless_damaged(checked: Checked, what: impl FnOnce() -> String) -> Result<String, MaintenanceError> {
    if checked.problems.is_empty() {
        Ok(checked.to_string())
    } else {
        Err(MaintenanceError::Damaged { what: what(), problems: checked.problems })
    }
}

fn is_same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| -> io::Result<PathBuf> { fs::canonicalize(path) };
    matches!((real(one), real(other)), (Ok(one), Ok(other)) if one == other)
}

fn failed(doing: String) -> impl FnOnce(CopyError) -> MaintenanceError {
    move |cause| {
        let cause = cause.to_string().trim_end_matches('.').to_owned();
        MaintenanceError::Failed { doing, cause }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::{
        options::Options,
        testing::{postgresql::TestDatabase, scratch},
    };

    fn run(database: &TestDatabase, command: &[&str]) -> Result<String, String> {
        let data_dir = scratch();
        let url = database.url();
        let all = ["parlance", "--data-dir", data_dir.path().to_str().unwrap(), "--database", &url];
        let Options { config, command } = Options::parse_from(all.iter().chain(command));
        command.unwrap().run(&config).map_err(|error| error.to_string())
    }

    #[test]
    fn with_a_database_elsewhere_it_is_checked_and_nobody_believes_in_a_backup() {
        let database = TestDatabase::new();
        let port = database.port();
        let whole = run(&database, &["check"]).unwrap();
        assert_eq!(
            whole,
            format!(
                "The PostgreSQL database at 127.0.0.1:{port} is whole: people: 0, groups: 0, messages: 0."
            )
        );
        database.run("INSERT INTO conversations (head, updated_at) VALUES (1, 0)");
        let damaged = run(&database, &["check"]).unwrap_err();
        assert!(damaged.starts_with("The PostgreSQL database at 127.0.0.1"), "{damaged}");
        assert!(damaged.ends_with("(conversation 1)."), "{damaged}");
        for (command, expected) in
            [("backup", "use `pg_dump --format custom`."), ("restore", "use `pg_restore`.")]
        {
            let refused = run(&database, &[command, "file"]).unwrap_err();
            assert!(refused.ends_with(expected), "{refused}");
        }
        let empty = run(&TestDatabase::empty(), &["check"]).unwrap_err();
        assert!(empty.ends_with("There are no tables of Parlance in it."), "{empty}");
    }
}
