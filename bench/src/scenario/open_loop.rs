//! Latency at a rate that does not depend on the answers: from the time at which a message was to
//! be sent until its recipient has it, so that a stall is not hidden by sending less meanwhile.

use std::{
    cell::RefCell,
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use tokio::task::{JoinSet, yield_now};

use super::{connect, start};
use crate::{
    peer::{Kind, Peer},
    socket::Reader,
    table::{Table, quantile},
};

pub(super) const PAIRS: usize = 50;
const A_SECOND: u32 = 1_000;
const SECONDS: u32 = 5;
/// Messages at the beginning that are not counted.
const WARM: usize = 1_000;
/// How long the last messages may take.
const STRAGGLERS: Duration = Duration::from_secs(5);

pub(super) async fn run(table: &mut Table) -> Result<()> {
    let kinds =
        [Kind::Parlance, Kind::NodeMemory, Kind::NodeSqlite, Kind::BunMemory, Kind::BunSqlite, Kind::Bare];
    let peers = start(table, &kinds, 2 * PAIRS).await?;
    for _ in 0..table.rounds {
        for peer in &peers {
            let took = measure(peer).await?;
            for (name, part) in [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)] {
                let work = format!("latency at 1,000 private messages a second, {name}, ms");
                table.note(&work, peer.kind, quantile(&took, part));
            }
        }
    }
    Ok(())
}

/// Milliseconds of each message between the first [`PAIRS`] pairs of a server's people.
pub(super) async fn measure(peer: &Peer) -> Result<Vec<f64>> {
    let mut sockets = connect(peer, 0..2 * PAIRS).await?;
    let recipients = sockets.split_off(PAIRS);
    let took = Rc::new(RefCell::new(Vec::new()));
    let start = Instant::now();
    let mut listening = JoinSet::new();
    // They are kept, because dropping one would close its connection.
    let mut silent = Vec::new();
    for socket in recipients {
        listening.spawn_local(listen(socket.reader, start, took.clone()));
        silent.push(socket.writer);
    }
    let mut writers = Vec::new();
    for socket in sockets {
        let mut reader = socket.reader;
        listening.spawn_local(async move {
            loop {
                reader.next().await?;
            }
        });
        writers.push(socket.writer);
    }
    for number in 0..A_SECOND * SECONDS {
        // A timer is only exact to a millisecond, so this loop polls the time. Its core has nothing else to
        // do.
        while start.elapsed() < due(number) {
            yield_now().await;
        }
        let pair = number as usize % PAIRS;
        let to = peer.people[PAIRS + pair].id;
        let payload = format!(r#"{{"recipientId":"{to}","content":"{number}"}}"#);
        writers[pair].ask(u64::from(number), "privateMessage", &payload);
        writers[pair].flush().await?;
    }
    let end = Instant::now() + STRAGGLERS;
    let all = (A_SECOND * SECONDS) as usize;
    while took.borrow().len() < all {
        ensure!(Instant::now() < end, "{} of {all} messages arrived at {}", took.borrow().len(), peer.kind);
        yield_now().await;
    }
    Ok(took.take().split_off(WARM))
}

fn due(number: u32) -> Duration {
    Duration::from_secs(1) / A_SECOND * number
}

async fn listen(mut reader: Reader, start: Instant, took: Rc<RefCell<Vec<f64>>>) -> Result<()> {
    loop {
        let packet = reader.next().await?;
        if packet.is("privateMessage") {
            let arrived = start.elapsed();
            let crate::socket::Packet::Event(json) = packet else { continue };
            let (_, rest) = json.split_once(r#""content":""#).context("a message without content")?;
            let number: u32 = rest.split('"').next().unwrap_or_default().parse()?;
            took.borrow_mut().push((arrived.saturating_sub(due(number))).as_secs_f64() * 1e3);
        }
    }
}
