//! What a client needs to live: lists, history, reading, on several devices.

use protocol::{
    Conversation, ConversationId, EditMessage, FetchHistory, FindUsers, FormerText, GetUsers, LeaveGroup,
    ListConversations, ListEdits, ListGroups, ListPins, MarkRead, Message, PinMessage, ReadUpTo, Rev, Seq,
    ServerEvent, limits,
};
use serde_json::json;

use crate::harness::{RawSocket, TestServer};

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

/// The longest text: 16 KB.
fn long(number: usize) -> String {
    format!("{number:04}{}", "\u{1F600}".repeat(3_996))
}

#[tokio::test]
async fn a_client_that_asks_until_a_page_is_empty_has_all_pinned_messages_and_former_texts() {
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    let anns = ann.connect().await;
    let conversation = ConversationId::User(ann.id());
    let mut sent = Vec::new();
    for number in 0..limits::PINS {
        let message_id = anns.say(&ann, &long(number)).await.id;
        anns.call(PinMessage { message_id }).await.unwrap();
        sent.insert(0, message_id);
    }
    let (mut pins, mut pages): (Vec<Message>, _) = (Vec::new(), 0);
    loop {
        let after = pins.last().and_then(Message::pin_place);
        let page = anns.call(ListPins { conversation, after }).await.unwrap();
        pages += 1;
        if page.is_empty() {
            break;
        }
        pins.extend(page);
    }
    assert_eq!(pins.iter().map(|pin| pin.id).collect::<Vec<_>>(), sent);
    assert_eq!(pages, limits::PINS.div_ceil(limits::HISTORY_PAGE_BYTES / 16_000) + 1);

    let message_id = sent[0];
    for number in 0..limits::EDITS_A_MESSAGE {
        let content = long(100 + number).parse().unwrap();
        anns.call(EditMessage { message_id, content, client_id: None }).await.unwrap();
    }
    let mut texts: Vec<FormerText> = Vec::new();
    loop {
        let after = u32::try_from(texts.len()).ok();
        let page = anns.call(ListEdits { message_id, after }).await.unwrap();
        if page.is_empty() {
            break;
        }
        texts.extend(page);
    }
    assert_eq!(texts.len(), limits::EDITS_A_MESSAGE);
    assert!(texts.iter().skip(1).map(|one| one.content.to_string()).eq((100..199).map(long)));

    // What goes over the wire.
    let mut socket = RawSocket::connect(&server, &ann).await;
    for asked in [
        json!(["listPins", { "conversation": { "user": ann.id() } }]),
        json!(["listEdits", { "messageId": message_id }]),
    ] {
        let answer = socket.call(&asked).await.to_string();
        let bytes = answer.len();
        assert!(
            (limits::HISTORY_PAGE_BYTES / 2..limits::HISTORY_PAGE_BYTES + 64 * 1024).contains(&bytes),
            "{bytes}"
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_follows_its_conversations_has_all_of_them_even_if_it_leaves_one_meanwhile() {
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    let anns = ann.connect().await;
    let mut groups = Vec::new();
    for number in 0..40 {
        let group = anns.create_group(&format!("Group {number}")).await;
        anns.say_to_group(&group, &long(number)).await;
        groups.push(ConversationId::Group(group.id));
    }
    let mut all: Vec<Conversation> = Vec::new();
    let mut left = false;
    loop {
        let after = all.last().map(Conversation::id);
        let page = anns.call(ListConversations { after, limit: None }).await.unwrap();
        if page.is_empty() {
            break;
        }
        all.extend(page);
        let last = all.last().unwrap().id();
        if let (ConversationId::Group(group_id), false) = (last, left) {
            anns.call(LeaveGroup { group_id }).await.unwrap();
            left = true;
        }
    }
    let mut ids: Vec<_> = all.iter().map(Conversation::id).collect();
    ids.sort();
    ids.dedup();
    groups.sort();
    assert_eq!(ids, groups);
    server.stop().await;
}
