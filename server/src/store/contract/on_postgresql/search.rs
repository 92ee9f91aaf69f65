//! How PostgreSQL looks for words.

use std::time::Duration;

use protocol::{Recipient, query::Query};

use crate::{
    store::{
        Store,
        db::Db,
        message::NewMessage,
        message_search::{self, Search},
        postgresql::Address,
    },
    testing::postgresql::{TestDatabase, aside},
};

/// More often than PostgreSQL plans a statement before it thinks of one plan for all.
const OFTEN: usize = 10;

#[tokio::test]
async fn every_search_is_planned_for_its_own_words() {
    let database = TestDatabase::new();
    let address: Address = database.url().parse().unwrap();
    let (store, _told) = Store::connect(&address).unwrap();
    let mut people = Vec::new();
    for name in ["ann", "ben"] {
        people.push(store.register(name.parse().unwrap(), String::new()).await.unwrap());
    }
    for to in &people {
        let new = NewMessage {
            sender: people[0].id,
            recipient: Recipient::User(to.id),
            content: "hello".parse().unwrap(),
            client_id: None,
            reply_to: None,
        };
        store.send(new).await.unwrap();
    }
    store.index_messages().await.unwrap();
    let search = Search { query: Query::parse("hello").unwrap(), ..Search::default() };
    let planned = aside(|| {
        let connection = address.connect().unwrap();
        for _ in 0..OFTEN {
            connection.begin("BEGIN READ ONLY").unwrap();
            let db = Db::Postgresql(&connection);
            let found = message_search::find(&db, people[0].id, &search, Duration::from_secs(10)).unwrap();
            assert_eq!(found.hits.len(), 2);
            connection.roll_back().unwrap();
        }
        ["custom_plans", "generic_plans"].map(|plans| {
            let of_words = "FROM pg_prepared_statements WHERE statement LIKE '%message_words%' AND parameter_types != '{}'";
            connection.ask::<i64>(&format!("SELECT sum({plans})::BIGINT {of_words}")).unwrap()
        })
    });
    assert_eq!(planned, [OFTEN as i64, 0]);
}
