//! What a client needs to live: lists, history, reading, on several devices.

use protocol::{
    ConversationId, FetchHistory, FindUsers, GetUsers, ListConversations, ListGroups, MarkRead, ReadUpTo,
    Rev, Seq, ServerEvent,
};

use crate::harness::TestServer;

#[tokio::test]
async fn history_and_unread_counts_follow_the_messages() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let (anns, bens) = (ann.connect().await, ben.connect().await);
    let mut sent = Vec::new();
    for text in ["one", "two", "three"] {
        sent.push(anns.say(&ben, text).await);
    }
    let conversation = ConversationId::User(ann.id());
    let page = FetchHistory { after: Some(Seq(1)), ..FetchHistory::newest(conversation) };
    let page = bens.call(page).await.unwrap();
    assert_eq!((page.messages.as_slice(), page.head), (&sent[1..], Seq(3)));
    let unread = async || bens.call(ListConversations::default()).await.unwrap()[0].unread;
    assert_eq!(unread().await, 3);
    bens.call(MarkRead { conversation, seq: Seq(2), mark: None }).await.unwrap();
    assert_eq!(unread().await, 1);
    server.stop().await;
}

#[tokio::test]
async fn ones_other_devices_learn_what_one_read() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    ann.connect().await.say(&ben, "hello").await;
    let (mut phone, mut laptop) = (ben.connect().await, ben.connect().await);
    let conversation = ConversationId::User(ann.id());
    let read = phone.call(MarkRead { conversation, seq: Seq(1), mark: None }).await.unwrap();
    let unread_mentions = 0;
    assert_eq!(
        read,
        ReadUpTo { conversation, seq: Seq(1), unread: 0, unread_mentions, rev: Rev(1), mark: 0 }
    );
    let ServerEvent::ReadUpTo(told) = laptop.event().await else { panic!() };
    assert_eq!(told, read);
    phone.nothing_else(&ben).await;
    server.stop().await;
}

#[tokio::test]
async fn people_and_groups_are_found() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let (anns, bens) = (ann.connect().await, ben.connect().await);
    let lunch = anns.create_group("Lunch").await;
    assert_eq!(anns.call(ListGroups::default()).await.unwrap(), [lunch]);
    assert_eq!(bens.call(ListGroups::default()).await.unwrap(), []);
    assert_eq!(bens.call(FindUsers { query: "AN".to_owned() }).await.unwrap(), [ann.user().clone()]);
    let both = bens.call(GetUsers { user_ids: vec![ben.id(), ann.id()] }).await.unwrap();
    assert_eq!(both, [ben.user().clone(), ann.user().clone()]);
    server.stop().await;
}
