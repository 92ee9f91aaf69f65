//! The servers that are measured: each is started on a core of its own, with people who can connect.

use std::{
    ffi::OsStr,
    fmt, fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use parlance::seed::{Person, Seed};
use protocol::{Catalogue as _, Chat, UserId};
use serde::Serialize;
use services::node::address_in;

use crate::{
    machine::{self, Core},
    socket::Socket,
};

/// A kind of server that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Parlance,
    /// Node's socket.io, without a store.
    NodeMemory,
    /// The same, with connection state recovery: a client that comes back is sent what it missed, if
    /// possible.
    NodeRecovery,
    /// Node's socket.io with better-sqlite3; a message is on disk before it is acknowledged.
    NodeSqlite,
    /// socket.io on Bun, with Bun's own engine, without a store.
    BunMemory,
    /// The same with bun:sqlite; a message is on disk before it is acknowledged.
    BunSqlite,
    /// socketioxide, without login and store.
    Bare,
    /// Nodes of socketioxide with `socketioxide-redis` between them.
    RedisAdapter,
    /// The same with `socketioxide-postgres`.
    PostgresAdapter,
}

/// All kinds, in the order of the table's columns.
pub(crate) const KINDS: [Kind; 9] = [
    Kind::Parlance,
    Kind::NodeMemory,
    Kind::NodeRecovery,
    Kind::NodeSqlite,
    Kind::BunMemory,
    Kind::BunSqlite,
    Kind::Bare,
    Kind::RedisAdapter,
    Kind::PostgresAdapter,
];

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Parlance => "Parlance",
            Self::NodeMemory => "Node, in memory",
            Self::NodeSqlite => "Node + SQLite FULL",
            Self::NodeRecovery => "Node, with state recovery",
            Self::BunMemory => "Bun, in memory",
            Self::BunSqlite => "Bun + SQLite FULL",
            Self::Bare => "bare socketioxide, in memory",
            Self::RedisAdapter => "socketioxide-redis",
            Self::PostgresAdapter => "socketioxide-postgres",
        })
    }
}

/// People whom a page shows at the same time.
pub(crate) const ON_SCREEN: usize = 20;

/// A running server. It is stopped when the value is dropped.
pub(crate) struct Peer {
    pub(crate) kind: Kind,
    pub(crate) address: SocketAddr,
    pub(crate) people: Vec<Person>,
    child: Child,
    home: PathBuf,
}

/// What a socket sends when it connects.
#[derive(Serialize)]
pub(crate) struct Auth<'a> {
    pub(crate) token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) protocol: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) watch: Option<Vec<UserId>>,
}

impl Peer {
    /// Starts a server with nothing stored but `people`.
    pub(crate) async fn start(kind: Kind, people: usize) -> Result<Self> {
        let home = scratch(&format!("{kind:?}"))?;
        let seed = Seed::open(&home.join("data"))?;
        let people = seed.people("person", people).await.map_err(|error| anyhow!(error))?;
        seed.close().await;
        Self::start_at(kind, home, people)
    }

    /// Starts a server on existing data.
    pub(crate) fn start_at(kind: Kind, home: PathBuf, mut people: Vec<Person>) -> Result<Self> {
        if kind != Kind::Parlance {
            // The other servers take a person's id for a token.
            people.iter_mut().for_each(|person| person.token = person.id.to_string());
        }
        let (child, address) = launch(kind, &home, "127.0.0.1:0")?;
        Ok(Self { kind, address, people, child, home })
    }

    /// A person's socket.
    pub(crate) async fn connect(&self, person: usize) -> Result<Socket> {
        self.connect_with(person, None, None).await
    }

    /// The same as the page does it: it shows its version, and watches the people on its screen.
    pub(crate) async fn connect_as_page(&self, person: usize) -> Result<Socket> {
        let others = (1..=ON_SCREEN).map(|next| self.people[(person + next) % self.people.len()].id);
        self.connect_with(person, Some(Chat::VERSION), Some(others.collect())).await
    }

    /// When all people have a socket, they get another one by turns.
    async fn connect_with(
        &self,
        person: usize,
        protocol: Option<&str>,
        watch: Option<Vec<UserId>>,
    ) -> Result<Socket> {
        let auth = Auth { token: &self.people[person % self.people.len()].token, protocol, watch };
        Socket::connect(self.address, &auth)
            .await
            .with_context(|| format!("person {person} of {}", self.kind))
    }

    /// Ends it as a service manager would, and starts it with the same address and data. Returns
    /// how long the start took, until `/health` was answered.
    pub(crate) async fn restart(&mut self) -> Result<Duration> {
        self.stop()?;
        self.start_again().await
    }

    pub(crate) fn stop(&mut self) -> Result<()> {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status()?;
        let status = self.child.wait()?;
        ensure!(status.success(), "{} ended with {status}", self.kind);
        Ok(())
    }

    pub(crate) async fn start_again(&mut self) -> Result<Duration> {
        let begin = Instant::now();
        let (child, _) = launch(self.kind, &self.home, &self.address.to_string())?;
        self.child = child;
        healthy(self.address).await?;
        Ok(begin.elapsed())
    }

    /// Processor time used so far.
    pub(crate) fn processor(&self) -> Result<Duration> {
        machine::processor(self.child.id())
    }

    /// Memory, in KiB.
    pub(crate) fn memory(&self) -> Result<f64> {
        machine::memory(self.child.id())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// An empty directory for a server.
pub(crate) fn scratch(name: &str) -> Result<PathBuf> {
    let home = target().join("bench").join(name);
    if home.exists() {
        fs::remove_dir_all(&home)?;
    }
    fs::create_dir_all(&home)?;
    Ok(home)
}

/// Where cargo builds.
pub(crate) fn target() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    root.join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

fn launch(kind: Kind, home: &Path, address: &str) -> Result<(Child, SocketAddr)> {
    let sqlite = || Ok::<_, std::io::Error>(["sqlite".into(), fs::canonicalize(home)?.join("chat.db")]);
    let mut command = match kind {
        Kind::Parlance => {
            let mut parlance = parlance(home);
            parlance.args(["--addr", address]);
            parlance
        }
        Kind::NodeMemory => socket_io("node", ["memory"]),
        Kind::NodeRecovery => socket_io("node", ["recovery"]),
        Kind::NodeSqlite => socket_io("node", sqlite()?),
        Kind::BunMemory => socket_io(bun()?, ["memory"]),
        Kind::BunSqlite => socket_io(bun()?, sqlite()?),
        Kind::Bare => {
            let mut bare = Core::Server.command(std::env::current_exe()?);
            bare.arg("bare");
            bare
        }
        Kind::RedisAdapter | Kind::PostgresAdapter => bail!("{kind} is measured as a cluster"),
    };
    spawn(kind, &mut command)
}

/// Our server, as the measurements configure it.
pub(crate) fn parlance(home: &Path) -> Command {
    let named = std::env::var_os("PARLANCE_BIN").map(PathBuf::from);
    let mut parlance = Core::Server.command(named.unwrap_or_else(|| target().join("release/parlance")));
    parlance.args(["--rate-limit", "off", "--log", "warn"]).arg("--data-dir").arg(home.join("data"));
    parlance
}

/// Starts a server and waits until it says where it listens.
pub(crate) fn spawn(kind: Kind, command: &mut Command) -> Result<(Child, SocketAddr)> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("{kind} did not start"))?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().context("no output")?).read_line(&mut line)?;
    let Some(address) = address_in(&line) else {
        child.wait()?;
        bail!("{kind} did not say where it listens");
    };
    Ok((child, address))
}

/// The socket.io peer, run by Node or Bun.
fn socket_io(runtime: impl AsRef<OsStr>, arguments: impl IntoIterator<Item: AsRef<OsStr>>) -> Command {
    let mut command = Core::Server.command(runtime);
    command.arg("chat.mjs").args(arguments).current_dir(peers());
    command
}

/// Where the peers' code and npm's packages are.
pub(crate) fn peers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers")
}

/// The path of Bun. npm has installed the build for this machine.
fn bun() -> Result<PathBuf> {
    let builds = fs::read_dir(peers().join("node_modules/@oven")).context("npm has not installed Bun")?;
    let mut programs = builds.flatten().map(|build| build.path().join("bin/bun"));
    programs.find(|program| program.exists()).context("npm has no Bun for this machine")
}

/// Whether `/health` is answered.
async fn healthy(address: SocketAddr) -> Result<()> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let mut stream = tokio::net::TcpStream::connect(address).await?;
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    ensure!(answer.starts_with("HTTP/1.1 200"), "/health is not answered");
    Ok(())
}
