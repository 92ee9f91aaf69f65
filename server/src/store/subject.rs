//! What a write is about. On PostgreSQL, where several servers write, its conversation is locked first.

use protocol::{ConversationId, GroupId, MessageId, Recipient, UserId};

use super::{conversation_row::Pair, postgresql::Locks};

/// The conversation that a write changes, by whatever names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Subject {
    /// No conversation, or one that the write makes.
    #[default]
    None,
    Pair(Pair),
    Group(GroupId),
    /// The conversation that this message is in.
    Message(MessageId),
}

impl Subject {
    /// A conversation as `me` names it.
    pub(super) fn conversation(me: UserId, conversation: ConversationId) -> Self {
        match conversation {
            ConversationId::User(other) => Self::Pair(Pair::of(me, other)),
            ConversationId::Group(group) => Self::Group(group),
        }
    }

    pub(super) fn recipient(sender: UserId, recipient: Recipient) -> Self {
        match recipient {
            Recipient::User(user) => Self::Pair(Pair::of(sender, user)),
            Recipient::Group(group) => Self::Group(group),
        }
    }

    pub(super) fn add_to(self, locks: &mut Locks) {
        match self {
            Self::None => {}
            Self::Pair(Pair { low, high }) => locks.add_pair(low.into_bytes(), high.into_bytes()),
            Self::Group(group) => locks.add_group(group.into_bytes()),
            Self::Message(message) => locks.add_message(message.into_bytes()),
        }
    }
}
