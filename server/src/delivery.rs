//! What sockets are told. The publisher and presence tell the gateway, which knows the sockets; what is
//! volatile goes to it without them.

use protocol::{ConversationId, GroupId, ServerEvent, UserId, version::Version};
use serde::{Deserialize, Serialize};

use crate::ids::{SessionId, SocketId};

/// A server event and the sockets that receive it.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) to: Audience,
    pub(crate) event: ServerEvent,
}

/// One server event that is told instead of several, to clients that know it.
#[derive(Clone, Debug)]
pub(crate) struct Together {
    pub(crate) to: Audience,
    pub(crate) event: ServerEvent,
    /// The version of the catalogue that added it.
    pub(crate) since: Version,
    /// What other clients are told, one by one, and whom it is about, who is not told.
    pub(crate) singly: Vec<(UserId, ServerEvent)>,
}

/// Those that name no socket can be told to other servers, which know other sockets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Audience {
    #[serde(skip)]
    Sockets(Vec<SocketId>),
    /// Every socket of a person.
    User(UserId),
    /// The same, but not the one that asked.
    #[serde(skip)]
    UserExcept(UserId, SocketId),
    /// Every socket of every member.
    Group(GroupId),
    /// The same, but no socket of this person: one that has just connected may already be in the room, or not
    /// yet.
    GroupExcept(GroupId, UserId),
    /// Every socket that a client of this kind has connected.
    #[serde(skip)]
    Everyone(Client),
    /// The same, but none of this person.
    #[serde(skip)]
    EveryoneExcept(Client, UserId),
}

impl Audience {
    /// Whether it means the same to another server.
    pub(crate) fn is_known_elsewhere(&self) -> bool {
        matches!(self, Self::User(_) | Self::Group(_) | Self::GroupExcept(..))
    }

    /// The others in a conversation of `me`, and how they name it; `None` if nobody else is in it.
    pub(crate) fn others_in(conversation: ConversationId, me: UserId) -> Option<(Self, ConversationId)> {
        match conversation {
            ConversationId::User(other) if other == me => None,
            ConversationId::User(other) => Some((Self::User(other), ConversationId::User(me))),
            ConversationId::Group(group) => Some((Self::GroupExcept(group, me), conversation)),
        }
    }
}

/// What a client may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Client {
    /// The client shows a version of the catalogue that this server serves. It skips what was added since.
    Current,
    /// The same, but it is told only of the people whom it watches.
    Watching,
    /// Any other client. It may know only what has always been documented.
    Other,
}

/// What the publisher and presence ask of the gateway.
#[derive(Clone, Debug)]
pub(crate) enum GatewayCommand {
    Deliver(Delivery),
    /// The same, but clients are left out that have not read yet what they were told before. For what is worth
    /// nothing later.
    DeliverVolatile(Delivery),
    /// Volatile as well.
    DeliverTogether(Together),
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
