//! What a committed write changed, for whoever has to be told.

use protocol::{ConversationMuted, Group, GroupId, GroupName, Message, ReadUpTo, User, UserId};

use crate::ids::{SessionId, SocketId};

/// Something that is so from now on. Events arrive at the publisher in the order of their commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DomainEvent {
    MessageSent(Message),
    /// `from` asked for it, and knows from its ack.
    GroupCreated {
        group: Group,
        by: UserId,
        from: SocketId,
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
    /// `from` asked for it, and knows from its ack.
    Read {
        user: UserId,
        read: ReadUpTo,
        from: SocketId,
    },
    /// `from` asked for it, and knows from its ack.
    Muted {
        user: UserId,
        muted: ConversationMuted,
        from: SocketId,
    },
    SessionsEnded(Vec<SessionId>),
}
