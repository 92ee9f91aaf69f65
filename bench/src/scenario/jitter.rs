//! A bad network: clients lose it every 15 s for 2 s, while 120 messages come, one a second. What is
//! lost, what is doubled, and how long it takes until somebody who is back has what they missed.
//!
//! The peers' clients are `socket.io-client`, which joins its group again when it comes back without
//! being recovered; Parlance's run `chat`'s runtime, as the page does.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    net::SocketAddr,
    process::Stdio,
    rc::Rc,
    time::Duration,
};

use anyhow::{Context as _, Result};
use chat::{Action, Connection, Environment, Login, OneTab, Opening, RefreshError, Runtime, native};
use client::Options;
use futures::{FutureExt as _, future::LocalBoxFuture};
use parlance::seed::Person;
use protocol::{ConversationId, GroupId, RenewedToken, User};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    task::JoinSet,
    time::{Instant, interval, sleep, sleep_until},
};

use super::{connect, group};
use crate::{
    machine::Core,
    network::Network,
    peer::{self, Kind, Peer},
    table::{Table, quantile},
};

const CLIENTS: usize = 20;
const MESSAGES: u32 = 120;
const EVERY: Duration = Duration::from_secs(15);
const OFFLINE: Duration = Duration::from_secs(2);
/// How long after the last message clients may take to come back.
const SETTLING: Duration = Duration::from_secs(20);

pub(super) async fn run(table: &mut Table) -> Result<()> {
    println!("It takes two and a half minutes; the servers are measured side by side.");
    let mut measuring = JoinSet::new();
    for kind in table.of(&[Kind::Parlance, Kind::NodeMemory, Kind::NodeRecovery]) {
        measuring.spawn_local(async move { anyhow::Ok((kind, measure(kind).await?)) });
    }
    while let Some(measured) = measuring.join_next().await {
        let (kind, Outcome { lost, doubled, replay }) = measured??;
        let all = f64::from(MESSAGES) * CLIENTS as f64;
        table.note("jitter: lost, per cent of all deliveries", kind, lost as f64 * 100.0 / all);
        table.note("jitter: doubled", kind, doubled as f64);
        table.note("jitter: missed messages that came afterwards", kind, replay.len() as f64);
        if !replay.is_empty() {
            for (name, part) in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)] {
                let work = format!("jitter: from the network's return to a missed message, {name}, s");
                table.note(&work, kind, quantile(&replay, part));
            }
        }
    }
    Ok(())
}

/// The results of all clients of one server.
struct Outcome {
    lost: usize,
    doubled: usize,
    /// Seconds for each message that was sent while its receiver had no network.
    replay: Vec<f64>,
}

/// When something arrived: client, message.
pub(super) type Arrivals = Rc<RefCell<Vec<(usize, u32, Instant)>>>;

async fn measure(kind: Kind) -> Result<Outcome> {
    let peer = Peer::start(kind, CLIENTS + 1).await?;
    let mut sockets = connect(&peer, 0..CLIENTS + 1).await?;
    let group = group(&mut sockets).await?;
    // The writer's network is never cut.
    let mut writing = sockets.swap_remove(0);
    drop(sockets);
    let mut networks = Vec::new();
    for _ in 0..CLIENTS {
        networks.push(Network::to(peer.address).await?);
    }
    let arrivals = Arrivals::default();
    let mut running = JoinSet::new();
    if kind == Kind::Parlance {
        for (client, network) in networks.iter().enumerate() {
            let person = &peer.people[client + 1];
            running.spawn_local(listen(client, network.address, person, group.parse()?, arrivals.clone())?);
        }
    } else {
        let addresses = networks.iter().map(|network| network.address).collect();
        running.spawn_local(listen_in_node(addresses, group.clone(), arrivals.clone()));
    }
    sleep(Duration::from_secs(3)).await;

    let start = Instant::now();
    let end = start + Duration::from_secs(u64::from(MESSAGES));
    for (client, network) in networks.into_iter().enumerate() {
        running.spawn_local(cut_again_and_again(network, first_cut(start, client), end));
    }
    let mut sent = HashMap::new();
    let mut seconds = interval(Duration::from_secs(1));
    for number in 0..MESSAGES {
        seconds.tick().await;
        sent.insert(number, Instant::now());
        let payload = serde_json::json!({ "groupId": group, "content": number.to_string() });
        writing.call::<super::Named>("groupMessage", &payload).await?;
    }
    sleep(SETTLING).await;
    Ok(outcome(&arrivals.take(), &sent, start))
}

/// The clients take turns.
fn first_cut(start: Instant, client: usize) -> Instant {
    start + EVERY * (client as u32) / (CLIENTS as u32)
}

async fn cut_again_and_again(network: Network, first: Instant, end: Instant) -> Result<()> {
    let mut cut = first;
    while cut < end {
        sleep_until(cut).await;
        network.set_online(false);
        sleep_until(cut + OFFLINE).await;
        network.set_online(true);
        cut += EVERY;
    }
    // The network stays.
    std::future::pending().await
}

fn outcome(arrivals: &[(usize, u32, Instant)], sent: &HashMap<u32, Instant>, start: Instant) -> Outcome {
    let mut known = HashSet::new();
    let mut outcome = Outcome { lost: 0, doubled: 0, replay: Vec::new() };
    for (client, number, arrived) in arrivals.iter().copied() {
        if !known.insert((client, number)) {
            outcome.doubled += 1;
            continue;
        }
        let first = first_cut(start, client);
        let Some(since) = sent.get(&number).and_then(|sent| sent.checked_duration_since(first)) else {
            continue;
        };
        let into = Duration::from_nanos((since.as_nanos() % EVERY.as_nanos()) as u64);
        if into < OFFLINE {
            let back = sent[&number] + (OFFLINE - into);
            outcome.replay.push(arrived.saturating_duration_since(back).as_secs_f64());
        }
    }
    outcome.lost = CLIENTS * sent.len() - known.len();
    outcome
}

/// A person's chat, with the runtime that ships.
pub(super) fn listen(
    client: usize,
    address: SocketAddr,
    person: &Person,
    group: GroupId,
    arrivals: Arrivals,
) -> Result<impl Future<Output = Result<()>> + use<>> {
    let token = person.token.clone();
    let opening = Opening::default();
    let next = opening.clone();
    let options = Options::new(format!("http://{address}")).auth(move || next.auth(token.clone()));
    let (calls, notices) = client::native::connect(options);
    let environment = Environment {
        disk: Rc::new(native::Folder::open(peer::scratch(&format!("jitter-{client}"))?)?),
        clock: Rc::new(native::TokioClock),
        login: Rc::new(SeededLogin),
        tabs: Rc::new(OneTab),
        seed: client as u64,
    };
    let me = User { id: person.id, username: format!("person{client}").parse()? };
    let runtime: Rc<RefCell<Option<Runtime>>> = Rc::default();
    let conversation = ConversationId::Group(group);
    let (shown, read) = (runtime.clone(), RefCell::new(0));
    let connection = Connection { client: calls, notices, opening };
    let (started, run) = Runtime::start(me, connection, environment, move |_, _| {
        let Some(runtime) = shown.borrow().clone() else { return };
        runtime.with(|state| {
            let Some(conversation) = state.conversation(conversation) else { return };
            for message in conversation.timeline.messages().iter().skip(*read.borrow()) {
                let number = message.content.as_str().parse().unwrap_or(u32::MAX);
                arrivals.borrow_mut().push((client, number, Instant::now()));
            }
            *read.borrow_mut() = conversation.timeline.messages().len();
        });
    });
    *runtime.borrow_mut() = Some(started.clone());
    started.act(Action::Open(conversation));
    Ok(run.map(Ok))
}

/// The peers' own clients, in one process of Node.
async fn listen_in_node(networks: Vec<SocketAddr>, group: String, arrivals: Arrivals) -> Result<()> {
    let mut node = tokio::process::Command::from(Core::Load.command("node"));
    node.arg("listen.mjs").arg(group).args(networks.iter().map(|address| format!("http://{address}")));
    node.current_dir(peer::peers()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut node = node.spawn().context("Node did not start")?;
    let mut lines = BufReader::new(node.stdout.take().context("no output")?).lines();
    while let Some(line) = lines.next_line().await? {
        let (client, number) = line.split_once(' ').context("Node said something else")?;
        arrivals.borrow_mut().push((client.parse()?, number.parse()?, Instant::now()));
    }
    anyhow::bail!("Node's clients ended")
}

/// A token that outlives the measurement.
struct SeededLogin;

impl Login for SeededLogin {
    fn renew_in(&self) -> Duration {
        Duration::from_hours(10)
    }

    fn renewed(&self, _token: RenewedToken) {}

    fn refresh(&self) -> LocalBoxFuture<'static, Result<(), RefreshError>> {
        async { Err(RefreshError::Unavailable("there is no cookie here".to_owned())) }.boxed_local()
    }

    fn end(&self, sentence: String) {
        eprintln!("a login is over: {sentence}");
    }
}
