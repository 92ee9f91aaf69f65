//! What is measured.

mod adapters;
mod beside;
mod capacity;
mod fanout;
mod idle;
mod jitter;
mod open_loop;
mod presence;
mod private;
mod reconnect;
mod search;
mod sizes;

use std::{
    cell::Cell,
    pin::Pin,
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::Result;
use futures::future::try_join_all;
use serde::Deserialize;
use tokio::time::sleep;

use crate::{
    machine,
    peer::{Kind, Peer},
    socket::Socket,
    table::Table,
};

type Run = for<'a> fn(&'a mut Table) -> Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

/// Every scenario by its name.
pub(crate) const ALL: &[(&str, Run)] = &[
    ("private", |table| Box::pin(private::run(table))),
    ("open-loop", |table| Box::pin(open_loop::run(table))),
    ("beside", |table| Box::pin(beside::run(table))),
    ("fanout", |table| Box::pin(fanout::run(table))),
    ("idle", |table| Box::pin(idle::run(table))),
    ("presence", |table| Box::pin(presence::run(table))),
    ("sizes", |table| Box::pin(sizes::run(table))),
    ("search", |table| Box::pin(search::run(table))),
    ("reconnect", |table| Box::pin(reconnect::run(table))),
    ("jitter", |table| Box::pin(jitter::run(table))),
    ("adapters", |table| Box::pin(adapters::run(table))),
    ("cluster", |table| Box::pin(capacity::run(table))),
];

/// Those that are measured only by their name: they need PostgreSQL and Redis, and ten minutes each.
pub(crate) const BY_NAME: &[&str] = &["adapters", "cluster"];

/// A message's text, as long as most are.
const TEXT: &str = "the quick brown fox jumps over the lazy dog, and back";

/// How long a load runs before it is measured, so that connections are warm and code is compiled.
const WARM: Duration = Duration::from_millis(700);
const MEASURED: Duration = Duration::from_secs(3);

/// Sockets that connect at the same time.
const CONNECTING: usize = 100;

/// Starts those of these servers that are to be measured, each with so many people.
async fn start(table: &Table, kinds: &[Kind], people: usize) -> Result<Vec<Peer>> {
    let mut peers = Vec::new();
    for kind in table.of(kinds) {
        peers.push(Peer::start(kind, people).await?);
    }
    Ok(peers)
}

/// Connects people's sockets, some at a time.
async fn connect(peer: &Peer, people: std::ops::Range<usize>) -> Result<Vec<Socket>> {
    let mut sockets = Vec::with_capacity(people.len());
    let all: Vec<usize> = people.collect();
    for some in all.chunks(CONNECTING) {
        sockets.extend(try_join_all(some.iter().map(|person| peer.connect(*person))).await?);
    }
    Ok(sockets)
}

/// What one operation costs, and how many there were a second.
struct Rate {
    a_second: f64,
    /// Processor time of the server, in microseconds.
    processor: f64,
    /// How much of its core the load took. Below 1 the load is not the limit.
    load: f64,
}

/// Watches a count for a while.
async fn rate(peer: &Peer, count: &Rc<Cell<u64>>) -> Result<Rate> {
    sleep(WARM).await;
    let own = std::process::id();
    let (start, before, used, loaded) =
        (Instant::now(), count.get(), peer.processor()?, machine::processor(own)?);
    sleep(MEASURED).await;
    let (time, done) = (start.elapsed(), count.get() - before);
    let (used, loaded) = (peer.processor()? - used, machine::processor(own)? - loaded);
    Ok(Rate {
        a_second: done as f64 / time.as_secs_f64(),
        processor: used.as_secs_f64() * 1e6 / done as f64,
        load: loaded.as_secs_f64() / time.as_secs_f64(),
    })
}

/// A group or a message, of which only the id is read.
#[derive(Deserialize)]
struct Named {
    id: String,
}

/// A group of all these sockets' people, made by the first.
async fn group(sockets: &mut [Socket]) -> Result<String> {
    let new = serde_json::json!({ "name": "bench", "visibility": "public" });
    let Some((first, others)) = sockets.split_first_mut() else { anyhow::bail!("a group of nobody") };
    let Named { id } = first.call("createGroup", &new).await?;
    let join = serde_json::json!({ "groupId": id });
    for some in others.chunks_mut(CONNECTING) {
        try_join_all(some.iter_mut().map(|socket| socket.call::<Named>("joinGroup", &join))).await?;
    }
    Ok(id)
}
