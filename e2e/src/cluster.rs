//! Several nodes with one PostgreSQL and one Redis, and what can happen to them.
//!
//! Each node reaches PostgreSQL and Redis over a [`Relay`] of its own. `cargo xtask cluster` and `tests/cluster` start
//! their clusters here. Everything ends when the cluster is dropped, or some seconds after its process has ended.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use services::{
    node,
    postgresql::{OWNER, Postgresql, aside, connect, url},
    redis::Redis,
};

use crate::relay::{Link, Relay};
use crate::server::{Server, built};
use crate::target;

/// The nodes, and what they share.
pub struct Cluster {
    // Before what they need, so that they end first.
    nodes: Vec<Node>,
    redis: Redis,
    postgresql: Postgresql,
    home: PathBuf,
}

/// A node, and its ways to what it needs.
struct Node {
    server: Server,
    postgresql: Relay,
    redis: Relay,
    home: PathBuf,
    /// As long as it is held, the node may run.
    _users: Option<File>,
}

/// What a node needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Its database.
    Postgresql,
    /// Its way to the other nodes.
    Redis,
}

impl Cluster {
    /// Starts one with so many nodes and nothing stored. Its files are under `target/e2e/<name>/`.
    pub fn start(name: &str, nodes: usize) -> Result<Self> {
        Self::start_with(name, nodes, &[])
    }

    /// The same, with more options for each node.
    pub fn start_with(name: &str, nodes: usize, options: &[&str]) -> Result<Self> {
        Self::start_in(target().join("e2e").join(name), nodes, options)
    }

    /// The same, with everything in this folder. What was there before is gone.
    pub fn start_in(home: PathBuf, nodes: usize, options: &[&str]) -> Result<Self> {
        Self::start_programs(home, &vec![built()?; nodes], options)
    }

    /// Starts one in which each node is a program of its own: older and newer ones.
    pub fn start_of(name: &str, programs: &[PathBuf]) -> Result<Self> {
        Self::start_programs(target().join("e2e").join(name), programs, &[])
    }

    fn start_programs(home: PathBuf, programs: &[PathBuf], options: &[&str]) -> Result<Self> {
        if home.exists() {
            fs::remove_dir_all(&home)?;
        }
        let postgresql = Postgresql::start(&home.join("postgresql"))?;
        let redis = Redis::start(&home.join("redis"))?;
        let mut cluster = Self { nodes: Vec::new(), redis, postgresql, home };
        for (program, number) in programs.iter().zip(1..) {
            let node = cluster.begin(program, cluster.home.join(format!("node{number}")), options)?;
            cluster.nodes.push(node);
        }
        for number in 0..programs.len() {
            cluster.until_ready(number)?;
        }
        Ok(cluster)
    }

    fn begin(&self, program: &Path, home: PathBuf, options: &[&str]) -> Result<Node> {
        let to = |port: u16| Relay::start(SocketAddr::from(([127, 0, 0, 1], port)));
        let (postgresql, redis) = (to(self.postgresql.port())?, to(self.redis.port())?);
        let database = url(postgresql.address().port(), OWNER, "postgres");
        let between = format!("redis://{}", redis.address());
        let what_it_needs = node::options(&database, Some(&between));
        let usual = what_it_needs.iter().map(String::as_str).chain(["--trusted-proxies", "127.0.0.1"]);
        let all: Vec<&str> = usual.chain(options.iter().copied()).collect();
        let server = Server::start_program(program.to_owned(), home.clone(), &all)?;
        let users = Some(services::end_with_us(server.id()?, &home)?);
        Ok(Node { server, postgresql, redis, home, _users: users })
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Where its files are.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The addresses of the nodes.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.nodes.iter().map(|node| node.server.address()).collect()
    }

    /// `http://127.0.0.1:<port>` of a node.
    pub fn url(&self, node: usize) -> String {
        self.nodes[node].server.url()
    }

    /// A node's number among the system's processes, while it runs.
    pub fn pid(&self, node: usize) -> Option<u32> {
        self.nodes[node].server.id().ok()
    }

    /// The server that all nodes keep everything in.
    pub fn postgresql(&self) -> &Postgresql {
        &self.postgresql
    }

    /// The server that the nodes speak to each other through.
    pub fn redis(&self) -> &Redis {
        &self.redis
    }

    /// Ends a node at once, as a crash does.
    pub fn kill(&mut self, node: usize) {
        self.nodes[node].server.kill();
    }

    /// Ends a node as a service manager would, and waits for it.
    pub fn stop(&mut self, node: usize) -> Result<()> {
        self.nodes[node].server.stop().with_context(|| named(node))
    }

    /// Starts a node that has ended, with the address it had.
    pub fn start_again(&mut self, node: usize) -> Result<()> {
        self.nodes[node].start().with_context(|| named(node))
    }

    /// It is this program that is started the next time, in place of the one that the node was.
    pub fn replace(&mut self, node: usize, program: &Path) {
        self.nodes[node].server.replace(program);
    }

    /// What a node has written to its log since it was first started.
    pub fn log(&self, node: usize) -> Result<String> {
        Ok(fs::read_to_string(self.nodes[node].server.log())?)
    }

    /// The version of the tables that all nodes keep everything in.
    pub fn version_of_tables(&self) -> Result<i64> {
        let port = self.postgresql.port();
        aside(|| Ok(connect(port, OWNER, "postgres")?.query_one("SELECT version FROM parlance", &[])?.get(0)))
    }

    /// Holds a node up: its connections stay open and nothing is answered.
    pub fn pause(&self, node: usize) -> Result<()> {
        self.nodes[node].server.freeze()
    }

    /// Lets it go on.
    pub fn resume(&self, node: usize) -> Result<()> {
        self.nodes[node].server.thaw()
    }

    /// Kills Redis and starts it again, with nothing in it.
    pub fn restart_redis(&mut self) -> Result<()> {
        self.redis.kill()?;
        self.redis.start_again()
    }

    /// Kills PostgreSQL and starts it again, with what it had committed.
    pub fn restart_postgresql(&mut self) -> Result<()> {
        self.postgresql.kill()?;
        self.postgresql.start_again()
    }

    /// Sets what passes between a node and what it needs.
    pub fn link(&self, node: usize, to: Need, link: Link) {
        let Node { postgresql, redis, .. } = &self.nodes[node];
        match to {
            Need::Postgresql => postgresql.set(link),
            Need::Redis => redis.set(link),
        }
    }

    /// Waits until a node says that it can do its work.
    pub fn until_ready(&self, node: usize) -> Result<()> {
        let server = &self.nodes[node].server;
        node::until_ready(server.address())
            .with_context(|| format!("{}: see {}", named(node), server.log().display()))
    }

    /// Ends the nodes as a service manager would, each in its time.
    pub fn end(mut self) -> Result<()> {
        (0..self.len()).try_for_each(|node| self.stop(node))
    }
}

impl Node {
    fn start(&mut self) -> Result<()> {
        self.server.start_again()?;
        self._users = Some(services::end_with_us(self.server.id()?, &self.home)?);
        Ok(())
    }
}

/// A node's name for people, and of its folder: the first one is number 1.
fn named(node: usize) -> String {
    format!("node {}", node + 1)
}
