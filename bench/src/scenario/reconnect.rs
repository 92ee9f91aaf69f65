//! Everybody comes back at once: 10,000 people whose server was restarted, and who missed messages.

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
    table::{Table, quantile},
};

const PEOPLE: usize = 10_000;
const MISSED: usize = 20;
/// The first pause of a client that was disconnected, of which it takes a random part.
const PAUSE: Duration = Duration::from_secs(1);
/// Nobody is waited for longer.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) async fn run(table: &mut Table) -> Result<()> {
    let mut peer = Peer::start(Kind::Parlance, PEOPLE).await?;
    let group = group(&mut connect(&peer, 0..PEOPLE).await?).await?;
    for round in 0..table.rounds {
        let sockets = connect(&peer, 0..PEOPLE).await?;
        drop(sockets);
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
        for person in 0..PEOPLE {
            let (peer, group) = (again.clone(), group.clone());
            coming.spawn_local(async move {
                sleep(PAUSE * person as u32 / PEOPLE as u32).await;
                come_back(&peer, person, &group, had).await?;
                anyhow::Ok(start.elapsed().as_secs_f64())
            });
        }
        let mut took = Vec::with_capacity(PEOPLE);
        while let Some(came) = coming.join_next().await {
            took.push(came??);
        }
        drop(coming);
        table.note("10,000 come back after a restart: p50, s", Kind::Parlance, quantile(&took, 0.5));
        table.note("10,000 come back after a restart: all, s", Kind::Parlance, quantile(&took, 1.0));
        peer = Rc::into_inner(again).ok_or_else(|| anyhow::anyhow!("somebody is still coming back"))?;
    }
    Ok(())
}

/// Connects, asks what changed, and gets what was missed, as the page does.
async fn come_back(peer: &Peer, person: usize, group: &str, had: usize) -> Result<()> {
    #[derive(Deserialize)]
    struct Page {
        messages: Vec<serde::de::IgnoredAny>,
    }

    let end = Instant::now() + PATIENCE;
    let mut socket = peer.connect(person).await?;
    socket.call::<serde::de::IgnoredAny>("sync", &json!({})).await?;
    let page = json!({ "conversation": { "group": group }, "after": had, "limit": 200 });
    let page: Page = socket.call("fetchHistory", &page).await?;
    ensure!(page.messages.len() == MISSED, "{} messages instead of {MISSED}", page.messages.len());
    ensure!(Instant::now() < end, "it took longer than {PATIENCE:?}");
    Ok(())
}
