//! The people that one has met, and who of them is online.

use std::collections::{HashMap, HashSet};

use client::delivery::sorted;
use protocol::{User, UserId};

/// Names and presence.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct People {
    users: HashMap<UserId, User>,
    online: HashSet<UserId>,
    /// Those whose names were asked for already.
    asked: HashSet<UserId>,
    /// Who came (true) and went since a list was asked for; it may be older or newer than that.
    since: Option<Vec<(UserId, bool)>>,
}

impl People {
    /// Somebody's name.
    #[must_use]
    pub fn get(&self, id: UserId) -> Option<&User> {
        self.users.get(&id)
    }

    /// Whether somebody is online.
    #[must_use]
    pub fn is_online(&self, id: UserId) -> bool {
        self.online.contains(&id)
    }

    /// How many have a name here.
    #[must_use]
    pub fn known(&self) -> usize {
        self.users.len()
    }

    /// Everybody, those online first, then by name.
    #[must_use]
    pub fn sorted(&self) -> Vec<&User> {
        let key = |user: &User| (!self.is_online(user.id), by_name(user));
        let all = self.users.values().map(|user| (key(user), user)).collect();
        sorted(all, |(a, _), (b, _)| a < b).into_iter().map(|(_, user)| user).collect()
    }

    /// Takes note of names.
    pub fn learn(&mut self, users: impl IntoIterator<Item = User>) {
        for user in users {
            self.asked.remove(&user.id);
            self.users.insert(user.id, user);
        }
    }

    pub(super) fn set_online(&mut self, ids: &[UserId]) {
        self.online = ids.iter().copied().collect();
        self.since = None;
    }

    /// A list was asked for.
    pub(super) fn await_list(&mut self) {
        self.since.get_or_insert_default();
    }

    /// The list that was asked for: unlike an event it has no place among the others.
    pub(super) fn list_online(&mut self, ids: &[UserId]) {
        let since = self.since.take();
        self.set_online(ids);
        for (id, online) in since.unwrap_or_default() {
            self.note(id, online);
        }
    }

    /// Somebody came or went.
    pub(super) fn note(&mut self, id: UserId, online: bool) {
        if let Some(since) = &mut self.since {
            since.push((id, online));
        }
        if online {
            self.online.insert(id);
        } else {
            self.online.remove(&id);
        }
    }

    /// Those whose names are not known and were not asked for yet; they count as asked for now.
    pub(super) fn unknown(&mut self, ids: impl IntoIterator<Item = UserId>) -> Vec<UserId> {
        // Those that do not fit are not asked for, and may be the next time.
        ids.into_iter()
            .filter(|id| !self.users.contains_key(id) && self.asked.insert(*id))
            .take(protocol::limits::GET_USERS_IDS)
            .collect()
    }

    /// Nobody answered; they may be asked for again.
    pub(super) fn forget_asked(&mut self, ids: &[UserId]) {
        ids.iter().for_each(|id| {
            self.asked.remove(id);
        });
    }
}

/// What people are sorted by. Small letters of other alphabets than ours come after the capitals:
/// the tables that know them all are larger than the rest of this file's program.
pub(super) fn by_name(user: &User) -> String {
    user.username.as_str().to_ascii_lowercase()
}
