//! The suite on SQLite, and what SQLite alone has: a file, on a disk that may be full.

#[path = "suite.rs"]
mod suite;

use std::{
    mem::replace,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use protocol::{ConversationId, ErrorCode, Seq};

use self::suite::{Data, Opened};
use super::Engine;
use crate::{
    error::{Error, Result},
    storage_fault::StorageFault,
    store::{
        Store,
        conversation::Page,
        db::{Db, DbError, params},
        postgresql::{Address, Reconnecting},
        reader::{Reader, Readers},
        writer::Done,
    },
};

const ENGINE: Engine = Engine::Sqlite;

fn folder(store: &Opened) -> &Path {
    match &store.data {
        Data::Folder(folder) => folder.path(),
        Data::Database(_) => unreachable!(),
    }
}

#[tokio::test]
async fn a_closed_store_is_one_file() {
    let store = Opened::new();
    store.user("ann").await;
    store.close().await;
    let mut files: Vec<_> = std::fs::read_dir(folder(&store))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(files, ["parlance.db"]);
}

/// From now on the file cannot become longer than it is, as on a disk that is full, and nothing in it is free.
async fn fill_the_disk(store: &Store) {
    let full = |db: &Db<'_>| {
        let Db::Sqlite(db) = db else { unreachable!() };
        db.execute_batch("CREATE TABLE IF NOT EXISTS filling (bytes BLOB)").map_err(DbError::from)?;
        let free =
            || db.query_row("PRAGMA freelist_count", [], |row| row.get::<_, i64>(0)).map_err(DbError::from);
        while free()? > 0 {
            db.execute("INSERT INTO filling VALUES (zeroblob(3900))", []).map_err(DbError::from)?;
        }
        let pages: i64 = db.query_row("PRAGMA page_count", [], |row| row.get(0)).map_err(DbError::from)?;
        let most = format!("PRAGMA max_page_count = {pages}");
        db.query_row(&most, [], |_| Ok(())).map_err(DbError::from)?;
        Ok(Done::without_event(()))
    };
    store.write(full).await.unwrap();
}

async fn empty_the_disk(store: &Store) {
    let empty = |db: &Db<'_>| {
        let Db::Sqlite(db) = db else { unreachable!() };
        db.query_row("PRAGMA max_page_count = 1000000000", [], |_| Ok(())).map_err(DbError::from)?;
        Ok(Done::without_event(()))
    };
    store.write(empty).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_has_a_code_of_its_own_and_is_over_with_the_first_write_that_is_kept() {
    let store = Opened::new();
    let ann = store.user("ann").await;
    fill_the_disk(&store).await;
    let long = "é".repeat(4_000);
    let refused = store.say(&ann, &ann, &long).await.unwrap_err();
    assert_eq!(refused.into_body("test").code, ErrorCode::StorageFull);
    let fault = store.health.fault();
    assert_eq!(fault, Some(StorageFault::Full));
    empty_the_disk(&store).await;
    assert_eq!(store.say(&ann, &ann, &long).await.unwrap().seq, Seq(1));
    assert_eq!(store.health.fault(), None);
    store.is_ready().await.unwrap();
}

#[tokio::test]
async fn of_a_batch_that_a_full_disk_took_with_it_nothing_is_kept() {
    let store = Opened::new();
    let ann = store.user("ann").await;
    store.say(&ann, &ann, "before").await.unwrap();
    fill_the_disk(&store).await;
    let long = "é".repeat(4_000);
    for round in 0..20 {
        // Queued together. The refused write has changed something, so each write gets a savepoint. Then one
        // of them finds the disk full, and the transaction is gone.
        let (refused, full, small) = tokio::join!(
            store.write(|db| -> Result<Done<()>> {
                db.prepare_cached("DELETE FROM messages")?.execute(params![])?;
                Err(Error::unknown_user())
            }),
            store.say(&ann, &ann, &long),
            store.write(move |db| {
                db.prepare_cached("UPDATE users SET password = ?1")?.execute([format!("round {round}")])?;
                Ok(Done::without_event(()))
            }),
        );
        assert!(refused.is_err());
        assert_eq!(full.unwrap_err().into_body("test").code, ErrorCode::StorageFull);
        let kept = store.account(&ann.username).await.unwrap().unwrap().password;
        match small {
            Ok(()) => assert_eq!(kept, format!("round {round}"), "what was answered is kept"),
            Err(error) => {
                assert_eq!(error.into_body("test").code, ErrorCode::StorageFull);
                assert_ne!(kept, format!("round {round}"), "what was refused is not kept");
            }
        }
    }
    let page = store.history(ann.id, ConversationId::User(ann.id), Page::default()).await.unwrap();
    assert_eq!(page.messages.len(), 1);
}

#[tokio::test]
async fn nobody_is_refused_something_because_of_a_write_that_was_lost() {
    let store = Opened::new();
    let ann = store.user("ann").await;
    let message = store.say(&ann, &ann, "before").await.unwrap();
    fill_the_disk(&store).await;
    let (begin, begins) = std::sync::mpsc::channel();
    let react = async || {
        store.add_reaction(ann.id, message.id, "👍".parse().unwrap()).await?.committed().await.map(drop)
    };
    // All of them are in line before the first one ends.
    let (_, deleted, reacted, said, ()) = tokio::join!(
        store.write(move |_| Ok(Done::without_event(begins.recv().ok()))),
        async { store.delete_message(ann.id, message.id).await?.committed().await.map(drop) },
        react(),
        async { store.say(&ann, &ann, &"é".repeat(4_000)).await.map(drop) },
        async { begin.send(()).unwrap() },
    );
    for lost in [deleted, reacted, said] {
        assert_eq!(lost.unwrap_err().into_body("test").code, ErrorCode::StorageFull);
    }
    empty_the_disk(&store).await;
    react().await.unwrap();
}

#[tokio::test]
async fn while_another_program_holds_the_database_nothing_is_kept_and_senders_may_try_again() {
    let store = Opened::new();
    let ann = store.user("ann").await;
    let impatient = |db: &Db<'_>| {
        let Db::Sqlite(db) = db else { unreachable!() };
        db.busy_timeout(Duration::from_millis(50)).map_err(DbError::from)?;
        Ok(Done::without_event(()))
    };
    store.write(impatient).await.unwrap();
    let other = rusqlite::Connection::open(folder(&store).join("parlance.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = store.say(&ann, &ann, "one").await.unwrap_err();
    assert_eq!(refused.into_body("test").code, ErrorCode::StorageUnavailable);
    for _ in 0..2 {
        let unready = store.is_ready().await.unwrap_err();
        assert_eq!(unready.into_body("test").code, ErrorCode::StorageUnavailable);
    }
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(store.say(&ann, &ann, "one").await.unwrap().seq, Seq(1));
    store.is_ready().await.unwrap();
}

#[tokio::test]
async fn whoever_asks_whether_a_silent_store_is_ready_does_not_wait_for_it() {
    let store = Opened::new();
    let (end, ends) = std::sync::mpsc::channel::<()>();
    let silent = store.write(move |_| Ok(Done::without_event(ends.recv().ok())));
    let ask = async || {
        let begun = Instant::now();
        let unready = store.is_ready().await.unwrap_err();
        assert_eq!(unready.into_body("test").code, ErrorCode::StorageUnavailable);
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    };
    let asked = async {
        ask().await;
        assert_eq!(store.health.fault(), Some(StorageFault::Failing));
        tokio::join!(ask(), ask());
        end.send(()).unwrap();
    };
    let (_, ()) = tokio::join!(silent, asked);
    store.is_ready().await.unwrap();
    assert_eq!(store.health.fault(), None);
}

#[tokio::test]
async fn a_store_that_can_write_and_not_read_is_not_ready_until_it_can() {
    let mut store = Opened::new();
    let ann = store.user("ann").await;
    let nowhere = "postgres://nobody@127.0.0.1:1/none".parse::<Address>().unwrap();
    let open = || Ok(Reader::Postgresql(Box::new(Reconnecting::new(nowhere.clone(), |_| Ok(())))));
    let readers = replace(&mut store.store.readers, Arc::new(Readers::new(open, 1).unwrap()));
    let read = async |store: &Opened| {
        store.history(ann.id, ConversationId::User(ann.id), Page::default()).await.map(drop)
    };
    for _ in 0..2 {
        let refused = read(&store).await.unwrap_err();
        assert_eq!(refused.into_body("test").code, ErrorCode::StorageUnavailable);
        store.say(&ann, &ann, "written").await.unwrap();
        let unready = store.is_ready().await.unwrap_err();
        assert_eq!(unready.into_body("test").code, ErrorCode::StorageUnavailable);
    }
    store.store.readers = readers;
    read(&store).await.unwrap();
    store.is_ready().await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_copied_while_the_server_runs_is_a_database_with_what_was_sent_a_moment_ago() {
    let store = Opened::new();
    let ann = store.user("ann").await;
    for number in 0..500 {
        store.say(&ann, &ann, &format!("m{number}")).await.unwrap();
    }
    let copy = folder(&store).join("copy.db");
    let mut kept = 0;
    for _ in 0..50 {
        std::fs::copy(folder(&store).join("parlance.db"), &copy).unwrap();
        let db = rusqlite::Connection::open(&copy).unwrap();
        kept = db.query_row("SELECT count(*) FROM messages", [], |row| row.get::<_, i64>(0)).unwrap_or(0);
        if kept == 500 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(kept, 500);
}
