//! Who is online.
//!
//! A person is online from their first socket until a short grace after their last one is gone, so that a
//! reload or a change of network announces nothing. When many come and go, the others are told of several at
//! once; otherwise each of them would get a frame for each change. [`Presence`] knows the rules and has no
//! clock; [`watch`] drives it.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use protocol::{PresenceChanged, ServerEvent, UserId, limits};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use crate::{
    delivery::{Audience, Client, Delivery, FanOut, GatewayCommand},
    ids::SocketId,
};

/// What happens to sockets.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    Arrived(UserId, SocketId, Client),
    /// From now on the socket is told what this kind of client is told.
    Changed(UserId, SocketId, Client),
    Gone(UserId, SocketId),
}

/// Who is online, and who watches whom. It changes before others are told of the change. So a socket that
/// begins to watch gets the current state and is told of everything after it.
#[derive(Clone, Default)]
pub(crate) struct Online(Arc<Mutex<Tables>>);

#[derive(Default)]
struct Tables {
    online: HashSet<UserId>,
    watchers: HashMap<UserId, HashSet<SocketId>>,
    watched: HashMap<SocketId, Vec<UserId>>,
}

impl Online {
    pub(crate) fn list(&self) -> Vec<UserId> {
        self.lock().online.iter().copied().collect()
    }

    /// The socket watches these people from now on, instead of those it watched before. Returns which of them
    /// are online.
    pub(crate) fn watch(&self, socket: SocketId, users: Vec<UserId>) -> Vec<UserId> {
        let mut tables = self.lock();
        tables.forget(socket);
        for user in &users {
            tables.watchers.entry(*user).or_default().insert(socket);
        }
        let online = users.iter().copied().filter(|user| tables.online.contains(user)).collect();
        tables.watched.insert(socket, users);
        online
    }

    /// Which of the people that the socket watches are online. None if it is told of everybody.
    fn watched(&self, socket: SocketId) -> Option<Vec<UserId>> {
        let tables = self.lock();
        let watched = tables.watched.get(&socket)?;
        Some(watched.iter().copied().filter(|user| tables.online.contains(user)).collect())
    }

    /// The socket is gone.
    pub(crate) fn forget(&self, socket: SocketId) {
        self.lock().forget(socket);
    }

    /// Notes that somebody came or went. Returns the sockets that watch them.
    fn changed(&self, user: UserId, came: bool) -> Vec<SocketId> {
        let mut tables = self.lock();
        if came {
            tables.online.insert(user);
        } else {
            tables.online.remove(&user);
        }
        tables.watchers.get(&user).map(|sockets| sockets.iter().copied().collect()).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    fn forget(&mut self, socket: SocketId) {
        for user in self.watched.remove(&socket).unwrap_or_default() {
            if let Some(sockets) = self.watchers.get_mut(&user) {
                sockets.remove(&socket);
                if sockets.is_empty() {
                    self.watchers.remove(&user);
                }
            }
        }
    }
}

/// The most changes that are handled before anybody is told.
const AT_ONCE: usize = 1024;
/// Bytes that a person takes in a list.
const PERSON: u32 = 39;

/// Tells everybody who comes and goes, until there can be no more changes.
pub(crate) async fn watch(
    mut changes: mpsc::UnboundedReceiver<Change>,
    gateway: impl FanOut,
    grace: Duration,
    online: Online,
) {
    let mut presence = Presence::new(grace, online, Instant::now());
    let mut some = Vec::new();
    loop {
        let due = presence.next_due();
        tokio::select! {
            count = changes.recv_many(&mut some, AT_ONCE) => if count == 0 { return },
            () = async { sleep_until(due.unwrap_or_else(Instant::now)).await }, if due.is_some() => {}
        }
        let now = Instant::now();
        for change in some.drain(..) {
            match change {
                Change::Arrived(user, socket, client) => presence.arrived(user, socket, client),
                Change::Changed(user, socket, client) => presence.is_now(user, socket, client),
                Change::Gone(user, socket) => presence.gone(user, socket, now),
            }
        }
        for delivery in presence.settle(now) {
            gateway.execute(GatewayCommand::Deliver(delivery)).await;
        }
    }
}

struct Presence {
    people: HashMap<UserId, Person>,
    /// The same people, for other parts of the server to read.
    online: Online,
    /// People whose last socket is gone, in the order in which their grace ends.
    leaving: VecDeque<(Instant, UserId)>,
    grace: Duration,
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
    /// When the grace ends, if the person has no socket.
    until: Option<Instant>,
}

impl Presence {
    fn new(grace: Duration, online: Online, now: Instant) -> Self {
        Self {
            people: HashMap::new(),
            online,
            leaving: VecDeque::new(),
            grace,
            newcomers: Vec::new(),
            greeting: Pace::new(now),
            listeners: [Client::Current, Client::Other].map(|client| Listeners::new(client, now)),
            watchers: HashMap::new(),
        }
    }

    fn arrived(&mut self, user: UserId, socket: SocketId, client: Client) {
        let first = !self.people.contains_key(&user);
        let person = self.people.entry(user).or_default();
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
            let until = now + self.grace;
            person.until = Some(until);
            self.leaving.push_back((until, user));
        }
        self.count(client, -1);
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
            if self.people.get(&user).is_some_and(|person| person.until == Some(until)) {
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

/// Makes one frame. If it is about one person, it is the event for one person.
fn singly_or_together(to: Audience, changes: HashMap<UserId, bool>, tell: &mut Vec<Delivery>) {
    let those = |came| changes.iter().filter(move |(_, c)| **c == came).map(|(user, _)| *user);
    let (online, offline): (Vec<_>, Vec<_>) = (those(true).collect(), those(false).collect());
    let event = match (&*online, &*offline) {
        ([user], []) => ServerEvent::UserOnline(*user),
        ([], [user]) => ServerEvent::UserOffline(*user),
        _ => ServerEvent::PresenceChanged(PresenceChanged { online, offline }),
    };
    tell.push(Delivery { to, event });
}

/// How often something is told: the more it costs, the more rarely, so that the cost in a second has a bound.
/// A change after a silence is told at once.
struct Pace {
    next: Instant,
}

impl Pace {
    fn new(now: Instant) -> Self {
        Self { next: now }
    }

    /// What one frame to one socket costs.
    fn frame() -> Duration {
        Duration::from_secs(1) / limits::PRESENCE_FRAMES_A_SECOND
    }

    /// What a list of so many people to one socket costs, by its bytes.
    fn bytes(people: usize) -> Duration {
        let people = u32::try_from(people).unwrap_or(u32::MAX);
        Duration::from_secs(1) * people.saturating_mul(PERSON) / limits::PRESENCE_BYTES_A_SECOND
    }

    /// Whether it may be told now. If so, the next one waits for as long as this one costs.
    fn step(&mut self, cost: Duration, now: Instant) -> bool {
        let due = now >= self.next;
        if due {
            self.next = now + cost;
        }
        due
    }
}

/// Clients that are told the same.
struct Listeners {
    client: Client,
    pace: Pace,
    /// How many they are.
    count: u32,
    /// About whom they are to be told, and whether those came.
    changes: HashMap<UserId, bool>,
}

impl Listeners {
    fn new(client: Client, now: Instant) -> Self {
        Self { client, pace: Pace::new(now), count: 0, changes: HashMap::new() }
    }

    /// Whether they get whole lists, because they may know only what has always been documented.
    fn is_told_lists(&self) -> bool {
        self.client == Client::Other && self.changes.len() > limits::PRESENCE_SINGLY
    }

    fn tell(&mut self, everybody: impl Fn() -> Vec<UserId>, tell: &mut Vec<Delivery>) {
        let lists = self.is_told_lists();
        let changes = std::mem::take(&mut self.changes);
        if lists {
            let to = Audience::Everyone(self.client);
            tell.push(Delivery { to, event: ServerEvent::OnlineUsers(everybody()) });
        } else if self.client == Client::Other || changes.len() == 1 {
            tell.extend(changes.into_iter().map(|(user, came)| Delivery {
                to: Audience::EveryoneExcept(self.client, user),
                event: if came { ServerEvent::UserOnline(user) } else { ServerEvent::UserOffline(user) },
            }));
        } else {
            singly_or_together(Audience::Everyone(self.client), changes, tell);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: UserId = UserId::from_bytes([1; 16]);
    const BEN: UserId = UserId::from_bytes([2; 16]);
    const GRACE: Duration = Duration::from_secs(5);

    /// A time that is long enough after what was told before.
    fn later(presence: &Presence) -> Instant {
        presence.greeting.next + Duration::from_secs(1)
    }

    fn presence() -> Presence {
        let mut presence = Presence::new(GRACE, Online::default(), Instant::now());
        // One client of each kind is there already; it does not matter who.
        presence.listeners.iter_mut().for_each(|listeners| listeners.count = 1);
        presence
    }

    impl Presence {
        fn comes(&mut self, user: UserId, socket: SocketId) {
            self.arrived(user, socket, Client::Current);
        }
    }

    fn told(deliveries: Vec<Delivery>) -> Vec<String> {
        let told = deliveries.into_iter().map(|Delivery { to, event }| match event {
            ServerEvent::OnlineUsers(users) => format!("{to:?} {} online", users.len()),
            ServerEvent::UserOnline(_) => format!("{to:?} online"),
            ServerEvent::UserOffline(_) => format!("{to:?} offline"),
            ServerEvent::PresenceChanged(changed) => {
                format!("{to:?} +{} -{}", changed.online.len(), changed.offline.len())
            }
            other => panic!("{other:?}"),
        });
        told.collect()
    }

    fn others(word: &str) -> [String; 2] {
        [Client::Current, Client::Other]
            .map(|client| format!("{:?} {word}", Audience::EveryoneExcept(client, ANN)))
    }

    fn to(socket: u64, online: usize) -> String {
        format!("{:?} {online} online", Audience::Sockets(vec![SocketId(socket)]))
    }

    #[test]
    fn the_first_socket_is_announced_and_the_second_is_not() {
        let mut presence = presence();
        presence.comes(ANN, SocketId(1));
        let [current, other] = others("online");
        assert_eq!(told(presence.settle(Instant::now())), [current, other, to(1, 1)]);
        presence.comes(ANN, SocketId(2));
        assert_eq!(told(presence.settle(later(&presence))), [to(2, 1)]);
    }

    #[test]
    fn the_last_socket_is_announced_after_the_grace() {
        let mut presence = presence();
        let start = Instant::now();
        presence.comes(ANN, SocketId(1));
        presence.comes(ANN, SocketId(2));
        presence.settle(start);
        presence.gone(ANN, SocketId(1), start);
        assert_eq!(presence.next_due(), None);
        presence.gone(ANN, SocketId(2), start);
        assert_eq!(presence.next_due(), Some(start + GRACE));
        assert_eq!(presence.online.list(), [ANN]);
        assert!(presence.settle(start + GRACE / 2).is_empty());
        assert_eq!(told(presence.settle(start + GRACE)), others("offline"));
        assert_eq!(presence.online.list(), []);
        presence.comes(BEN, SocketId(3));
        assert_eq!(told(presence.settle(start + GRACE * 2))[2], to(3, 1));
    }

    #[test]
    fn a_reconnect_within_the_grace_announces_nothing_and_the_grace_begins_anew() {
        let mut presence = presence();
        let start = Instant::now();
        presence.comes(ANN, SocketId(1));
        presence.settle(start);
        presence.gone(ANN, SocketId(1), start);
        presence.comes(ANN, SocketId(2));
        assert_eq!(told(presence.settle(start + GRACE / 4)), [to(2, 1)]);
        presence.gone(ANN, SocketId(2), start + GRACE / 2);
        assert!(presence.settle(start + GRACE).is_empty());
        assert_eq!(told(presence.settle(start + GRACE * 2)), others("offline"));
    }

    #[test]
    fn a_socket_that_is_gone_twice_counts_once() {
        let mut presence = presence();
        let start = Instant::now();
        presence.comes(ANN, SocketId(1));
        presence.gone(ANN, SocketId(1), start);
        presence.gone(ANN, SocketId(1), start);
        assert_eq!(presence.leaving.len(), 1);
    }

    #[test]
    fn many_who_come_at_once_cost_everybody_a_frame_and_not_one_each() {
        let mut presence = presence();
        let start = Instant::now();
        presence.comes(ANN, SocketId(0));
        presence.settle(start);
        for number in 1..=100 {
            presence.comes(UserId::from_bytes([100 + number; 16]), SocketId(number.into()));
        }
        // Their turn has not come yet. When it comes, it is for all of them.
        assert!(presence.settle(start).is_empty());
        let due = presence.next_due().unwrap();
        assert!(due > start && due < start + Duration::from_millis(1));
        let told = told(presence.settle(later(&presence)));
        assert_eq!(told[0], format!("{:?} +100 -0", Audience::Everyone(Client::Current)));
        assert_eq!(told[1], format!("{:?} 101 online", Audience::Everyone(Client::Other)));
        let newcomers = (1..=100).map(SocketId).collect();
        assert_eq!(told[2..], [format!("{:?} 101 online", Audience::Sockets(newcomers))]);
        assert_eq!(presence.next_due(), None);
    }

    #[test]
    fn a_few_changes_are_told_singly_to_whom_no_version_says_that_they_know_better() {
        let mut presence = presence();
        let start = Instant::now();
        for number in 0..=1 {
            presence.comes(UserId::from_bytes([100 + number; 16]), SocketId(number.into()));
        }
        let told = told(presence.settle(start));
        assert_eq!(told.iter().filter(|told| told.contains("Other") && told.ends_with(" online")).count(), 2);
        assert!(told[0].ends_with("+2 -0"), "{told:?}");
    }
}
