//! The people that this person has met, and who of them is online.

use std::collections::{BTreeSet, HashMap, HashSet};

use protocol::{User, UserId, limits};

use super::{ChatState, Topic};

/// Names and presence.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct People {
    users: HashMap<UserId, User>,
    /// Whether somebody is online, for the watched people of whom it is known.
    online: HashMap<UserId, bool>,
    /// Those whose names were asked for already.
    asked: HashSet<UserId>,
    /// Those whose names did not come, or were too many for one request.
    missing: BTreeSet<UserId>,
    /// Whom the server said something about since it was asked: that is newer than its answer.
    since: Option<HashSet<UserId>>,
}

impl People {
    /// Somebody's name.
    #[must_use]
    pub fn get(&self, id: UserId) -> Option<&User> {
        self.users.get(&id)
    }

    /// Whether somebody is known to be online.
    #[must_use]
    pub fn is_online(&self, id: UserId) -> bool {
        self.presence(id) == Some(true)
    }

    /// Whether somebody is online; `None` if it is not known, as for everybody who is not watched.
    #[must_use]
    pub fn presence(&self, id: UserId) -> Option<bool> {
        self.online.get(&id).copied()
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

    /// Forgets everybody's presence. Returns of whom it was known.
    pub(super) fn forget_presence(&mut self) -> Vec<UserId> {
        self.since = None;
        self.online.drain().map(|(id, _)| id).collect()
    }

    /// Only these are watched from now on. Returns who is forgotten.
    pub(super) fn watch_only(&mut self, ids: &[UserId]) -> Vec<UserId> {
        let watched: HashSet<UserId> = ids.iter().copied().collect();
        self.online.extract_if(|id, _| !watched.contains(id)).map(|(id, _)| id).collect()
    }

    /// The server is asked who is online.
    pub(super) fn await_list(&mut self) {
        self.since = Some(HashSet::new());
    }

    /// The server said who of these is online. Returns what that changes, and whether something else was heard
    /// since it was asked: what was heard may be newer than the answer, or come late from before the question.
    pub(super) fn answered(&mut self, asked: &[UserId], online: &[UserId]) -> (Vec<(UserId, bool)>, bool) {
        let since = self.since.take().unwrap_or_default();
        let online: HashSet<UserId> = online.iter().copied().collect();
        let (heard, older): (Vec<UserId>, Vec<UserId>) = asked.iter().partition(|id| since.contains(id));
        let differs = heard.iter().any(|id| self.presence(*id) != Some(online.contains(id)));
        (older.into_iter().map(|id| (id, online.contains(&id))).collect(), differs)
    }

    /// Somebody came or went.
    pub(super) fn note(&mut self, id: UserId, online: bool) {
        if let Some(since) = &mut self.since {
            since.insert(id);
        }
        self.online.insert(id, online);
    }

    /// Those whose names are not known and were not asked for yet; they count as asked for now.
    pub(super) fn unknown(&mut self, ids: impl IntoIterator<Item = UserId>) -> Vec<UserId> {
        let is_new = |id: &UserId| !self.users.contains_key(id) && self.asked.insert(*id);
        let mut unknown: Vec<UserId> = ids.into_iter().filter(is_new).collect();
        // Those that do not fit into one request are asked for another time.
        let rest = unknown.split_off(unknown.len().min(limits::GET_USERS_IDS));
        self.were_not_answered(&rest);
        unknown
    }

    /// Those whose names are still missing; they count as asked for now.
    pub(super) fn still_unknown(&mut self) -> Vec<UserId> {
        let missing = std::mem::take(&mut self.missing);
        self.unknown(missing)
    }

    /// The server has said who they are, of those that there are.
    pub(super) fn were_answered(&mut self, ids: &[UserId]) {
        ids.iter().for_each(|id| {
            self.asked.remove(id);
        });
    }

    /// Nobody answered; they are to be asked for again.
    pub(super) fn were_not_answered(&mut self, ids: &[UserId]) {
        self.were_answered(ids);
        self.missing.extend(ids);
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

    pub(super) fn changed_people(&mut self, ids: impl IntoIterator<Item = UserId>) {
        for id in ids {
            self.changed(Topic::Person(id));
            self.changed(Topic::People);
        }
    }
}
