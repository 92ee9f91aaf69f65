//! Who is online, and who watches whom.

use std::collections::BTreeSet;

use protocol::{ServerEvent, UserId};

use super::{Frames, Server, TransportId, encode};

impl Server {
    /// A transport was closed. Returns what others are told about it.
    pub(crate) fn closed(&mut self, transport: TransportId) -> Frames {
        self.watched.remove(&transport);
        match self.transports.remove(&transport) {
            Some((user, true)) if !self.is_online(user) => self.tell_watchers(user),
            _ => vec![],
        }
    }

    /// Meanwhile people come and go, and nobody is told.
    pub(crate) fn restart(&mut self, strangers: BTreeSet<UserId>) {
        self.transports.clear();
        self.watched.clear();
        self.strangers = strangers;
    }

    /// Somebody whose devices are outside of this world comes or goes.
    pub(crate) fn stranger(&mut self, user: UserId) -> Frames {
        if !self.strangers.remove(&user) {
            self.strangers.insert(user);
        }
        self.tell_watchers(user)
    }

    pub(crate) fn is_online(&self, user: UserId) -> bool {
        self.strangers.contains(&user) || self.transports.values().any(|one| *one == (user, true))
    }

    /// Whom a connection watches.
    pub(crate) fn watched(&self, transport: TransportId) -> &[UserId] {
        &self.watched[&transport]
    }

    pub(super) fn tell_watchers(&self, user: UserId) -> Frames {
        let event = match self.is_online(user) {
            true => ServerEvent::UserOnline(user),
            false => ServerEvent::UserOffline(user),
        };
        let watchers = self.watched.iter().filter(|(_, watched)| watched.contains(&user));
        watchers.map(|(transport, _)| (*transport, encode(&event))).collect()
    }

    pub(super) fn online_of(&self, users: &[UserId]) -> Vec<UserId> {
        users.iter().copied().filter(|user| self.is_online(*user)).collect()
    }
}
