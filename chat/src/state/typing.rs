//! Who is typing, and that this person is.
//!
//! There is no clock here: the runtime says when a time is over.

use std::collections::HashMap;

use protocol::{ConversationId, Typing, UserId, UserTyping};

use super::{ChatState, Effect, Moment, Topic};

/// Who is typing where.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct TypingPeople {
    people: HashMap<ConversationId, Vec<(UserId, Moment)>>,
    heard: u64,
    /// Conversations whose others were told a short time ago that this person is typing, and whether they have
    /// gone on since.
    said: HashMap<ConversationId, bool>,
}

impl ChatState {
    /// Who is typing in a conversation, in the order in which they began.
    #[must_use]
    pub fn typing(&self, id: ConversationId) -> Vec<UserId> {
        let people = self.typing.people.get(&id).into_iter().flatten();
        people.map(|(user, _)| *user).collect()
    }

    /// This person is typing: says so, now or as soon as it may be said again.
    pub(super) fn say_typing(&mut self, id: ConversationId) -> Vec<Effect> {
        if id == ConversationId::User(self.me.id) || !self.link.is_online() {
            return vec![];
        }
        if let Some(goes_on) = self.typing.said.get_mut(&id) {
            *goes_on = true;
            return vec![];
        }
        self.typing.said.insert(id, false);
        vec![Effect::SayTyping(Typing { conversation: id })]
    }

    /// It may be said again.
    pub(super) fn said_typing(&mut self, id: ConversationId) -> Vec<Effect> {
        match self.typing.said.remove(&id) {
            Some(true) => self.say_typing(id),
            _ => vec![],
        }
    }

    /// This person sent what they typed.
    pub(super) fn typed(&mut self, id: ConversationId) {
        if let Some(goes_on) = self.typing.said.get_mut(&id) {
            *goes_on = false;
        }
    }

    pub(super) fn hear_typing(&mut self, typing: &UserTyping) -> Vec<Effect> {
        let UserTyping { conversation: id, user_id: user } = *typing;
        if user == self.me.id {
            return vec![];
        }
        self.typing.heard += 1;
        let now = self.typing.heard;
        let people = self.typing.people.entry(id).or_default();
        match people.iter_mut().find(|(one, _)| *one == user) {
            Some((_, heard)) => *heard = now,
            None => {
                people.push((user, now));
                self.changed(Topic::Typing(id));
            }
        }
        let mut effects = vec![Effect::AwaitTyping(id, user, now)];
        effects.extend(self.ask_for([user]));
        effects
    }

    /// Nothing more was heard for a while, unless it was.
    pub(super) fn typing_lasted(&mut self, id: ConversationId, user: UserId, heard: Moment) {
        self.end_typing(id, |(one, last)| (*one, *last) == (user, heard));
    }

    /// Somebody wrote, or left.
    pub(super) fn stops_typing(&mut self, id: ConversationId, user: UserId) {
        self.end_typing(id, |(one, _)| *one == user);
    }

    /// Nothing is heard of them any more.
    pub(super) fn forget_typing(&mut self) {
        for (id, _) in std::mem::take(&mut self.typing.people) {
            self.changed(Topic::Typing(id));
        }
    }

    pub(super) fn forget_typing_in(&mut self, id: ConversationId) {
        self.end_typing(id, |_| true);
    }

    fn end_typing(&mut self, id: ConversationId, ends: impl Fn(&(UserId, Moment)) -> bool) {
        let Some(people) = self.typing.people.get_mut(&id) else { return };
        let before = people.len();
        people.retain(|one| !ends(one));
        let is_changed = people.len() < before;
        if people.is_empty() {
            self.typing.people.remove(&id);
        }
        if is_changed {
            self.changed(Topic::Typing(id));
        }
    }
}
