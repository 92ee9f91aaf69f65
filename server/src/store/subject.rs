//! What a write is about. On PostgreSQL, where several servers write, its conversation is locked first.

use std::sync::Arc;

use protocol::{ConversationId, GroupId, MessageId, Recipient, UserId};

use super::{participants::Pair, postgresql::Locks, sending::Sending};

/// The conversation that a write changes, by whatever names it.
#[derive(Clone, Debug, Default)]
pub(super) enum Subject {
    /// No conversation, or one that the write makes.
    #[default]
    None,
    Pair(Pair),
    Group(GroupId),
    /// The conversation that this message is in.
    Message(MessageId),
    /// That of a new message.
    Sending(Arc<Sending>),
}

impl Subject {
    /// A conversation as `me` names it.
    pub(super) fn conversation(me: UserId, conversation: ConversationId) -> Self {
        match conversation {
            ConversationId::User(other) => Self::Pair(Pair::of(me, other)),
            ConversationId::Group(group) => Self::Group(group),
        }
    }

    pub(super) fn add_to(&self, locks: &mut Locks) {
        let add_pair = |Pair { low, high }: Pair, locks: &mut Locks| {
            locks.add_pair(low.into_bytes(), high.into_bytes());
        };
        match self {
            Self::None => {}
            Self::Pair(pair) => add_pair(*pair, locks),
            Self::Group(group) => locks.add_group(group.into_bytes()),
            Self::Message(message) => locks.add_message(message.into_bytes()),
            Self::Sending(sending) => match sending.new.recipient {
                Recipient::User(user) => add_pair(Pair::of(sending.new.sender, user), locks),
                Recipient::Group(group) => locks.add_group(group.into_bytes()),
            },
        }
    }
}
