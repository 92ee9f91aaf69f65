//! What this server does about what the others say, and about what they do not.

use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use protocol::{EventEnum, ServerEvent, UserId};
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, MissedTickBehavior, interval},
};

use super::{
    news::{Frame, News},
    peers::Shared,
    roster::{Heard, Roster},
};
use crate::{
    app::App,
    delivery::{Delivery, FanOut, GatewayCommand},
    domain_event::{Envelope, Origin},
    gateway::Gateway,
    ids::NodeId,
    presence::Change,
};

/// How often this server looks around.
const LOOK: Duration = Duration::from_millis(500);
/// How often clients are told to ask what changed, while something may be missed all the time, and at most.
const APART: Duration = Duration::from_secs(4);
const AT_MOST: Duration = Duration::from_secs(1);
/// For how long others are believed although something was missed and the database could not be asked what it was.
const UNSURE: Duration = Duration::from_secs(10);

pub(super) struct Listener {
    shared: Arc<Shared>,
    app: Arc<App>,
    gateway: Gateway,
    presence: mpsc::UnboundedSender<Change>,
    hear: mpsc::Sender<Envelope>,
    roster: Roster,
    /// Who is at other servers, as far as these have said it.
    parts: HashMap<NodeId, Vec<UserId>>,
    /// Something was missed, and clients were not told yet.
    has_missed: bool,
    /// The others are to say who is connected to them, and who has many sockets there.
    asks: bool,
    /// They may have asked the same.
    was_asked: bool,
    was_deaf: bool,
    catching_up: Option<JoinHandle<bool>>,
    caught_up: Instant,
    /// Since when something is missed that the database was not asked for.
    behind: Option<Instant>,
    /// It is so for so long that nobody is told any more what other servers say: it may not be theirs.
    is_unsure: bool,
}

impl Listener {
    pub(super) fn new(
        shared: Arc<Shared>,
        app: Arc<App>,
        gateway: Gateway,
        presence: mpsc::UnboundedSender<Change>,
        hear: mpsc::Sender<Envelope>,
    ) -> Self {
        let now = Instant::now();
        let roster = Roster::new(shared.me, now);
        Self {
            shared,
            app,
            gateway,
            presence,
            hear,
            roster,
            parts: HashMap::new(),
            has_missed: false,
            asks: true,
            was_asked: false,
            was_deaf: false,
            catching_up: None,
            caught_up: now,
            behind: None,
            is_unsure: false,
        }
    }

    /// Never ends.
    pub(super) async fn listen(mut self, mut nodes: mpsc::Receiver<Vec<NodeId>>) {
        let shared = self.shared.clone();
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                frame = shared.inbox.next() => self.heard(&frame).await,
                Some(nodes) = nodes.recv() => self.roster.are_there(&nodes, Instant::now()),
                _ = looks.tick() => self.look_around().await,
            }
        }
    }

    async fn heard(&mut self, bytes: &[u8]) {
        let Some(frame) = Frame::read(bytes) else {
            // Something else speaks on our channel, or a version that we do not know.
            self.has_missed = true;
            return;
        };
        match self.roster.hear(&frame, Instant::now()) {
            Heard::Own => {
                if let Some(lag) = self.shared.outbox.said(&frame) {
                    let lag = u64::try_from(lag.as_micros()).unwrap_or(u64::MAX);
                    self.shared.lag.store(lag, Ordering::Relaxed);
                }
                return;
            }
            Heard::Again => return,
            Heard::Next => {}
            Heard::Missed | Heard::First => self.missed(frame.from),
        }
        self.shared.heard.fetch_add(frame.count, Ordering::Relaxed);
        for news in frame.news() {
            match news {
                Ok(news) => self.take(frame.from, news).await,
                Err(error) => {
                    tracing::debug!(node = %frame.from, %error, "another server said something unknown");
                    self.has_missed = true;
                }
            }
        }
    }

    /// What was missed may have been a question, too.
    fn missed(&mut self, from: NodeId) {
        self.shared.missed.fetch_add(1, Ordering::Relaxed);
        self.parts.remove(&from);
        self.app.limits.sockets.node_is_gone(from);
        self.has_missed = true;
        self.asks = true;
        self.was_asked = true;
    }

    fn is_asked(&self) {
        self.app.limits.sockets.tell_again();
        self.tell_presence(Change::Asked);
    }

    async fn take(&mut self, from: NodeId, news: News) {
        match news {
            News::Alive => {}
            News::Committed(_) | News::Volatile { .. } if self.is_unsure => self.has_missed = true,
            News::Committed(event) => {
                // Fails only while the server stops.
                self.hear.send(Envelope { event, origin: Origin::default() }).await.ok();
            }
            News::Volatile { to, event, payload } => {
                if let Ok(event) = ServerEvent::decode(&event, &payload) {
                    self.gateway.execute(GatewayCommand::DeliverVolatile(Delivery { to, event })).await;
                }
            }
            News::Came(users) => self.tell_presence(Change::CameElsewhere(from, users)),
            News::Went(users) => self.tell_presence(Change::WentElsewhere(from, users)),
            News::Here { part, is_last } => {
                self.parts.entry(from).or_default().extend(part);
                if is_last {
                    let users = self.parts.remove(&from).unwrap_or_default();
                    self.tell_presence(Change::AreElsewhere(from, users));
                }
            }
            News::Who => self.is_asked(),
            News::Spent(spent) => self.app.limits.spent_elsewhere(from, spent),
            News::Bye => {
                tracing::info!(node = %from, "another server has stopped");
                self.roster.forget(from);
                self.parts.remove(&from);
                self.app.limits.sockets.node_is_gone(from);
                self.tell_presence(Change::AreElsewhere(from, vec![]));
            }
        }
    }

    /// Acts on who is heard and who is not.
    async fn look_around(&mut self) {
        let now = Instant::now();
        for node in self.roster.expire(now) {
            tracing::warn!(%node, "another server is gone without a word");
            self.parts.remove(&node);
            self.app.limits.sockets.node_is_gone(node);
            self.tell_presence(Change::NodeGone(node));
        }
        let is_deaf = self.roster.is_deaf(now);
        match (std::mem::replace(&mut self.was_deaf, is_deaf), is_deaf) {
            (false, true) => self.app.limits.sockets.nobody_is_heard(),
            (true, false) => {
                self.has_missed = true;
                self.asks = true;
            }
            _ => {}
        }
        self.has_missed |= self.roster.has_lost_somebody(now);
        self.has_missed |= self.shared.has_left_out.swap(false, Ordering::SeqCst);
        let is_apart = self.roster.is_apart(now);
        if self.shared.is_apart.swap(is_apart, Ordering::Relaxed) != is_apart {
            self.has_missed = true;
        }
        self.shared.nodes.store(self.roster.others().len() + 1, Ordering::Relaxed);
        if std::mem::take(&mut self.asks) {
            self.shared.outbox.push(&News::Who);
        }
        if std::mem::take(&mut self.was_asked) {
            self.is_asked();
        }
        self.catch_up(now, is_apart).await;
        self.judge(now, is_apart);
    }

    /// Decides whether this server knows well enough who may be told what.
    fn judge(&mut self, now: Instant, is_apart: bool) {
        let is_behind = self.has_missed || is_apart || self.catching_up.is_some();
        self.behind = is_behind.then(|| self.behind.unwrap_or(now));
        let is_unsure = self.behind.is_some_and(|since| now - since.max(self.gateway.looked()) > UNSURE);
        if is_unsure && !self.is_unsure {
            tracing::warn!(
                "something was missed, and the database does not say what: nobody is told what other servers do"
            );
        }
        self.is_unsure = is_unsure;
    }

    async fn catch_up(&mut self, now: Instant, is_apart: bool) {
        if let Some(catching_up) = self.catching_up.take_if(|one| one.is_finished()) {
            // Whoever was just connecting is looked at again; so is everybody if it failed.
            self.has_missed |= !catching_up.await.unwrap_or(false);
        }
        let waited = now - self.caught_up;
        let is_due = (self.has_missed && waited >= AT_MOST) || (is_apart && waited >= APART);
        if is_due && self.catching_up.is_none() {
            self.has_missed = false;
            self.caught_up = now;
            self.shared.catch_ups.fetch_add(1, Ordering::Relaxed);
            let gateway = self.gateway.clone();
            self.catching_up = Some(tokio::spawn(async move { gateway.catch_up().await }));
        }
    }

    fn tell_presence(&self, change: Change) {
        // Fails only while the server stops.
        self.presence.send(change).ok();
    }
}
