//! PostgreSQL: a server for one test, or one that all tests of a run share, each with a database of its own.

use std::{
    env,
    fs::{self, File, Permissions},
    net::TcpStream,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use postgres::{Client, NoTls};

use crate::{
    Daemon,
    daemon::{hold, wait},
    free_port,
};

/// The user that needs no password, and owns everything.
pub const OWNER: &str = "parlance";
/// One that needs one, where somebody has made it.
pub const LOCKED: (&str, &str) = ("locked", "secret");

/// How often another port is tried, when somebody else was faster.
const TRIES: u32 = 5;

/// What a run of PostgreSQL needs: its programs, and a user that it agrees to run as.
struct Programs {
    folder: PathBuf,
    /// PostgreSQL refuses to run as root.
    user: Option<&'static str>,
}

impl Programs {
    fn get() -> Result<&'static Self> {
        static FOUND: OnceLock<Option<Programs>> = OnceLock::new();
        FOUND.get_or_init(Self::find).as_ref().context(
            "PostgreSQL 14 or newer is needed, and there is none: run `cargo xtask setup`, or `apt-get install \
             postgresql`",
        )
    }

    fn find() -> Option<Self> {
        let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let mut folders: Vec<PathBuf> = installed.map(|entry| entry.path().join("bin")).collect();
        folders.sort();
        let on_path = env::var_os("PATH").map(|path| env::split_paths(&path).collect::<Vec<_>>());
        folders.splice(0..0, on_path.unwrap_or_default());
        let folder = folders.into_iter().rev().find(|folder| folder.join("initdb").is_file())?;
        let is_root = Command::new("id").arg("-u").output().ok()?.stdout == b"0\n";
        let knows = |user: &str| {
            let id = Command::new("id").arg(user).stdout(Stdio::null()).stderr(Stdio::null()).status();
            id.is_ok_and(|status| status.success())
        };
        let user = is_root.then(|| if knows("postgres") { "postgres" } else { "nobody" });
        Some(Self { folder, user })
    }

    /// The beginning of a command line for one of them.
    fn command(&self, program: &str) -> Vec<String> {
        let mut line: Vec<String> = Vec::new();
        if let Some(user) = self.user {
            let ids = [format!("--reuid={user}"), "--clear-groups".to_owned(), "--".to_owned()];
            line.push("setpriv".to_owned());
            line.extend(ids);
        }
        line.push(self.folder.join(program).display().to_string());
        line
    }
}

/// Makes an empty cluster of databases.
fn initialise(folder: &Path) -> Result<()> {
    let programs = Programs::get()?;
    let data = folder.join("data");
    fs::remove_dir_all(&data).ok();
    fs::create_dir_all(&data)?;
    // PostgreSQL runs as another user, who must be able to enter.
    fs::set_permissions(folder, Permissions::from_mode(0o755))?;
    if let Some(user) = programs.user {
        ensure!(Command::new("chown").arg(user).arg(&data).status()?.success(), "`chown` failed");
    }
    let mut initdb = programs.command("initdb");
    let options =
        ["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8", "--username", OWNER, "--pgdata"];
    initdb.extend(options.map(str::to_owned));
    let made = Command::new(&initdb[0]).args(&initdb[1..]).arg(&data).current_dir("/").output()?;
    ensure!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
    let rules = data.join("pg_hba.conf");
    let usual = fs::read_to_string(&rules)?;
    fs::write(&rules, format!("host all {} 127.0.0.1/32 scram-sha-256\n{usual}", LOCKED.0))?;
    let conf = data.join("postgresql.conf");
    fs::write(&conf, format!("{}\n{SETTINGS}", fs::read_to_string(&conf)?))?;
    Ok(())
}

/// Puts a file beside the databases that the server alone can read.
fn add(folder: &Path, name: &str, contents: &str) -> Result<()> {
    let path = folder.join("data").join(name);
    fs::write(&path, contents)?;
    fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    if let Some(user) = Programs::get()?.user {
        ensure!(Command::new("chown").arg(user).arg(&path).status()?.success(), "`chown` failed");
    }
    Ok(())
}

/// Without a word to the disk: what a test kept need not survive the machine.
const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
fsync = off
full_page_writes = off
max_connections = 300
shared_buffers = 64MB
deadlock_timeout = 200ms
log_min_messages = fatal
";

/// Starts the server of a folder.
fn start(folder: &Path, port: u16) -> Result<Daemon> {
    let mut command = Programs::get()?.command("postgres");
    let data = folder.join("data").display().to_string();
    command.extend(["-D".to_owned(), data, "-p".to_owned(), port.to_string()]);
    let daemon = Daemon::start(folder, "postgresql", "INT", &command)?;
    daemon.until(|| TcpStream::connect(("127.0.0.1", port)).is_ok())?;
    Ok(daemon)
}

/// Starts it on a port that is free.
fn start_somewhere(folder: &Path) -> Result<(Daemon, u16)> {
    let mut outcome = Err(anyhow::anyhow!("never tried"));
    for _ in 0..TRIES {
        let port = free_port()?;
        outcome = start(folder, port).map(|daemon| (daemon, port));
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

/// Where a database is, for one of the users.
#[must_use]
pub fn url(port: u16, user: &str, name: &str) -> String {
    format!("postgres://{user}@127.0.0.1:{port}/{name}")
}

/// Connects, and waits until the server has started.
///
/// # Errors
///
/// It does not start.
pub fn connect(port: u16, user: &str, name: &str) -> Result<Client> {
    let url = url(port, user, name);
    wait(Duration::from_secs(20), || Client::connect(&url, NoTls).ok())
        .with_context(|| format!("PostgreSQL does not answer at {url}"))
}

fn until_it_answers(port: u16) -> Result<()> {
    aside(|| connect(port, OWNER, "postgres").map(drop))
}

/// The client waits, which a task must not do.
pub fn aside<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| scope.spawn(work).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
}

/// The server that all processes share that use the same folder. It ends some seconds after the last of them,
/// however that ended.
#[derive(Debug)]
pub struct Shared {
    port: u16,
    _users: File,
}

impl Shared {
    /// Starts it, unless it runs. `prepare` is called with its port, before anybody else may join.
    ///
    /// # Errors
    ///
    /// PostgreSQL is not installed or does not start, or what `prepare` says.
    pub fn join(folder: &Path, prepare: impl FnOnce(u16) -> Result<()>) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let users = hold(folder)?;
        let starting = File::create(folder.join("start.lock"))?;
        starting.lock()?;
        let note = folder.join("postgresql.port");
        let noted = fs::read_to_string(&note).ok().and_then(|port| port.trim().parse::<u16>().ok());
        let running = noted.filter(|port| TcpStream::connect(("127.0.0.1", *port)).is_ok());
        let port = match running {
            Some(port) => port,
            None => {
                initialise(folder)?;
                let (_, port) = start_somewhere(folder)?;
                fs::write(&note, port.to_string())?;
                port
            }
        };
        prepare(port)?;
        Ok(Self { port, _users: users })
    }

    /// Where it listens on this machine.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

/// A server for one who stops and starts it. It ends when this is dropped.
#[derive(Debug)]
pub struct Postgresql {
    folder: PathBuf,
    port: u16,
    daemon: Option<Daemon>,
}

impl Postgresql {
    /// Starts one with nothing in it; everything that was in the folder's `data` is gone.
    ///
    /// # Errors
    ///
    /// PostgreSQL is not installed, or does not start.
    pub fn start(folder: &Path) -> Result<Self> {
        Self::start_with(folder, &[], "", "")
    }

    /// The same with files in its folder that it alone can read, settings, and rules before the usual ones for who
    /// may connect how.
    ///
    /// # Errors
    ///
    /// It is not installed, or does not start.
    pub fn start_with(folder: &Path, files: &[(&str, &str)], settings: &str, rules: &str) -> Result<Self> {
        fs::create_dir_all(folder)?;
        initialise(folder)?;
        for (name, contents) in files {
            add(folder, name, contents)?;
        }
        let data = folder.join("data");
        let (conf, hba) = (data.join("postgresql.conf"), data.join("pg_hba.conf"));
        fs::write(&conf, format!("{}\n{settings}\n", fs::read_to_string(&conf)?))?;
        fs::write(&hba, format!("{rules}\n{}", fs::read_to_string(&hba)?))?;
        let (daemon, port) = start_somewhere(folder)?;
        until_it_answers(port)?;
        Ok(Self { folder: folder.to_owned(), port, daemon: Some(daemon) })
    }

    /// Starts it where it was and with what it had.
    ///
    /// # Errors
    ///
    /// It does not start.
    pub fn start_again(&mut self) -> Result<()> {
        self.daemon = Some(start(&self.folder, self.port)?);
        until_it_answers(self.port)
    }

    /// Ends it as a crash does.
    ///
    /// # Errors
    ///
    /// It does not end.
    pub fn kill(&mut self) -> Result<()> {
        self.end("QUIT")
    }

    /// Ends it as an administrator does who does not wait for its clients.
    ///
    /// # Errors
    ///
    /// It does not end.
    pub fn stop(&mut self) -> Result<()> {
        self.end("INT")
    }

    fn end(&mut self, signal: &str) -> Result<()> {
        match self.daemon.take() {
            Some(daemon) => daemon.end(signal),
            None => bail!("PostgreSQL does not run"),
        }
    }

    /// Where it listens on this machine.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address of its only database, which everybody may use without a password.
    #[must_use]
    pub fn url(&self) -> String {
        url(self.port, OWNER, "postgres")
    }

    /// Its number among the system's processes, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.daemon.as_ref().map(Daemon::pid)
    }
}

impl Drop for Postgresql {
    fn drop(&mut self) {
        if let Some(daemon) = &self.daemon {
            daemon.signal("QUIT");
        }
    }
}
