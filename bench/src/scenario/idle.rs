//! What an idle connection costs, and whether there can be 10,000 of them.

use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::{task::JoinSet, time::sleep};

use super::connect;
use crate::{
    peer::{Kind, Peer},
    table::Table,
};

/// Few people: each connection is told who is online and keeps the buffer from which it was told. With many
/// people, that list would be measured and not the connection.
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
    Ok(())
}

/// KiB a connection. An error where one of them is refused or lost.
async fn measure(kind: Kind, count: usize) -> Result<f64> {
    let peer = Peer::start(kind, PEOPLE).await?;
    // What a server needs once, at its first connection, is not part of the cost of a connection.
    drop(connect(&peer, 0..10).await?);
    sleep(Duration::from_millis(500)).await;
    let before = peer.memory()?;
    let mut listening = JoinSet::new();
    for mut socket in connect(&peer, 0..count).await? {
        listening.spawn_local(async move { while socket.next().await.is_ok() {} });
    }
    // Waits until all work that connecting caused is done.
    sleep(Duration::from_secs(3)).await;
    let after = peer.memory()?;
    ensure!(listening.try_join_next().is_none(), "{kind} closed a connection");
    Ok((after - before) / count as f64)
}
