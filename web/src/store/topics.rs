//! Who is to be told what of the state changed.

use std::collections::HashMap;

use chat::{Changes, Topic};
use leptos::prelude::*;
use protocol::ConversationId;

/// What the name of a conversation depends on.
pub(crate) fn of_name(id: ConversationId) -> Topic {
    match id {
        ConversationId::User(user) => Topic::Person(user),
        ConversationId::Group(_) => Topic::Conversation(id),
    }
}

/// A trigger for each topic that somebody asked about.
///
/// Triggers and not signals: a signal keeps a subscription of everything that ever read it, even after
/// the reader is gone, and looks through all of them whenever somebody reads it again. With one signal
/// for the whole state each search in the sidebar made the next change slower. A trigger forgets its
/// subscribers whenever it tells them.
#[derive(Default)]
pub(super) struct Triggers {
    of: HashMap<Topic, ArcTrigger>,
    /// What changed and was not shown yet.
    waiting: Changes,
}

impl Triggers {
    pub(super) fn of(&mut self, topic: Topic) -> ArcTrigger {
        self.of.entry(topic).or_default().clone()
    }

    /// Takes changes that are to be shown. Says whether nothing else waited for that.
    pub(super) fn wait(&mut self, changes: Changes) -> bool {
        let is_first = self.waiting.is_empty();
        self.waiting.extend(changes);
        is_first
    }

    pub(super) fn take_waiting(&mut self) -> Vec<ArcTrigger> {
        let waiting = std::mem::take(&mut self.waiting);
        waiting.iter().filter_map(|topic| self.of.get(topic)).cloned().collect()
    }
}
