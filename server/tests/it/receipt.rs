//! How far messages have reached people, and how far they have read, over the wire.

use protocol::{
    ConversationId, DeliveredUpTo, ErrorCode, Group, LastSeen, ListReceipts, MarkDelivered, MarkRead,
    Receipt, ReceiptChanged, Seq, ServerEvent, Timestamp,
};
use serde_json::{Value, json};

use crate::harness::{Device, GRACE, Person, RawSocket, TestServer, code, log_in};

fn with(person: &Person) -> ConversationId {
    ConversationId::User(person.id())
}

async fn receives(device: &Device, conversation: ConversationId, seq: u64) {
    let mark = DeliveredUpTo { conversation, seq: Seq(seq) };
    device.call(MarkDelivered { conversations: vec![mark] }).await.unwrap();
}

async fn reads(device: &Device, conversation: ConversationId, seq: u64) {
    device.call(MarkRead { conversation, seq: Seq(seq), mark: None }).await.unwrap();
}

/// The next event is about somebody who received or read more.
async fn is_told(device: &mut Device, conversation: ConversationId, who: &Person, marks: (u64, u64)) {
    match device.event().await {
        ServerEvent::ReceiptChanged(changed) => {
            let (delivered, read) = marks;
            let expected = ReceiptChanged {
                conversation,
                user_id: who.id(),
                delivered_up_to: Seq(delivered),
                read_up_to: Seq(read),
            };
            assert_eq!(changed, expected);
        }
        other => panic!("{other:?}"),
    }
}

async fn asks(device: &Device, conversation: ConversationId) -> Vec<(u64, u64)> {
    let receipts = device.call(ListReceipts { conversation }).await.unwrap();
    receipts
        .iter()
        .map(|Receipt { delivered_up_to, read_up_to, .. }| (delivered_up_to.0, read_up_to.0))
        .collect()
}

#[tokio::test]
async fn between_two_people_the_other_is_told_what_was_delivered_and_what_was_read() {
    let server = TestServer::start().await;
    let (ann, ben, eve) =
        (server.person("ann").await, server.person("ben").await, server.person("eve").await);
    let (mut phone, mut laptop) = (ann.connect().await, ann.connect().await);
    let (mut bens, mut bens_other, mut eves) =
        (ben.connect().await, ben.connect().await, eve.connect().await);
    phone.say(&ben, "Hello").await;
    for device in [&mut phone, &mut laptop, &mut bens, &mut bens_other] {
        device.event().await;
    }
    receives(&bens, with(&ann), 1).await;
    receives(&bens_other, with(&ann), 1).await;
    for device in [&mut phone, &mut laptop] {
        is_told(device, with(&ben), &ben, (1, 0)).await;
    }
    assert_eq!(asks(&phone, with(&ben)).await, [(1, 0)]);
    reads(&bens, with(&ann), 1).await;
    reads(&bens, with(&ann), 1).await;
    for device in [&mut phone, &mut laptop] {
        is_told(device, with(&ben), &ben, (1, 1)).await;
    }
    assert!(matches!(bens_other.event().await, ServerEvent::ReadUpTo(_)));
    assert_eq!(asks(&laptop, with(&ben)).await, [(1, 1)]);
    // The note is on all of her devices.
    laptop.nothing_else(&ann).await;
    bens.nothing_else(&ben).await;
    eves.nothing_else(&eve).await;
    server.stop().await;
}

#[tokio::test]
async fn members_are_told_who_has_read_and_strangers_are_refused() {
    let server = TestServer::start().await;
    let (ann, ben, eve) =
        (server.person("ann").await, server.person("ben").await, server.person("eve").await);
    let (mut anns, mut bens, mut eves) = (ann.connect().await, ben.connect().await, eve.connect().await);
    let lunch: Group = anns.create_group("Lunch").await;
    bens.join(&lunch).await;
    while !matches!(anns.event().await, ServerEvent::UserJoinedGroup(_)) {}
    while !matches!(bens.event().await, ServerEvent::JoinedGroup(_)) {}
    let in_lunch = ConversationId::Group(lunch.id);
    anns.say_to_group(&lunch, "Hungry?").await;
    for device in [&mut anns, &mut bens] {
        assert!(matches!(device.event().await, ServerEvent::GroupMessage(_)));
    }
    receives(&bens, in_lunch, 1).await;
    reads(&bens, in_lunch, 1).await;
    is_told(&mut anns, in_lunch, &ben, (1, 1)).await;
    assert_eq!(asks(&anns, in_lunch).await, [(1, 1)]);
    assert_eq!(code(eves.call(ListReceipts { conversation: in_lunch }).await), ErrorCode::NotAMember);
    let mark = DeliveredUpTo { conversation: in_lunch, seq: Seq(1) };
    let refused = eves.call(MarkDelivered { conversations: vec![mark] }).await;
    assert_eq!(code(refused), ErrorCode::NotAMember);
    anns.nothing_else(&ann).await;
    bens.nothing_else(&ben).await;
    eves.nothing_else(&eve).await;
    server.stop().await;
}

#[tokio::test]
async fn any_client_of_the_protocol_may_say_it_and_hear_it() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let (anns, mut bens) = (ann.connect().await, RawSocket::connect(&server, &ben).await);
    bens.call(&json!(["privateMessage", { "recipientId": ann.id(), "content": "Hello" }])).await;
    receives(&anns, with(&ben), 1).await;
    let told = json!({ "conversation": { "user": ann.id() }, "userId": ann.id(),
                       "deliveredUpTo": 1, "readUpTo": 0 });
    loop {
        let frame = bens.text().await.unwrap();
        if let Some(event) = frame.strip_prefix("42[\"receiptChanged\",") {
            let event = event.strip_suffix(']').unwrap();
            assert_eq!(serde_json::from_str::<Value>(event).unwrap(), told);
            break;
        }
    }
    let event =
        json!(["markDelivered", { "conversations": [{ "conversation": { "user": ann.id() }, "seq": 1 }] }]);
    assert_eq!(bens.call(&event).await, json!({ "data": null }));
    server.stop().await;
}

#[tokio::test]
async fn it_is_known_when_somebody_was_online_last_also_after_a_restart() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let mut anns = ann.connect().await;
    let last_seen =
        async |device: &Device, who: &Person| device.call(LastSeen { user_id: who.id() }).await.unwrap().at;
    assert_eq!(last_seen(&anns, &ben).await, None, "he was never here");
    let bens = ben.connect().await;
    assert_eq!(last_seen(&anns, &ben).await, None, "he is online");
    let before = now();
    drop(bens);
    while !matches!(anns.any_event().await, ServerEvent::UserOffline(_)) {}
    let at = last_seen(&anns, &ben).await.unwrap();
    let grace = i64::try_from(GRACE.as_millis()).unwrap();
    assert!(before.0 <= at.0 && at.0 <= now().0 - grace, "{before:?} {at:?}: until the connection ended");
    // One that does not come back.
    let others = RawSocket::connect(&server, &ann).await;
    drop(anns);
    let stopped = now();
    let server = server.restart().await;
    drop(others);
    let eve = server.person("eve").await;
    let eves = eve.connect().await;
    assert_eq!(last_seen(&eves, &ben).await, Some(at));
    // She was online until the server stopped.
    assert!(last_seen(&eves, &log_in(server.addr, "ann").await).await >= Some(stopped));
    server.stop().await;
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp(since.as_millis() as i64)
}
