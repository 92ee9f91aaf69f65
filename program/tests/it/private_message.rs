//! Row 1 of the event table: `privateMessage`.

use protocol::{ErrorCode, Recipient, Seq, ServerEvent};

use crate::harness::{TestServer, code, private};

#[tokio::test]
async fn every_device_of_both_is_told_and_the_asker_is_answered() {
    let server = TestServer::start().await;
    let (ann, ben, eve) =
        (server.person("ann").await, server.person("ben").await, server.person("eve").await);
    let (mut phone, mut laptop) = (ann.connect().await, ann.connect().await);
    let (mut bens_phone, mut bens_laptop) = (ben.connect().await, ben.connect().await);
    let mut eves = eve.connect().await;
    let message = phone.call(private(ben.id(), "hello", Some("c1"))).await.unwrap();
    assert_eq!((message.sender_id, message.recipient), (ann.id(), Recipient::User(ben.id())));
    assert_eq!((message.content.as_str(), message.seq), ("hello", Seq(1)));
    assert_eq!(message.client_id.as_ref().unwrap().as_str(), "c1");
    for device in [&mut phone, &mut laptop] {
        let ServerEvent::MessageSent(sent) = device.event().await else { panic!() };
        assert_eq!(sent, message);
    }
    for device in [&mut bens_phone, &mut bens_laptop] {
        let ServerEvent::PrivateMessage(received) = device.event().await else { panic!() };
        assert_eq!(received, message);
    }
    phone.nothing_else(&ann).await;
    bens_phone.nothing_else(&ben).await;
    eves.nothing_else(&eve).await;
    server.stop().await;
}

#[tokio::test]
async fn a_note_to_oneself_is_sent_and_received() {
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    let mut phone = ann.connect().await;
    phone.nothing_else(&ann).await;
    server.stop().await;
}

#[tokio::test]
async fn a_resend_is_answered_with_the_original_and_told_to_nobody() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let (phone, mut bens) = (ann.connect().await, ben.connect().await);
    let message = phone.call(private(ben.id(), "hello", Some("c1"))).await.unwrap();
    assert_eq!(phone.call(private(ben.id(), "hello", Some("c1"))).await.unwrap(), message);
    let other = phone.call(private(ben.id(), "other", Some("c1"))).await;
    assert_eq!(code(other), ErrorCode::ClientIdReused);
    let ServerEvent::PrivateMessage(received) = bens.event().await else { panic!() };
    assert_eq!(received, message);
    bens.nothing_else(&ben).await;
    server.stop().await;
}

#[tokio::test]
async fn somebody_who_is_not_there_finds_it_later() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let message = ann.connect().await.say(&ben, "hello").await;
    let conversation =
        ben.connect().await.call(protocol::ListConversations::default()).await.unwrap().remove(0);
    assert_eq!((conversation.last_message, conversation.unread), (Some(message), 1));
    server.stop().await;
}
