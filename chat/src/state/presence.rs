//! Whose presence is watched.
//!
//! The server reports the presence of the people that a connection watches. Several windows may share
//! one connection, which then watches the people on all of their screens. Each window tells the others
//! whom it shows. The window that leads asks the server, and tells the others what it hears. The others
//! ignore what they hear about presence over the connection itself, so that there is one order.

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use protocol::{UserId, limits};

use super::{ChatState, Effect};
use crate::environment::{TabId, TabNews};

/// After so many looks, a window that has not said whom it shows counts as gone.
const SILENT_LOOKS: u8 = 3;

/// Whom which window shows, and what the server knows of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Watching {
    here: Vec<UserId>,
    elsewhere: Vec<Wish>,
    /// Whom the present connection watched at its beginning.
    at_first: Vec<UserId>,
    /// Whom the server was asked to watch over this connection; `None` if it may not have heard that.
    asked: Option<Vec<UserId>>,
    is_asking: bool,
}

#[derive(Clone, Debug, PartialEq)]
struct Wish {
    tab: TabId,
    users: Vec<UserId>,
    looks: u8,
}

impl Watching {
    /// Takes people from each window in turns, so that no window takes all the room.
    fn all(&self) -> Vec<UserId> {
        let elsewhere = self.elsewhere.iter().map(|wish| &wish.users);
        let lists: Vec<&Vec<UserId>> = [&self.here].into_iter().chain(elsewhere).collect();
        let longest = lists.iter().map(|list| list.len()).max().unwrap_or_default();
        let in_turns = (0..longest).flat_map(|index| lists.iter().filter_map(move |list| list.get(index)));
        let mut seen = HashSet::new();
        in_turns.copied().filter(|user| seen.insert(*user)).take(limits::WATCHED_USERS).collect()
    }
}

impl ChatState {
    /// Everybody who is on the screen of a window, as far as a connection may watch them.
    #[must_use]
    pub fn watched(&self) -> Vec<UserId> {
        self.watching.all()
    }

    /// These are on the screen of this window now.
    pub(super) fn show_people(&mut self, mut users: Vec<UserId>) -> Vec<Effect> {
        users.truncate(limits::WATCHED_USERS);
        if users == self.watching.here {
            return vec![];
        }
        self.watching.here = users;
        let mut effects = vec![self.tell_whom_we_show(false)];
        effects.extend(self.watch());
        effects
    }

    /// There is a connection, which watches these people from its beginning.
    pub(super) fn watch_anew(&mut self, watched: Vec<UserId>, others_were_missed: bool) -> Vec<Effect> {
        let asks = others_were_missed || self.watching.asked.is_none();
        let forgotten = self.people.forget_presence();
        self.changed_people(forgotten);
        self.watching.asked = Some(watched.clone());
        self.watching.at_first = watched;
        self.watching.is_asking = false;
        let mut effects = vec![self.tell_whom_we_show(asks)];
        effects.extend(self.watch());
        effects
    }

    /// Some time has passed.
    pub(super) fn watch_again(&mut self) -> Vec<Effect> {
        self.watching.elsewhere.iter_mut().for_each(|wish| wish.looks += 1);
        self.watching.elsewhere.retain(|wish| wish.looks <= SILENT_LOOKS);
        let mut effects = vec![self.tell_whom_we_show(false)];
        effects.extend(self.watch());
        effects
    }

    /// Another window shows these people; one that is new wants to know whom the others show.
    pub(super) fn tab_watches(&mut self, tab: TabId, users: Vec<UserId>, asks: bool) -> Vec<Effect> {
        let known = users.iter().filter_map(|user| Some((*user, self.people.presence(*user)?)));
        let known = known.collect::<Vec<_>>();
        self.watching.elsewhere.retain(|wish| wish.tab != tab);
        self.watching.elsewhere.push(Wish { tab, users, looks: 0 });
        let mut effects = self.tell_presence(known);
        if asks {
            effects.push(self.tell_whom_we_show(false));
        }
        effects.extend(self.watch());
        effects
    }

    pub(super) fn tab_is_gone(&mut self, tab: TabId) -> Vec<Effect> {
        self.watching.elsewhere.retain(|wish| wish.tab != tab);
        self.watch()
    }

    fn tell_whom_we_show(&self, asks: bool) -> Effect {
        Effect::TellTabs(TabNews::Watches { tab: self.tab, users: self.watching.here.clone(), asks })
    }

    /// Perhaps other people are to be watched than before.
    fn watch(&mut self) -> Vec<Effect> {
        let users = self.watching.all();
        let forgotten = self.people.watch_only(&users);
        self.changed_people(forgotten);
        let is_known = self.watching.asked.as_ref() == Some(&users);
        // One request at a time: what arrives before its answer is then newer than only that answer.
        let ask = self.leads && self.link.is_online() && !self.watching.is_asking && !is_known;
        if ask {
            self.watching.asked = Some(users.clone());
            self.watching.is_asking = true;
            self.people.await_list();
        }
        vec![Effect::Watch { users, ask }]
    }

    /// The server said who of these is online, or nothing.
    pub(super) fn watched_are(&mut self, asked: &[UserId], online: Option<Vec<UserId>>) -> Vec<Effect> {
        // An answer over a former connection.
        if !self.watching.is_asking || self.watching.asked.as_deref() != Some(asked) {
            return vec![];
        }
        self.watching.is_asking = false;
        let Some(online) = online else {
            // The next look asks again.
            self.watching.asked = None;
            return vec![];
        };
        let (changes, differs) = self.people.answered(asked, &online);
        if differs {
            // The next answer says which is right.
            self.watching.asked = None;
        }
        let mut effects = self.note_presence(changes);
        effects.extend(self.watch());
        effects
    }

    /// The server says at the beginning of a connection who is online, of those that the connection
    /// watched from the beginning. For those that it was asked to watch since, the answer says it.
    pub(super) fn online_are(&mut self, online: &[UserId]) -> Vec<Effect> {
        let online: HashSet<UserId> = online.iter().copied().collect();
        let at_first = std::mem::take(&mut self.watching.at_first);
        self.hear_presence(at_first.into_iter().map(|user| (user, online.contains(&user))).collect())
    }

    /// The server says who came (true) and went.
    pub(super) fn hear_presence(&mut self, changes: Vec<(UserId, bool)>) -> Vec<Effect> {
        if self.leads { self.note_presence(changes) } else { vec![] }
    }

    /// The window that leads says who came and went.
    pub(super) fn tab_tells_presence(&mut self, changes: Vec<(UserId, bool)>) -> Vec<Effect> {
        if self.leads { vec![] } else { self.note_presence(changes) }
    }

    fn note_presence(&mut self, mut changes: Vec<(UserId, bool)>) -> Vec<Effect> {
        let watched: HashSet<UserId> = self.watching.all().into_iter().collect();
        changes.retain(|(user, _)| watched.contains(user));
        for (user, online) in &changes {
            self.people.note(*user, *online);
        }
        self.changed_people(changes.iter().map(|(user, _)| *user));
        self.tell_presence(changes)
    }

    fn tell_presence(&self, changes: Vec<(UserId, bool)>) -> Vec<Effect> {
        let tells = self.leads && !self.watching.elsewhere.is_empty() && !changes.is_empty();
        if tells { vec![Effect::TellTabs(TabNews::Presence(changes))] } else { vec![] }
    }
}
