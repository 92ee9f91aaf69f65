//! Who is typing, over the wire.

use std::time::Duration;

use protocol::{ConversationId, ErrorCode, Group, ServerEvent, Typing, UserTyping, limits};
use serde_json::json;
use tokio::time::sleep;

use crate::harness::{Device, Person, Polling, RawSocket, TestServer, code};

/// Somebody says without an ack that they type to a person.
fn types_to(from: &Device, to: &Person) {
    from.client.emit_volatile(&Typing { conversation: ConversationId::User(to.id()) });
}

fn types_in(from: &Device, group: &Group) {
    from.client.emit_volatile(&Typing { conversation: ConversationId::Group(group.id) });
}

async fn is_told(device: &mut Device, conversation: ConversationId, who: &Person) {
    match device.event().await {
        ServerEvent::UserTyping(typing) => {
            assert_eq!(typing, UserTyping { conversation, user_id: who.id() });
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_device_of_the_other_is_told_and_nobody_else() {
    let server = TestServer::start().await;
    let (ann, ben, eve) =
        (server.person("ann").await, server.person("ben").await, server.person("eve").await);
    let (mut phone, mut laptop) = (ann.connect().await, ann.connect().await);
    let (mut bens, mut bens_other, mut eves) =
        (ben.connect().await, ben.connect().await, eve.connect().await);
    types_to(&phone, &ben);
    let with_ann = ConversationId::User(ann.id());
    is_told(&mut bens, with_ann, &ann).await;
    is_told(&mut bens_other, with_ann, &ann).await;
    laptop.nothing_else(&ann).await;
    // The note is on all of her devices.
    for _ in 0..2 {
        phone.event().await;
    }
    phone.nothing_else(&ann).await;
    eves.nothing_else(&eve).await;
    server.stop().await;
}

#[tokio::test]
async fn a_group_is_told_of_its_members_and_not_of_strangers() {
    let server = TestServer::start().await;
    let (ann, ben, eve) =
        (server.person("ann").await, server.person("ben").await, server.person("eve").await);
    let (mut anns, mut bens, mut eves) = (ann.connect().await, ben.connect().await, eve.connect().await);
    let lunch = anns.create_group("Lunch").await;
    bens.join(&lunch).await;
    while !matches!(anns.event().await, ServerEvent::UserJoinedGroup(_)) {}
    while !matches!(bens.event().await, ServerEvent::JoinedGroup(_)) {}
    let in_lunch = ConversationId::Group(lunch.id);
    assert_eq!(code(eves.call(Typing { conversation: in_lunch }).await), ErrorCode::NotAMember);
    // Without an ack she is told, too.
    types_in(&eves, &lunch);
    match eves.event().await {
        ServerEvent::Error(error) => {
            assert_eq!((error.code, &*error.event), (ErrorCode::NotAMember, "typing"));
        }
        other => panic!("{other:?}"),
    }
    types_in(&bens, &lunch);
    is_told(&mut anns, in_lunch, &ben).await;
    anns.nothing_else(&ann).await;
    bens.nothing_else(&ben).await;
    eves.nothing_else(&eve).await;
    server.stop().await;
}

#[tokio::test]
async fn who_types_fast_is_told_about_once_in_a_while() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let (anns, mut bens) = (ann.connect().await, ben.connect().await);
    let with_ben = Typing { conversation: ConversationId::User(ben.id()) };
    for _ in 0..20 {
        anns.call(with_ben.clone()).await.unwrap();
    }
    let with_ann = ConversationId::User(ann.id());
    is_told(&mut bens, with_ann, &ann).await;
    bens.nothing_else(&ben).await;
    sleep(limits::TYPING_APART).await;
    anns.call(with_ben).await.unwrap();
    is_told(&mut bens, with_ann, &ann).await;
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_has_not_read_what_it_was_told_is_not_told() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let polling = Polling::connect(&server, &ben).await;
    let anns = ann.connect().await;
    let read = async || {
        let mut read = String::new();
        while !read.contains("last") {
            read += &polling.poll().await.body;
        }
        read
    };
    anns.say(&ben, "last of the first").await;
    read().await;
    // Now nobody polls, and one such event waits at most.
    types_to(&anns, &ben);
    sleep(limits::TYPING_APART + Duration::from_millis(200)).await;
    types_to(&anns, &ben);
    anns.say(&ben, "last of the second").await;
    let told = read().await;
    assert_eq!(told.matches("userTyping").count(), 1, "{told}");
    anns.say(&ben, "one").await;
    sleep(limits::TYPING_APART + Duration::from_millis(200)).await;
    types_to(&anns, &ben);
    anns.say(&ben, "last of the third").await;
    let told = read().await;
    assert_eq!(told.matches("userTyping").count(), 0, "{told}");
    assert!(told.contains("one"), "{told}");
    server.stop().await;
}

#[tokio::test]
async fn any_client_of_the_protocol_may_say_it_and_hear_it() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let (mut anns, mut bens) =
        (RawSocket::connect(&server, &ann).await, RawSocket::connect(&server, &ben).await);
    let event = json!(["typing", { "conversation": { "user": ben.id() } }]);
    assert_eq!(anns.call(&event).await, json!({ "data": null }));
    let told = json!({ "conversation": { "user": ann.id() }, "userId": ann.id() });
    loop {
        let frame = bens.text().await.unwrap();
        if let Some(event) = frame.strip_prefix("42[\"userTyping\",") {
            assert_eq!(event, format!("{told}]"));
            break;
        }
    }
    server.stop().await;
}
