//! Who takes part in a conversation.

use protocol::{GroupId, Recipient, UserId};

/// Who takes part in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Participants {
    /// Of two people; of one with themselves when both are the same.
    Pair(Pair),
    Group(GroupId),
}

/// Two people in the order of their ids, so that both find the same conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) low: UserId,
    pub(super) high: UserId,
}

impl Pair {
    pub(super) fn of(one: UserId, other: UserId) -> Self {
        Self { low: one.min(other), high: one.max(other) }
    }

    pub(super) fn other(self, one: UserId) -> UserId {
        if self.low == one { self.high } else { self.low }
    }
}

impl Participants {
    /// Whom a message of this sender is for.
    pub(super) fn recipient(self, sender: UserId) -> Recipient {
        match self {
            Self::Pair(pair) => Recipient::User(pair.other(sender)),
            Self::Group(group) => Recipient::Group(group),
        }
    }
}
