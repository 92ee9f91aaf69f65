//! What is done at one node is heard at the others at once: not only with the digest, a minute later. And what one
//! person may have counts at all of them.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use client::{Notice, Notices};
use e2e::{account::Account, cluster::Cluster};
use futures::StreamExt as _;
use protocol::{Chat, Message, SendPrivateMessage, ServerEvent, UserId, WatchPresence, limits};

use crate::{Client, page::connect};

const NODES: usize = 3;
const MESSAGES: u64 = 50;
/// How soon it is heard: far sooner than by the digest.
const SOON: Duration = Duration::from_secs(2);
const GRACE: &str = "1s";
/// Until the other nodes know how many sockets somebody has.
const TOLD: Duration = Duration::from_millis(600);
/// How long somebody is seen at a node that was killed, and the grace.
const GONE: Duration = Duration::from_secs(30);
/// How long it may take after Redis is back.
const BACK: Duration = Duration::from_secs(10);

/// Somebody at one node.
struct Listener {
    client: Client,
    notices: Notices<Chat>,
}

impl Listener {
    /// Connects, and waits until the node has let them in.
    async fn at(url: &str, who: &Account) -> Result<Self> {
        let (client, notices) = connect(url, &who.token);
        let mut listener = Self { client, notices };
        while !matches!(listener.next(SOON).await?, Notice::Connected) {}
        Ok(listener)
    }

    async fn next(&mut self, patience: Duration) -> Result<Notice<Chat>> {
        let notice = tokio::time::timeout(patience, self.notices.next()).await;
        notice.with_context(|| format!("nothing was heard for {patience:?}"))?.context("the client ended")
    }

    async fn hears_message(&mut self, patience: Duration) -> Result<Message> {
        loop {
            let notice = self.next(patience).await?;
            if let Notice::Event(ServerEvent::PrivateMessage(heard) | ServerEvent::MessageSent(heard)) =
                notice
            {
                return Ok(heard);
            }
        }
    }

    /// Waits until this node says that somebody is online, or that they are not.
    async fn sees(&self, who: UserId, online: bool, patience: Duration) -> Result<Duration> {
        let begun = Instant::now();
        loop {
            let seen: Vec<UserId> = self.client.call(WatchPresence { user_ids: vec![who] }).await?;
            if seen.contains(&who) == online {
                return Ok(begun.elapsed());
            }
            ensure!(
                begun.elapsed() < patience,
                "after {patience:?} it is not seen that somebody is online: {online}"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn writes(&self, to: UserId, text: &str) -> Result<()> {
        let content = text.parse().context("a text")?;
        self.client.call(SendPrivateMessage::new(to, content)).await?;
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_at_one_node_is_heard_at_the_others_at_once_and_in_order() -> Result<()> {
    let mut cluster = Cluster::start("cluster-live", NODES)?;
    let (ann, ben) =
        (Account::register(&cluster.url(0), "ann").await?, Account::register(&cluster.url(1), "ben").await?);
    let writer = Listener::at(&cluster.url(0), &ann).await?;
    let mut listeners = Vec::new();
    for node in 0..NODES {
        listeners.push(Listener::at(&cluster.url(node), &ben).await?);
        // Another device of the writer's hears it as well.
        listeners.push(Listener::at(&cluster.url(node), &ann).await?);
    }
    let begun = Instant::now();
    for number in 0..MESSAGES {
        writer.writes(ben.id, &number.to_string()).await?;
    }
    for listener in &mut listeners {
        for number in 0..MESSAGES {
            let heard = listener.hears_message(SOON).await?;
            ensure!(heard.content.as_str() == number.to_string() && heard.seq.0 == number + 1, "{heard:?}");
        }
    }
    println!("{MESSAGES} messages were written and heard at {NODES} nodes in {:?}", begun.elapsed());

    cluster.restart_redis()?;
    let back = Instant::now();
    loop {
        writer.writes(ben.id, "again").await?;
        if listeners[4].hears_message(Duration::from_millis(200)).await.is_ok() {
            break;
        }
        ensure!(back.elapsed() < BACK, "nothing is heard though Redis has been back for {BACK:?}");
    }
    println!("Redis was killed, and {:?} after it was back another node heard again", back.elapsed());
    cluster.end()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_and_goes_is_seen_at_every_node_and_goes_with_a_node_that_is_killed() -> Result<()> {
    let mut cluster = Cluster::start_with("cluster-presence", NODES, &["--presence-grace", GRACE])?;
    let (ann, ben, cem) = (
        Account::register(&cluster.url(0), "ann").await?,
        Account::register(&cluster.url(1), "ben").await?,
        Account::register(&cluster.url(2), "cem").await?,
    );
    let ann = Listener::at(&cluster.url(0), &ann).await?;
    ann.sees(ben.id, false, SOON).await?;
    let ben_here = Listener::at(&cluster.url(1), &ben).await?;
    let cem_here = Listener::at(&cluster.url(2), &cem).await?;
    ann.sees(ben.id, true, SOON).await?;
    ann.sees(cem.id, true, SOON).await?;

    // Somebody who changes from one node to another is not gone in between.
    drop(ben_here);
    let ben_there = Listener::at(&cluster.url(2), &ben).await?;
    let end = Instant::now() + Duration::from_secs(3);
    while Instant::now() < end {
        ann.sees(ben.id, true, Duration::ZERO).await?;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    drop(ben_there);
    ann.sees(ben.id, false, GONE).await?;

    cluster.kill(2);
    let gone = ann.sees(cem.id, false, GONE).await?;
    println!("somebody at a node that is killed is seen for another {gone:?}");
    drop(cem_here);
    cluster.start_again(2)?;
    Listener::at(&cluster.url(2), &cem).await?;
    ann.sees(cem.id, true, SOON).await?;
    cluster.end()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sockets_count_at_all_nodes_together_and_are_forgotten_with_a_node_that_is_killed() -> Result<()> {
    let mut cluster = Cluster::start("cluster-sockets", NODES)?;
    let ann = Account::register(&cluster.url(0), "ann").await?;
    let mut sockets = Vec::new();
    for _ in 0..limits::SOCKETS_A_PERSON {
        sockets.push(Listener::at(&cluster.url(0), &ann).await?);
    }
    tokio::time::sleep(TOLD).await;
    for node in 1..NODES {
        ensure!(Listener::at(&cluster.url(node), &ann).await.is_err(), "one more is let in at another node");
    }
    cluster.kill(0);
    drop(sockets);
    let killed = Instant::now();
    while Listener::at(&cluster.url(1), &ann).await.is_err() {
        ensure!(killed.elapsed() < GONE, "after {GONE:?}, sockets at a node that was killed still count");
    }
    println!("sockets at a node that is killed count for another {:?}", killed.elapsed());
    cluster.end()
}
