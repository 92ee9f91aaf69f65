//! A PostgreSQL server of the tests' own. All tests of a run share it, each with a database of its own.

use std::{
    env,
    sync::{
        LazyLock, Mutex, MutexGuard,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use postgres::Client;
pub(crate) use services::postgresql::{LOCKED, aside};
use services::postgresql::{OWNER, Postgresql, Shared, url};
use tempfile::TempDir;

const TEMPLATE: &str = "parlance_template";

/// The server, and somebody who makes databases.
struct Owner {
    server: Shared,
    client: Mutex<Client>,
}

static SHARED: LazyLock<Owner> = LazyLock::new(|| {
    let folder = env::current_exe().unwrap().ancestors().nth(3).unwrap().join("tmp/postgresql");
    let server = Shared::join(&folder, |port| {
        prepare(port);
        Ok(())
    });
    let server = server.unwrap_or_else(|error| panic!("{error:#}"));
    let client = Mutex::new(connect(server.port(), "postgres"));
    Owner { server, client }
});

/// Makes what all databases are copied from, unless another process has.
fn prepare(port: u16) {
    let mut owner = connect(port, "postgres");
    let is_prepared = owner.query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&TEMPLATE]).unwrap();
    if is_prepared.is_none() {
        owner.batch_execute(&format!("CREATE ROLE {} LOGIN PASSWORD '{}'", LOCKED.0, LOCKED.1)).unwrap();
        owner.batch_execute(&format!("CREATE DATABASE {TEMPLATE}")).unwrap();
        let template = url(port, OWNER, TEMPLATE).parse().unwrap();
        crate::store::migrate_postgresql(&template).unwrap();
    }
}

fn connect(port: u16, name: &str) -> Client {
    services::postgresql::connect(port, OWNER, name).unwrap()
}

impl Owner {
    fn client(&self) -> MutexGuard<'_, Client> {
        self.client.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
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
        aside(|| SHARED.client().batch_execute(&make).unwrap());
        Self { name }
    }

    /// Another one with the same in it. This one must not be in use any more.
    pub(crate) fn copy(&self) -> Self {
        for _ in 0..100 {
            let is_used = format!("SELECT count(*) FROM pg_stat_activity WHERE datname = '{}'", self.name);
            if aside(|| SHARED.client().query_one(&is_used, &[]).unwrap().get::<_, i64>(0)) == 0 {
                return Self::from_template(&self.name);
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("{} is still in use", self.name);
    }

    pub(crate) fn url(&self) -> String {
        url(SHARED.server.port(), OWNER, &self.name)
    }

    /// The address of the server, for a test of what is wrong with it.
    pub(crate) fn port(&self) -> u16 {
        SHARED.server.port()
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Carries out statements as the owner.
    pub(crate) fn run(&self, sql: &str) {
        aside(|| connect(SHARED.server.port(), &self.name).batch_execute(sql).unwrap());
    }

    /// What a query says that has some bytes as its answer.
    pub(crate) fn bytes(&self, sql: &str) -> Vec<u8> {
        aside(|| connect(SHARED.server.port(), &self.name).query_one(sql, &[]).unwrap().get(0))
    }

    /// Carries out statements in a transaction that goes on.
    pub(crate) fn hold(&self, sql: &str) -> OpenTransaction {
        aside(|| {
            let mut client = connect(SHARED.server.port(), &self.name);
            client.batch_execute(&format!("BEGIN; {sql}")).unwrap();
            OpenTransaction(client)
        })
    }

    /// What a query says that has one number as its answer.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        aside(|| connect(SHARED.server.port(), &self.name).query_one(sql, &[]).unwrap().get(0))
    }
}

/// A transaction that is not over.
pub(crate) struct OpenTransaction(Client);

impl OpenTransaction {
    pub(crate) fn run(&mut self, sql: &str) {
        aside(|| self.0.batch_execute(sql).unwrap());
    }

    pub(crate) fn release(mut self) {
        aside(move || self.0.batch_execute("COMMIT").unwrap());
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        aside(|| SHARED.client().batch_execute(&drop).ok());
    }
}

/// A server for one test that stops and starts it.
pub(crate) struct TestServer {
    server: Postgresql,
    _scratch: TempDir,
}

impl TestServer {
    pub(crate) fn start() -> Self {
        Self::start_with(&[], "", "")
    }

    /// The same with files in its folder, settings, and rules before the usual ones for who may connect how.
    pub(crate) fn start_with(files: &[(&str, &str)], settings: &str, rules: &str) -> Self {
        let scratch = super::scratch();
        let server = Postgresql::start_with(scratch.path(), files, settings, rules)
            .unwrap_or_else(|error| panic!("{error:#}"));
        Self { server, _scratch: scratch }
    }

    pub(crate) fn port(&self) -> u16 {
        self.server.port()
    }

    pub(crate) fn start_again(&mut self) {
        self.server.start_again().unwrap();
    }

    /// Ends it as a crash does.
    pub(crate) fn kill(&mut self) {
        self.server.kill().unwrap();
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }
}
