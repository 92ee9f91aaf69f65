//! Who is told what: each committed [`Fact`] becomes deliveries, in the order of the commits of its
//! conversation.

use std::{collections::HashMap, future::Future, time::Duration};

use futures::{StreamExt, stream::FuturesUnordered};
use protocol::{
    GroupId, JoinedGroup, LeftGroup, Message, Recipient, ServerEvent, UserId, UserJoinedGroup, UserLeftGroup,
};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, timeout},
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
    /// It shows a version of the catalogue that this server serves. What was added since, it skips.
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

    /// Whether a message to the group goes to so many that it is worth waiting until it has gone out.
    fn is_wide(&self, group: GroupId) -> bool;

    /// Waits until what the group was told has gone out to those who read it.
    fn gone_out(&self, group: GroupId) -> impl Future<Output = ()> + Send;
}

/// The longest that a delivery to many is waited for.
const GOING_OUT: Duration = Duration::from_millis(50);
/// The part of that time for which the group is quiet afterwards: who answers as soon as they have it,
/// answers together. Without that, two halves of those who write can take turns for ever, each on its
/// way while the other is committed.
const QUIET: u32 = 16;
/// Bytes of what waits for its group's turn, over all groups. When there are more, everything waits.
const WAITING: usize = 4 * 1024 * 1024;

/// Publishes until the store is closed.
///
/// What is committed in a large group while a message to it still goes out is published when that has
/// gone out, all at once: a socket then writes the whole of it with one call, and writing is most of
/// the cost. Only that group waits.
pub(crate) async fn publish(mut facts: mpsc::Receiver<Fact>, gateway: impl Carry) {
    let mut lanes = Lanes::default();
    let mut going_out = FuturesUnordered::new();
    loop {
        tokio::select! {
            fact = facts.recv(), if lanes.bytes < WAITING => {
                let Some(fact) = fact else { break };
                if let Some(fact) = lanes.put_by(fact)
                    && let Some(group) = carry(&gateway, fact).await
                {
                    lanes.begin(group);
                    going_out.push(go_out(&gateway, group));
                }
            }
            Some(group) = going_out.next(), if !going_out.is_empty() => {
                let mut wide = false;
                for fact in lanes.end(group) {
                    wide |= carry(&gateway, fact).await.is_some();
                }
                if wide {
                    lanes.begin(group);
                    going_out.push(go_out(&gateway, group));
                }
            }
        }
    }
    for fact in lanes.groups.into_values().flatten() {
        carry(&gateway, fact).await;
    }
}

/// Publishes a fact. The group whose members it went to, if they are many.
async fn carry(gateway: &impl Carry, fact: Fact) -> Option<GroupId> {
    let mut wide = None;
    for step in steps(fact) {
        if let Step::Deliver(Delivery { to: Audience::Group(group), .. }) = &step
            && gateway.is_wide(*group)
        {
            wide = Some(*group);
        }
        gateway.carry(step).await;
    }
    wide
}

async fn go_out(gateway: &impl Carry, group: GroupId) -> GroupId {
    let start = Instant::now();
    timeout(GOING_OUT, gateway.gone_out(group)).await.ok();
    sleep(start.elapsed() / QUIET).await;
    group
}

/// Groups to which a message goes out, and what waits for that.
#[derive(Default)]
struct Lanes {
    groups: HashMap<GroupId, Vec<Fact>>,
    bytes: usize,
}

impl Lanes {
    /// Puts a fact by if its group is to be waited for, else gives it back.
    fn put_by(&mut self, fact: Fact) -> Option<Fact> {
        let Some(waiting) = group(&fact).and_then(|group| self.groups.get_mut(&group)) else {
            return Some(fact);
        };
        self.bytes += bytes(&fact);
        waiting.push(fact);
        None
    }

    fn begin(&mut self, group: GroupId) {
        self.groups.entry(group).or_default();
    }

    /// What waited for it, in its order.
    fn end(&mut self, group: GroupId) -> Vec<Fact> {
        let waiting = self.groups.remove(&group).unwrap_or_default();
        self.bytes -= waiting.iter().map(bytes).sum::<usize>();
        waiting
    }
}

/// The group that a fact belongs to: all of a group are published in the order of their commit.
fn group(fact: &Fact) -> Option<GroupId> {
    match fact {
        Fact::MessageSent(message) => match message.recipient {
            Recipient::Group(group) => Some(group),
            Recipient::User(_) => None,
        },
        Fact::GroupCreated { group, .. } => Some(group.id),
        Fact::Joined { group, .. } | Fact::Left { group, .. } => Some(*group),
        Fact::Read { .. } | Fact::SessionsEnded(_) => None,
    }
}

fn bytes(fact: &Fact) -> usize {
    let text = match fact {
        Fact::MessageSent(message) => message.content.as_str().len(),
        _ => 0,
    };
    size_of::<Fact>() + text
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

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use protocol::{MessageId, Seq, Timestamp};
    use tokio::sync::Notify;

    use super::*;

    const LARGE: GroupId = GroupId::from_bytes([1; 16]);
    const SMALL: GroupId = GroupId::from_bytes([2; 16]);
    const ANN: UserId = UserId::from_bytes([3; 16]);

    /// Notes what it is to do; what the large group was told goes out when the test says so.
    #[derive(Clone, Default)]
    struct Notes {
        steps: Arc<Mutex<Vec<String>>>,
        gone_out: Arc<Notify>,
    }

    impl Carry for Notes {
        async fn carry(&self, step: Step) {
            let note = match step {
                Step::Deliver(Delivery { to, event: ServerEvent::GroupMessage(message) }) => {
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
                Step::Deliver(Delivery { event: ServerEvent::PrivateMessage(message), .. }) => {
                    format!("private {}", message.seq.0)
                }
                Step::Leave(..) => "leave".to_owned(),
                _ => return,
            };
            self.steps.lock().unwrap().push(note);
        }

        fn is_wide(&self, group: GroupId) -> bool {
            group == LARGE
        }

        async fn gone_out(&self, _: GroupId) {
            self.gone_out.notified().await;
        }
    }

    fn message(recipient: Recipient, seq: u64) -> Fact {
        Fact::MessageSent(Message {
            id: MessageId::from_bytes([0; 16]),
            client_id: None,
            sender_id: ANN,
            recipient,
            content: "hello".parse().unwrap(),
            seq: Seq(seq),
            created_at: Timestamp(0),
        })
    }

    #[tokio::test(start_paused = true)]
    async fn a_large_group_waits_for_itself_and_nobody_else_waits_for_it() {
        let notes = Notes::default();
        let (facts, published) = mpsc::channel(64);
        let publishing = tokio::spawn(publish(published, notes.clone()));
        let told = || std::mem::take(&mut *notes.steps.lock().unwrap());
        for seq in 1..=3 {
            facts.send(message(Recipient::Group(LARGE), seq)).await.unwrap();
        }
        facts.send(Fact::Left { group: LARGE, name: "x".parse().unwrap(), user: ANN }).await.unwrap();
        for seq in 1..=2 {
            facts.send(message(Recipient::User(ANN), seq)).await.unwrap();
            facts.send(message(Recipient::Group(SMALL), seq)).await.unwrap();
        }
        sleep(Duration::from_millis(10)).await;
        assert_eq!(told(), ["large 1", "private 1", "small 1", "private 2", "small 2"]);
        notes.gone_out.notify_one();
        sleep(Duration::from_millis(10)).await;
        assert_eq!(told(), ["large 2", "large 3", "leave"]);
        // It is not waited for for ever.
        facts.send(message(Recipient::Group(LARGE), 4)).await.unwrap();
        sleep(Duration::from_millis(20)).await;
        assert!(told().is_empty());
        sleep(GOING_OUT).await;
        assert_eq!(told(), ["large 4"]);
        facts.send(message(Recipient::Group(LARGE), 5)).await.unwrap();
        drop(facts);
        publishing.await.unwrap();
        assert_eq!(told(), ["large 5"], "when the store is closed, what waits is published");
    }
}
