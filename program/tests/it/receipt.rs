//! How far messages have reached people, and how far they have read, over the wire.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use futures::future::join_all;
use protocol::{
    AddMembers, ConversationId, DeliveredUpTo, ErrorCode, Group, LastSeen, ListReceipts, MarkDelivered,
    MarkRead, Receipt, ReceiptChanged, Seq, ServerEvent, Timestamp, UserId, limits,
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

/// Who has read, if that is what an event says.
fn who_has_read(event: &ServerEvent) -> Option<Vec<UserId>> {
    match event {
        ServerEvent::ReceiptChanged(one) => Some(vec![one.user_id]),
        ServerEvent::ReceiptsChanged(all) => Some(all.receipts.iter().map(|one| one.user_id).collect()),
        _ => None,
    }
}

/// A socket of a client that shows this version, or none.
async fn connects_with(server: &TestServer, person: &Person, version: Option<&str>) -> RawSocket {
    let mut socket = RawSocket::open(server).await;
    socket.send(&format!("40{}", json!({ "token": person.login.token, "protocol": version }))).await;
    assert!(socket.text().await.unwrap().starts_with("40{"));
    socket
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_everybody_in_a_group_of_100_reads_a_message_each_is_told_in_a_few_frames() {
    let others = limits::RECEIPT_MEMBERS as usize - 1;
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    // Not all at once: so many passwords would be refused.
    let mut people: Vec<Person> = Vec::new();
    while people.len() < others {
        let some = people.len()..others.min(people.len() + 10);
        let some = some.map(async |number| server.person(&format!("user{number}")).await);
        people.extend(join_all(some).await);
    }
    let mut anns = ann.connect().await;
    // Clients of an earlier catalogue, and of none.
    let mut older =
        [connects_with(&server, &ann, Some("1.1")).await, connects_with(&server, &ann, None).await];
    let lunch = anns.create_group("Lunch").await;
    for some in people.chunks(limits::ADD_MEMBERS) {
        let user_ids = some.iter().map(Person::id).collect();
        anns.call(AddMembers { group_id: lunch.id, user_ids }).await.unwrap();
    }
    let mut devices = join_all(people.iter().map(Person::connect)).await;
    anns.say_to_group(&lunch, "Hungry?").await;
    for device in &mut devices {
        while !matches!(device.event().await, ServerEvent::GroupMessage(_)) {}
    }

    let begun = Instant::now();
    join_all(devices.iter().map(|device| reads(device, ConversationId::Group(lunch.id), 1))).await;
    let most = begun.elapsed().as_millis() / limits::RECEIPTS_APART.as_millis() + 2;
    let readers: BTreeSet<UserId> = people.iter().map(Person::id).collect();
    let mut heard = BTreeSet::new();
    while heard != readers {
        heard.extend(who_has_read(&anns.event().await).unwrap_or_default());
    }
    for socket in &mut older {
        let mut singly = BTreeSet::new();
        while singly.len() < others {
            let frame = socket.text().await.unwrap();
            assert!(!frame.contains("receiptsChanged"), "{frame}");
            if let Some(event) = frame.strip_prefix("42[\"receiptChanged\",") {
                let event: ReceiptChanged = serde_json::from_str(event.strip_suffix(']').unwrap()).unwrap();
                assert!(singly.insert(event.user_id), "each once");
            }
        }
        assert_eq!(singly, readers);
    }

    tokio::time::sleep(limits::RECEIPTS_APART + Duration::from_millis(100)).await;
    anns.say_to_group(&lunch, "that was all").await;
    let mut frames = 0;
    for device in &mut devices {
        let mut own = 0;
        loop {
            match device.event().await {
                ServerEvent::GroupMessage(_) => break,
                event => own += u128::from(who_has_read(&event).is_some()),
            }
        }
        assert!((1..=most).contains(&own), "{own} frames, and {most} are right");
        frames += own;
    }
    println!("{frames} frames for {others} readers, instead of {}", others * others);
    assert!(frames < (others * others / 4) as u128, "{frames}");
    server.stop().await;
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp(since.as_millis() as i64)
}
