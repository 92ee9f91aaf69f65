//! Starting on a database that is new, or that cannot be used.

use std::thread;

use crate::{
    error::StartError,
    store::Store,
    testing::postgresql::{LOCKED, TestDatabase},
};

/// The sentence for somebody who starts a server with this address.
fn refused(url: &str) -> String {
    match Store::connect(&url.parse().unwrap()) {
        Err(StartError::Postgresql(sentence)) => sentence,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("{url} is accepted"),
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_database_is_said_in_a_sentence_without_the_password() {
    let database = TestDatabase::new();
    let (port, name) = (database.port(), database.name());
    let (locked, secret) = LOCKED;
    let on = |user: &str, name: &str| format!("postgres://{user}@127.0.0.1:{port}/{name}");
    for (url, expected) in [
        (on(&format!("{locked}:wrong{secret}"), name), "does not let the user “locked” in"),
        (on(locked, name), "Parlance cannot connect to PostgreSQL at"),
        (on("parlance", "nowhere"), "has no database “nowhere”. Make it with `createdb nowhere`"),
        ("postgres://parlance@127.0.0.1:1/x".to_owned(), "Parlance cannot reach PostgreSQL at 127.0.0.1:1"),
    ] {
        let sentence = refused(&url);
        assert!(sentence.contains(expected), "{sentence}");
        assert!(sentence.ends_with('.') && !sentence.contains(secret), "{sentence}");
    }
    let empty = TestDatabase::empty();
    let sentence = refused(&on(&format!("{locked}:{secret}"), empty.name()));
    assert!(sentence.contains("The user “locked” may not make tables"), "{sentence}");
    database.run("UPDATE parlance SET version = 99");
    let sentence = refused(&database.url());
    assert!(sentence.contains("was written by a newer Parlance (version 99 of the tables"), "{sentence}");
    let other = TestDatabase::empty();
    other.run("CREATE TABLE users (id INTEGER)");
    let sentence = refused(&other.url());
    assert!(sentence.contains("has tables of another program"), "{sentence}");
}

#[tokio::test]
async fn servers_that_start_at_once_on_a_new_database_make_its_tables_once() {
    let database = TestDatabase::empty();
    let address = database.url().parse().unwrap();
    let started = thread::scope(|scope| {
        let start = || crate::store::migrate_postgresql(&address);
        let threads: Vec<_> = (0..6).map(|_| scope.spawn(start)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(started.iter().all(Result::is_ok), "{started:?}");
    assert_eq!(database.number("SELECT count(*) FROM parlance"), 1);
    let (store, _told) = Store::connect(&address).unwrap();
    store.register("ann".parse().unwrap(), String::new()).await.unwrap();
}
