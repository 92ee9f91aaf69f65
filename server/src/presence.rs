//! Who is online.
//!
//! A person is online from their first socket until a short grace after their last one is gone,
//! so that a reload or a change of network announces nothing. When many come and go, the others are
//! told of several at once, so that it costs as many frames and not as many as there are people
//! times those who come. [`Presence`] knows the rules and no clock; [`watch`] drives it.

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
    publisher::{Audience, Carry, Client, Delivery, Step},
    session::SocketId,
};

/// What happens to sockets.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    Arrived(UserId, SocketId),
    Gone(UserId, SocketId),
}

/// Who is online, for whoever asks. Changed before others are told of a change.
#[derive(Clone, Default)]
pub(crate) struct Online(Arc<Mutex<HashSet<UserId>>>);

impl Online {
    pub(crate) fn list(&self) -> Vec<UserId> {
        self.lock().iter().copied().collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<UserId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Changes that are looked at before anybody is told.
const AT_ONCE: usize = 1024;

/// Tells everybody who comes and goes, until nothing can change any more.
pub(crate) async fn watch(
    mut changes: mpsc::UnboundedReceiver<Change>,
    gateway: impl Carry,
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
                Change::Arrived(user, socket) => presence.arrived(user, socket),
                Change::Gone(user, socket) => presence.gone(user, socket, now),
            }
        }
        for delivery in presence.settle(now) {
            gateway.carry(Step::Deliver(delivery)).await;
        }
    }
}

struct Presence {
    people: HashMap<UserId, Person>,
    /// The same people.
    online: Online,
    /// Whose last socket went, in the order in which their grace ends.
    leaving: VecDeque<(Instant, UserId)>,
    grace: Duration,
    /// Those who just connected and were not told yet who is there.
    newcomers: Vec<SocketId>,
    greeting: Pace,
    listeners: [Listeners; 2],
}

#[derive(Default)]
struct Person {
    sockets: HashSet<SocketId>,
    /// When the grace ends, while there is no socket.
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
            greeting: Pace::new(limits::PRESENCE_GREETINGS_A_SECOND, now),
            listeners: [
                Listeners::new(Client::Current, limits::PRESENCE_FRAMES_A_SECOND, 1, now),
                Listeners::new(Client::Other, limits::PRESENCE_LISTS_A_SECOND, limits::PRESENCE_SINGLY, now),
            ],
        }
    }

    fn arrived(&mut self, user: UserId, socket: SocketId) {
        let first = !self.people.contains_key(&user);
        let person = self.people.entry(user).or_default();
        person.sockets.insert(socket);
        person.until = None;
        if first {
            self.online.lock().insert(user);
            self.changed(user, true);
        }
        self.newcomers.push(socket);
    }

    fn gone(&mut self, user: UserId, socket: SocketId, now: Instant) {
        if let Some(person) = self.people.get_mut(&user)
            && person.sockets.remove(&socket)
            && person.sockets.is_empty()
        {
            let until = now + self.grace;
            person.until = Some(until);
            self.leaving.push_back((until, user));
        }
    }

    fn changed(&mut self, user: UserId, came: bool) {
        for listeners in &mut self.listeners {
            listeners.changes.insert(user, came);
        }
    }

    /// When there will be something to say.
    fn next_due(&self) -> Option<Instant> {
        let leaving = self.leaving.front().map(|(until, _)| *until);
        let listeners = self.listeners.iter().filter(|listeners| !listeners.changes.is_empty());
        let greeting = (!self.newcomers.is_empty()).then_some(self.greeting.next);
        listeners.map(|listeners| listeners.pace.next).chain(leaving).chain(greeting).min()
    }

    /// What is to be said now. Who came back within their grace has another `until`, or none.
    fn settle(&mut self, now: Instant) -> Vec<Delivery> {
        while let Some((until, user)) = self.leaving.front().copied()
            && until <= now
        {
            self.leaving.pop_front();
            if self.people.get(&user).is_some_and(|person| person.until == Some(until)) {
                self.people.remove(&user);
                self.online.lock().remove(&user);
                self.changed(user, false);
            }
        }
        let online = self.people.len();
        let everybody = || self.people.keys().copied().collect::<Vec<_>>();
        let mut tell = Vec::new();
        for listeners in &mut self.listeners {
            if !listeners.changes.is_empty() && listeners.pace.step(online, now) {
                listeners.tell(everybody, &mut tell);
            }
        }
        // Last, so that whoever is told who is there knows that the others were told, unless many come.
        if !self.newcomers.is_empty() && self.greeting.step(online, now) {
            let to = Audience::Sockets(std::mem::take(&mut self.newcomers));
            tell.push(Delivery { to, event: ServerEvent::OnlineUsers(everybody()) });
        }
        tell
    }
}

/// How often something is said: the more hear it, the more seldom, so that what it costs in a
/// second has a bound. What comes after a silence is said at once.
struct Pace {
    a_listener: Duration,
    next: Instant,
}

impl Pace {
    fn new(a_second: u32, now: Instant) -> Self {
        Self { a_listener: Duration::from_secs(1) / a_second, next: now }
    }

    /// Whether it may be said now; then the next may not for a while.
    fn step(&mut self, listeners: usize, now: Instant) -> bool {
        let due = now >= self.next;
        if due {
            self.next = now + self.a_listener * u32::try_from(listeners).unwrap_or(u32::MAX);
        }
        due
    }
}

/// Clients that are told in the same words.
struct Listeners {
    client: Client,
    pace: Pace,
    /// As many changes are told one by one.
    singly: usize,
    /// Of whom they are to be told, and whether they came.
    changes: HashMap<UserId, bool>,
}

impl Listeners {
    fn new(client: Client, a_second: u32, singly: usize, now: Instant) -> Self {
        Self { client, pace: Pace::new(a_second, now), singly, changes: HashMap::new() }
    }

    fn tell(&mut self, everybody: impl Fn() -> Vec<UserId>, tell: &mut Vec<Delivery>) {
        let changes = std::mem::take(&mut self.changes);
        if changes.len() <= self.singly {
            tell.extend(changes.into_iter().map(|(user, came)| Delivery {
                to: Audience::EveryoneExcept(self.client, user),
                event: if came { ServerEvent::UserOnline(user) } else { ServerEvent::UserOffline(user) },
            }));
            return;
        }
        let event = match self.client {
            Client::Other => ServerEvent::OnlineUsers(everybody()),
            Client::Current => {
                let those = |came| changes.iter().filter(move |(_, c)| **c == came).map(|(user, _)| *user);
                let changed =
                    PresenceChanged { online: those(true).collect(), offline: those(false).collect() };
                ServerEvent::PresenceChanged(changed)
            }
        };
        tell.push(Delivery { to: Audience::Everyone(self.client), event });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: UserId = UserId::from_bytes([1; 16]);
    const BEN: UserId = UserId::from_bytes([2; 16]);
    const GRACE: Duration = Duration::from_secs(5);

    /// Long enough after what was said before.
    fn later(presence: &Presence) -> Instant {
        presence.greeting.next + Duration::from_secs(1)
    }

    fn presence() -> Presence {
        Presence::new(GRACE, Online::default(), Instant::now())
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
        presence.arrived(ANN, SocketId(1));
        let [current, other] = others("online");
        assert_eq!(told(presence.settle(Instant::now())), [current, other, to(1, 1)]);
        presence.arrived(ANN, SocketId(2));
        assert_eq!(told(presence.settle(later(&presence))), [to(2, 1)]);
    }

    #[test]
    fn the_last_socket_is_announced_after_the_grace() {
        let mut presence = presence();
        let start = Instant::now();
        presence.arrived(ANN, SocketId(1));
        presence.arrived(ANN, SocketId(2));
        presence.settle(start);
        presence.gone(ANN, SocketId(1), start);
        assert_eq!(presence.next_due(), None);
        presence.gone(ANN, SocketId(2), start);
        assert_eq!(presence.next_due(), Some(start + GRACE));
        assert_eq!(presence.online.list(), [ANN]);
        assert!(presence.settle(start + GRACE / 2).is_empty());
        assert_eq!(told(presence.settle(start + GRACE)), others("offline"));
        assert_eq!(presence.online.list(), []);
        presence.arrived(BEN, SocketId(3));
        assert_eq!(told(presence.settle(start + GRACE * 2))[2], to(3, 1));
    }

    #[test]
    fn a_reconnect_within_the_grace_announces_nothing_and_the_grace_begins_anew() {
        let mut presence = presence();
        let start = Instant::now();
        presence.arrived(ANN, SocketId(1));
        presence.settle(start);
        presence.gone(ANN, SocketId(1), start);
        presence.arrived(ANN, SocketId(2));
        assert_eq!(told(presence.settle(start + GRACE / 4)), [to(2, 1)]);
        presence.gone(ANN, SocketId(2), start + GRACE / 2);
        assert!(presence.settle(start + GRACE).is_empty());
        assert_eq!(told(presence.settle(start + GRACE * 2)), others("offline"));
    }

    #[test]
    fn a_socket_that_is_gone_twice_counts_once() {
        let mut presence = presence();
        let start = Instant::now();
        presence.arrived(ANN, SocketId(1));
        presence.gone(ANN, SocketId(1), start);
        presence.gone(ANN, SocketId(1), start);
        assert_eq!(presence.leaving.len(), 1);
    }

    #[test]
    fn many_who_come_at_once_cost_everybody_a_frame_and_not_one_each() {
        let mut presence = presence();
        let start = Instant::now();
        presence.arrived(ANN, SocketId(0));
        presence.settle(start);
        for number in 1..=100 {
            presence.arrived(UserId::from_bytes([100 + number; 16]), SocketId(number.into()));
        }
        // Their turn is not come yet; when it is, it is for all of them.
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
    fn a_few_changes_are_told_singly_to_whom_no_fingerprint_says_that_they_know_better() {
        let mut presence = presence();
        let start = Instant::now();
        for number in 0..=1 {
            presence.arrived(UserId::from_bytes([100 + number; 16]), SocketId(number.into()));
        }
        let told = told(presence.settle(start));
        assert_eq!(told.iter().filter(|told| told.contains("Other") && told.ends_with(" online")).count(), 2);
        assert!(told[0].ends_with("+2 -0"), "{told:?}");
    }
}
