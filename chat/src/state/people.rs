//! The people that one has met, and who of them is online.

use std::collections::{HashMap, HashSet};

use protocol::{User, UserId};

use super::{ChatState, Topic};

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

    /// Everybody, in no order.
    pub fn all(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    /// Takes note of names.
    pub fn learn(&mut self, users: impl IntoIterator<Item = User>) {
        for user in users {
            self.asked.remove(&user.id);
            self.users.insert(user.id, user);
        }
    }

    /// Says for whom that is another state than before.
    pub(super) fn set_online(&mut self, ids: &[UserId]) -> Vec<UserId> {
        let online: HashSet<UserId> = ids.iter().copied().collect();
        let changed = self.online.symmetric_difference(&online).copied().collect();
        self.online = online;
        self.since = None;
        changed
    }

    /// A list was asked for.
    pub(super) fn await_list(&mut self) {
        self.since.get_or_insert_default();
    }

    /// The list that was asked for: unlike an event it has no place among the others.
    pub(super) fn list_online(&mut self, ids: &[UserId]) -> Vec<UserId> {
        let since = self.since.take();
        let mut changed = self.set_online(ids);
        for (id, online) in since.unwrap_or_default() {
            self.note(id, online);
            changed.push(id);
        }
        changed
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

impl ChatState {
    /// Takes note of names.
    pub fn learn(&mut self, users: impl IntoIterator<Item = User>) {
        for user in users {
            if self.people.get(user.id) != Some(&user) {
                self.changed_people([user.id]);
            }
            self.people.learn([user]);
        }
    }

    /// Somebody came or went.
    pub(super) fn note_presence(&mut self, id: UserId, online: bool) {
        self.people.note(id, online);
        self.changed_people([id]);
    }

    pub(super) fn changed_people(&mut self, ids: impl IntoIterator<Item = UserId>) {
        for id in ids {
            self.changed(Topic::Person(id));
            self.changed(Topic::People);
        }
    }
}
