//! Which parts of the state changed, so that the view updates these and nothing else.

use std::collections::{HashMap, HashSet};

use protocol::{ClientId, ConversationId, Timestamp, UserId};

use super::ChatState;

/// A part of the state that is shown as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// A conversation: its messages, sent and unsent, its members, how far this person has read.
    Conversation(ConversationId),
    /// Which conversations are listed, in which order, and how loading them stands.
    List,
    /// Somebody's name, and whether they are online.
    Person(UserId),
    /// Who is known, and who of them is online.
    People,
    /// How the connection stands.
    Link,
    /// Which conversation is on the screen.
    Open,
    /// How much is unread over all conversations.
    Unread,
    /// Whether what the person wrote would survive the program, and what of it no conversation shows.
    Outbox,
    /// Who is typing in a conversation.
    Typing(ConversationId),
    /// How far a conversation has reached the others in it, and how far they have read.
    Receipts(ConversationId),
    /// What the person did and the server refused.
    Refusal,
    /// This person is no longer in some groups.
    Removals,
}

/// What changed since it was asked last.
pub type Changes = HashSet<Topic>;

/// What the list shows of a conversation; when it changes, so does the list.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Summary {
    is_listed: bool,
    place: Timestamp,
    unread: u64,
    unread_mentions: u64,
}

/// The topics that changed, and what is needed to notice those that follow from others.
#[derive(Clone, Debug, Default)]
pub(super) struct Watch {
    changes: Changes,
    summaries: HashMap<ConversationId, Summary>,
    at_risk: bool,
    dead_letters: Vec<ClientId>,
}

impl Watch {
    pub(super) fn changes_in(&mut self, conversation: ConversationId) {
        self.changes.insert(Topic::Conversation(conversation));
    }
}

impl ChatState {
    /// What changed since this was called last.
    pub fn take_changes(&mut self) -> Changes {
        let mut changes = std::mem::take(&mut self.watch.changes);
        let touched: Vec<ConversationId> = changes
            .iter()
            .filter_map(|topic| match topic {
                Topic::Conversation(id) => Some(*id),
                _ => None,
            })
            .collect();
        for id in touched {
            let present = self.conversations.get(&id).map(|conversation| Summary {
                is_listed: self.lists(id),
                place: self.place_in_list(id, conversation),
                unread: if conversation.muted { 0 } else { conversation.unread },
                unread_mentions: if conversation.muted { 0 } else { conversation.unread_mentions },
            });
            let former = match present {
                Some(summary) => self.watch.summaries.insert(id, summary),
                None => self.watch.summaries.remove(&id),
            };
            let (former, present) = (former.unwrap_or_default(), present.unwrap_or_default());
            if (former.is_listed, former.place) != (present.is_listed, present.place) {
                changes.insert(Topic::List);
            }
            if (former.unread, former.unread_mentions) != (present.unread, present.unread_mentions) {
                changes.insert(Topic::Unread);
            }
        }
        let at_risk = self.outbox.is_at_risk();
        let dead_letters = self.dead_letters().into_iter().map(|entry| entry.client_id.clone()).collect();
        let former = std::mem::replace(&mut self.watch.dead_letters, dead_letters);
        if std::mem::replace(&mut self.watch.at_risk, at_risk) != at_risk || former != self.watch.dead_letters
        {
            changes.insert(Topic::Outbox);
        }
        changes
    }

    pub(super) fn changed(&mut self, topic: Topic) {
        self.watch.changes.insert(topic);
    }
}
