//! Who is told what: each committed [`DomainEvent`] becomes deliveries, in the order of the commits of its
//! conversation.

mod receipts;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures::{StreamExt, stream::FuturesUnordered};
use protocol::{
    GroupId, GroupName, JoinedGroup, LeftGroup, Message, Recipient, ServerEvent, User, UserId,
    UserJoinedGroup, UserLeftGroup,
};
use tokio::{
    sync::{Notify, mpsc},
    time::{Instant, sleep_until, timeout},
};
use tracing::{Instrument, Span};

use self::receipts::Receipts;
use crate::{
    delivery::{Audience, Delivery, FanOut, GatewayCommand},
    domain_event::{DomainEvent, Envelope, Origin},
};

/// How long the publisher waits at most for a delivery to many.
const FLUSHING: Duration = Duration::from_millis(50);
/// After such a delivery, the publisher waits again, for the time that it took divided by this number, until
/// as many messages have come as went out together. Clients that answer as soon as they have read are then
/// answered together. Otherwise one of several writers would always be on its way while the others are
/// committed, and each socket would be written to twice (5.5 µs a delivery instead of 3, with four who write
/// to a group of 1,000).
const GATHERING: u32 = 4;
/// Bytes that may wait for their group's turn, over all groups. When there are more, everything waits.
const WAITING: usize = 4 * 1024 * 1024;

/// Publishes until the store is closed.
///
/// What is committed in a large group while a message to it is still going out is published afterwards, all
/// at once: a socket then writes the whole of it with one call, and writing is most of the cost. Only that
/// group waits.
pub(crate) async fn publish(mut domain_events: mpsc::Receiver<Envelope>, gateway: impl FanOut) {
    let mut lanes = Lanes::default();
    let mut flushing = FuturesUnordered::new();
    let mut receipts = Receipts::default();
    loop {
        let due = receipts.due();
        tokio::select! {
            envelope = domain_events.recv(), if lanes.bytes < WAITING => {
                let Some(envelope) = envelope else { break };
                if let DomainEvent::Left { group, user, .. } = envelope.event {
                    receipts.left(group, user);
                }
                if let DomainEvent::ReceiptChanged { conversation, receipt } = envelope.event {
                    execute(&gateway, receipts.take(conversation, receipt, Instant::now())).await;
                } else if let Some(envelope) = lanes.put_by(envelope)
                    && let Some(group) = publish_one(&gateway, envelope).await
                {
                    flushing.push(flush_and_gather(&gateway, group, lanes.begin(group, 1)));
                }
            }
            Some(group) = flushing.next(), if !flushing.is_empty() => {
                let together = lanes.end(group);
                let count = together.len();
                let mut wide = false;
                for envelope in together {
                    wide |= publish_one(&gateway, envelope).await.is_some();
                }
                if wide {
                    flushing.push(flush_and_gather(&gateway, group, lanes.begin(group, count)));
                }
            }
            () = async { sleep_until(due.unwrap_or_else(Instant::now)).await }, if due.is_some() => {
                execute(&gateway, receipts.settle(Instant::now())).await;
            }
        }
    }
    execute(&gateway, receipts.all()).await;
    for envelope in lanes.groups.into_values().flat_map(|lane| lane.waiting) {
        publish_one(&gateway, envelope).await;
    }
}

async fn execute(gateway: &impl FanOut, commands: Vec<GatewayCommand>) {
    for command in commands {
        gateway.execute(command).await;
    }
}

/// Publishes an event. Returns the group to which it went, if that group is large.
async fn publish_one(gateway: &impl FanOut, envelope: Envelope) -> Option<GroupId> {
    let span = match &envelope.event {
        DomainEvent::MessageSent(message) | DomainEvent::MessageChanged(message) => {
            tracing::debug_span!("publish", message = %message.id)
        }
        _ => Span::none(),
    };
    tell(gateway, envelope).instrument(span).await
}

async fn tell(gateway: &impl FanOut, envelope: Envelope) -> Option<GroupId> {
    let mut wide = None;
    for command in commands(envelope) {
        if let GatewayCommand::Deliver(Delivery { to: Audience::Group(group), .. }) = &command
            && gateway.is_large(*group)
        {
            wide = Some(*group);
        }
        gateway.execute(command).await;
    }
    wide
}

async fn flush_and_gather(gateway: &impl FanOut, group: GroupId, gathered: Option<Arc<Notify>>) -> GroupId {
    let start = Instant::now();
    timeout(FLUSHING, gateway.flushed(group)).await.ok();
    if let Some(gathered) = gathered {
        timeout(start.elapsed() / GATHERING, gathered.notified()).await.ok();
    }
    group
}

/// Groups to which messages go out, and what waits for that.
#[derive(Default)]
struct Lanes {
    groups: HashMap<GroupId, Lane>,
    bytes: usize,
}

struct Lane {
    waiting: Vec<Envelope>,
    /// How many went out together; so many answers are expected.
    expected: usize,
    /// Notified when so many wait.
    gathered: Arc<Notify>,
}

impl Lanes {
    /// Keeps an event if its group has to wait, else gives it back.
    fn put_by(&mut self, envelope: Envelope) -> Option<Envelope> {
        let Some(lane) = group(&envelope.event).and_then(|group| self.groups.get_mut(&group)) else {
            return Some(envelope);
        };
        self.bytes += bytes(&envelope);
        lane.waiting.push(envelope);
        if lane.waiting.len() == lane.expected {
            lane.gathered.notify_one();
        }
        None
    }

    /// So many go out together. Returns what is notified when so many wait; none if that is one.
    fn begin(&mut self, group: GroupId, expected: usize) -> Option<Arc<Notify>> {
        let gathered = Arc::new(Notify::new());
        let lane = Lane { waiting: Vec::new(), expected, gathered: gathered.clone() };
        self.groups.insert(group, lane);
        (expected > 1).then_some(gathered)
    }

    /// What waited for the group, in its order.
    fn end(&mut self, group: GroupId) -> Vec<Envelope> {
        let waiting = self.groups.remove(&group).map(|lane| lane.waiting).unwrap_or_default();
        self.bytes -= waiting.iter().map(bytes).sum::<usize>();
        waiting
    }
}

/// The group that a domain event belongs to. All events of a group are published in the order of their
/// commits.
fn group(domain_event: &DomainEvent) -> Option<GroupId> {
    match domain_event {
        DomainEvent::MessageSent(message) | DomainEvent::MessageChanged(message) => match message.recipient {
            Recipient::Group(group) => Some(group),
            Recipient::User(_) => None,
        },
        DomainEvent::GroupCreated { group, .. } => Some(group.id),
        DomainEvent::Joined { group, .. }
        | DomainEvent::Added { group, .. }
        | DomainEvent::Left { group, .. } => Some(*group),
        DomainEvent::RoleChanged(changed) => Some(changed.group_id),
        DomainEvent::Read { .. }
        | DomainEvent::ReceiptChanged { .. }
        | DomainEvent::Muted { .. }
        | DomainEvent::SessionsEnded(_) => None,
    }
}

/// What an event takes while it waits. There is no `_` here, so that nobody adds a large event that is not counted.
fn bytes(envelope: &Envelope) -> usize {
    let beside = match &envelope.event {
        DomainEvent::MessageSent(message) | DomainEvent::MessageChanged(message) => {
            message.content.as_str().len()
        }
        DomainEvent::Added { users, .. } => size_of_val(&**users),
        DomainEvent::SessionsEnded(sessions) => size_of_val(&**sessions),
        DomainEvent::GroupCreated { .. }
        | DomainEvent::Joined { .. }
        | DomainEvent::Left { .. }
        | DomainEvent::RoleChanged(_)
        | DomainEvent::Read { .. }
        | DomainEvent::ReceiptChanged { .. }
        | DomainEvent::Muted { .. } => 0,
    };
    size_of::<Envelope>() + beside
}

/// The event table of the protocol, read from the side of the server.
fn commands(Envelope { event, origin }: Envelope) -> Vec<GatewayCommand> {
    match event {
        DomainEvent::MessageSent(message) => sent(message),
        DomainEvent::MessageChanged(message) => changed(message),
        DomainEvent::GroupCreated { group, by } => vec![
            GatewayCommand::JoinRoom(by, group.id),
            deliver(
                others(by, origin),
                ServerEvent::JoinedGroup(JoinedGroup { group_id: group.id, name: group.name }),
            ),
        ],
        DomainEvent::Joined { group, name, user } => joined(group, name, user).into(),
        DomainEvent::Added { group, name, users } => {
            users.into_iter().flat_map(|user| joined(group, name.clone(), user)).collect()
        }
        DomainEvent::Left { group: group_id, name, user, by: removed_by } => vec![
            GatewayCommand::LeaveRoom(user, group_id),
            deliver(Audience::User(user), ServerEvent::LeftGroup(LeftGroup { group_id, name, removed_by })),
            deliver(
                Audience::GroupExcept(group_id, user),
                ServerEvent::UserLeftGroup(UserLeftGroup { group_id, user_id: user, removed_by }),
            ),
        ],
        DomainEvent::RoleChanged(changed) => {
            vec![deliver(Audience::Group(changed.group_id), ServerEvent::RoleChanged(changed))]
        }
        DomainEvent::Read { user, read } => {
            vec![deliver(others(user, origin), ServerEvent::ReadUpTo(read))]
        }
        // Collected by `publish`.
        DomainEvent::ReceiptChanged { .. } => vec![],
        DomainEvent::Muted { user, muted } => {
            vec![deliver(others(user, origin), ServerEvent::ConversationMuted(muted))]
        }
        DomainEvent::SessionsEnded(sessions) => vec![GatewayCommand::Disconnect(sessions)],
    }
}

/// Every socket of a person but the one that asked.
fn others(user: UserId, Origin(origin): Origin) -> Audience {
    origin.map_or(Audience::User(user), |socket| Audience::UserExcept(user, socket))
}

fn joined(group: GroupId, name: GroupName, user: User) -> [GatewayCommand; 3] {
    let id = user.id;
    [
        deliver(
            Audience::GroupExcept(group, id),
            ServerEvent::UserJoinedGroup(UserJoinedGroup { group_id: group, user }),
        ),
        GatewayCommand::JoinRoom(id, group),
        deliver(Audience::User(id), ServerEvent::JoinedGroup(JoinedGroup { group_id: group, name })),
    ]
}

fn sent(message: Message) -> Vec<GatewayCommand> {
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

fn changed(message: Message) -> Vec<GatewayCommand> {
    let event = |message| ServerEvent::MessageChanged(message);
    match message.recipient {
        Recipient::User(recipient) if recipient == message.sender_id => {
            vec![deliver(Audience::User(recipient), event(message))]
        }
        Recipient::User(recipient) => vec![
            deliver(Audience::User(message.sender_id), event(message.clone())),
            deliver(Audience::User(recipient), event(message)),
        ],
        Recipient::Group(group) => vec![deliver(Audience::Group(group), event(message))],
    }
}

fn deliver(to: Audience, event: ServerEvent) -> GatewayCommand {
    GatewayCommand::Deliver(Delivery { to, event })
}
