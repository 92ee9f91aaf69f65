//! When PostgreSQL is gone, far away, or the connection to it breaks.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use futures::future::join_all;
use protocol::{
    ConversationId, CreateGroup, ErrorCode, Message, Recipient, Seq, Synchronise, User, Visibility,
};
use tokio::{sync::mpsc, time::sleep};

use crate::{
    domain_event::{DomainEvent, Envelope, Origin},
    error::{Error, Result},
    storage_fault::StorageFault,
    store::{
        Store,
        conversation::Page,
        db::{Db, params},
        message::NewMessage,
        message_search,
        message_search::indexer::index_some,
        part::Part,
        writer::Done,
    },
    testing::postgresql::{TestDatabase, TestServer},
};

async fn send(store: &Store, ann: &User, text: &str, client_id: &str) -> Result<Message> {
    let new = NewMessage {
        sender: ann.id,
        recipient: Recipient::User(ann.id),
        content: text.parse().unwrap(),
        client_id: Some(client_id.parse().unwrap()),
        reply_to: None,
    };
    store.send(new).await
}

fn code<T: std::fmt::Debug>(refused: Result<T>) -> ErrorCode {
    refused.unwrap_err().into_body("test").code
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_database_is_gone_everything_is_refused_and_afterwards_it_goes_on() {
    let mut server = TestServer::start();
    let (store, _told) = Store::connect(&server.url().parse().unwrap()).unwrap();
    let ann = store.register("ann".parse().unwrap(), String::new()).await.unwrap();
    send(&store, &ann, "before", "c1").await.unwrap();
    store.is_ready().await.unwrap();
    for _ in 0..2 {
        server.kill();
        let begun = Instant::now();
        for _ in 0..20 {
            assert_eq!(code(send(&store, &ann, "meanwhile", "c2").await), ErrorCode::StorageUnavailable);
            let read = store.history(ann.id, ConversationId::User(ann.id), Page::default()).await;
            assert_eq!(code(read), ErrorCode::StorageUnavailable);
        }
        assert!(begun.elapsed() < Duration::from_secs(5), "nobody waits: {:?}", begun.elapsed());
        assert_eq!(store.health.fault(), Some(StorageFault::Unreachable));
        assert!(matches!(store.is_ready().await, Err(Error::NotCommitted(_) | Error::Database(_))));
        server.start_again();
        // Nobody writes. Somebody who asks finds out.
        sleep(Duration::from_millis(1_100)).await;
        store.is_ready().await.unwrap();
        assert_eq!(store.health.fault(), None);
    }
    assert_eq!(send(&store, &ann, "before", "c1").await.unwrap().seq, Seq(1));
    assert_eq!(send(&store, &ann, "meanwhile", "c2").await.unwrap().seq, Seq(2));
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_repeats_what_was_refused_loses_and_doubles_nothing_however_often_the_connection_breaks() {
    /// How often a message is refused, at least, before the test ends.
    const REFUSED: u32 = 5;
    let database = Arc::new(TestDatabase::new());
    let (store, mut told) = Store::connect(&database.url().parse().unwrap()).unwrap();
    let ann = store.register("ann".parse().unwrap(), String::new()).await.unwrap();
    // On a thread of its own: while it breaks the connection, messages are being sent.
    let over = Arc::new(AtomicBool::new(false));
    let breaking = thread::spawn({
        let (database, over) = (database.clone(), over.clone());
        move || {
            while !over.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(60));
                database.run(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                     WHERE datname = current_database() AND pid != pg_backend_pid()",
                );
            }
        }
    });
    let (mut messages, mut refused) = (0, 0);
    while messages < 200 || refused < REFUSED {
        let client_id = format!("c{messages}");
        while let Err(error) = send(&store, &ann, "hello", &client_id).await {
            assert_eq!(error.into_body("test").code, ErrorCode::StorageUnavailable);
            refused += 1;
            sleep(Duration::from_millis(20)).await;
        }
        messages += 1;
        assert!(messages < 20_000, "the connection breaks while it is used");
    }
    over.store(true, Ordering::Relaxed);
    breaking.join().unwrap();
    assert_eq!(database.number("SELECT count(*) FROM messages"), messages);
    assert_eq!(database.number("SELECT head FROM conversations"), messages);
    store.close().await;
    let mut last = Seq::ZERO;
    while let Some(envelope) = told.recv().await {
        if let DomainEvent::MessageSent(message) = envelope.event {
            assert!(message.seq > last, "each is told once at most, in order");
            last = message.seq;
        }
    }
}

#[tokio::test]
async fn while_a_table_is_missing_nothing_is_kept_and_senders_may_try_again() {
    let database = TestDatabase::new();
    let (store, _told) = Store::connect(&database.url().parse().unwrap()).unwrap();
    let ann = store.register("ann".parse().unwrap(), String::new()).await.unwrap();
    send(&store, &ann, "one", "c1").await.unwrap();
    database.run("ALTER TABLE messages RENAME TO away");
    assert_eq!(code(send(&store, &ann, "two", "c2").await), ErrorCode::StorageUnavailable);
    database.run("ALTER TABLE away RENAME TO messages");
    assert_eq!(send(&store, &ann, "two", "c2").await.unwrap().seq, Seq(2));
}

#[tokio::test]
async fn rows_behind_those_that_are_wanted_are_not_kept_in_memory() {
    let database = TestDatabase::new();
    let (store, _told) = Store::connect(&database.url().parse().unwrap()).unwrap();
    let most = || -> usize {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    };
    let before = most();
    let read = |db: &Db<'_>| {
        let mut length = 0;
        let sql = "SELECT repeat('x', 1000000) FROM generate_series(1, 300)";
        db.prepare_cached(sql)?.for_each(params![], |row| -> Result<_> {
            length += row.get::<_, String>(0)?.len();
            Ok(ControlFlow::Break(()))
        })?;
        Ok(length)
    };
    assert_eq!(store.read(read).await.unwrap(), 1_000_000);
    // The connection is good for what comes next.
    assert_eq!(store.read(read).await.unwrap(), 1_000_000);
    let kilobytes = most() - before;
    assert!(kilobytes < 100_000, "{kilobytes} KB");
}

/// A probe can fail for a reason that is no fault of the storage.
#[tokio::test]
async fn a_store_whose_probe_failed_is_not_called_ready_a_moment_later() {
    let database = TestDatabase::new();
    let (store, _told) = Store::connect(&database.url().parse().unwrap()).unwrap();
    database.run("ALTER TABLE parlance RENAME probed_at TO away");
    for _ in 0..2 {
        store.is_ready().await.unwrap_err();
    }
    assert_eq!(store.health.fault(), None);
    database.run("ALTER TABLE parlance RENAME away TO probed_at");
    store.is_ready().await.unwrap();
}

#[tokio::test]
async fn whoever_waits_for_a_conversation_that_another_server_holds_is_answered_afterwards() {
    let database = TestDatabase::new();
    let (store, _told) = Store::connect(&database.url().parse().unwrap()).unwrap();
    let ann = store.register("ann".parse().unwrap(), String::new()).await.unwrap();
    send(&store, &ann, "one", "c1").await.unwrap();
    let held = database.hold("UPDATE conversations SET head = head");
    let (sent, ()) = tokio::join!(send(&store, &ann, "two", "c2"), async {
        sleep(Duration::from_millis(300)).await;
        held.release();
    });
    assert_eq!(sent.unwrap().seq, Seq(2));
}

#[tokio::test]
async fn a_write_that_is_refused_after_it_has_read_leaves_the_rest_of_its_batch_alone() {
    let database = TestDatabase::new();
    let (store, _told) = Store::connect(&database.url().parse().unwrap()).unwrap();
    let ann = store.register("ann".parse().unwrap(), String::new()).await.unwrap();
    send(&store, &ann, "one", "c1").await.unwrap();
    let runs = Arc::new(AtomicU32::new(0));
    let counted = store.write({
        let runs = runs.clone();
        move |_| {
            runs.fetch_add(1, Ordering::Relaxed);
            Ok(Done::without_event(()))
        }
    });
    let refused = store.write(|db| {
        db.prepare_cached("SELECT id FROM users")?.query_row(params![], |_| Ok(()))?;
        Err::<Done<()>, _>(Error::unknown_user())
    });
    // While the first one waits, the others come into one batch.
    let held = database.hold("UPDATE conversations SET head = head");
    let soon = || sleep(Duration::from_millis(100));
    let (sent, counted, refused, ()) = tokio::join!(
        send(&store, &ann, "two", "c2"),
        async {
            soon().await;
            counted.await
        },
        async {
            soon().await;
            refused.await
        },
        async {
            sleep(Duration::from_millis(500)).await;
            held.release();
        }
    );
    assert!(sent.is_ok() && counted.is_ok());
    assert_eq!(code(refused), ErrorCode::UnknownUser);
    assert_eq!(runs.load(Ordering::Relaxed), 1);
}

/// Stands between a store and PostgreSQL: what either says passes if the one made for its connection says so. Returns
/// its port.
fn network<Forth, Back>(server: u16, connect: impl Fn() -> (Forth, Back) + Send + 'static) -> u16
where
    Forth: FnMut(&[u8]) -> bool + Send + 'static,
    Back: FnMut(&[u8]) -> bool + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let server = TcpStream::connect(("127.0.0.1", server)).unwrap();
            let (forth, back) = connect();
            let answers = (server.try_clone().unwrap(), client.try_clone().unwrap());
            thread::spawn(move || pass_on(client, server, forth));
            thread::spawn(move || pass_on(answers.0, answers.1, back));
        }
    });
    port
}

/// A store that reaches its database at another port.
fn store_behind(database: &TestDatabase, port: u16) -> (Store, mpsc::Receiver<Envelope>) {
    let url = database.url().replace(&format!(":{}/", database.port()), &format!(":{port}/"));
    Store::connect(&url.parse().unwrap()).unwrap()
}

/// Once it is told to, it lets the next COMMIT through, takes the answer for itself, and closes the connection.
fn answers_of_commits_are_lost(server: u16, is_armed: Arc<AtomicBool>) -> u16 {
    network(server, move || {
        let is_lost = Arc::new(AtomicBool::new(false));
        let (is_armed, loses) = (is_armed.clone(), is_lost.clone());
        let forth = move |asked: &[u8]| {
            if asked.windows(6).any(|word| word == b"COMMIT") && is_armed.swap(false, Ordering::SeqCst) {
                loses.store(true, Ordering::SeqCst);
            }
            true
        };
        (forth, move |_: &[u8]| !is_lost.load(Ordering::SeqCst))
    })
}

/// Passes on what comes, until something does not pass.
fn pass_on(mut from: TcpStream, mut to: TcpStream, mut passes: impl FnMut(&[u8]) -> bool) {
    let mut buffer = [0; 8192];
    while let Ok(count @ 1..) = from.read(&mut buffer)
        && passes(&buffer[..count])
        && to.write_all(&buffer[..count]).is_ok()
    {}
    for stream in [from, to] {
        stream.shutdown(Shutdown::Both).ok();
    }
}

#[tokio::test]
async fn what_was_committed_is_told_even_if_the_answer_to_the_commit_is_lost() {
    let database = TestDatabase::new();
    let is_armed = Arc::new(AtomicBool::new(false));
    let port = answers_of_commits_are_lost(database.port(), is_armed.clone());
    let (store, mut told) = store_behind(&database, port);
    let ann = store.register("ann".parse().unwrap(), String::new()).await.unwrap();
    is_armed.store(true, Ordering::SeqCst);
    let sent = send(&store, &ann, "one", "c1").await.unwrap();
    assert!(!is_armed.load(Ordering::SeqCst), "the connection was closed");
    assert_eq!(told.recv().await.unwrap().event, DomainEvent::MessageSent(sent));
    assert_eq!(send(&store, &ann, "two", "c2").await.unwrap().seq, Seq(2));
}

#[tokio::test]
async fn a_reader_asks_for_many_conversations_at_once() {
    let database = TestDatabase::new();
    let asked = Arc::new(AtomicU32::new(0));
    let port = network(database.port(), {
        let asked = asked.clone();
        move || {
            let asked = asked.clone();
            let forth = move |_: &[u8]| {
                asked.fetch_add(1, Ordering::SeqCst);
                true
            };
            (forth, |_: &[u8]| true)
        }
    });
    let (store, _told) = store_behind(&database, port);
    let ann = store.register("ann".parse().unwrap(), String::new()).await.unwrap();
    let new =
        CreateGroup { name: "Lunch".parse().unwrap(), visibility: Visibility::Private, client_id: None };
    let groups = (0..250).map(|_| store.create_group(ann.id, Origin::default(), new.clone()));
    assert!(join_all(groups).await.iter().all(Result::is_ok));
    asked.store(0, Ordering::SeqCst);
    let synced = store.synchronise(ann.id, Synchronise::default()).await.unwrap();
    assert_eq!(synced.conversations.unwrap().len(), 250);
    let asked = asked.load(Ordering::SeqCst);
    assert!(asked < 20, "{asked} times");
}

#[tokio::test]
async fn a_page_of_conversations_is_read_not_much_further_than_it_has_room() {
    let database = TestDatabase::new();
    let answered = Arc::new(AtomicUsize::new(0));
    let port = network(database.port(), {
        let answered = answered.clone();
        move || {
            let answered = answered.clone();
            let back = move |bytes: &[u8]| {
                answered.fetch_add(bytes.len(), Ordering::SeqCst);
                true
            };
            (|_: &[u8]| true, back)
        }
    });
    let (store, _told) = store_behind(&database, port);
    let ann = store.register("ann".parse().unwrap(), String::new()).await.unwrap();
    let new =
        CreateGroup { name: "Lunch".parse().unwrap(), visibility: Visibility::Private, client_id: None };
    let groups = (0..300).map(|_| store.create_group(ann.id, Origin::default(), new.clone()));
    let long = "\u{1F600}".repeat(4_000);
    let sent = join_all(groups).await.into_iter().map(|group| {
        let new = NewMessage {
            sender: ann.id,
            recipient: Recipient::Group(group.unwrap().id),
            content: long.parse().unwrap(),
            client_id: None,
            reply_to: None,
        };
        store.send(new)
    });
    assert!(join_all(sent).await.iter().all(Result::is_ok));
    answered.store(0, Ordering::SeqCst);
    let page = store.conversations(ann.id, Part::default()).await.unwrap();
    assert!((10..20).contains(&page.len()), "{}", page.len());
    let answered = answered.load(Ordering::SeqCst);
    assert!(answered < 100 * 5 * long.len() / 4, "{answered} bytes");
}

#[tokio::test]
async fn a_database_that_takes_what_it_is_asked_and_says_nothing_is_not_ready_until_it_answers() {
    let database = TestDatabase::new();
    let is_silent = Arc::new(AtomicBool::new(false));
    let port = network(database.port(), {
        let is_silent = is_silent.clone();
        move || {
            let is_silent = is_silent.clone();
            let back = move |_: &[u8]| {
                while is_silent.load(Ordering::SeqCst) {
                    thread::sleep(Duration::from_millis(20));
                }
                true
            };
            (|_: &[u8]| true, back)
        }
    });
    let (store, _told) = store_behind(&database, port);
    store.is_ready().await.unwrap();
    is_silent.store(true, Ordering::SeqCst);
    sleep(Duration::from_millis(1_100)).await;
    for _ in 0..2 {
        let begun = Instant::now();
        assert_eq!(code(store.is_ready().await), ErrorCode::StorageUnavailable);
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        assert_eq!(store.health.fault(), Some(StorageFault::Unreachable));
    }
    is_silent.store(false, Ordering::SeqCst);
    store.is_ready().await.unwrap();
    assert_eq!(store.health.fault(), None);
}

#[tokio::test]
async fn every_character_is_kept() {
    let database = TestDatabase::new();
    let (store, _told) = Store::connect(&database.url().parse().unwrap()).unwrap();
    let ann = store.register("ann".parse().unwrap(), String::new()).await.unwrap();
    let text = "zero \0, escape \u{ffff}0, \u{10ffff}";
    let sent = send(&store, &ann, text, "c1").await.unwrap();
    assert_eq!(store.message(ann.id, sent.id).await.unwrap().content.as_str(), text);
    assert_eq!(send(&store, &ann, text, "c1").await.unwrap(), sent);
    assert_eq!(store.find_users(ann.id, "a\0nn").await.unwrap(), [ann]);
}

#[tokio::test]
async fn what_is_rolled_back_was_neither_noted_for_the_index_nor_put_into_it() {
    let database = TestDatabase::new();
    let (store, _told) = Store::connect(&database.url().parse().unwrap()).unwrap();
    let ann = store.register("ann".parse().unwrap(), String::new()).await.unwrap();
    let refused = store.write(|db| {
        let insert = "INSERT INTO conversations (head, updated_at) VALUES (0, 0) RETURNING id";
        let row = db.prepare_cached(insert)?.query_row(params![], |row| row.get(0))?;
        message_search::note(db, row)?;
        Err::<Done<()>, _>(Error::unknown_user())
    });
    assert_eq!(code(refused.await), ErrorCode::UnknownUser);
    send(&store, &ann, "one", "c1").await.unwrap();
    let refused = store.write(|db| {
        index_some(db, 10)?;
        Err::<Done<()>, _>(Error::unknown_user())
    });
    assert_eq!(code(refused.await), ErrorCode::UnknownUser);
    store.index_messages().await.unwrap();
    assert_eq!(database.number("SELECT count(*) FROM conversations WHERE head > indexed"), 0);
}
