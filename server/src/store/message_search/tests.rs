//! What the index does that nobody sees from outside.

use protocol::{MessageText, Recipient, Timestamp, text::Stored};
use rusqlite::Connection;

use super::*;
use crate::store::{message, participants::Pair, schema, value::Id};

const ANN: UserId = UserId::from_bytes([1; 16]);
const BEN: UserId = UserId::from_bytes([2; 16]);

fn opened() -> Connection {
    let mut db = Connection::open_in_memory().unwrap();
    schema::migrate(&mut db).unwrap();
    indexer::prepare(&db).unwrap();
    for user in [ANN, BEN] {
        let name = format!("user{}", user.into_bytes()[0]);
        db.execute(
            "INSERT INTO users (id, username, folded, password, created_at) VALUES (?1, ?2, ?2, '', 0)",
            rusqlite::params![Id(user), name],
        )
        .unwrap();
    }
    db
}

/// A private message; its conversation's row.
fn send(db: &Db<'_>, text: &str, at: i64) -> (i64, Message) {
    let now = Timestamp(at);
    let message::Position { row, seq, rev } =
        message::next_of_pair(db, Pair::of(ANN, BEN), BEN, now).unwrap();
    let mut id = range::first_id_at(now).into_bytes();
    id[15] = u8::try_from(seq.0 % 256).unwrap();
    let message = Message {
        rev,
        created_at: now,
        ..Message::new(
            MessageId::from_bytes(id),
            ANN,
            Recipient::User(BEN),
            seq,
            MessageText::stored(text.to_owned()),
        )
    };
    message::insert(&mut db.prepare_cached(message::INSERT).unwrap(), row, &message).unwrap();
    note(db, row).unwrap();
    (row, message)
}

fn index_all(db: &Db<'_>) {
    while indexer::index_some(db, 3).unwrap().has_more {}
}

fn search(query: &str) -> Search {
    Search { query: Query::parse(query).unwrap(), ..Search::default() }
}

fn found(db: &Db<'_>, query: &str) -> Vec<u64> {
    let found = find(db, BEN, &search(query), TIME).unwrap();
    assert!(!found.incomplete);
    found.hits.iter().map(|hit| hit.message.seq.0).collect()
}

fn proposed(db: &Db<'_>, asked: &str) -> i64 {
    let count = "SELECT count(*) FROM message_search WHERE message_search MATCH ?1";
    db.prepare_cached(count).unwrap().query_row([asked], |row| row.get(0)).unwrap()
}

#[test]
fn messages_are_found_before_and_after_they_are_in_the_index() {
    let connection = opened();
    let db = Db::Sqlite(&connection);
    for number in 0..10 {
        send(&db, if number % 2 == 0 { "tea and cake" } else { "coffee" }, 1_000 + number);
    }
    assert_eq!(found(&db, "cake"), [9, 7, 5, 3, 1]);
    indexer::index_some(&db, 4).unwrap();
    assert_eq!(proposed(&db, "cake"), 2);
    assert_eq!(found(&db, "cake"), [9, 7, 5, 3, 1]);
    index_all(&db);
    assert_eq!(proposed(&db, "cake"), 5);
    assert_eq!(found(&db, "cake"), [9, 7, 5, 3, 1]);
    assert_eq!(found(&db, "c"), (1..=10).rev().collect::<Vec<_>>(), "looked for without the index");
}

#[test]
fn a_message_that_is_deleted_or_changed_is_found_by_its_new_words_only() {
    for is_indexed in [false, true] {
        let connection = opened();
        let db = Db::Sqlite(&connection);
        let (row, cake) = send(&db, "tea and cake", 1_000);
        let (_, secret) = send(&db, "a secret", 1_001);
        if is_indexed {
            index_all(&db);
        }
        let rewrite = |message: &Message, text: &str| {
            let update = "UPDATE messages SET content = ?1 WHERE conversation = ?2 AND seq = ?3";
            connection.execute(update, rusqlite::params![text, row, number(message.seq)]).unwrap();
            Message { content: MessageText::stored(text.to_owned()), ..message.clone() }
        };
        let pie = rewrite(&cake, "tea and pie");
        reindex(&db, row, &cake, &pie).unwrap();
        rewrite(&secret, "");
        unindex(&db, row, &secret).unwrap();
        index_all(&db);
        assert_eq!((found(&db, "cake"), found(&db, "pie")), (vec![], vec![1]));
        assert_eq!(found(&db, "secret"), [0; 0]);
        let words = (proposed(&db, "cake"), proposed(&db, "pie"), proposed(&db, "secret"));
        assert_eq!(words, (0, 1, 0));
        connection
            .execute("INSERT INTO message_search (message_search) VALUES ('integrity-check')", [])
            .unwrap();
    }
}

#[test]
fn what_was_not_in_the_index_when_the_server_stopped_is_put_into_it_later() {
    let connection = opened();
    let db = Db::Sqlite(&connection);
    send(&db, "cake", 1_000);
    connection.execute_batch("DROP TABLE temp.unindexed").unwrap();
    index_all_after_a_start(&connection);
    assert_eq!(proposed(&db, "cake"), 1);
}

fn index_all_after_a_start(connection: &Connection) {
    indexer::prepare(connection).unwrap();
    index_all(&Db::Sqlite(connection));
}

#[test]
fn a_search_that_takes_too_long_says_so() {
    let connection = opened();
    let db = Db::Sqlite(&connection);
    send(&db, "cake", 1_000);
    let found = find(&db, BEN, &search("cake"), Duration::ZERO).unwrap();
    assert!(found.incomplete);
}

#[test]
fn a_word_that_is_in_many_messages_is_found_newest_first_and_page_by_page() {
    let connection = opened();
    let db = Db::Sqlite(&connection);
    connection.execute_batch("BEGIN").unwrap();
    for number in 0..6_000 {
        send(&db, &format!("cake {number}"), 1_000 + number);
    }
    index_all(&db);
    connection.execute_batch("COMMIT").unwrap();
    let mut before = None;
    let mut seqs = Vec::new();
    for _ in 0..3 {
        let page = find(&db, BEN, &Search { before, limit: Some(50), ..search("cake") }, TIME).unwrap();
        seqs.extend(page.hits.iter().map(|hit| hit.message.seq.0));
        before = page.next;
    }
    assert_eq!(seqs, (5_851..=6_000).rev().collect::<Vec<_>>());
    // More words begin so than the query could name.
    assert_eq!(found(&db, "cake 599"), (5_991..=6_000).rev().chain([600]).collect::<Vec<_>>());
    assert_eq!(found(&db, "5999"), [6_000]);
}

#[test]
fn days_and_cursors_cut_a_conversation() {
    let connection = opened();
    let db = Db::Sqlite(&connection);
    let day = 24 * 60 * 60 * 1_000;
    for number in 0..100 {
        send(&db, "cake", number * day / 10);
    }
    index_all(&db);
    assert_eq!(found(&db, "cake before:1970-01-02"), (1..=10).rev().collect::<Vec<_>>());
    assert_eq!(found(&db, "cake after:1970-01-10"), [0; 0]);
    assert_eq!(found(&db, "after:1970-01-09 cake"), (91..=100).rev().collect::<Vec<_>>());
    assert_eq!(found(&db, "before:1970-01-03 after:1970-01-01"), (11..=20).rev().collect::<Vec<_>>());
}
