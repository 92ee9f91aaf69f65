//! What others hear while 5,000 people come online: a bounded number of frames each.

use std::{
    cell::Cell,
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::Result;
use tokio::{task::JoinSet, time::sleep};

use super::CONNECTING;
use crate::{
    peer::{Kind, Peer},
    table::Table,
};

const PEOPLE: usize = 5_000;

pub(super) async fn run(table: &mut Table) -> Result<()> {
    for _ in 0..table.rounds {
        for (who, ours) in [("any client", false), ("our client", true)] {
            measure(table, who, ours).await?;
        }
    }
    Ok(())
}

async fn measure(table: &mut Table, who: &str, ours: bool) -> Result<()> {
    let peer = Peer::start(Kind::Parlance, PEOPLE).await?;
    let peer = Rc::new(peer);
    let (frames, bytes, next) = (Rc::new(Cell::new(0_u64)), Rc::new(Cell::new(0_u64)), Rc::new(Cell::new(0)));
    let mut connecting = JoinSet::new();
    let start = Instant::now();
    for _ in 0..CONNECTING {
        let (peer, frames, bytes, next) = (peer.clone(), frames.clone(), bytes.clone(), next.clone());
        connecting.spawn_local(async move {
            let mut listening = JoinSet::new();
            while next.get() < PEOPLE {
                let person = next.replace(next.get() + 1);
                let mut socket =
                    if ours { peer.connect_as_page(person).await? } else { peer.connect(person).await? };
                let (frames, bytes) = (frames.clone(), bytes.clone());
                listening.spawn_local(async move {
                    while socket.next().await.is_ok() {
                        frames.set(frames.get() + 1);
                        bytes.set(bytes.get() + std::mem::take(&mut socket.reader.bytes));
                    }
                });
            }
            anyhow::Ok(listening)
        });
    }
    let mut listening = Vec::new();
    while let Some(connected) = connecting.join_next().await {
        listening.push(connected??);
    }
    let connected = start.elapsed();
    // Until nothing more is heard.
    let mut heard = 0;
    while std::mem::replace(&mut heard, frames.get()) < frames.get() || start.elapsed() < connected * 2 {
        sleep(Duration::from_secs(2)).await;
    }
    let each = |count: &Cell<u64>| count.get() as f64 / PEOPLE as f64;
    table.note(&format!("5,000 people come online, {who}: frames each"), Kind::Parlance, each(&frames));
    table.note(&format!("5,000 people come online, {who}: KB each"), Kind::Parlance, each(&bytes) / 1e3);
    table.note(&format!("5,000 people come online, {who}: seconds"), Kind::Parlance, connected.as_secs_f64());
    Ok(())
}
