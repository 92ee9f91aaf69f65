//! What a committed write changed, for those who must be told.

use protocol::{
    ConversationId, ConversationMuted, Group, GroupId, GroupName, Message, ReadUpTo, Receipt, RoleChanged,
    User, UserId,
};
use serde::{Deserialize, Serialize};

use crate::ids::{SessionId, SocketId};

/// A domain event on its way to the publisher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Envelope {
    pub(crate) event: DomainEvent,
    pub(crate) origin: Origin,
}

/// The socket whose request made a change, if it learns of the change from its ack and must not be told
/// again. The store passes it on and knows nothing of sockets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Origin(pub(crate) Option<SocketId>);

/// A change that is now in effect. Events arrive at the publisher in the order of their commits. Other servers of a
/// cluster are told of them in this form, see [`cluster`](crate::cluster).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum DomainEvent {
    MessageSent(Message),
    /// It was corrected, deleted, pinned or reacted to.
    MessageChanged(Message),
    GroupCreated {
        group: Group,
        by: UserId,
    },
    Joined {
        group: GroupId,
        name: GroupName,
        user: User,
    },
    /// A member added them.
    Added {
        group: GroupId,
        name: GroupName,
        users: Vec<User>,
    },
    /// They left, or somebody removed them.
    Left {
        group: GroupId,
        name: GroupName,
        user: UserId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<UserId>,
    },
    RoleChanged(RoleChanged),
    Read {
        user: UserId,
        read: ReadUpTo,
    },
    /// More messages have reached somebody, or they have read further, and the others are to know.
    ReceiptChanged {
        /// As this person names it.
        conversation: ConversationId,
        receipt: Receipt,
    },
    Muted {
        user: UserId,
        muted: ConversationMuted,
    },
    SessionsEnded(Vec<SessionId>),
}
