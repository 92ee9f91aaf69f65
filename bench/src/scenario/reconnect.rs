//! Everybody comes back at once: 10,000 clients of 1,000 people whose server was restarted, and who
//! missed messages.

use std::{
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use serde::Deserialize;
use serde_json::json;
use tokio::{task::JoinSet, time::sleep};

use super::{connect, group};
use crate::{
    peer::{Kind, Peer},
    socket::Socket,
    table::{Table, quantile},
};

const PEOPLE: usize = 1_000;
const CLIENTS: usize = 10_000;
const MISSED: usize = 20;
/// A disconnected client first waits for a random part of this time.
const PAUSE: Duration = Duration::from_secs(1);
/// How long one client may take to come back.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) async fn run(table: &mut Table) -> Result<()> {
    let mut peer = Peer::start(Kind::Parlance, PEOPLE).await?;
    let group = group(&mut connect(&peer, 0..PEOPLE).await?).await?;
    for round in 0..table.rounds {
        drop(connect(&peer, 0..CLIENTS).await?);
        let mut first = peer.connect(0).await?;
        for _ in 0..MISSED {
            let message = json!({ "groupId": group, "content": "you missed this" });
            first.call::<serde::de::IgnoredAny>("groupMessage", &message).await?;
        }
        peer.restart().await?;
        let again = Rc::new(peer);
        let had = round * MISSED;
        let start = Instant::now();
        let mut coming = JoinSet::new();
        for client in 0..CLIENTS {
            let (peer, group) = (again.clone(), group.clone());
            coming.spawn_local(async move {
                sleep(PAUSE * client as u32 / CLIENTS as u32).await;
                let socket = come_back(&peer, client, &group, had).await?;
                anyhow::Ok((start.elapsed().as_secs_f64(), socket))
            });
        }
        let (mut took, mut connected) = (Vec::with_capacity(CLIENTS), Vec::with_capacity(CLIENTS));
        while let Some(came) = coming.join_next().await {
            let (time, socket) = came??;
            took.push(time);
            connected.push(socket);
        }
        ensure!(connected.len() == CLIENTS, "{} came back", connected.len());
        drop(connected);
        drop(coming);
        table.note("10,000 come back after a restart: p50, s", Kind::Parlance, quantile(&took, 0.5));
        table.note("10,000 come back after a restart: all, s", Kind::Parlance, quantile(&took, 1.0));
        peer = Rc::into_inner(again).ok_or_else(|| anyhow::anyhow!("somebody is still coming back"))?;
    }
    Ok(())
}

/// Connects, asks what changed, and gets what was missed, as the page does.
async fn come_back(peer: &Peer, client: usize, group: &str, had: usize) -> Result<Socket> {
    #[derive(Deserialize)]
    struct Page {
        messages: Vec<serde::de::IgnoredAny>,
    }

    let end = Instant::now() + PATIENCE;
    let mut socket = peer.connect(client).await?;
    socket.call::<serde::de::IgnoredAny>("sync", &json!({})).await?;
    let page = json!({ "conversation": { "group": group }, "after": had, "limit": 200 });
    let page: Page = socket.call("fetchHistory", &page).await?;
    ensure!(page.messages.len() == MISSED, "{} messages instead of {MISSED}", page.messages.len());
    ensure!(Instant::now() < end, "it took longer than {PATIENCE:?}");
    Ok(socket)
}
