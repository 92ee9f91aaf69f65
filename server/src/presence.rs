//! Who is online.
//!
//! A person is online from their first socket until a short grace after their last one is gone,
//! so that a reload or a change of network announces nothing. [`Presence`] knows the rules and no
//! clock; [`watch`] drives it and tells the others.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use protocol::{ServerEvent, UserId};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use crate::{
    publisher::{Audience, Carry, Delivery, Step},
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

/// Tells everybody who comes and goes, until nothing can change any more.
pub(crate) async fn watch(
    mut changes: mpsc::UnboundedReceiver<Change>,
    gateway: impl Carry,
    grace: Duration,
    online: Online,
) {
    let mut presence = Presence::new(grace, online);
    loop {
        let due = presence.next_due();
        let tell = tokio::select! {
            change = changes.recv() => match change {
                Some(Change::Arrived(user, socket)) => presence.arrived(user, socket),
                Some(Change::Gone(user, socket)) => presence.gone(user, socket, Instant::now()),
                None => return,
            },
            () = async { sleep_until(due.unwrap_or_else(Instant::now)).await }, if due.is_some() => {
                presence.settle(Instant::now())
            }
        };
        for delivery in tell {
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
}

#[derive(Default)]
struct Person {
    sockets: HashSet<SocketId>,
    /// When the grace ends, while there is no socket.
    until: Option<Instant>,
}

impl Presence {
    fn new(grace: Duration, online: Online) -> Self {
        Self { people: HashMap::new(), online, leaving: VecDeque::new(), grace }
    }

    fn arrived(&mut self, user: UserId, socket: SocketId) -> Vec<Delivery> {
        let first = !self.people.contains_key(&user);
        let person = self.people.entry(user).or_default();
        person.sockets.insert(socket);
        person.until = None;
        let everybody = self.people.keys().copied().collect();
        let mut tell = Vec::new();
        if first {
            self.online.lock().insert(user);
            tell.push(Delivery { to: Audience::EveryoneExcept(user), event: ServerEvent::UserOnline(user) });
        }
        // Last, so that whoever has it knows that the others were told.
        tell.push(Delivery { to: Audience::Socket(socket), event: ServerEvent::OnlineUsers(everybody) });
        tell
    }

    fn gone(&mut self, user: UserId, socket: SocketId, now: Instant) -> Vec<Delivery> {
        if let Some(person) = self.people.get_mut(&user)
            && person.sockets.remove(&socket)
            && person.sockets.is_empty()
        {
            let until = now + self.grace;
            person.until = Some(until);
            self.leaving.push_back((until, user));
        }
        self.settle(now)
    }

    fn next_due(&self) -> Option<Instant> {
        self.leaving.front().map(|(until, _)| *until)
    }

    /// Announces those whose grace is over. Who came back meanwhile has another `until`, or none.
    fn settle(&mut self, now: Instant) -> Vec<Delivery> {
        let mut tell = Vec::new();
        while let Some((until, user)) = self.leaving.front().copied()
            && until <= now
        {
            self.leaving.pop_front();
            if self.people.get(&user).is_some_and(|person| person.until == Some(until)) {
                self.people.remove(&user);
                self.online.lock().remove(&user);
                tell.push(Delivery {
                    to: Audience::EveryoneExcept(user),
                    event: ServerEvent::UserOffline(user),
                });
            }
        }
        tell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: UserId = UserId::from_bytes([1; 16]);
    const BEN: UserId = UserId::from_bytes([2; 16]);
    const GRACE: Duration = Duration::from_secs(5);

    fn told(deliveries: Vec<Delivery>) -> Vec<String> {
        deliveries
            .into_iter()
            .map(|Delivery { to, event }| match event {
                ServerEvent::OnlineUsers(users) => format!("{to:?} {} online", users.len()),
                ServerEvent::UserOnline(_) => format!("{to:?} online"),
                ServerEvent::UserOffline(_) => format!("{to:?} offline"),
                other => panic!("{other:?}"),
            })
            .collect()
    }

    fn others(word: &str) -> String {
        format!("{:?} {word}", Audience::EveryoneExcept(ANN))
    }

    fn to(socket: u64, online: usize) -> String {
        format!("{:?} {online} online", Audience::Socket(SocketId(socket)))
    }

    #[test]
    fn the_first_socket_is_announced_and_the_second_is_not() {
        let mut presence = Presence::new(GRACE, Online::default());
        assert_eq!(told(presence.arrived(ANN, SocketId(1))), [others("online"), to(1, 1)]);
        assert_eq!(told(presence.arrived(ANN, SocketId(2))), [to(2, 1)]);
    }

    #[test]
    fn the_last_socket_is_announced_after_the_grace() {
        let mut presence = Presence::new(GRACE, Online::default());
        let start = Instant::now();
        presence.arrived(ANN, SocketId(1));
        presence.arrived(ANN, SocketId(2));
        assert!(presence.gone(ANN, SocketId(1), start).is_empty());
        assert_eq!(presence.next_due(), None);
        assert!(presence.gone(ANN, SocketId(2), start).is_empty());
        assert_eq!(presence.next_due(), Some(start + GRACE));
        assert_eq!(presence.online.list(), [ANN]);
        assert!(presence.settle(start + GRACE / 2).is_empty());
        assert_eq!(told(presence.settle(start + GRACE)), [others("offline")]);
        assert_eq!(presence.online.list(), []);
        assert_eq!(told(presence.arrived(BEN, SocketId(3)))[1], to(3, 1));
    }

    #[test]
    fn a_reconnect_within_the_grace_announces_nothing_and_the_grace_begins_anew() {
        let mut presence = Presence::new(GRACE, Online::default());
        let start = Instant::now();
        presence.arrived(ANN, SocketId(1));
        presence.gone(ANN, SocketId(1), start);
        assert_eq!(told(presence.arrived(ANN, SocketId(2))), [to(2, 1)]);
        presence.gone(ANN, SocketId(2), start + GRACE / 2);
        assert!(presence.settle(start + GRACE).is_empty());
        assert_eq!(told(presence.settle(start + GRACE * 2)), [others("offline")]);
    }

    #[test]
    fn a_socket_that_is_gone_twice_counts_once() {
        let mut presence = Presence::new(GRACE, Online::default());
        let start = Instant::now();
        presence.arrived(ANN, SocketId(1));
        presence.gone(ANN, SocketId(1), start);
        presence.gone(ANN, SocketId(1), start);
        assert_eq!(presence.leaving.len(), 1);
    }
}
