//! Copies of the database: taken from one that a server may be writing to, put in the place of
//! one that no server uses.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use rusqlite::{
    Connection,
    backup::{Backup, StepResult},
};

use super::{
    check::{Checked, check},
    db::DbError,
    file::{connect, existing, file, make_private},
};
use crate::data_dir::private;

/// What SQLite puts beside a database.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// Why a database was not copied.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CopyError {
    #[error("{0}")]
    Database(#[from] rusqlite::Error),
    #[error("{0}")]
    Check(#[from] DbError),
    #[error("{0}")]
    File(#[from] io::Error),
}

/// Writes what is committed at this moment to `to`, as one file that is whole and on the disk before it gets
/// its name. If the database is damaged, so is its copy: then `to` stays as it was, and the answer has the problems.
/// Writers do not wait for it.
pub(crate) fn back_up(data_dir: &Path, to: &Path) -> Result<Checked, CopyError> {
    let from = connect(&file(data_dir), existing())?;
    let unfinished = beside(to, ".unfinished");
    make_private(&unfinished)?;
    or_remove(&unfinished, || {
        copy(&from, &unfinished)?;
        File::open(&unfinished)?.sync_all()?;
        let checked = check(&unfinished)?;
        if checked.problems.is_empty() {
            rename(&unfinished, to)?;
        } else {
            fs::remove_file(&unfinished).ok();
        }
        Ok(checked)
    })
}

/// Finishes a file, or removes it: it may have filled the disk.
fn or_remove<T>(unfinished: &Path, finish: impl FnOnce() -> Result<T, CopyError>) -> Result<T, CopyError> {
    finish().inspect_err(|_| {
        fs::remove_file(unfinished).ok();
    })
}

fn copy(from: &Connection, to: &Path) -> Result<(), CopyError> {
    let mut copy = Connection::open(to)?;
    let backup = Backup::new(from, &mut copy)?;
    // One step reads one snapshot. Several steps would begin anew with each commit.
    while backup.step(-1)? != StepResult::Done {
        thread::sleep(Duration::from_millis(50));
    }
    drop(backup);
    // One file, which can be opened where no file can be written beside it.
    copy.pragma_update(None, "journal_mode", "DELETE")?;
    copy.close().map_err(|(_, error)| error)?;
    Ok(())
}

/// Puts a copy of `from` in the place of the database, which must not be in use. What was there is
/// kept: the name that it has now is returned.
pub(crate) fn restore(from: &Path, data_dir: &Path) -> Result<Option<PathBuf>, CopyError> {
    let database = file(data_dir);
    let unfinished = beside(&database, ".restored");
    let mut source = File::open(from)?;
    let kept = or_remove(&unfinished, || {
        let mut target =
            private(OpenOptions::new().write(true).create(true).truncate(true)).open(&unfinished)?;
        io::copy(&mut source, &mut target)?;
        target.sync_all()?;
        Ok(if database.try_exists()? { Some(put_aside(&database)?) } else { None })
    })?;
    // Whatever happens from here on, the copy is whole, and there is nothing else under the database's name.
    rename(&unfinished, &database)?;
    Ok(kept)
}

fn put_aside(database: &Path) -> Result<PathBuf, CopyError> {
    // Closing the database moves its log into it. If it is damaged, the log is kept with it.
    if let Ok(connection) = connect(database, existing()) {
        connection.close().ok();
    }
    let aside = beside(database, &format!(".before-{}", crate::clock::now().0));
    for suffix in BESIDE {
        let log = beside(database, suffix);
        if log.try_exists()? {
            fs::rename(log, beside(&aside, suffix))?;
        }
    }
    rename(database, &aside)?;
    Ok(aside)
}

/// Renames a file, and waits until its new name is on the disk.
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    #[cfg(unix)]
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(())
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{store::Store, testing::scratch};

    #[tokio::test]
    async fn a_copy_that_is_not_finished_leaves_nothing_on_the_disk() {
        let (data_dir, elsewhere) = (scratch(), scratch());
        let (store, _domain_events) = Store::open(data_dir.path()).unwrap();
        store.close().await;
        let names = |folder: &Path| -> Vec<_> {
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect()
        };
        // A folder can be opened like a file. It cannot be read, and no file takes its place.
        restore(elsewhere.path(), data_dir.path()).unwrap_err();
        assert_eq!(names(data_dir.path()), ["parlance.db"]);
        fs::create_dir(elsewhere.path().join("backup")).unwrap();
        back_up(data_dir.path(), &elsewhere.path().join("backup")).unwrap_err();
        assert_eq!(names(elsewhere.path()), ["backup"]);
    }
}
