//! Several nodes and what they share, each on the core of the servers, and what each part costs.
//!
//! PostgreSQL writes to the disk here, unlike in the tests.

use std::{
    fs,
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    process::{Child, Command},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use anyhow::{Context as _, Result, anyhow};
use parlance::{
    DatabaseUrl,
    seed::{Person, Seed},
};
use protocol::{Catalogue as _, Chat};
use services::{
    node,
    postgresql::{self, OWNER, Postgresql, aside},
    redis::Redis,
};
use tokio::time::sleep;

use crate::{
    machine::{self, Core},
    peer::{self, Auth, Kind, ON_SCREEN, scratch},
    socket::Socket,
};

/// PostgreSQL as it is installed, with a buffer for more than a test.
const SETTINGS: &str = "fsync = on\nfull_page_writes = on\nshared_buffers = 256MB\n";
/// How long nodes may take until they have heard each other.
const ACQUAINTED: Duration = Duration::from_secs(3);

/// Clusters so far, for the names of their folders.
static STARTED: AtomicUsize = AtomicUsize::new(0);

/// Running nodes; they end when the value is dropped.
pub(crate) struct Cluster {
    pub(crate) kind: Kind,
    pub(crate) people: Vec<Person>,
    pub(crate) nodes: Vec<Node>,
    /// What the nodes use; none if they do not, or while it does not run.
    redis: Option<Redis>,
    postgresql: Option<Postgresql>,
    home: PathBuf,
}

pub(crate) struct Node {
    pub(crate) address: SocketAddr,
    child: Child,
}

/// What was used so far.
#[derive(Clone)]
pub(crate) struct Used {
    /// Processor time, of each node.
    pub(crate) nodes: Vec<Duration>,
    pub(crate) postgresql: Duration,
    pub(crate) redis: Duration,
    /// Of PostgreSQL: transactions, bytes of its log, and bytes of the database.
    pub(crate) commits: f64,
    pub(crate) log: f64,
    pub(crate) size: f64,
    /// Bytes that Redis has read and written.
    pub(crate) redis_in: f64,
    pub(crate) redis_out: f64,
}

impl Cluster {
    /// Nodes of a kind. Ours have so many people.
    pub(crate) async fn start(kind: Kind, nodes: usize, people: usize) -> Result<Self> {
        Self::start_with(kind, nodes, people, kind != Kind::PostgresAdapter).await
    }

    /// One node of ours that has nobody to tell.
    pub(crate) async fn alone(people: usize) -> Result<Self> {
        Self::start_with(Kind::Parlance, 1, people, false).await
    }

    async fn start_with(kind: Kind, nodes: usize, people: usize, with_redis: bool) -> Result<Self> {
        // What the last one used may still be ending.
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let home = scratch(&format!("cluster-{number}"))?;
        let needs_postgresql = kind != Kind::RedisAdapter;
        let redis = with_redis.then(|| Redis::start(&home.join("redis"))).transpose()?;
        let postgresql = needs_postgresql
            .then(|| Postgresql::start_with(&home.join("postgresql"), &[], SETTINGS, ""))
            .transpose()?;
        let mut cluster = Self { kind, people: Vec::new(), nodes: Vec::new(), redis, postgresql, home };
        cluster.settle()?;
        if kind == Kind::Parlance {
            cluster.people = cluster.seed(people).await?;
        }
        for number in 0..nodes {
            let node = cluster.begin(number)?;
            cluster.nodes.push(node);
        }
        for node in &cluster.nodes {
            cluster.until_ready(node).await?;
        }
        sleep(ACQUAINTED).await;
        Ok(cluster)
    }

    /// What is shared works on the core of the servers.
    fn settle(&self) -> Result<()> {
        let postgresql = self.postgresql.as_ref().and_then(Postgresql::pid);
        let redis = self.redis.as_ref().and_then(Redis::pid);
        postgresql.into_iter().chain(redis).try_for_each(|pid| Core::Server.take(pid))
    }

    async fn seed(&self, people: usize) -> Result<Vec<Person>> {
        let seed = self.open_seed()?;
        let people = seed.people("person", people).await.map_err(|error| anyhow!(error))?;
        seed.close().await;
        Ok(people)
    }

    /// The store that the nodes share, to put more into it.
    pub(crate) fn open_seed(&self) -> Result<Seed> {
        let url: DatabaseUrl = self.database().parse().map_err(|error| anyhow!("{error}"))?;
        let folder = self.home.join("seed");
        fs::create_dir_all(&folder)?;
        Ok(Seed::connect(&folder, &url)?)
    }

    fn database(&self) -> String {
        self.postgresql.as_ref().map(Postgresql::url).unwrap_or_default()
    }

    fn begin(&self, number: usize) -> Result<Node> {
        let mut command = self.command(number)?;
        let (child, address) = peer::spawn(self.kind, &mut command)?;
        Ok(Node { address, child })
    }

    fn command(&self, number: usize) -> Result<Command> {
        let redis = self.redis.as_ref().map(Redis::url);
        let adapter = |engine: &str, url: String| {
            let mut node = Core::Server.command(std::env::current_exe()?);
            node.args(["node", engine, &url]);
            anyhow::Ok(node)
        };
        match self.kind {
            Kind::RedisAdapter => adapter("redis", redis.context("no Redis")?),
            Kind::PostgresAdapter => adapter("postgres", self.database()),
            _ => {
                let home = self.home.join(format!("node{number}"));
                fs::create_dir_all(&home)?;
                let mut node = peer::parlance(&home);
                // So that those of one measurement are not leaving in the next.
                node.args(["--addr", "127.0.0.1:0", "--presence-grace", "500ms"]);
                node.args(node::options(&self.database(), redis.as_deref()));
                Ok(node)
            }
        }
    }

    async fn until_ready(&self, node: &Node) -> Result<()> {
        match self.kind {
            Kind::Parlance => {
                let address = node.address;
                tokio::task::spawn_blocking(move || node::until_ready(address)).await?
            }
            // Nodes with an adapter say where they listen when they are ready.
            _ => Ok(()),
        }
    }

    /// A person's socket at a node.
    pub(crate) async fn connect(&self, node: usize, person: usize) -> Result<Socket> {
        let token = self.people.get(person).map_or_else(|| person.to_string(), |known| known.token.clone());
        let auth = Auth { token: &token, protocol: None, watch: None };
        Socket::connect(self.nodes[node].address, &auth).await
    }

    /// The same as the page does it.
    pub(crate) async fn connect_as_page(&self, node: usize, person: usize) -> Result<Socket> {
        let others = (1..=ON_SCREEN).map(|next| self.people[(person + next) % self.people.len()].id);
        let token = &self.people[person].token;
        let auth = Auth { token, protocol: Some(Chat::VERSION), watch: Some(others.collect()) };
        Socket::connect(self.nodes[node].address, &auth).await
    }

    /// Takes from the nodes what they tell each other by, for this long, as a crash does. Afterwards it runs again,
    /// with nothing lost that it kept.
    pub(crate) async fn interrupt(&mut self, gone: Duration) -> Result<()> {
        match self.kind {
            Kind::PostgresAdapter => {
                let mut engine = self.postgresql.take().context("no PostgreSQL")?;
                engine.kill()?;
                sleep(gone).await;
                self.postgresql =
                    Some(tokio::task::spawn_blocking(move || engine.start_again().map(|()| engine)).await??);
            }
            _ => {
                let mut engine = self.redis.take().context("no Redis")?;
                engine.kill()?;
                sleep(gone).await;
                self.redis =
                    Some(tokio::task::spawn_blocking(move || engine.start_again().map(|()| engine)).await??);
            }
        }
        self.settle()
    }

    /// Whether another node starts, and is ready, while there is nothing to tell the others by.
    pub(crate) async fn starts_without_engine(&mut self) -> Result<bool> {
        match self.kind {
            Kind::PostgresAdapter => self.postgresql.as_mut().context("no PostgreSQL")?.kill()?,
            _ => self.redis.as_mut().context("no Redis")?.kill()?,
        }
        match self.begin(self.nodes.len()) {
            Ok(node) => Ok(self.until_ready(&node).await.is_ok()),
            Err(_) => Ok(false),
        }
    }

    /// Stops a node in the middle of whatever it does, for this long.
    pub(crate) async fn hold_up(&self, node: usize, time: Duration) -> Result<()> {
        let id = self.nodes[node].child.id().to_string();
        Command::new("kill").args(["-STOP", &id]).status()?;
        sleep(time).await;
        Command::new("kill").args(["-CONT", &id]).status()?;
        Ok(())
    }

    /// Memory of a node, in KiB.
    pub(crate) fn memory(&self, node: usize) -> Result<f64> {
        machine::memory(self.nodes[node].child.id())
    }

    /// A way to read the processor time of the nodes and of PostgreSQL, also while something is being restarted.
    pub(crate) fn meter(&self) -> impl Fn() -> Result<(Duration, Duration)> + use<> {
        let nodes: Vec<u32> = self.nodes.iter().map(|node| node.child.id()).collect();
        let postgresql = self.postgresql.as_ref().and_then(Postgresql::pid);
        move || {
            let nodes = nodes.iter().map(|id| machine::processor(*id)).sum::<Result<Duration>>()?;
            Ok((nodes, postgresql.map_or(Ok(Duration::ZERO), machine::processor_of_family)?))
        }
    }

    pub(crate) fn used(&self) -> Result<Used> {
        let nodes =
            self.nodes.iter().map(|node| machine::processor(node.child.id())).collect::<Result<_>>()?;
        let family = |pid: Option<u32>| pid.map_or(Ok(Duration::ZERO), machine::processor_of_family);
        let [commits, log, size] = match &self.postgresql {
            Some(postgresql) => counted(postgresql.port())?,
            None => [0.0; 3],
        };
        let (redis_in, redis_out) = match &self.redis {
            Some(redis) => passed(redis.port())?,
            None => (0.0, 0.0),
        };
        Ok(Used {
            nodes,
            postgresql: family(self.postgresql.as_ref().and_then(Postgresql::pid))?,
            redis: family(self.redis.as_ref().and_then(Redis::pid))?,
            commits,
            log,
            size,
            redis_in,
            redis_out,
        })
    }
}

impl Used {
    /// What was used since then.
    pub(crate) fn since(&self, before: &Self) -> Self {
        let nodes = self.nodes.iter().zip(&before.nodes).map(|(now, then)| now.saturating_sub(*then));
        Self {
            nodes: nodes.collect(),
            postgresql: self.postgresql.saturating_sub(before.postgresql),
            redis: self.redis.saturating_sub(before.redis),
            commits: self.commits - before.commits,
            log: self.log - before.log,
            size: self.size - before.size,
            redis_in: self.redis_in - before.redis_in,
            redis_out: self.redis_out - before.redis_out,
        }
    }

    pub(crate) fn all_nodes(&self) -> Duration {
        self.nodes.iter().sum()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// PostgreSQL's transactions, the bytes of its log and those of the database.
fn counted(port: u16) -> Result<[f64; 3]> {
    aside(|| {
        let mut client = postgresql::connect(port, OWNER, "postgres")?;
        let row = client.query_one(
            "SELECT (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()), \
             pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::BIGINT, pg_database_size(current_database())",
            &[],
        )?;
        Ok([0, 1, 2].map(|column| row.get::<_, i64>(column) as f64))
    })
}

/// Bytes that Redis has read and written.
fn passed(port: u16) -> Result<(f64, f64)> {
    use std::io::{Read as _, Write as _};

    let mut redis = TcpStream::connect(("127.0.0.1", port))?;
    redis.write_all(b"INFO stats\r\nQUIT\r\n")?;
    let mut answer = String::new();
    redis.read_to_string(&mut answer)?;
    let figure = |name: &str| {
        let line =
            answer.lines().find_map(|line| line.strip_prefix(name)).context("no such figure of Redis")?;
        anyhow::Ok(line.trim().parse::<f64>()?)
    };
    Ok((figure("total_net_input_bytes:")?, figure("total_net_output_bytes:")?))
}
