//! Who is told what: each committed [`Fact`] becomes deliveries, in the order of the commits.

use std::{future::Future, time::Duration};

use protocol::{
    GroupId, JoinedGroup, LeftGroup, Message, Recipient, ServerEvent, UserId, UserJoinedGroup, UserLeftGroup,
};
use tokio::{
    runtime::Handle,
    sync::mpsc,
    task::yield_now,
    time::{Instant, sleep_until},
};

use crate::{
    session::{SessionId, SocketId},
    store::Fact,
};

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
    /// It shows the fingerprint of today's catalogue, and knows every event in it.
    Current,
    /// The same, and it is told of those whom it watches only.
    Watching,
    /// Any other: it may know no more than what has always been documented.
    Other,
}

/// What the publisher asks of the gateway.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Deliver(Delivery),
    /// From now on the person's sockets belong to the group's.
    Join(UserId, GroupId),
    Leave(UserId, GroupId),
    /// Their sockets are disconnected.
    End(Vec<SessionId>),
}

/// The gateway, as the publisher sees it.
pub(crate) trait Carry: Send + Sync + 'static {
    fn carry(&self, step: Step) -> impl Future<Output = ()> + Send;
}

/// Facts that are published in one go at most.
const TOGETHER: usize = 512;
/// Tasks that wait for a worker where a delivery went to many: each socket has one that writes.
const MANY: usize = 64;
/// The longest that a delivery to many is waited for.
const DRAINING: Duration = Duration::from_millis(50);
/// The part of that time for which it is quiet afterwards.
const QUIET: u32 = 16;

/// Publishes until the store is closed.
///
/// What is committed while a message still goes out to many is published when it has gone out, all
/// at once: a socket then writes the whole of it with one call, and writing is most of the cost.
pub(crate) async fn publish(mut facts: mpsc::Receiver<Fact>, gateway: impl Carry) {
    let mut quiet_until = Instant::now();
    let mut together = Vec::new();
    while let Some(fact) = facts.recv().await {
        if quiet_until > Instant::now() {
            sleep_until(quiet_until).await;
        }
        together.push(fact);
        while together.len() < TOGETHER
            && let Ok(fact) = facts.try_recv()
        {
            together.push(fact);
        }
        let mut wide = false;
        for step in together.drain(..).flat_map(steps) {
            wide |= matches!(&step, Step::Deliver(Delivery { to: Audience::Group(_), .. }));
            gateway.carry(step).await;
        }
        if wide {
            quiet_until = drained().await;
        }
    }
}

/// Waits until what was published has gone out, if it went to many, and says until when to be quiet:
/// who answers as soon as they have it, answers together. Without that, two halves of those who
/// write can take turns for ever, each on its way while the other is committed.
async fn drained() -> Instant {
    let start = Instant::now();
    let waiting = Handle::current().metrics();
    if waiting.global_queue_depth() < MANY {
        return start;
    }
    while waiting.global_queue_depth() > 0 && start.elapsed() < DRAINING {
        yield_now().await;
    }
    Instant::now() + start.elapsed() / QUIET
}

/// The event table of the protocol, read from the side of the server.
fn steps(fact: Fact) -> Vec<Step> {
    match fact {
        Fact::MessageSent(message) => sent(message),
        Fact::GroupCreated { group, by, from } => vec![
            Step::Join(by, group.id),
            deliver(
                Audience::UserExcept(by, from),
                ServerEvent::JoinedGroup(JoinedGroup { group_id: group.id, name: group.name }),
            ),
        ],
        Fact::Joined { group, name, user } => vec![
            deliver(
                Audience::GroupExcept(group, user.id),
                ServerEvent::UserJoinedGroup(UserJoinedGroup { group_id: group, user: user.clone() }),
            ),
            Step::Join(user.id, group),
            deliver(Audience::User(user.id), ServerEvent::JoinedGroup(JoinedGroup { group_id: group, name })),
        ],
        Fact::Left { group, name, user } => vec![
            Step::Leave(user, group),
            deliver(Audience::User(user), ServerEvent::LeftGroup(LeftGroup { group_id: group, name })),
            deliver(
                Audience::GroupExcept(group, user),
                ServerEvent::UserLeftGroup(UserLeftGroup { group_id: group, user_id: user }),
            ),
        ],
        Fact::Read { user, read, from } => {
            vec![deliver(Audience::UserExcept(user, from), ServerEvent::ReadUpTo(read))]
        }
        Fact::SessionsEnded(sessions) => vec![Step::End(sessions)],
    }
}

fn sent(message: Message) -> Vec<Step> {
    match message.recipient {
        Recipient::User(recipient) => vec![
            deliver(Audience::User(message.sender_id), ServerEvent::MessageSent(message.clone())),
            deliver(Audience::User(recipient), ServerEvent::PrivateMessage(message)),
        ],
        Recipient::Group(group) => {
            vec![deliver(Audience::Group(group), ServerEvent::GroupMessage(message))]
        }
    }
}

fn deliver(to: Audience, event: ServerEvent) -> Step {
    Step::Deliver(Delivery { to, event })
}
