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
async fn what_is_submitted_in_an_order_is_kept_in_it_whatever_it_needs() {
    let mut store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let lunch = store.lunch(&ann).await;
    let quoted = store.say(&ann, &lunch, "quoted").await.unwrap().id;
    store.published();
    let mut submitted = Vec::new();
    for number in 0..30 {
        let text = if number % 5 == 3 { "@ann".to_owned() } else { format!("{number}") };
        let client_id = format!("c{}", number / 2);
        let reply_to = (number % 7 == 4).then_some(quoted);
        let to_lunch = NewMessage { reply_to, ..new_message(&ann, &lunch, &text, None) };
        submitted.push(store.submit(to_lunch).await.unwrap());
        submitted.push(store.submit(new_message(&ann, &ben, "once", Some(&client_id))).await.unwrap());
        submitted.push(store.submit(new_message(&ben, &lunch, "refused", None)).await.unwrap());
    }
    let (mut in_lunch, mut private) = (Vec::new(), Vec::new());
    for submitted in submitted {
        match submitted.committed().await {
            Ok(message) if message.recipient == Recipient::Group(lunch.id) => in_lunch.push(message),
            Ok(message) => private.push(message),
            Err(refused) => assert_eq!(code(Err::<(), _>(refused)), ErrorCode::NotAMember),
        }
    }
    assert!(in_lunch.iter().map(|message| message.seq.0).eq(2..=31));
    assert!(in_lunch.iter().map(|message| message.rev.0).eq(2..=31));
    assert!(private.iter().map(|message| message.seq.0).eq((1..=15).flat_map(|seq| [seq, seq])));
    let published = store.published();
    assert_eq!(published.len(), 30 + 15);
    let of_lunch = published.into_iter().filter_map(|event| match event {
        DomainEvent::MessageSent(message) if message.recipient == Recipient::Group(lunch.id) => Some(message),
        _ => None,
    });
    assert_eq!(of_lunch.collect::<Vec<_>>(), in_lunch);
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
    let quoted = store.say(&ann, &ben, "quoted").await.unwrap();
    let reply =
        |client_id, reply_to| NewMessage { reply_to, ..new_message(&ann, &ben, "hello", Some(client_id)) };
    assert_eq!(code(store.send(reply("c1", Some(quoted.id))).await), ErrorCode::ClientIdReused);
    let sent = store.send(reply("c2", Some(quoted.id))).await.unwrap();
    assert_eq!(store.send(reply("c2", Some(quoted.id))).await.unwrap(), sent);
    assert_eq!(code(store.send(reply("c2", None)).await), ErrorCode::ClientIdReused);
    // Under the same clientId, another person's message is another one.
    assert_eq!(store.say_once(&ben, &ann, "hello", "c1").await.unwrap().seq, Seq(4));
}
