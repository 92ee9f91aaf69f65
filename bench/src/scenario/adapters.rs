//! What carries a message from node to node: ours, and the two adapters of socketioxide.
//!
//! Two nodes, a group; the writers are at the first node, those who listen at the second. What it costs, how long it
//! takes, when it falls behind, and what never arrives when something goes wrong.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use tokio::{
    task::{JoinSet, yield_now},
    time::sleep,
};

use super::{group, jitter};
use crate::{
    cluster::Cluster,
    peer::Kind,
    socket::{Packet, Reader, Socket, Writer},
    table::{Table, quantile},
};

const WRITERS: usize = 4;
const LISTENERS: usize = 4;
/// Of ours: people with the client that ships, who are told when something may be missing.
const CLIENTS: usize = 2;

const KINDS: [Kind; 3] = [Kind::Parlance, Kind::RedisAdapter, Kind::PostgresAdapter];
/// Rates at which the cost is measured.
const RATES: [u32; 2] = [200, 1_000];
/// Rates that are tried one after the other, until messages are late.
const CLIMB: [u32; 8] = [1_000, 2_000, 4_000, 6_000, 8_000, 12_000, 16_000, 24_000];
const STEP: Duration = Duration::from_secs(2);
/// What has not arrived by then is late.
const LATE: Duration = Duration::from_millis(500);
/// How long what is late may take.
const STRAGGLERS: Duration = Duration::from_secs(8);
/// Messages that are written at once.
const BURST: u32 = 20_000;
/// How long a node is held up, and how many messages come meanwhile.
const HELD_UP: Duration = Duration::from_secs(1);
const MEANWHILE: u32 = 4_000;
/// How long what is between the nodes is gone, and when.
const GONE: Duration = Duration::from_secs(2);
const AFTER: Duration = Duration::from_secs(3);
const RESTART: Duration = Duration::from_secs(12);

pub(super) async fn run(table: &mut Table) -> Result<()> {
    for _ in 0..table.rounds {
        for kind in table.of(&KINDS) {
            cost(table, kind).await?;
            burst(table, kind).await?;
            held_up(table, kind).await?;
            interrupted(table, kind).await?;
        }
    }
    Ok(())
}

/// A group with writers at one node and listeners at the other.
struct Room {
    group: String,
    writers: Vec<Writer>,
    heard: Rc<RefCell<Heard>>,
    next: u32,
    _running: JoinSet<Result<()>>,
}

/// Of each message, by its number.
#[derive(Default)]
struct Heard {
    /// The sender was told that it is sent, or that it is not.
    acknowledged: HashSet<u32>,
    refused: usize,
    /// When it arrived at each listener.
    arrived: [HashMap<u32, Instant>; LISTENERS],
}

/// Some messages that were sent at a rate.
struct Phase {
    first: u32,
    count: u32,
    start: Instant,
    a_second: u32,
}

impl Room {
    async fn open(cluster: &Cluster) -> Result<Self> {
        let mut sockets = Vec::new();
        for person in 0..WRITERS + LISTENERS {
            sockets.push(cluster.connect(usize::from(person >= WRITERS), person).await?);
        }
        let group = group(&mut sockets).await?;
        let listeners = sockets.split_off(WRITERS);
        let heard = Rc::new(RefCell::new(Heard::default()));
        let mut running = JoinSet::new();
        let mut writers = Vec::new();
        for Socket { reader, writer, .. } in sockets {
            running.spawn_local(watch(reader, heard.clone()));
            writers.push(writer);
        }
        for (number, socket) in listeners.into_iter().enumerate() {
            running.spawn_local(listen(socket, number, heard.clone()));
        }
        // What joining gave rise to.
        sleep(Duration::from_secs(1)).await;
        Ok(Self { group, writers, heard, next: 0, _running: running })
    }

    /// Sends at a rate that does not depend on the answers.
    async fn send(&mut self, a_second: u32, count: u32) -> Result<Phase> {
        let phase = Phase { first: self.next, count, start: Instant::now(), a_second };
        for number in phase.numbers() {
            while Instant::now() < phase.due(number) {
                yield_now().await;
            }
            self.write(number);
            self.writers[number as usize % WRITERS].flush().await?;
        }
        self.next += count;
        Ok(phase)
    }

    /// Sends everything at once.
    async fn send_at_once(&mut self, count: u32) -> Result<Phase> {
        let phase = Phase { first: self.next, count, start: Instant::now(), a_second: u32::MAX };
        phase.numbers().for_each(|number| self.write(number));
        futures::future::try_join_all(self.writers.iter_mut().map(Writer::flush)).await?;
        self.next += count;
        Ok(phase)
    }

    fn write(&mut self, number: u32) {
        let payload = format!(r#"{{"groupId":"{}","content":"{number}"}}"#, self.group);
        self.writers[number as usize % WRITERS].ask(u64::from(number), "groupMessage", &payload);
    }

    /// Waits until everything has arrived, or until no more will.
    async fn settle(&self, phase: &Phase, patience: Duration) {
        let end = Instant::now() + patience;
        while Instant::now() < end && self.missing(phase) > 0 {
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Deliveries that were due, also of messages that were refused.
    fn missing(&self, phase: &Phase) -> usize {
        let heard = self.heard.borrow();
        let arrived = |listener: &HashMap<u32, Instant>| {
            phase.numbers().filter(|number| !listener.contains_key(number)).count()
        };
        heard.arrived.iter().map(arrived).sum()
    }

    /// Deliveries that never came, of messages whose sender was told that they are sent.
    fn lost(&self, phase: &Phase) -> usize {
        let heard = self.heard.borrow();
        let sent: Vec<u32> = phase.numbers().filter(|number| heard.acknowledged.contains(number)).collect();
        let lost = |listener: &HashMap<u32, Instant>| {
            sent.iter().filter(|number| !listener.contains_key(number)).count()
        };
        heard.arrived.iter().map(lost).sum()
    }

    /// How many of these messages a listener was told of.
    fn told(&self, listener: usize, numbers: std::ops::Range<u32>) -> usize {
        let heard = self.heard.borrow();
        numbers.filter(|number| heard.arrived[listener].contains_key(number)).count()
    }

    /// Milliseconds from when each message was to be sent until each listener had it.
    fn latencies(&self, phase: &Phase) -> Vec<f64> {
        let heard = self.heard.borrow();
        let of = |listener: &HashMap<u32, Instant>| {
            let took = phase.numbers().filter_map(|number| {
                let arrived = listener.get(&number)?;
                Some(arrived.saturating_duration_since(phase.due(number)).as_secs_f64() * 1e3)
            });
            took.collect::<Vec<_>>()
        };
        heard.arrived.iter().flat_map(of).collect()
    }
}

impl Phase {
    fn numbers(&self) -> std::ops::Range<u32> {
        self.first..self.first + self.count
    }

    fn due(&self, number: u32) -> Instant {
        self.start + Duration::from_secs(1) / self.a_second * (number - self.first)
    }
}

/// Counts what the senders are answered.
async fn watch(mut reader: Reader, heard: Rc<RefCell<Heard>>) -> Result<()> {
    loop {
        if let Packet::Ack { id, reply } = reader.next().await? {
            let mut heard = heard.borrow_mut();
            if reply.starts_with(r#"[{"data""#) {
                heard.acknowledged.insert(u32::try_from(id)?);
            } else {
                heard.refused += 1;
            }
        }
    }
}

async fn listen(mut socket: Socket, listener: usize, heard: Rc<RefCell<Heard>>) -> Result<()> {
    loop {
        let packet = socket.next().await?;
        if packet.is("groupMessage")
            && let Packet::Event(json) = packet
        {
            let (_, rest) = json.split_once(r#""content":""#).context("a message without content")?;
            let number = rest.split('"').next().unwrap_or_default().parse()?;
            heard.borrow_mut().arrived[listener].insert(number, Instant::now());
        }
    }
}

async fn start(kind: Kind) -> Result<(Cluster, Room)> {
    let cluster = Cluster::start(kind, 2, WRITERS + LISTENERS + CLIENTS).await?;
    let room = Room::open(&cluster).await?;
    Ok((cluster, room))
}

/// What a message costs, how long it takes, and at which rate messages are late.
async fn cost(table: &mut Table, kind: Kind) -> Result<()> {
    let (cluster, mut room) = start(kind).await?;
    room.send(200, 400).await?;
    for a_second in RATES {
        let before = cluster.used()?;
        let phase = room.send(a_second, a_second * 4).await?;
        room.settle(&phase, STRAGGLERS).await;
        let used = cluster.used()?.since(&before);
        let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(phase.count);
        let mut note = |what: &str, figure| table.note(&format!("{what}, {a_second} a second"), kind, figure);
        note("µs a message, node of the writers", each(used.nodes[0]));
        note("µs a message, node of the listeners", each(used.nodes[1]));
        note("µs a message, Redis", each(used.redis));
        note("µs a message, PostgreSQL", each(used.postgresql));
        note("bytes a message into Redis", used.redis_in / f64::from(phase.count));
        let took = room.latencies(&phase);
        note("from emit to receipt, p50, ms", quantile(&took, 0.5));
        note("from emit to receipt, p99, ms", quantile(&took, 0.99));
    }
    let mut kept = 0;
    for a_second in CLIMB {
        let phase = room.send(a_second, a_second * STEP.as_secs() as u32).await?;
        let fell_behind = phase.due(phase.first + phase.count) + LATE < Instant::now();
        room.settle(&phase, LATE).await;
        if fell_behind || room.missing(&phase) > 0 {
            break;
        }
        kept = a_second;
    }
    table.note("messages a second before they are late or missing", kind, f64::from(kept));
    Ok(())
}

async fn burst(table: &mut Table, kind: Kind) -> Result<()> {
    let (_cluster, mut room) = start(kind).await?;
    let phase = room.send_at_once(BURST).await?;
    room.settle(&phase, STRAGGLERS).await;
    let all = f64::from(BURST) * LISTENERS as f64;
    table.note("lost of 20,000 at once, per cent", kind, room.lost(&phase) as f64 * 100.0 / all);
    Ok(())
}

/// The node of the listeners gets no processor for a second.
async fn held_up(table: &mut Table, kind: Kind) -> Result<()> {
    let (cluster, mut room) = start(kind).await?;
    room.send(200, 200).await?;
    let a_second = MEANWHILE / HELD_UP.as_secs() as u32;
    let (phase, held_up) = tokio::join!(room.send(a_second, MEANWHILE), cluster.hold_up(1, HELD_UP));
    held_up?;
    let phase = phase?;
    room.settle(&phase, STRAGGLERS).await;
    let all = f64::from(MEANWHILE) * LISTENERS as f64;
    let lost = room.lost(&phase) as f64 * 100.0 / all;
    table.note("lost of 4,000 while a node stands still for 1 s, per cent", kind, lost);
    Ok(())
}

/// What is between the nodes crashes, and is back two seconds later.
async fn interrupted(table: &mut Table, kind: Kind) -> Result<()> {
    const A_SECOND: u32 = 100;
    let (mut cluster, mut room) = start(kind).await?;
    let arrivals = jitter::Arrivals::default();
    let mut clients = JoinSet::new();
    if kind == Kind::Parlance {
        let join = serde_json::json!({ "groupId": room.group });
        for client in 0..CLIENTS {
            let person = WRITERS + LISTENERS + client;
            cluster.connect(1, person).await?.call::<super::Named>("joinGroup", &join).await?;
            let (address, person) = (cluster.nodes[1].address, &cluster.people[person]);
            clients.spawn_local(jitter::listen(
                client,
                address,
                person,
                room.group.parse()?,
                arrivals.clone(),
            )?);
        }
        sleep(Duration::from_secs(2)).await;
    }
    let count = A_SECOND * RESTART.as_secs() as u32;
    let interrupt = async {
        sleep(AFTER).await;
        cluster.interrupt(GONE).await
    };
    let (phase, interrupted) = tokio::join!(room.send(A_SECOND, count), interrupt);
    interrupted?;
    let phase = phase?;
    room.settle(&phase, STRAGGLERS).await;
    let mut note = |what: &str, figure| {
        table.note(&format!("1,200 messages, what is between the nodes crashes: {what}"), kind, figure);
    };
    let sent = room.heard.borrow().acknowledged.len();
    note("refused", room.heard.borrow().refused as f64);
    note("acknowledged", sent as f64);
    note("not told at once, per cent of the acknowledged", share(room.lost(&phase), sent * LISTENERS));
    note("told of the last 100", room.told(0, phase.first + count - A_SECOND..phase.first + count) as f64);
    let (missing, of) = match kind {
        Kind::Parlance => {
            let seen: HashSet<_> =
                arrivals.take().into_iter().map(|(client, number, _)| (client, number)).collect();
            ((sent * CLIENTS).saturating_sub(seen.len()), sent * CLIENTS)
        }
        _ => (room.lost(&phase), sent * LISTENERS),
    };
    note("never seen by the client, per cent of the acknowledged", share(missing, of));
    let starts = cluster.starts_without_engine().await?;
    table.note("a node starts while what is between the nodes is gone (1: yes)", kind, f64::from(starts));
    Ok(())
}

fn share(part: usize, of: usize) -> f64 {
    part as f64 * 100.0 / of.max(1) as f64
}
