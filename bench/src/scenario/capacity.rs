//! What one, two and three nodes cost together with what they share: a private message, a delivery in a group, an idle
//! connection, somebody who comes online, and the time in which Redis is gone.
//!
//! The figures are processor time, apart for the nodes, PostgreSQL and Redis. Everything is on one core here, so that
//! nodes do not make it faster; what is asked is how much they cost.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, anyhow, ensure};
use futures::future::try_join_all;
use protocol::{Conversation, Head, HeadsDigest};
use serde::Deserialize;
use tokio::{
    task::{JoinSet, yield_now},
    time::sleep,
};

use super::{CONNECTING, TEXT, group};
use crate::{
    cluster::{Cluster, Used},
    peer::Kind,
    socket::{Packet, Reader, Socket, Writer},
    table::{Table, quantile},
};

/// Those who write and those they write to.
const PAIRS: usize = 90;
const WARM: Duration = Duration::from_millis(1_500);
const MEASURED: Duration = Duration::from_secs(6);
/// How long late messages may take.
const STRAGGLERS: Duration = Duration::from_secs(10);
/// How long the messages of the lowest rate need until they are in the index.
const INDEXED: Duration = Duration::from_secs(20);
/// Private messages a second.
const RATES: [u32; 3] = [200, 1_000, 3_000];
/// Members of the group, and its messages a second.
const MEMBERS: usize = 120;
const GROUP_RATE: u32 = 20;
/// Connections that do nothing, in all; each person has so many conversations with the people after them.
const IDLE: usize = 1_500;
const CONVERSATIONS: usize = 5;
const QUIET: Duration = Duration::from_secs(20);
/// How long Redis is gone; for this long of it, what is done without it is measured.
const GONE: Duration = Duration::from_secs(19);
const NOTICED: Duration = Duration::from_secs(6);
const STORM: Duration = Duration::from_secs(12);

pub(super) async fn run(table: &mut Table) -> Result<()> {
    for _ in 0..table.rounds {
        for nodes in 0..=3 {
            let (cluster, name) = match nodes {
                0 => (Cluster::alone(PAIRS * 2).await?, "1 node without Redis".to_owned()),
                nodes => (Cluster::start(Kind::Parlance, nodes, PAIRS * 2).await?, named(nodes)),
            };
            fan_out(table, &cluster, &name).await?;
            for a_second in RATES {
                private(table, &cluster, &name, a_second).await?;
                if nodes == 1 && a_second == RATES[0] {
                    index(table, &cluster, a_second).await?;
                }
            }
        }
    }
    for nodes in 1..=3 {
        idle(table, nodes).await?;
    }
    Ok(())
}

fn named(nodes: usize) -> String {
    if nodes == 1 { "1 node".to_owned() } else { format!("{nodes} nodes") }
}

/// Notes what each part used for one of so many.
fn note(table: &mut Table, work: &str, name: &str, used: &Used, count: f64) {
    let each = |time: Duration| time.as_secs_f64() * 1e6 / count;
    let figures = [
        ("µs of the nodes", each(used.all_nodes())),
        ("µs of PostgreSQL", each(used.postgresql)),
        ("µs of Redis", each(used.redis)),
        ("commits", used.commits / count),
        ("bytes of PostgreSQL's log", used.log / count),
        ("bytes of the database", used.size / count),
        ("bytes into Redis", used.redis_in / count),
        ("bytes out of Redis", used.redis_out / count),
    ];
    for (what, figure) in figures {
        table.note(&format!("{work}: {what}, {name}"), Kind::Parlance, figure);
    }
}

/// How many messages are sent at a rate.
fn messages(a_second: u32) -> u32 {
    (f64::from(a_second) * (WARM + MEASURED).as_secs_f64()) as u32
}

/// What the messages before cost afterwards: they are put into the index that is searched when nobody writes.
async fn index(table: &mut Table, cluster: &Cluster, a_second: u32) -> Result<()> {
    let before = cluster.used()?;
    sleep(INDEXED).await;
    let used = cluster.used()?.since(&before);
    note(table, "putting a message into the index", "1 node", &used, f64::from(messages(a_second)));
    Ok(())
}

/// Private messages at a rate. Each pair's two people are at any two nodes, by turns.
async fn private(table: &mut Table, cluster: &Cluster, name: &str, a_second: u32) -> Result<()> {
    let nodes = cluster.nodes.len();
    let took = Rc::new(RefCell::new(Vec::new()));
    let start = Instant::now();
    let due = move |number: u32| start + Duration::from_secs(1) / a_second * number;
    let mut listening = JoinSet::new();
    let (mut writers, mut silent) = (Vec::new(), Vec::new());
    for pair in 0..PAIRS {
        let Socket { mut reader, writer, .. } = cluster.connect(pair % nodes, pair).await?;
        listening.spawn_local(async move {
            loop {
                reader.next().await?;
            }
        });
        writers.push(writer);
        let Socket { reader, writer, .. } = cluster.connect(pair / nodes % nodes, PAIRS + pair).await?;
        let took = took.clone();
        listening.spawn_local(heed(reader, "privateMessage", move |number| {
            took.borrow_mut().push(Instant::now().saturating_duration_since(due(number)).as_secs_f64() * 1e3);
        }));
        silent.push(writer);
    }
    sleep(WARM).await;
    let start = (start.elapsed().as_secs_f64() * f64::from(a_second)).ceil() as u32;
    let (mut before, mut warm) = (None, 0);
    let count = messages(a_second);
    for number in start..start + count {
        while Instant::now() < due(number) {
            yield_now().await;
        }
        if before.is_none() && due(number) > due(start) + WARM {
            before = Some(cluster.used()?);
            warm = took.borrow().len();
        }
        let pair = number as usize % PAIRS;
        let to = cluster.people[PAIRS + pair].id;
        let payload = format!(r#"{{"recipientId":"{to}","content":"{number} {TEXT}"}}"#);
        writers[pair].ask(u64::from(number), "privateMessage", &payload);
        writers[pair].flush().await?;
    }
    let end = Instant::now() + STRAGGLERS;
    while took.borrow().len() < count as usize && Instant::now() < end {
        sleep(Duration::from_millis(20)).await;
    }
    let used = cluster.used()?.since(&before.context("nothing was measured")?);
    let took = took.borrow();
    ensure!(took.len() == count as usize, "{} of {count} messages arrived", took.len());
    let work = format!("a private message, {a_second} a second");
    note(table, &work, name, &used, (took.len() - warm) as f64);
    for (what, part) in [("p50", 0.5), ("p99", 0.99)] {
        table.note(
            &format!("{work}: {what} of the latency, ms, {name}"),
            Kind::Parlance,
            quantile(&took[warm..], part),
        );
    }
    Ok(())
}

/// Calls back for each event of this name with the number at the beginning of its content.
async fn heed(mut reader: Reader, event: &str, hear: impl Fn(u32)) -> Result<()> {
    loop {
        let packet = reader.next().await?;
        if packet.is(event)
            && let Packet::Event(json) = packet
        {
            let (_, rest) = json.split_once(r#""content":""#).context("a message without content")?;
            hear(rest.split([' ', '"']).next().unwrap_or_default().parse()?);
        }
    }
}

/// One writer in a group whose members are at all nodes.
async fn fan_out(table: &mut Table, cluster: &Cluster, name: &str) -> Result<()> {
    let mut sockets = Vec::new();
    for person in 0..MEMBERS {
        sockets.push(cluster.connect(person % cluster.nodes.len(), person).await?);
    }
    let group = group(&mut sockets).await?;
    let heard = Rc::new(Cell::new(0_u32));
    let mut listening = JoinSet::new();
    let mut writers: Vec<Writer> = Vec::new();
    for Socket { reader, writer, .. } in sockets {
        let heard = heard.clone();
        listening.spawn_local(heed(reader, "groupMessage", move |_| heard.set(heard.get() + 1)));
        writers.push(writer);
    }
    sleep(WARM).await;
    let (before, start) = (cluster.used()?, Instant::now());
    let count = GROUP_RATE * MEASURED.as_secs() as u32;
    for number in 0..count {
        sleep(
            (start + Duration::from_secs(1) / GROUP_RATE * number).saturating_duration_since(Instant::now()),
        )
        .await;
        let writer = &mut writers[number as usize % MEMBERS];
        writer.ask(
            u64::from(number) + 1_000,
            "groupMessage",
            &format!(r#"{{"groupId":"{group}","content":"{number} {TEXT}"}}"#),
        );
        writer.flush().await?;
    }
    sleep(Duration::from_millis(500)).await;
    let used = cluster.used()?.since(&before);
    let all = count * MEMBERS as u32;
    ensure!(heard.get() == all, "{} of {all} deliveries", heard.get());
    note(table, "a delivery in a group of 120", name, &used, f64::from(all));
    Ok(())
}

/// People who come, stay without a word, and lose Redis.
async fn idle(table: &mut Table, nodes: usize) -> Result<()> {
    let name = named(nodes);
    let mut cluster = Cluster::start(Kind::Parlance, nodes, IDLE).await?;
    let seed = cluster.open_seed()?;
    let ids: Vec<_> = cluster.people.iter().map(|person| person.id).collect();
    let pairs: Vec<_> =
        (0..IDLE).flat_map(|one| (1..=CONVERSATIONS).map(move |next| (one, (one + next) % IDLE))).collect();
    for some in pairs.chunks(500) {
        try_join_all(some.iter().map(|(one, other)| seed.send(ids[*one], ids[*other], 1)))
            .await
            .map_err(|error| anyhow!(error))?;
    }
    seed.close().await;

    // The first node has nobody, so that it shows what people at others cost.
    let places: Vec<usize> = if nodes == 1 { vec![0] } else { (1..nodes).collect() };
    for node in 0..nodes {
        drop(cluster.connect_as_page(node, node).await?);
    }
    sleep(Duration::from_secs(7)).await;
    let memory = |cluster: &Cluster| (0..nodes).map(|node| cluster.memory(node)).collect::<Result<Vec<_>>>();
    let (before, memory_before) = (cluster.used()?, memory(&cluster)?);
    let mut sockets = Vec::new();
    for first in (0..IDLE).step_by(CONNECTING) {
        let some = first..first + CONNECTING;
        sockets.extend(
            try_join_all(some.map(|one| cluster.connect_as_page(places[one % places.len()], one))).await?,
        );
    }
    let digests = Rc::new(Cell::new(0_u32));
    let storms = Rc::new(Cell::new(0_u32));
    let mut running = JoinSet::new();
    for socket in sockets {
        running.spawn_local(stay(socket, digests.clone(), storms.clone()));
    }
    while digests.get() < IDLE as u32 {
        if let Some(ended) = running.try_join_next() {
            ended??;
        }
        sleep(Duration::from_millis(50)).await;
    }
    sleep(Duration::from_secs(8)).await;
    let (came, memory_after) = (cluster.used()?.since(&before), memory(&cluster)?);
    note(table, "somebody who comes and asks for their conversations", &name, &came, IDLE as f64);
    let grown: Vec<f64> =
        memory_after.iter().zip(&memory_before).map(|(after, before)| after - before).collect();
    let here: f64 = places.iter().map(|node| grown[*node]).sum();
    table.note(&format!("KiB a connection, {name}"), Kind::Parlance, here / IDLE as f64);
    if nodes > 1 {
        table.note(&format!("KiB a person at other nodes, {name}"), Kind::Parlance, grown[0] / IDLE as f64);
        let elsewhere = came.nodes[0].as_secs_f64() * 1e6 / IDLE as f64;
        table.note(
            &format!("µs of a node for somebody who comes elsewhere, {name}"),
            Kind::Parlance,
            elsewhere,
        );
    }

    let before = cluster.used()?;
    sleep(QUIET).await;
    let quiet = cluster.used()?.since(&before);
    let seconds = QUIET.as_secs_f64();
    note(table, "1,500 idle connections, a second", &name, &quiet, seconds);
    if nodes > 1 {
        let empty = quiet.nodes[0].as_secs_f64() * 1e6 / seconds;
        table.note(&format!("µs of a node without connections, a second, {name}"), Kind::Parlance, empty);
    }
    storm(table, &mut cluster, &name, &storms, &quiet).await
}

/// What is done while Redis is gone: less what is done anyway, for each time that a client is told to ask.
async fn storm(
    table: &mut Table,
    cluster: &mut Cluster,
    name: &str,
    asked: &Cell<u32>,
    quiet: &Used,
) -> Result<()> {
    let before = Rc::new(RefCell::new(None));
    // Redis is not asked meanwhile: it is not there.
    let usage = cluster.meter();
    let measure = async {
        sleep(NOTICED).await;
        let (used, count) = (usage()?, asked.get());
        sleep(STORM).await;
        let after = usage()?;
        *before.borrow_mut() = Some((after.0 - used.0, after.1 - used.1, asked.get() - count));
        anyhow::Ok(())
    };
    let (interrupted, measured) = tokio::join!(cluster.interrupt(GONE), measure);
    interrupted?;
    measured?;
    let (nodes, postgresql, count) = before.borrow_mut().take().context("nothing was measured")?;
    let part = STORM.as_secs_f64() / QUIET.as_secs_f64();
    let each = |time: Duration, usual: Duration| {
        (time.as_secs_f64() - usual.as_secs_f64() * part) * 1e6 / f64::from(count.max(1))
    };
    let mut note = |what: &str, figure| {
        table.note(&format!("while Redis is gone: {what}, {name}"), Kind::Parlance, figure)
    };
    note("questions of a client in 4 s", f64::from(count) * 4.0 / STORM.as_secs_f64() / IDLE as f64);
    note("µs of the nodes a question", each(nodes, quiet.all_nodes()));
    note("µs of PostgreSQL a question", each(postgresql, quiet.postgresql));
    Ok(())
}

/// A client as the page is one: it asks how its conversations stand, and again when it is told to.
async fn stay(mut socket: Socket, ready: Rc<Cell<u32>>, asked: Rc<Cell<u32>>) -> Result<()> {
    #[derive(Deserialize)]
    struct Synced {
        conversations: Option<Vec<Conversation>>,
    }
    let Synced { conversations } = socket.call("sync", &HashMap::from([("paged", true)])).await?;
    let conversations = conversations.context("no conversations")?;
    ensure!(conversations.len() == CONVERSATIONS * 2, "{} conversations", conversations.len());
    let state = HeadsDigest::of_state(conversations.iter().map(Head::from));
    let question = serde_json::json!({ "state": state, "paged": true }).to_string();
    ready.set(ready.get() + 1);
    loop {
        match socket.next().await? {
            packet if packet.is("eventsMissed") => {
                socket.ask("sync", &question);
            }
            Packet::Ack { reply, .. } => {
                ensure!(reply == r#"[{"data":{}}]"#, "nothing had changed, and the answer is {reply}");
                asked.set(asked.get() + 1);
            }
            _ => {}
        }
    }
}
