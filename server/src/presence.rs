//! Who is online.
//!
//! A person is online from their first socket until a short grace after their last one is gone, so that a
//! reload or a change of network announces nothing. When many come and go, the others are told of several at
//! once; otherwise each of them would get a frame for each change. [`Presence`] knows the rules and has no
//! clock; [`watch`] drives it.

mod elsewhere;
mod listeners;
mod online;
mod pace;

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use protocol::{ServerEvent, Timestamp, UserId};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use self::{
    listeners::{Listeners, singly_or_together},
    pace::Pace,
};
use crate::{
    app::App,
    clock,
    cluster::{News, Peers},
    delivery::{Audience, Client, Delivery, FanOut, GatewayCommand},
    ids::{NodeId, SocketId},
};

pub(crate) use online::Online;

/// What happens to sockets, and to people at other servers.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Arrived(UserId, SocketId, Client),
    /// From now on the socket is told what this kind of client is told.
    Changed(UserId, SocketId, Client),
    Gone(UserId, SocketId),
    CameElsewhere(NodeId, Vec<UserId>),
    WentElsewhere(NodeId, Vec<UserId>),
    /// These are there, and nobody else.
    AreElsewhere(NodeId, Vec<UserId>),
    NodeGone(NodeId),
    /// Another server asks who is here.
    Asked,
}

/// The most changes that are handled before anybody is told.
const AT_ONCE: usize = 1024;
/// People in one part of the answer to a server that asks who is here.
const PART: usize = 4096;

/// Tells everybody who comes and goes, until there can be no more changes.
pub(crate) async fn watch(
    mut changes: mpsc::UnboundedReceiver<Change>,
    gateway: impl FanOut,
    grace: Duration,
    app: Arc<App>,
    peers: Peers,
) {
    let mut presence = Presence::new(grace, app.online.clone(), Instant::now());
    let mut some = Vec::new();
    loop {
        let due = presence.next_due();
        tokio::select! {
            count = changes.recv_many(&mut some, AT_ONCE) => if count == 0 { return },
            () = async { sleep_until(due.unwrap_or_else(Instant::now)).await }, if due.is_some() => {}
        }
        let now = Instant::now();
        let is_asked = some.iter().any(|change| matches!(change, Change::Asked));
        for change in some.drain(..) {
            presence.take(change, now);
        }
        presence.tell_peers(&peers, is_asked);
        let tell = presence.settle(now);
        let left = std::mem::take(&mut presence.left);
        if !left.is_empty() {
            note_last_seen(app.clone(), left, now);
        }
        for delivery in tell {
            gateway.execute(GatewayCommand::Deliver(delivery)).await;
        }
    }
}

/// Notes when the last connection of these people ended. It is known at once, and kept when the disk has it.
fn note_last_seen(app: Arc<App>, left: Vec<(UserId, Instant)>, now: Instant) {
    let wall = clock::now();
    let ago = |at: Instant| i64::try_from((now - at).as_millis()).unwrap_or_default();
    let left = left.into_iter().map(|(user, at)| (user, Timestamp(wall.0 - ago(at))));
    let left = app.online.left(left);
    tokio::spawn(async move {
        match app.store.note_last_seen(left.clone()).await {
            Ok(()) => app.online.is_noted(&left),
            Err(error) => {
                // What is wrong with the storage is in the log already, once a minute.
                tracing::debug!(%error, "it was not noted who left");
                app.online.is_not_noted(&left);
            }
        }
    });
}

/// The server stops, and everybody who is online leaves with it.
pub(crate) async fn everybody_leaves(app: &App) {
    let now = clock::now();
    let left = app.online.left(app.online.list_here().into_iter().map(|user| (user, now)));
    if let Err(error) = app.store.note_last_seen(left).await {
        tracing::debug!(%error, "it was not noted who was online last");
    }
}

struct Presence {
    people: HashMap<UserId, Person>,
    /// The same people, for other parts of the server to read.
    online: Online,
    /// People whose last socket is gone, in the order in which their grace ends.
    leaving: VecDeque<(Instant, UserId)>,
    /// Those of them who did not come back, and when that socket went. To be noted. Also those who seem to be connected
    /// to another server: if their last socket there went at the same time, that server believes the same of this one.
    left: Vec<(UserId, Instant)>,
    grace: Duration,
    /// People of whom other servers are to be told that they came, or that they went.
    moved: HashMap<UserId, bool>,
    /// Sockets that have just connected and were not told yet who is online.
    newcomers: Vec<SocketId>,
    greeting: Pace,
    listeners: [Listeners; 2],
    /// What each watching socket is to be told: about whom, and whether they came.
    watchers: HashMap<SocketId, HashMap<UserId, bool>>,
}

#[derive(Default)]
struct Person {
    sockets: HashMap<SocketId, Client>,
    /// Other servers to which the person is connected.
    nodes: HashSet<NodeId>,
    /// When the grace ends, if the person has no socket anywhere.
    until: Option<Instant>,
    /// This server notes when they left, because no other one does.
    is_noted_here: bool,
}

impl Presence {
    fn new(grace: Duration, online: Online, now: Instant) -> Self {
        Self {
            people: HashMap::new(),
            online,
            leaving: VecDeque::new(),
            left: Vec::new(),
            moved: HashMap::new(),
            grace,
            newcomers: Vec::new(),
            greeting: Pace::new(now),
            listeners: [Client::Current, Client::Other].map(|client| Listeners::new(client, now)),
            watchers: HashMap::new(),
        }
    }

    fn take(&mut self, change: Change, now: Instant) {
        match change {
            Change::Arrived(user, socket, client) => self.arrived(user, socket, client),
            Change::Changed(user, socket, client) => self.is_now(user, socket, client),
            Change::Gone(user, socket) => self.gone(user, socket, now),
            Change::CameElsewhere(node, users) => self.came_elsewhere(node, &users),
            Change::WentElsewhere(node, users) => self.went_elsewhere(node, &users, now),
            Change::AreElsewhere(node, users) => self.are_elsewhere(node, &users, now),
            Change::NodeGone(node) => self.node_is_gone(node, now),
            Change::Asked => {}
        }
    }

    /// Tells the other servers who came and went, and if one of them asks, who is here.
    fn tell_peers(&mut self, peers: &Peers, is_asked: bool) {
        let moved = std::mem::take(&mut self.moved);
        if !peers.are_there() {
            return;
        }
        let those = |came| moved.iter().filter(move |(_, c)| **c == came).map(|(user, _)| *user).collect();
        for (users, news) in [(those(true), News::Came as fn(_) -> _), (those(false), News::Went)] {
            let users: Vec<UserId> = users;
            if !users.is_empty() {
                peers.tell(&news(users));
            }
        }
        if is_asked {
            let here = self.are_here();
            let mut parts = here.chunks(PART).peekable();
            while let Some(part) = parts.next() {
                peers.tell(&News::Here { part: part.to_vec(), is_last: parts.peek().is_none() });
            }
            if here.is_empty() {
                peers.tell(&News::Here { part: vec![], is_last: true });
            }
        }
    }

    fn arrived(&mut self, user: UserId, socket: SocketId, client: Client) {
        let first = !self.people.contains_key(&user);
        let person = self.people.entry(user).or_default();
        if person.sockets.is_empty() {
            self.moved.insert(user, true);
        }
        person.sockets.insert(socket, client);
        person.until = None;
        if first {
            self.changed(user, true);
        }
        self.count(client, 1);
        self.newcomers.push(socket);
    }

    fn is_now(&mut self, user: UserId, socket: SocketId, client: Client) {
        if let Some(person) = self.people.get_mut(&user)
            && let Some(now) = person.sockets.get_mut(&socket)
        {
            let before = std::mem::replace(now, client);
            self.count(before, -1);
            self.count(client, 1);
        }
    }

    fn count(&mut self, client: Client, change: i32) {
        for listeners in self.listeners.iter_mut().filter(|listeners| listeners.client == client) {
            listeners.count = listeners.count.saturating_add_signed(change);
        }
    }

    fn gone(&mut self, user: UserId, socket: SocketId, now: Instant) {
        self.online.forget(socket);
        self.watchers.remove(&socket);
        let Some(person) = self.people.get_mut(&user) else { return };
        let Some(client) = person.sockets.remove(&socket) else { return };
        if person.sockets.is_empty() {
            self.moved.insert(user, false);
            if !person.nodes.is_empty() {
                self.left.push((user, now));
            }
            self.leaves_unless_present(user, now, true);
        }
        self.count(client, -1);
    }

    /// A person's last socket here, or their last server elsewhere, is gone. Their grace begins if there is no other.
    fn leaves_unless_present(&mut self, user: UserId, now: Instant, is_noted_here: bool) {
        if let Some(person) = self.people.get_mut(&user)
            && person.sockets.is_empty()
            && person.nodes.is_empty()
        {
            let until = now + self.grace;
            person.until = Some(until);
            person.is_noted_here = is_noted_here;
            self.leaving.push_back((until, user));
        }
    }

    fn changed(&mut self, user: UserId, came: bool) {
        for socket in self.online.changed(user, came) {
            self.watchers.entry(socket).or_default().insert(user, came);
        }
        for listeners in &mut self.listeners {
            listeners.changes.insert(user, came);
        }
    }

    /// When there will be something to tell.
    fn next_due(&self) -> Option<Instant> {
        let leaving = self.leaving.front().map(|(until, _)| *until);
        let listeners = self.listeners.iter().filter(|listeners| !listeners.changes.is_empty());
        let greeting = (!self.newcomers.is_empty()).then_some(self.greeting.next);
        listeners.map(|listeners| listeners.pace.next).chain(leaving).chain(greeting).min()
    }

    /// What is to be told now. A person who came back within the grace has another `until`, or none.
    fn settle(&mut self, now: Instant) -> Vec<Delivery> {
        while let Some((until, user)) = self.leaving.front().copied()
            && until <= now
        {
            self.leaving.pop_front();
            if let Some(person) = self.people.get(&user)
                && person.until == Some(until)
            {
                if person.is_noted_here {
                    self.left.push((user, until - self.grace));
                }
                self.people.remove(&user);
                self.changed(user, false);
            }
        }
        let everybody = || self.people.keys().copied().collect::<Vec<_>>();
        let list = Pace::bytes(self.people.len());
        let mut tell = Vec::new();
        for listeners in &mut self.listeners {
            // Nobody listens: nobody is told.
            if listeners.count == 0 {
                listeners.changes.clear();
            }
            let each = if listeners.is_told_lists() { list } else { Pace::frame() };
            if !listeners.changes.is_empty() && listeners.pace.step(each * listeners.count, now) {
                listeners.tell(everybody, &mut tell);
            }
        }
        for (socket, changes) in self.watchers.drain() {
            singly_or_together(Audience::Sockets(vec![socket]), changes, &mut tell);
        }
        // Newcomers come last: when they get the list, the others already know of them, unless many come.
        let newcomers = u32::try_from(self.newcomers.len()).unwrap_or(u32::MAX);
        if newcomers > 0 && self.greeting.step(list * newcomers, now) {
            let mut to = std::mem::take(&mut self.newcomers);
            to.retain(|socket| match self.online.watched(*socket) {
                None => true,
                Some(watched) => {
                    let to = Audience::Sockets(vec![*socket]);
                    tell.push(Delivery { to, event: ServerEvent::OnlineUsers(watched) });
                    false
                }
            });
            if !to.is_empty() {
                tell.push(Delivery {
                    to: Audience::Sockets(to),
                    event: ServerEvent::OnlineUsers(everybody()),
                });
            }
        }
        tell
    }
}

#[cfg(test)]
mod tests;
