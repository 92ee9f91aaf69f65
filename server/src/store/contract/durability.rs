//! What was answered is kept: over a restart, and over a batch with bad writes in it.

use protocol::{ConversationId, ErrorCode, Seq};

use super::*;
use crate::{
    storage_fault::StorageFault,
    store::{conversation::Page, session::Refreshed, writer::Done},
};

#[tokio::test]
async fn a_restart_keeps_everything() {
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let lunch = store.lunch(&ann).await;
    store.join_group(ben.clone(), lunch.id).await.unwrap();
    let sent = store.say_once(&ann, &ben, "hello", "c1").await.unwrap();
    store.say(&ann, &lunch, "hi all").await.unwrap();
    store.mark_read(ben.id, ORIGIN, ConversationId::User(ann.id), Seq(1), None).await.unwrap();
    let session = store.start_session(ann.id, [1; 32]).await.unwrap();
    let (of_ann, of_ben) = (
        store.conversations(ann.id, Part::default()).await,
        store.conversations(ben.id, Part::default()).await,
    );

    let mut store = store.restarted().await;
    assert_eq!(store.conversations(ann.id, Part::default()).await.unwrap(), of_ann.unwrap());
    assert_eq!(store.conversations(ben.id, Part::default()).await.unwrap(), of_ben.unwrap());
    assert_eq!(store.members(ben.id, lunch.id, Part::default()).await.unwrap(), [ann.clone(), ben.clone()]);
    assert_eq!(store.account(&ann.username).await.unwrap().unwrap().user, ann);
    assert_eq!(store.say_once(&ann, &ben, "hello", "c1").await.unwrap(), sent);
    assert_eq!(store.published(), [], "a resend after a restart is no new message");
    assert_eq!(store.say(&ben, &ann, "welcome back").await.unwrap().seq, Seq(2));
    let refreshed = store.refresh_session(session, [1; 32], [2; 32]).await.unwrap();
    assert!(matches!(refreshed, Refreshed::Rotated(live) if live.user == ann));
}

#[tokio::test]
async fn a_closed_store_is_one_file_and_refuses() {
    let store = Opened::new();
    let ann = store.user("ann").await;
    store.close().await;
    let mut files: Vec<_> = std::fs::read_dir(store.data_dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(files, ["parlance.db"]);
    assert!(matches!(store.say(&ann, &ann, "x").await, Err(Error::Stopped)));
    assert!(matches!(store.conversations(ann.id, Part::default()).await, Err(Error::Stopped)));
    store.close().await;
}

#[tokio::test]
async fn a_write_that_is_refused_or_panics_leaves_the_rest_of_its_batch_alone() {
    let store = Opened::new();
    let ann = store.user("ann").await;
    // Queued together, so that they share a transaction.
    let (first, refused, panicked, last) = tokio::join!(
        store.say(&ann, &ann, "one"),
        store.say(&ann, NOBODY, "x"),
        store.write(|db| -> Result<Done<()>> {
            db.execute("DELETE FROM messages", [])?;
            panic!("on purpose")
        }),
        store.say(&ann, &ann, "two"),
    );
    assert_eq!((first.unwrap().seq, last.unwrap().seq), (Seq(1), Seq(2)));
    assert_eq!(code(refused), ErrorCode::UnknownUser);
    assert!(matches!(panicked, Err(Error::Panicked(text)) if text == "on purpose"));
    let page = store.history(ann.id, ConversationId::User(ann.id), Page::default()).await.unwrap();
    assert_eq!(page.messages.len(), 2);
}

/// From now on the file cannot become longer than it is, as on a disk that is full.
async fn fill_the_disk(store: &Store) {
    let full = |db: &rusqlite::Connection| {
        let pages: i64 = db.query_row("PRAGMA page_count", [], |row| row.get(0))?;
        db.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
        Ok(Done::without_event(()))
    };
    store.write(full).await.unwrap();
}

async fn empty_the_disk(store: &Store) {
    let empty = |db: &rusqlite::Connection| {
        Ok(Done::without_event(db.query_row("PRAGMA max_page_count = 1000000000", [], |_| Ok(()))?))
    };
    store.write(empty).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_has_a_code_of_its_own_and_is_over_with_the_first_write_that_is_kept() {
    let store = Opened::new();
    let ann = store.user("ann").await;
    fill_the_disk(&store).await;
    let long = "x".repeat(4_000);
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
    let long = "x".repeat(4_000);
    for round in 0..20 {
        // Queued together. The refused write has changed something, so each write gets a savepoint. Then one
        // of them finds the disk full, and the transaction is gone.
        let (refused, full, small) = tokio::join!(
            store.write(|db| -> Result<Done<()>> {
                db.execute("DELETE FROM messages", [])?;
                Err(Error::unknown_user())
            }),
            store.say(&ann, &ann, &long),
            store.write(move |db| {
                db.execute("UPDATE users SET password = ?1", [format!("round {round}")])?;
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
async fn a_file_that_is_copied_while_the_server_runs_is_a_database_with_what_was_sent_a_moment_ago() {
    let store = Opened::new();
    let ann = store.user("ann").await;
    for number in 0..500 {
        store.say(&ann, &ann, &format!("m{number}")).await.unwrap();
    }
    let copy = store.data_dir.path().join("copy.db");
    let mut kept = 0;
    for _ in 0..50 {
        std::fs::copy(store.data_dir.path().join("parlance.db"), &copy).unwrap();
        let db = rusqlite::Connection::open(&copy).unwrap();
        kept = db.query_row("SELECT count(*) FROM messages", [], |row| row.get::<_, i64>(0)).unwrap_or(0);
        if kept == 500 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(kept, 500);
}

#[tokio::test]
async fn a_read_that_panics_costs_no_connection() {
    let store = Opened::new();
    for _ in 0..20 {
        let panicked = store.read(|_| -> Result<()> { panic!("on purpose") }).await;
        assert!(matches!(panicked, Err(Error::Panicked(_))));
    }
    assert!(store.users(vec![NOBODY]).await.unwrap().is_empty());
}
