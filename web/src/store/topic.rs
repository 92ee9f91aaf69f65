//! What of the state changed, and who is to be told.

use std::collections::HashMap;

use leptos::prelude::*;
use protocol::{ConversationId, UserId};

/// What of the state changed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Topic {
    /// Its messages, members, read position, and what of the outbox is in it.
    Conversation(ConversationId),
    /// Which conversations there are, their order, whether the list has loaded.
    List,
    /// A name, or whether they are online.
    Person(UserId),
    /// Who is known, and who is online.
    People,
    /// How the connection stands.
    Link,
    /// Which conversation is on the screen.
    Open,
    /// How much is unread in all.
    Unread,
    /// Whether what one writes is kept.
    Outbox,
}

impl Topic {
    /// What the name of a conversation depends on.
    pub(crate) fn of_name(id: ConversationId) -> [Self; 1] {
        match id {
            ConversationId::User(user) => [Self::Person(user)],
            ConversationId::Group(_) => [Self::Conversation(id)],
        }
    }
}

/// A trigger for each topic that somebody asked about.
///
/// Triggers and not signals: a signal keeps a subscription of everything that ever read it, also
/// after that is gone, and looks through all of them whenever one of them reads it again. With one
/// signal for the whole state each search in the sidebar made the next change slower. A trigger
/// forgets its subscribers whenever it tells them.
#[derive(Default)]
pub(super) struct Triggers(HashMap<Topic, ArcTrigger>);

impl Triggers {
    pub(super) fn of(&mut self, topic: Topic) -> ArcTrigger {
        self.0.entry(topic).or_default().clone()
    }

    pub(super) fn all(&self) -> Vec<ArcTrigger> {
        self.0.values().cloned().collect()
    }
}
