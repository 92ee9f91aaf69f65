//! Who is told what: each committed [`DomainEvent`] becomes deliveries, in the order of the commits of its
//! conversation.

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures::{StreamExt, stream::FuturesUnordered};
use protocol::{
    ConversationId, GroupId, GroupName, JoinedGroup, LeftGroup, Message, Receipt, ReceiptChanged, Recipient,
    ServerEvent, User, UserId, UserJoinedGroup, UserLeftGroup,
};
use tokio::{
    sync::{Notify, mpsc},
    time::{Instant, timeout},
};
use tracing::{Instrument, Span};

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
    loop {
        tokio::select! {
            envelope = domain_events.recv(), if lanes.bytes < WAITING => {
                let Some(envelope) = envelope else { break };
                if let Some(envelope) = lanes.put_by(envelope)
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
        }
    }
    for envelope in lanes.groups.into_values().flat_map(|lane| lane.waiting) {
        publish_one(&gateway, envelope).await;
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

fn bytes(envelope: &Envelope) -> usize {
    let text = match &envelope.event {
        DomainEvent::MessageSent(message) | DomainEvent::MessageChanged(message) => {
            message.content.as_str().len()
        }
        DomainEvent::Added { users, .. } => size_of_val(&**users),
        _ => 0,
    };
    size_of::<Envelope>() + text
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
        DomainEvent::ReceiptChanged { conversation, receipt } => {
            receipt_changed(conversation, receipt).into_iter().collect()
        }
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

/// It is kept, so whoever misses it can ask for it: those who read slowly are spared.
fn receipt_changed(conversation: ConversationId, receipt: Receipt) -> Option<GatewayCommand> {
    let Receipt { user_id, delivered_up_to, read_up_to, .. } = receipt;
    let (to, conversation) = Audience::others_in(conversation, user_id)?;
    let changed = ReceiptChanged { conversation, user_id, delivered_up_to, read_up_to };
    Some(GatewayCommand::DeliverVolatile(Delivery { to, event: ServerEvent::ReceiptChanged(changed) }))
}

fn deliver(to: Audience, event: ServerEvent) -> GatewayCommand {
    GatewayCommand::Deliver(Delivery { to, event })
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use protocol::{MessageId, Seq};
    use tokio::time::sleep;

    use super::*;

    const LARGE: GroupId = GroupId::from_bytes([1; 16]);
    const SMALL: GroupId = GroupId::from_bytes([2; 16]);
    const ANN: UserId = UserId::from_bytes([3; 16]);

    /// Records its commands. What the large group was told has gone out when the test says so.
    #[derive(Clone, Default)]
    struct Notes {
        steps: Arc<Mutex<Vec<String>>>,
        flushed: Arc<Notify>,
    }

    impl FanOut for Notes {
        async fn execute(&self, command: GatewayCommand) {
            let note = match command {
                GatewayCommand::Deliver(Delivery { to, event: ServerEvent::GroupMessage(message) }) => {
                    assert_eq!(
                        message.recipient,
                        Recipient::Group(if to == Audience::Group(LARGE) { LARGE } else { SMALL })
                    );
                    format!(
                        "{} {}",
                        if to == Audience::Group(LARGE) { "large" } else { "small" },
                        message.seq.0
                    )
                }
                GatewayCommand::Deliver(Delivery { event: ServerEvent::PrivateMessage(message), .. }) => {
                    format!("private {}", message.seq.0)
                }
                GatewayCommand::LeaveRoom(..) => "leave".to_owned(),
                _ => return,
            };
            self.steps.lock().unwrap().push(note);
        }

        fn is_large(&self, group: GroupId) -> bool {
            group == LARGE
        }

        async fn flushed(&self, _: GroupId) {
            self.flushed.notified().await;
        }
    }

    fn message(recipient: Recipient, seq: u64) -> Envelope {
        envelope(DomainEvent::MessageSent(Message::new(
            MessageId::from_bytes([0; 16]),
            ANN,
            recipient,
            Seq(seq),
            "hello".parse().unwrap(),
        )))
    }

    fn envelope(event: DomainEvent) -> Envelope {
        Envelope { event, origin: Origin::default() }
    }

    #[tokio::test(start_paused = true)]
    async fn a_large_group_waits_for_itself_and_nobody_else_waits_for_it() {
        let notes = Notes::default();
        let (domain_events, published) = mpsc::channel(64);
        let publishing = tokio::spawn(publish(published, notes.clone()));
        let told = || std::mem::take(&mut *notes.steps.lock().unwrap());
        for seq in 1..=3 {
            domain_events.send(message(Recipient::Group(LARGE), seq)).await.unwrap();
        }
        domain_events
            .send(envelope(DomainEvent::Left {
                group: LARGE,
                name: "x".parse().unwrap(),
                user: ANN,
                by: None,
            }))
            .await
            .unwrap();
        for seq in 1..=2 {
            domain_events.send(message(Recipient::User(ANN), seq)).await.unwrap();
            domain_events.send(message(Recipient::Group(SMALL), seq)).await.unwrap();
        }
        sleep(Duration::from_millis(10)).await;
        assert_eq!(told(), ["large 1", "private 1", "small 1", "private 2", "small 2"]);
        notes.flushed.notify_one();
        sleep(Duration::from_millis(10)).await;
        assert_eq!(told(), ["large 2", "large 3", "leave"]);
        // The publisher does not wait without end.
        domain_events.send(message(Recipient::Group(LARGE), 4)).await.unwrap();
        sleep(Duration::from_millis(20)).await;
        assert!(told().is_empty());
        sleep(FLUSHING).await;
        assert_eq!(told(), ["large 4"]);
        domain_events.send(message(Recipient::Group(LARGE), 5)).await.unwrap();
        drop(domain_events);
        publishing.await.unwrap();
        assert_eq!(told(), ["large 5"], "when the store is closed, what waits is published");
    }

    #[tokio::test(start_paused = true)]
    async fn as_many_as_went_out_together_are_waited_for_but_not_long() {
        let notes = Notes::default();
        let (domain_events, published) = mpsc::channel(64);
        tokio::spawn(publish(published, notes.clone()));
        let told = || std::mem::take(&mut *notes.steps.lock().unwrap());
        let send = async |seq| {
            domain_events.send(message(Recipient::Group(LARGE), seq)).await.unwrap();
            sleep(Duration::from_millis(1)).await;
        };
        let flushed = async || {
            sleep(Duration::from_millis(36)).await;
            notes.flushed.notify_one();
            sleep(Duration::from_millis(1)).await;
        };
        send(1).await;
        assert_eq!(told(), ["large 1"]);
        send(2).await;
        send(3).await;
        flushed().await;
        assert_eq!(told(), ["large 2", "large 3"], "one went out, so no other is waited for");
        send(4).await;
        flushed().await;
        assert_eq!(told(), [] as [&str; 0]);
        send(5).await;
        assert_eq!(told(), ["large 4", "large 5"], "both are there");
        send(6).await;
        flushed().await;
        assert_eq!(told(), [] as [&str; 0]);
        sleep(Duration::from_millis(12)).await;
        assert_eq!(told(), ["large 6"], "the other one does not come");
    }
}
