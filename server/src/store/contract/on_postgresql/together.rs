//! What is about many people is written with as few statements as what is about one: for each, everybody who writes
//! waits for PostgreSQL's answer.

use std::time::Duration;

use futures::future::join_all;
use protocol::{
    ConversationId, DeliveredUpTo, Message, Recipient, Seq, Timestamp, User, limits, query::Query,
};

use super::many::{Servers, check, message};
use crate::{
    domain_event::DomainEvent,
    store::{
        Store, conversation::Page, db::Db, message_search, message_search::Search, part::Part, writer::Done,
    },
};

impl Store {
    /// How often the writer has waited for PostgreSQL so far.
    async fn asked(&self) -> usize {
        self.write(|db| match db {
            Db::Postgresql(connection) => Ok(Done::without_event(connection.asked.get())),
            Db::Sqlite(_) => panic!("a file is not asked"),
        })
        .await
        .unwrap()
    }

    async fn edit_to(&self, message: &Message, text: &str) {
        let edit = self.edit_message(message.sender_id, message.id, text.parse().unwrap(), None).await;
        edit.unwrap().committed().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn to_mention_fifty_people_takes_as_many_statements_as_to_mention_one() {
    let servers = Servers::start(1);
    let store = &servers.all[0];
    let users = servers.users(limits::MENTIONS_A_MESSAGE + 1).await;
    let group = servers.group(&users).await;
    let to = Recipient::Group(group.id);
    let text = |users: &[User]| users.iter().map(|user| format!("@{} ", user.username)).collect::<String>();
    let mut taken = Vec::new();
    // What is done for the first time is prepared, too.
    for mentioned in [&users[1..2], &users[1..2], &users[1..]] {
        let before = store.asked().await;
        let sent = store.send(message(&users[0], to, text(mentioned), None)).await.unwrap();
        assert_eq!(sent.mentions.len(), mentioned.len());
        let between = store.asked().await;
        store.edit_to(&sent, &format!("again {}", text(mentioned))).await;
        taken.push((between - before, store.asked().await - between));
    }
    assert_eq!(taken[1], taken[2]);
    let (_, database) = servers.close().await;
    check(&database);
    assert_eq!(database.number("SELECT count(*) FROM mentions"), 2 + limits::MENTIONS_A_MESSAGE as i64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn to_add_fifty_people_to_a_group_takes_as_many_statements_as_to_add_one() {
    let servers = Servers::start(1);
    let store = &servers.all[0];
    let users = servers.users(limits::ADD_MEMBERS + 3).await;
    let group = servers.group(&users[..1]).await;
    let mut taken = Vec::new();
    for added in [&users[1..2], &users[2..3], &users[3..]] {
        let before = store.asked().await;
        let added = added.iter().map(|user| user.id).collect();
        store.add_members(users[0].id, group.id, added).await.unwrap();
        taken.push(store.asked().await - before);
    }
    assert_eq!(taken[1], taken[2]);
    let members = store.members(users[0].id, group.id, Part::default()).await.unwrap();
    assert_eq!(members.len(), users.len());
    let history = store.history(users[0].id, ConversationId::Group(group.id), Page::default()).await.unwrap();
    let joined: Vec<_> = history.changes.iter().map(|change| change.user_id).collect();
    assert_eq!(joined, users[1..].iter().map(|user| user.id).collect::<Vec<_>>());
    let (_, database) = servers.close().await;
    check(&database);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_reached_somebody_in_fifty_conversations_takes_as_many_statements_as_in_one() {
    const FRIENDS: usize = 50;
    let servers = Servers::start(1);
    let store = &servers.all[0];
    let users = servers.users(FRIENDS + 3).await;
    let me = users[0].id;
    for friend in &users[1..] {
        let to = Recipient::User(me);
        store.send(message(friend, to, "hello".to_owned(), None)).await.unwrap();
    }
    let marks = |friends: &[User]| -> Vec<DeliveredUpTo> {
        let with = friends.iter().map(|friend| ConversationId::User(friend.id));
        with.map(|conversation| DeliveredUpTo { conversation, seq: Seq(1) }).collect()
    };
    let mut taken = Vec::new();
    for friends in [&users[1..2], &users[2..3], &users[3..]] {
        let before = store.asked().await;
        store.mark_delivered(me, marks(friends)).await.unwrap();
        taken.push(store.asked().await - before);
    }
    assert_eq!(taken[1], taken[2]);
    let (published, _) = servers.close().await;
    let told = published[0].iter().filter(|event| matches!(event, DomainEvent::ReceiptChanged { .. }));
    assert_eq!(told.count(), FRIENDS + 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_reads_what_the_index_proposes_with_few_statements() {
    const HITS: u32 = 50;
    let servers = Servers::start(1);
    let store = &servers.all[0];
    let users = servers.users(2).await;
    let me = users[1].id;
    for number in 0..HITS {
        let text = format!("cake {number}");
        store.send(message(&users[0], Recipient::User(me), text, None)).await.unwrap();
    }
    store.index_messages().await.unwrap();
    let before = store.asked().await;
    // On the writer's connection, which counts.
    let found = store.write(move |db| {
        let search = Search { query: Query::parse("cake").unwrap(), limit: Some(HITS), ..Search::default() };
        message_search::find(db, me, &search, Duration::from_secs(10)).map(Done::without_event)
    });
    assert_eq!(found.await.unwrap().hits.len(), HITS as usize);
    // What is prepared for the first time counts twice.
    let asked = store.asked().await - before;
    assert!(asked < HITS as usize / 2, "{asked} statements");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_note_the_same_people_in_other_orders_are_not_in_each_others_way() {
    const PEOPLE: usize = 1_000;
    let servers = Servers::start(2);
    let users = servers.users(PEOPLE).await;
    let before = servers.all[0].asked().await;
    for round in 0..10 {
        let at = |store: i64| Timestamp(10 * round + store);
        let mut people: Vec<_> = users.iter().map(|user| user.id).collect();
        let noted = servers.all.iter().zip(1..).map(|(store, number)| {
            people.reverse();
            store.note_last_seen(people.iter().map(|user| (*user, at(number))).collect())
        });
        join_all(noted).await.into_iter().for_each(|noted| noted.unwrap());
        for user in [&users[0], &users[PEOPLE - 1]] {
            let last_seen = servers.all[1].last_seen(user.id, user.id).await.unwrap();
            assert_eq!(last_seen, Some(at(2)), "the later one");
        }
    }
    let asked = servers.all[0].asked().await - before;
    assert!(asked < 100, "{asked} statements");
    let (_, database) = servers.close().await;
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    assert_eq!(database.number(deadlocks), 0);
}
