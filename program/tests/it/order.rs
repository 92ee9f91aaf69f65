//! One socket's events are handled in the order in which they were sent, and everybody sees one
//! order.

use futures::future::join_all;
use protocol::{ConversationId, FetchHistory, Seq, ServerEvent, limits};
use serde_json::json;

use crate::harness::{RawSocket, TestServer, private, to_group};

#[tokio::test]
async fn events_that_are_sent_without_waiting_keep_their_order() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let (anns, mut bens) = (ann.connect().await, ben.connect().await);
    let sent = (0..100).map(|number| anns.call(private(ben.id(), &number.to_string(), None)));
    let sent = join_all(sent).await;
    for (number, message) in sent.into_iter().enumerate() {
        let message = message.unwrap();
        assert_eq!((message.content.as_str(), message.seq), (&*number.to_string(), Seq(number as u64 + 1)));
        let ServerEvent::PrivateMessage(received) = bens.event().await else { panic!() };
        assert_eq!(received, message);
    }
    server.stop().await;
}

#[tokio::test]
async fn everybody_sees_the_same_order_of_a_group() {
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    let lunch = ann.connect().await.create_group("Lunch").await;
    let mut devices = Vec::new();
    for number in 0..5 {
        let device = server.person(&format!("user{number}")).await.connect().await;
        device.join(&lunch).await;
        devices.push(device);
    }
    let calls = devices
        .iter()
        .flat_map(|device| (0..20).map(|number| device.client.call(to_group(&lunch, &number.to_string()))));
    assert!(join_all(calls.collect::<Vec<_>>()).await.into_iter().all(|sent| sent.is_ok()));
    for device in &mut devices {
        let mut seq = Seq::ZERO;
        while seq < Seq(100) {
            if let ServerEvent::GroupMessage(message) = device.event().await {
                assert_eq!(message.seq, seq.next());
                seq = message.seq;
            }
        }
    }
    server.stop().await;
}

/// Sends that many messages without waiting for an answer. Returns how many were kept and refused.
async fn flood(server: &TestServer, count: usize) -> (usize, usize) {
    let ann = server.person("ann").await;
    let mut socket = RawSocket::connect(server, &ann).await;
    for number in 0..count {
        let event = json!(["privateMessage", { "recipientId": ann.id(), "content": number.to_string() }]);
        socket.send(&format!("42{number}{event}")).await;
    }
    let (mut done, mut refused) = (0, 0);
    while done + refused < count {
        let frame = socket.text().await.unwrap();
        if frame.contains("\"rateLimited\"") {
            refused += 1;
        } else if frame.starts_with("43") {
            assert!(frame.contains("\"data\""), "{frame}");
            done += 1;
        }
    }
    (done, refused)
}

/// Sends that many notes to oneself without waiting, reads while they are sent, and returns their texts in
/// the order of the history.
async fn notes(server: &TestServer, name: &str, count: usize) -> Vec<usize> {
    let ann = server.person(name).await;
    let (mut reader, mut writer) = RawSocket::connect(server, &ann).await.split();
    let id = ann.id();
    let writing = tokio::spawn(async move {
        for number in 0..count {
            let note = json!(["privateMessage", { "recipientId": id, "content": number.to_string() }]);
            writer.send(&format!("42{number}{note}")).await;
        }
    });
    let mut answered = 0;
    while answered < count {
        let frame = reader.text().await.unwrap();
        if frame.starts_with("43") {
            assert!(frame.contains("\"data\""), "{frame}");
            answered += 1;
        }
    }
    writing.await.unwrap();
    let device = ann.connect().await;
    let conversation = ConversationId::User(id);
    let mut texts = Vec::new();
    loop {
        let after = Some(Seq(texts.len() as u64));
        let page = FetchHistory { after, limit: Some(200), ..FetchHistory::newest(conversation) };
        let page = device.call(page).await.unwrap();
        if page.messages.is_empty() {
            return texts;
        }
        texts.extend(page.messages.iter().map(|message| message.content.as_str().parse::<usize>().unwrap()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_messages_of_many_sockets_than_the_store_takes_at_once_keep_their_order() {
    const SOCKETS: usize = 20;
    const EACH: usize = 400;
    let server = TestServer::start().await;
    let names: Vec<_> = (0..SOCKETS).map(|number| format!("user{number}")).collect();
    let notes = join_all(names.iter().map(|name| notes(&server, name, EACH))).await;
    for texts in notes {
        assert!(texts.iter().copied().eq(0..EACH), "{texts:?}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_messages_of_one_socket_than_may_overlap_keep_their_order() {
    let server = TestServer::start().await;
    let texts = notes(&server, "ann", 900).await;
    assert!(texts.iter().copied().eq(0..900), "{texts:?}");
    server.stop().await;
}

#[tokio::test]
async fn more_events_than_may_wait_are_refused_and_each_is_answered() {
    let server = TestServer::start().await;
    let (done, refused) = flood(&server, limits::QUEUED_EVENTS * 3).await;
    assert!(done >= limits::EVENTS_AT_ONCE as usize && refused > 0, "{done} done, {refused} refused");
    server.stop().await;
}

#[tokio::test]
async fn without_limits_everything_is_carried_out() {
    let server = TestServer::start_with(|config| config.rate_limit = parlance::Switch::Off).await;
    assert_eq!(flood(&server, limits::QUEUED_EVENTS * 2).await, (limits::QUEUED_EVENTS * 2, 0));
    server.stop().await;
}

#[tokio::test]
async fn whoever_sends_too_much_is_refused_for_a_while() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let (mut anns, bens) = (RawSocket::connect(&server, &ann).await, ben.connect().await);
    // By hand, so that it is too much however slow the machine is.
    let count = limits::EVENTS_AT_ONCE * 2;
    for number in 0..count {
        anns.send(&format!("42{number}[\"listOnline\"]")).await;
    }
    let mut refused = 0;
    for number in 0..count {
        let answer = anns.answer(&format!("43{number}")).await;
        if let Some(error) = answer.get("error") {
            assert_eq!(error["code"], "rateLimited");
            refused += 1;
        }
    }
    assert!(refused > 0);
    bens.is_up().await;
    server.stop().await;
}
