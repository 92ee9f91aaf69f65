//! Which events wait, and for how long.

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
                format!("{} {}", if to == Audience::Group(LARGE) { "large" } else { "small" }, message.seq.0)
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
        .send(envelope(DomainEvent::Left { group: LARGE, name: "x".parse().unwrap(), user: ANN, by: None }))
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
