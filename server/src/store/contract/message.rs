use protocol::{ErrorCode, Seq};

use super::*;

#[tokio::test]
async fn both_people_of_a_conversation_share_its_numbers() {
    let mut store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let first = store.say(&ann, &ben, "hello").await.unwrap();
    let second = store.say(&ben, &ann, "hi").await.unwrap();
    assert_eq!((first.seq, second.seq), (Seq(1), Seq(2)));
    assert_eq!(first.recipient, Recipient::User(ben.id));
    assert_eq!(store.published(), [DomainEvent::MessageSent(first), DomainEvent::MessageSent(second)]);
}

#[tokio::test]
async fn a_message_to_oneself_is_a_note() {
    let store = Opened::new();
    let ann = store.user("ann").await;
    let note = store.say(&ann, &ann, "milk").await.unwrap();
    assert_eq!((note.sender_id, note.recipient, note.seq), (ann.id, Recipient::User(ann.id), Seq(1)));
}

#[tokio::test]
async fn each_conversation_counts_for_itself() {
    let store = Opened::new();
    let (ann, ben, eve) = (store.user("ann").await, store.user("ben").await, store.user("eve").await);
    let lunch = store.lunch(&ann).await;
    for (number, text) in [(1, "one"), (2, "two")] {
        assert_eq!(store.say(&ann, &ben, text).await.unwrap().seq, Seq(number));
        assert_eq!(store.say(&ann, &eve, text).await.unwrap().seq, Seq(number));
        assert_eq!(store.say(&ann, &lunch, text).await.unwrap().seq, Seq(number));
    }
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_and_leaves_no_gap() {
    let mut store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let lunch = store.lunch(&ann).await;
    store.published();
    assert_eq!(code(store.say(&ann, NOBODY, "x").await), ErrorCode::UnknownUser);
    assert_eq!(code(store.say(&ann, NO_GROUP, "x").await), ErrorCode::UnknownGroup);
    assert_eq!(code(store.say(&ben, &lunch, "x").await), ErrorCode::NotAMember);
    assert_eq!(store.published(), []);
    assert_eq!(store.say(&ann, &lunch, "x").await.unwrap().seq, Seq(1));
}

#[tokio::test]
async fn a_resend_returns_the_original_and_tells_nobody() {
    let mut store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let lunch = store.lunch(&ann).await;
    let sent = store.say_once(&ann, &ben, "hello", "c1").await.unwrap();
    let grouped = store.say_once(&ann, &lunch, "hello", "c2").await.unwrap();
    store.say(&ann, &ben, "more").await.unwrap();
    store.published();
    assert_eq!(store.say_once(&ann, &ben, "hello", "c1").await.unwrap(), sent);
    assert_eq!(store.say_once(&ann, &lunch, "hello", "c2").await.unwrap(), grouped);
    assert_eq!(store.published(), []);
    // Even if the sender has left the group.
    store.leave_group(ann.id, lunch.id).await.unwrap();
    assert_eq!(store.say_once(&ann, &lunch, "hello", "c2").await.unwrap(), grouped);
}

#[tokio::test]
async fn a_client_id_names_one_message_of_its_sender_for_ever() {
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let lunch = store.lunch(&ann).await;
    store.say_once(&ann, &ben, "hello", "c1").await.unwrap();
    assert_eq!(code(store.say_once(&ann, &ben, "other", "c1").await), ErrorCode::ClientIdReused);
    assert_eq!(code(store.say_once(&ann, &ann, "hello", "c1").await), ErrorCode::ClientIdReused);
    assert_eq!(code(store.say_once(&ann, &lunch, "hello", "c1").await), ErrorCode::ClientIdReused);
    // Under the same clientId, another person's message is another one.
    assert_eq!(store.say_once(&ben, &ann, "hello", "c1").await.unwrap().seq, Seq(2));
}
