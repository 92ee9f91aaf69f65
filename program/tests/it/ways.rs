//! Finding one's way in a conversation: marking as unread on several devices, and the page of a day.

use protocol::{
    ConversationId, FetchHistory, ListConversations, MarkRead, MarkUnread, ReadUpTo, Rev, Seq, ServerEvent,
    Timestamp,
};
use serde_json::json;

use crate::harness::{RawSocket, TestServer};

#[tokio::test]
async fn what_one_marks_as_unread_is_so_on_ones_other_devices_and_late_reading_does_not_undo_it() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let anns = ann.connect().await;
    for text in ["one", "two", "three"] {
        anns.say(&ben, text).await;
    }
    let (mut phone, mut laptop) = (ben.connect().await, ben.connect().await);
    let conversation = ConversationId::User(ann.id());
    phone.call(MarkRead { conversation, seq: Seq(3), mark: Some(0) }).await.unwrap();
    let ServerEvent::ReadUpTo(told) = laptop.event().await else { panic!() };
    assert_eq!((told.seq, told.mark), (Seq(3), 0));

    let answer = laptop.call(MarkUnread { conversation, seq: Seq(2) }).await.unwrap();
    let read = ReadUpTo { conversation, seq: Seq(1), unread: 2, unread_mentions: 0, rev: Rev(3), mark: 1 };
    assert_eq!(answer, read);
    let ServerEvent::ReadUpTo(told) = phone.event().await else { panic!() };
    assert_eq!(told, read);
    // The phone read before it heard of it.
    let late = phone.call(MarkRead { conversation, seq: Seq(3), mark: Some(0) }).await.unwrap();
    assert_eq!(late, read);
    // It is unread already: nobody is told.
    assert_eq!(phone.call(MarkUnread { conversation, seq: Seq(3) }).await.unwrap(), read);
    let listed = laptop.call(ListConversations::default()).await.unwrap().remove(0);
    assert_eq!((listed.read_up_to, listed.unread, listed.mark), (Seq(1), 2, 1));
    laptop.nothing_else(&ben).await;

    let writes = laptop.say(&ann, "here again").await;
    // There is also a note to oneself, perhaps of the same millisecond.
    let listed = phone.call(ListConversations::default()).await.unwrap();
    let listed = listed.iter().find(|one| one.id() == conversation).unwrap();
    assert_eq!((listed.read_up_to, listed.unread, listed.mark), (writes.seq, 0, 1));
    server.stop().await;
}

#[tokio::test]
async fn a_program_that_knows_no_marks_reads_as_before() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    ann.connect().await.say(&ben, "one").await;
    let mut raw = RawSocket::connect(&server, &ben).await;
    let with = json!({ "user": ann.id() });
    let read = json!({ "conversation": with, "seq": 1, "unread": 0, "rev": 1 });
    let asked = json!(["markRead", { "conversation": with, "seq": 1 }]);
    assert_eq!(raw.call(&asked).await, json!({ "data": read }), "no field that was not there before");
    let bens = ben.connect().await;
    bens.call(MarkUnread { conversation: ConversationId::User(ann.id()), seq: Seq(1) }).await.unwrap();
    let answer = raw.call(&asked).await;
    assert_eq!((&answer["data"]["unread"], &answer["data"]["mark"]), (&json!(0), &json!(1)));
    server.stop().await;
}

#[tokio::test]
async fn a_page_at_a_time_is_around_the_first_message_since() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let anns = ann.connect().await;
    let mut sent = Vec::new();
    for text in ["one", "two", "three", "four", "five"] {
        sent.push(anns.say(&ben, text).await);
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    let conversation = ConversationId::User(ben.id());
    let page = async |at: Timestamp, limit| {
        let fetch = FetchHistory { at: Some(at), limit: Some(limit), ..FetchHistory::newest(conversation) };
        anns.call(fetch).await.unwrap()
    };
    let third = page(sent[2].created_at, 3).await;
    assert_eq!((third.messages.as_slice(), third.head), (&sent[1..4], Seq(5)));
    assert_eq!(page(Timestamp(0), 1).await.messages, sent[..1]);
    assert_eq!(page(Timestamp(i64::MAX), 1).await.messages, sent[4..]);
    server.stop().await;
}
