//! What a committed write changed, for whoever has to be told.

use protocol::{ConversationMuted, Group, GroupId, GroupName, Message, ReadUpTo, User, UserId};

use crate::ids::{SessionId, SocketId};

/// A domain event on its way to the publisher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Envelope {
    pub(crate) event: DomainEvent,
    pub(crate) origin: Origin,
}

/// The socket whose request made a change, where that knows of it from its ack and is not to be told
/// again. The store passes it on and knows nothing of sockets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Origin(pub(crate) Option<SocketId>);

/// Something that is so from now on. Events arrive at the publisher in the order of their commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DomainEvent {
    MessageSent(Message),
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
    Left {
        group: GroupId,
        name: GroupName,
        user: UserId,
    },
    Read {
        user: UserId,
        read: ReadUpTo,
    },
    Muted {
        user: UserId,
        muted: ConversationMuted,
    },
    SessionsEnded(Vec<SessionId>),
}
