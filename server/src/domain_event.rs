//! What a committed write changed, for whoever has to be told.

use protocol::{Group, GroupId, GroupName, Message, ReadUpTo, User, UserId};

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
    SessionsEnded(Vec<SessionId>),
}
