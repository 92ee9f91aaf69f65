//! A PostgreSQL server of the tests' own. All tests of a run share it, each with a database of its own; it ends
//! some seconds after the last process that uses it, however that ended.

use std::{
    env,
    fs::{self, File},
    net::{TcpListener, TcpStream},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        LazyLock, Mutex, MutexGuard,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use postgres::{Client, NoTls};

/// The user that needs no password, and owns everything.
const OWNER: &str = "parlance";
/// One that needs one.
pub(crate) const LOCKED: (&str, &str) = ("locked", "secret");
const TEMPLATE: &str = "parlance_template";

/// What a run of PostgreSQL needs: its programs, and a user that it agrees to run as.
struct Programs {
    folder: PathBuf,
    /// PostgreSQL refuses to run as root.
    user: Option<&'static str>,
}

static PROGRAMS: LazyLock<Programs> = LazyLock::new(|| {
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = installed.map(|entry| entry.path().join("bin")).collect();
    folders.sort();
    let on_path = env::var_os("PATH").map(|path| env::split_paths(&path).collect::<Vec<_>>());
    folders.splice(0..0, on_path.unwrap_or_default());
    let found = folders.into_iter().rev().find(|folder| folder.join("initdb").is_file());
    let folder = found.expect(
        "these tests need PostgreSQL 14 or newer, and there is none: install it with `apt-get install postgresql`",
    );
    let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let knows = |user: &str| {
        Command::new("id").arg(user).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success()
    };
    let user = is_root.then(|| if knows("postgres") { "postgres" } else { "nobody" });
    Programs { folder, user }
});

impl Programs {
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

/// A server's folder.
struct Folder(PathBuf);

impl Folder {
    fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    fn port(&self) -> Option<u16> {
        fs::read_to_string(self.0.join("port")).ok()?.trim().parse().ok()
    }

    /// The port of a server that answers.
    fn running(&self) -> Option<u16> {
        self.port().filter(|port| TcpStream::connect(("127.0.0.1", *port)).is_ok())
    }

    fn initialise(&self) {
        let data = self.data();
        fs::remove_dir_all(&data).ok();
        fs::create_dir_all(&data).unwrap();
        if let Some(user) = PROGRAMS.user {
            assert!(Command::new("chown").arg(user).arg(&data).status().unwrap().success());
        }
        let mut initdb = PROGRAMS.command("initdb");
        let options =
            ["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8", "--username", OWNER];
        initdb.extend(options.map(str::to_owned));
        initdb.extend(["--pgdata".to_owned(), data.display().to_string()]);
        let made = Command::new(&initdb[0]).args(&initdb[1..]).current_dir("/").output().unwrap();
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let rules = data.join("pg_hba.conf");
        let usual = fs::read_to_string(&rules).unwrap();
        fs::write(&rules, format!("host all {} 127.0.0.1/32 scram-sha-256\n{usual}", LOCKED.0)).unwrap();
    }

    /// Starts the server, which ends when nobody holds the file `users.lock`, or the process is killed.
    fn start(&self, port: u16) {
        let server = PROGRAMS.command("postgres").join(" ");
        let script = format!(
            "({server} -D {data} -p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
                 -c fsync=off -c full_page_writes=off -c max_connections=300 -c shared_buffers=64MB \
                 -c deadlock_timeout=200ms -c log_min_messages=fatal >{log} 2>&1 &
             server=$!
             echo $server >{folder}/pid
             while kill -0 $server; do
                 sleep 2
                 flock --nonblock {folder}/users.lock sh -c \"kill -INT $server; rm -f {folder}/port; sleep 1\"
             done) &",
            data = self.data().display(),
            log = self.0.join("log").display(),
            folder = self.0.display(),
        );
        let mut shell = Command::new("sh");
        shell.args(["-c", &script]).current_dir("/");
        shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        assert!(shell.process_group(0).status().unwrap().success());
        for _ in 0..200 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                fs::write(self.0.join("port"), port.to_string()).unwrap();
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("PostgreSQL does not start: see {}", self.0.join("log").display());
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The server that all tests share.
struct Shared {
    port: u16,
    owner: Mutex<Client>,
    /// As long as a process holds it, the server runs.
    _users: File,
}

static SHARED: LazyLock<Shared> = LazyLock::new(|| {
    let target = env::current_exe().unwrap().ancestors().nth(3).unwrap().join("tmp/postgresql");
    fs::create_dir_all(&target).unwrap();
    let users = File::create(target.join("users.lock")).unwrap();
    users.lock_shared().unwrap();
    let starting = File::create(target.join("start.lock")).unwrap();
    starting.lock().unwrap();
    let folder = Folder(target);
    let running = folder.running();
    let port = running.unwrap_or_else(free_port);
    if running.is_none() {
        folder.initialise();
        folder.start(port);
    }
    let mut owner = connect(port, OWNER, "postgres");
    let is_prepared = owner.query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&TEMPLATE]).unwrap();
    if is_prepared.is_none() {
        owner.batch_execute(&format!("CREATE ROLE {} LOGIN PASSWORD '{}'", LOCKED.0, LOCKED.1)).unwrap();
        owner.batch_execute(&format!("CREATE DATABASE {TEMPLATE}")).unwrap();
        let template = url(port, OWNER, TEMPLATE).parse().unwrap();
        crate::store::migrate_postgresql(&template).unwrap();
    }
    Shared { port, owner: Mutex::new(owner), _users: users }
});

fn url(port: u16, user: &str, name: &str) -> String {
    format!("postgres://{user}@127.0.0.1:{port}/{name}")
}

/// Waits until the server has started.
fn connect(port: u16, user: &str, name: &str) -> Client {
    let url = url(port, user, name);
    for _ in 0..200 {
        if let Ok(client) = Client::connect(&url, NoTls) {
            return client;
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("PostgreSQL does not answer at {url}");
}

impl Shared {
    fn owner(&self) -> MutexGuard<'_, Client> {
        self.owner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The client waits, which a task must not do.
pub(crate) fn aside<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| scope.spawn(work).join().unwrap())
}

/// A database for one test, gone afterwards.
pub(crate) struct TestDatabase {
    name: String,
}

impl TestDatabase {
    /// One with our tables.
    pub(crate) fn new() -> Self {
        Self::from_template(TEMPLATE)
    }

    /// One without tables.
    pub(crate) fn empty() -> Self {
        Self::from_template("template1")
    }

    fn from_template(template: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{number}", std::process::id());
        let make = format!("CREATE DATABASE {name} TEMPLATE {template}");
        aside(|| SHARED.owner().batch_execute(&make).unwrap());
        Self { name }
    }

    /// Another one with the same in it. This one must not be in use any more.
    pub(crate) fn copy(&self) -> Self {
        for _ in 0..100 {
            let is_used = format!("SELECT count(*) FROM pg_stat_activity WHERE datname = '{}'", self.name);
            if aside(|| SHARED.owner().query_one(&is_used, &[]).unwrap().get::<_, i64>(0)) == 0 {
                return Self::from_template(&self.name);
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("{} is still in use", self.name);
    }

    pub(crate) fn url(&self) -> String {
        url(SHARED.port, OWNER, &self.name)
    }

    /// The address of the server, for a test of what is wrong with it.
    pub(crate) fn port(&self) -> u16 {
        SHARED.port
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Carries out statements as the owner.
    pub(crate) fn run(&self, sql: &str) {
        aside(|| connect(SHARED.port, OWNER, &self.name).batch_execute(sql).unwrap());
    }

    /// What a query says that has some bytes as its answer.
    pub(crate) fn bytes(&self, sql: &str) -> Vec<u8> {
        aside(|| connect(SHARED.port, OWNER, &self.name).query_one(sql, &[]).unwrap().get(0))
    }

    /// Carries out statements in a transaction that goes on.
    pub(crate) fn hold(&self, sql: &str) -> Held {
        aside(|| {
            let mut client = connect(SHARED.port, OWNER, &self.name);
            client.batch_execute(&format!("BEGIN; {sql}")).unwrap();
            Held(client)
        })
    }

    /// What a query says that has one number as its answer.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        aside(|| connect(SHARED.port, OWNER, &self.name).query_one(sql, &[]).unwrap().get(0))
    }
}

/// A transaction that is not over.
pub(crate) struct Held(Client);

impl Held {
    pub(crate) fn release(mut self) {
        aside(move || self.0.batch_execute("COMMIT").unwrap());
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        aside(|| SHARED.owner().batch_execute(&drop).ok());
    }
}

/// A server for one test that stops and starts it.
pub(crate) struct TestServer {
    folder: Folder,
    port: u16,
    users: Option<File>,
    _scratch: tempfile::TempDir,
}

impl TestServer {
    pub(crate) fn start() -> Self {
        let scratch = super::scratch();
        open_to_all(scratch.path());
        let folder = Folder(scratch.path().to_owned());
        folder.initialise();
        let mut server = Self { folder, port: free_port(), users: None, _scratch: scratch };
        server.start_again();
        server
    }

    pub(crate) fn start_again(&mut self) {
        let users = File::create(self.folder.0.join("users.lock")).unwrap();
        users.lock_shared().unwrap();
        self.users = Some(users);
        self.folder.start(self.port);
        aside(|| drop(connect(self.port, OWNER, "postgres")));
    }

    /// Ends it as a crash does.
    pub(crate) fn kill(&mut self) {
        self.signal("-QUIT");
        while TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
        let pid_file = self.folder.data().join("postmaster.pid");
        for _ in 0..200 {
            if !pid_file.exists() {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("PostgreSQL does not end");
    }

    fn signal(&self, signal: &str) {
        let pid = fs::read_to_string(self.folder.0.join("pid")).unwrap();
        Command::new("kill").args([signal, pid.trim()]).stderr(Stdio::null()).status().unwrap();
    }

    pub(crate) fn url(&self) -> String {
        url(self.port, OWNER, "postgres")
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.signal("-QUIT");
    }
}

/// PostgreSQL runs as another user, who must be able to enter.
fn open_to_all(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;

    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
}
