//! `sync` and `listOnline`: catching up after a break.

use std::collections::HashSet;

use protocol::{
    Anchor, ConversationId, Head, HeadsDigest, ListConversations, ListOnline, MessageId, Seq, ServerEvent,
    Synced, Synchronise,
};
use serde_json::json;

use crate::harness::{RawSocket, TestServer};

#[tokio::test]
async fn a_sync_is_tiny_without_news_and_the_list_with_news() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let (anns, bens) = (ann.connect().await, ben.connect().await);
    let first = bens.say(&ann, "one").await;
    let list = anns.call(ListConversations::default()).await.unwrap();
    let conversation = ConversationId::User(ben.id());
    let known = vec![Anchor::message(conversation, first.seq, first.id)];
    let asked = Synchronise {
        state: Some(HeadsDigest::of_state(list.iter().map(Head::from))),
        known,
        ..Synchronise::default()
    };
    let synced = anns.call(asked.clone()).await.unwrap();
    assert_eq!(synced, Synced::default());
    let mut socket = RawSocket::connect(&server, &ann).await;
    assert_eq!(socket.call(&json!(["sync", asked])).await, json!({ "data": {} }));
    // Any client may ask without knowing how a digest is made.
    let everything = anns.call(Synchronise::default()).await.unwrap();
    assert_eq!(everything, Synced { conversations: Some(list), diverged: vec![], ..Synced::default() });

    let second = bens.say(&ann, "two").await;
    let synced = anns.call(asked).await.unwrap();
    assert_eq!(synced.conversations.unwrap()[0].last_message, Some(second));
    server.stop().await;
}

#[tokio::test]
async fn what_one_holds_that_the_server_does_not_have_is_named() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let anns = ann.connect().await;
    anns.say(&ben, "hello").await;
    let conversation = ConversationId::User(ben.id());
    let lost = Anchor::message(conversation, Seq(1), MessageId::from_bytes([7; 16]));
    let list = anns.call(ListConversations::default()).await.unwrap();
    let heads = HeadsDigest::of_heads(list.iter().map(Head::from));
    let synced = anns
        .call(Synchronise { heads: Some(heads), known: vec![lost], ..Synchronise::default() })
        .await
        .unwrap();
    assert_eq!(synced.diverged, [conversation]);
    assert_eq!(synced.conversations.map(|list| list.len()), Some(1));
    server.stop().await;
}

/// Nothing may get lost between the look at the state and the first event that is sent.
#[tokio::test]
async fn a_socket_is_in_its_rooms_before_it_is_told_that_it_is_connected() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let bens = ben.connect().await;
    let lunch = bens.create_group("Lunch").await;
    ann.connect().await.join(&lunch).await;
    for round in 0..20 {
        // Ben goes on writing while Ann connects.
        let talk =
            (0..20).map(|number| bens.client.call(crate::harness::to_group(&lunch, &number.to_string())));
        let talk = tokio::spawn(futures::future::join_all(talk.collect::<Vec<_>>()));
        let mut anns = ann.connect().await;
        let synced = anns.call(Synchronise::default()).await.unwrap();
        let head = synced.conversations.unwrap()[0].last_message.as_ref().map_or(0, |last| last.seq.0);
        assert!(talk.await.unwrap().iter().all(|sent| sent.is_ok()));
        let last = (round + 1) * 20;
        let mut missing: HashSet<u64> = (head + 1..=last).collect();
        while !missing.is_empty() {
            if let ServerEvent::GroupMessage(message) = anns.event().await {
                missing.remove(&message.seq.0);
            }
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn who_is_online_can_be_asked_at_any_time() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let mut anns = ann.connect().await;
    let online = async |device: &crate::harness::Device| -> HashSet<_> {
        device.call(ListOnline {}).await.unwrap().into_iter().collect()
    };
    // Its own arrival is told last.
    while !matches!(anns.any_event().await, ServerEvent::OnlineUsers(_)) {}
    assert_eq!(online(&anns).await, HashSet::from([ann.id()]));
    let bens = ben.connect().await;
    while !matches!(anns.any_event().await, ServerEvent::UserOnline(_)) {}
    assert_eq!(online(&anns).await, HashSet::from([ann.id(), ben.id()]));
    drop(bens);
    while !matches!(anns.any_event().await, ServerEvent::UserOffline(_)) {}
    assert_eq!(online(&anns).await, HashSet::from([ann.id()]));
    server.stop().await;
}
