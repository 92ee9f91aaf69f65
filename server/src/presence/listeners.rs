//! Clients that are told the same, and what they are told.

use std::collections::HashMap;

use protocol::{PresenceChanged, ServerEvent, UserId, limits};
use tokio::time::Instant;

use super::pace::Pace;
use crate::delivery::{Audience, Client, Delivery};

/// Clients that are told the same.
pub(super) struct Listeners {
    pub(super) client: Client,
    pub(super) pace: Pace,
    /// How many they are.
    pub(super) count: u32,
    /// About whom they are to be told, and whether those came.
    pub(super) changes: HashMap<UserId, bool>,
}

impl Listeners {
    pub(super) fn new(client: Client, now: Instant) -> Self {
        Self { client, pace: Pace::new(now), count: 0, changes: HashMap::new() }
    }

    /// Whether they get whole lists, because they may know only what has always been documented.
    pub(super) fn is_told_lists(&self) -> bool {
        self.client == Client::Other && self.changes.len() > limits::PRESENCE_SINGLY
    }

    pub(super) fn tell(&mut self, everybody: impl Fn() -> Vec<UserId>, tell: &mut Vec<Delivery>) {
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

/// Makes one frame. If it is about one person, it is the event for one person.
pub(super) fn singly_or_together(to: Audience, changes: HashMap<UserId, bool>, tell: &mut Vec<Delivery>) {
    let those = |came| changes.iter().filter(move |(_, c)| **c == came).map(|(user, _)| *user);
    let (online, offline): (Vec<_>, Vec<_>) = (those(true).collect(), those(false).collect());
    let event = match (&*online, &*offline) {
        ([user], []) => ServerEvent::UserOnline(*user),
        ([], [user]) => ServerEvent::UserOffline(*user),
        _ => ServerEvent::PresenceChanged(PresenceChanged { online, offline }),
    };
    tell.push(Delivery { to, event });
}
