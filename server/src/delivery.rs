//! What is said to sockets: the publisher and presence say it to the gateway, which knows the sockets.

use protocol::{GroupId, ServerEvent, UserId};

use crate::ids::{SessionId, SocketId};

/// A server event and the sockets that receive it.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) to: Audience,
    pub(crate) event: ServerEvent,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    Sockets(Vec<SocketId>),
    /// Every socket of a person.
    User(UserId),
    /// The same, but not the one that asked.
    UserExcept(UserId, SocketId),
    /// Every socket of every member.
    Group(GroupId),
    /// The same, but none of this person: one that connected a moment ago may be among them
    /// before, or after, everybody else knows of it.
    GroupExcept(GroupId, UserId),
    /// Every socket of everybody that a client of this kind connected.
    Everyone(Client),
    /// The same, but none of this person.
    EveryoneExcept(Client, UserId),
}

/// What a client may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Client {
    /// It shows a version of the catalogue that this server serves. What was added since, it skips.
    Current,
    /// The same, and it is told of those whom it watches only.
    Watching,
    /// Any other: it may know no more than what has always been documented.
    Other,
}

/// What the publisher and presence ask of the gateway.
#[derive(Clone, Debug)]
pub(crate) enum GatewayCommand {
    Deliver(Delivery),
    /// From now on the person's sockets belong to the group's.
    JoinRoom(UserId, GroupId),
    LeaveRoom(UserId, GroupId),
    /// The sockets of these sessions are disconnected.
    Disconnect(Vec<SessionId>),
}

/// The gateway, as the publisher and presence see it.
pub(crate) trait FanOut: Send + Sync + 'static {
    fn execute(&self, command: GatewayCommand) -> impl Future<Output = ()> + Send;

    /// Whether a message to the group goes to so many that it is worth waiting until it has gone out.
    fn is_large(&self, group: GroupId) -> bool;

    /// Waits until what the group was told has gone out to those who read it.
    fn flushed(&self, group: GroupId) -> impl Future<Output = ()> + Send;
}
