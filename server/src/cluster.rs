//! Several servers that are one chat.
//!
//! They keep everything in one PostgreSQL database and tell each other over Redis what they committed ([`news`]). What
//! a server hears goes to its own publisher, as if it had committed it itself, so that everything else is the same with
//! one server and with many.
//!
//! Redis keeps nothing and may lose everything. Whoever speaks numbers what they say; whoever listens sees by the
//! numbers, and by not hearing anybody, that something was missed ([`roster`]). Then the server looks at the database
//! for what its own sockets may still receive, and tells its clients to ask what changed
//! ([`Gateway::catch_up`](crate::gateway::Gateway::catch_up)). While Redis is gone, or somebody is not heard who still
//! writes to the database, it does so every few seconds. If the database does not answer either, what others say is not
//! passed on for longer than ten seconds: somebody may have been removed from a group meanwhile. The sockets stay. To
//! close them would help those whom another server can serve, but when PostgreSQL is gone for all, everybody would
//! come back at once.
//!
//! [`Peers`] are the others, as the rest of this server sees them. [`link`] are the connections to Redis, [`outbox`] and
//! [`inbox`] what waits before and behind them, [`order`] puts changes of several servers into the order of their
//! conversation, and [`listener`] acts on what is heard.

mod inbox;
mod link;
mod listener;
mod news;
mod order;
mod outbox;
mod peers;
mod roster;
mod wait;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval, sleep, sleep_until, timeout},
};

use self::{inbox::Inbox, link::Link, listener::Listener, order::Order, outbox::Outbox, peers::Shared};
pub(crate) use self::{
    news::News,
    peers::{Peers, Status},
};
use crate::{
    app::App, config::RedisUrl, domain_event::Envelope, error::StartError, gateway::Gateway, ids::NodeId,
    limit, presence::Change,
};

/// How often a server says that it is there.
const ALIVE: Duration = Duration::from_secs(1);
/// How often it notes in the database that it is there, and how long that may take.
const BEAT: Duration = Duration::from_secs(2);
/// What the others committed and the publisher has not taken.
const HEARD: usize = 1024;
/// How long a server that stops takes to tell the others the last.
const FAREWELL: Duration = Duration::from_secs(1);

/// This server's part in a cluster, before it has begun.
pub(crate) struct Cluster {
    shared: Arc<Shared>,
    link: Link,
}

impl Cluster {
    /// Looks for Redis. `installation` is the database's: another one may use the same Redis.
    pub(crate) async fn new(url: &RedisUrl, installation: [u8; 16]) -> Result<Self, StartError> {
        let channel = format!("parlance:{}", uuid::Uuid::from_bytes(installation).simple());
        let me = NodeId::random().map_err(|error| StartError::Random(error.to_string()))?;
        let link = Link::new(url, channel).await?;
        tracing::info!(node = %me, "this server is one of a cluster");
        let shared = Shared {
            me,
            outbox: Outbox::new(me),
            inbox: Inbox::default(),
            nodes: AtomicUsize::new(1),
            is_apart: AtomicBool::new(false),
            lag: AtomicU64::new(0),
            heard: AtomicU64::new(0),
            missed: AtomicU64::new(0),
            catch_ups: AtomicU64::new(0),
            has_left_out: AtomicBool::new(false),
            is_leaving: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
        };
        Ok(Self { shared: Arc::new(shared), link })
    }

    pub(crate) fn me(&self) -> NodeId {
        self.shared.me
    }

    pub(crate) fn peers(&self) -> Peers {
        Peers(Some(self.shared.clone()))
    }

    /// Begins to speak and to listen. Takes what this server commits; returns that and what the others commit.
    pub(crate) fn start(
        self,
        tasks: &mut JoinSet<()>,
        committed: mpsc::Receiver<Envelope>,
        app: &Arc<App>,
        gateway: &Gateway,
        presence: mpsc::UnboundedSender<Change>,
    ) -> mpsc::Receiver<Envelope> {
        let Self { shared, link } = self;
        let link = Arc::new(link);
        let (hear, heard) = mpsc::channel(HEARD);
        let (publish, published) = mpsc::channel(HEARD);
        let (noted, nodes) = mpsc::channel(1);
        tasks.spawn({
            let (link, shared) = (link.clone(), shared.clone());
            async move { link.speak(&shared.outbox).await }
        });
        tasks.spawn({
            let shared = shared.clone();
            async move { link.listen(&shared.inbox).await }
        });
        tasks.spawn(merge(committed, heard, publish, shared.clone()));
        tasks.spawn(say_alive(shared.clone()));
        tasks.spawn(say_what_was_spent(shared.clone(), app.clone()));
        tasks.spawn(beat(shared.clone(), app.clone(), noted));
        let listener = Listener::new(shared, app.clone(), gateway.clone(), presence, hear);
        tasks.spawn(listener.listen(nodes));
        published
    }
}

/// What the server does when it stops.
impl Peers {
    /// The database no longer says that this server is there. While it stops, it says so to the others itself.
    pub(crate) async fn withdraw(&self, app: &App) {
        let Some(shared) = &self.0 else { return };
        shared.is_leaving.store(true, Ordering::SeqCst);
        if let Err(error) = app.store.withdraw_node(shared.me).await {
            tracing::warn!(%error, "the other servers will notice by themselves that this one is gone");
        }
    }

    /// Tells the others the last, once the store is closed.
    pub(crate) async fn say_goodbye(&self) {
        let Some(shared) = &self.0 else { return };
        let last_words = async {
            while !shared.is_over.load(Ordering::Acquire) {
                sleep(Duration::from_millis(5)).await;
            }
            shared.outbox.push(&News::Bye);
            while !shared.outbox.is_empty() {
                sleep(Duration::from_millis(5)).await;
            }
        };
        if timeout(FAREWELL, last_words).await.is_err() {
            tracing::warn!("the other servers were not told everything: their clients will ask");
        }
    }
}

/// Tells the others what this server commits, and puts together what all of them commit.
async fn merge(
    mut committed: mpsc::Receiver<Envelope>,
    mut heard: mpsc::Receiver<Envelope>,
    publish: mpsc::Sender<Envelope>,
    shared: Arc<Shared>,
) {
    let mut order = Order::new();
    let mut is_open = true;
    let is_apart = || shared.is_apart.load(Ordering::Relaxed);
    loop {
        let due = order.due();
        let told = tokio::select! {
            envelope = committed.recv(), if is_open => match envelope {
                Some(envelope) => {
                    shared.outbox.push(&News::Committed(envelope.event.clone()));
                    order.put(envelope, is_apart(), Instant::now())
                }
                None => {
                    is_open = false;
                    shared.is_over.store(true, Ordering::Release);
                    vec![]
                }
            },
            Some(envelope) = heard.recv() => order.put(envelope, is_apart(), Instant::now()),
            () = async { sleep_until(due.unwrap_or_else(Instant::now)).await }, if due.is_some() => {
                order.overdue(Instant::now())
            }
        };
        for envelope in told {
            if publish.send(envelope).await.is_err() {
                return;
            }
        }
    }
}

async fn say_alive(shared: Arc<Shared>) {
    let mut ticks = interval(ALIVE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        shared.outbox.push(&News::Alive);
    }
}

async fn say_what_was_spent(shared: Arc<Shared>, app: Arc<App>) {
    let mut ticks = interval(limit::TOLD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Some(spent) = app.limits.spent() {
            shared.outbox.push(&News::Spent(spent));
        }
    }
}

/// Notes in the database that this server is there, and reads who else is.
async fn beat(shared: Arc<Shared>, app: Arc<App>, noted: mpsc::Sender<Vec<NodeId>>) {
    let mut ticks = interval(BEAT);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if shared.is_leaving.load(Ordering::SeqCst) {
            continue;
        }
        // If the database is gone, that is in the log already.
        if let Ok(Ok(nodes)) = timeout(BEAT, app.store.note_node(shared.me)).await {
            // Fails only when the server has stopped.
            noted.send(nodes).await.ok();
        }
    }
}
