//! What an idle connection costs, and whether there can be 10,000 of them.

use std::time::Duration;

use anyhow::{Result, ensure};
use futures::future::try_join_all;
use tokio::{task::JoinSet, time::sleep};

use super::{CONNECTING, connect};
use crate::{
    peer::{Kind, Peer},
    socket::Socket,
    table::Table,
};

/// Few people: a connection that watches nobody is told who is online and keeps the buffer from which it was
/// told. With many people, that list would be measured and not the connection.
const PEOPLE: usize = 50;
const OPEN: usize = 5_000;
const MANY: usize = 10_000;

pub(super) async fn run(table: &mut Table) -> Result<()> {
    for _ in 0..table.rounds {
        for kind in table.of(&[Kind::Parlance, Kind::NodeMemory, Kind::BunMemory, Kind::Bare]) {
            let kib = measure(kind, OPEN).await?;
            table.note("KiB a connection, 5,000 idle", kind, kib);
        }
    }
    table.note("KiB a connection, 10,000 idle", Kind::Parlance, measure(Kind::Parlance, MANY).await?);
    let kib = measure_pages(MANY).await?;
    table.note("KiB a connection, 10,000 different people, our client", Kind::Parlance, kib);
    Ok(())
}

/// KiB a connection. An error where one of them is refused or lost.
async fn measure(kind: Kind, count: usize) -> Result<f64> {
    let peer = Peer::start(kind, PEOPLE).await?;
    let before = before(&peer).await?;
    let sockets = connect(&peer, 0..count).await?;
    after(&peer, before, sockets, Duration::from_secs(3)).await
}

/// The same of different people, who connect as the page does.
async fn measure_pages(count: usize) -> Result<f64> {
    let peer = Peer::start(Kind::Parlance, count).await?;
    let before = before(&peer).await?;
    let mut sockets = Vec::with_capacity(count);
    for first in (0..count).step_by(CONNECTING) {
        sockets.extend(try_join_all((first..first + CONNECTING).map(|one| peer.connect_as_page(one))).await?);
    }
    // Long enough that each was asked for a sign of life.
    after(&peer, before, sockets, Duration::from_secs(30)).await
}

/// What a server needs for its first connections is not a connection's.
async fn before(peer: &Peer) -> Result<f64> {
    drop(connect(peer, 0..10).await?);
    sleep(Duration::from_millis(500)).await;
    peer.memory()
}

async fn after(peer: &Peer, before: f64, sockets: Vec<Socket>, settling: Duration) -> Result<f64> {
    let count = sockets.len();
    let mut listening = JoinSet::new();
    for mut socket in sockets {
        listening.spawn_local(async move { while socket.next().await.is_ok() {} });
    }
    // Until everything that connecting gave rise to is over.
    sleep(settling).await;
    let after = peer.memory()?;
    ensure!(listening.try_join_next().is_none(), "{} closed a connection", peer.kind);
    Ok((after - before) / count as f64)
}
