//! Many at once: numbers without gaps, no duplicates, published in the order of the numbers.

use std::{collections::HashMap, sync::Arc};

use futures::future::join_all;
use protocol::{ConversationId, Seq};

use super::*;
use crate::store::conversation::Page;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_writers_leave_no_gap_and_are_published_in_order() {
    const WRITERS: usize = 20;
    const EACH: usize = 50;
    let Opened { store, mut domain_events, data: _data } = Opened::new();
    let store = Arc::new(store);
    let users =
        (0..WRITERS).map(|number| store.register(format!("user{number}").parse().unwrap(), String::new()));
    let users: Vec<User> = join_all(users).await.into_iter().map(Result::unwrap).collect();
    let new = CreateGroup { name: "Lunch".parse().unwrap(), visibility: Visibility::Public, client_id: None };
    let lunch = store.create_group(users[0].id, ORIGIN, new).await.unwrap();
    for user in &users {
        store.join_group(user.clone(), lunch.id).await.unwrap();
    }
    let writers = users.iter().cloned().map(|user| {
        let store = store.clone();
        let friend = users[0].id;
        tokio::spawn(async move {
            for number in 0..EACH {
                let text = format!("{number}");
                // To the group, and in between to one person, in another conversation.
                store.send(new_message(&user, lunch.id, &text, None)).await.unwrap();
                store.send(new_message(&user, friend, &text, None)).await.unwrap();
            }
        })
    });
    join_all(writers).await.into_iter().for_each(|ended| ended.unwrap());
    store.close().await;

    let mut next: HashMap<ConversationId, Seq> = HashMap::new();
    let mut of_sender: HashMap<UserId, usize> = HashMap::new();
    let mut published = 0;
    while let Some(envelope) = domain_events.recv().await {
        let DomainEvent::MessageSent(message) = envelope.event else { continue };
        // Seen by the friend, each private conversation has a name of its own.
        let seq = next.entry(message.conversation(users[0].id)).or_default();
        assert_eq!(message.seq, seq.next());
        *seq = message.seq;
        if let Recipient::Group(_) = message.recipient {
            let sent = of_sender.entry(message.sender_id).or_default();
            assert_eq!(message.content.as_str(), sent.to_string(), "one sender's messages keep their order");
            *sent += 1;
        }
        published += 1;
    }
    assert_eq!(published, WRITERS * EACH * 2);
    assert_eq!(next[&ConversationId::Group(lunch.id)], Seq((WRITERS * EACH) as u64));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_message_sent_many_times_at_once_is_kept_once() {
    let mut store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let tries = join_all((0..50).map(|_| store.say_once(&ann, &ben, "hello", "c1"))).await;
    let first = tries[0].as_ref().unwrap().clone();
    assert!(tries.into_iter().all(|sent| sent.unwrap() == first));
    assert_eq!(store.published(), [DomainEvent::MessageSent(first)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_page_read_while_others_write_has_no_gap() {
    let Opened { store, data: _data, .. } = Opened::new();
    let store = Arc::new(store);
    let ann = store.register("ann".parse().unwrap(), String::new()).await.unwrap();
    let writer = tokio::spawn({
        let (store, ann) = (store.clone(), ann.clone());
        async move {
            for number in 0..300 {
                store.send(new_message(&ann, &ann, &number.to_string(), None)).await.unwrap();
            }
        }
    });
    while !writer.is_finished() {
        let page = store.history(ann.id, ConversationId::User(ann.id), Page::default()).await.unwrap();
        let seqs: Vec<_> = page.messages.iter().map(|message| message.seq.0).collect();
        let first = seqs.first().copied().unwrap_or(1);
        assert_eq!(seqs, (first..first + seqs.len() as u64).collect::<Vec<_>>());
        assert_eq!(page.head.0, seqs.last().copied().unwrap_or(0), "head and page are of one moment");
    }
    writer.await.unwrap();
}
