//! What was answered is kept: over a restart, and over a batch with bad writes in it.

use std::{sync::mpsc, time::Duration};

use protocol::{ConversationId, ErrorCode, Member, Role, Seq};

use super::*;
use crate::store::{conversation::Page, db::params, session::Refreshed, writer::Done};

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
    let members = [Member::new(ann.clone(), Role::Owner), Member::new(ben.clone(), Role::Member)];
    assert_eq!(store.members(ben.id, lunch.id, Part::default()).await.unwrap(), members);
    assert_eq!(store.account(&ann.username).await.unwrap().unwrap().user, ann);
    assert_eq!(store.say_once(&ann, &ben, "hello", "c1").await.unwrap(), sent);
    assert_eq!(store.published(), [], "a resend after a restart is no new message");
    assert_eq!(store.say(&ben, &ann, "welcome back").await.unwrap().seq, Seq(2));
    let refreshed = store.refresh_session(session, [1; 32], [2; 32]).await.unwrap();
    assert!(matches!(refreshed, Refreshed::Rotated(live) if live.user == ann));
}

#[tokio::test]
async fn a_closed_store_refuses() {
    let store = Opened::new();
    let ann = store.user("ann").await;
    store.close().await;
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
            db.prepare_cached("UPDATE users SET password = 'none'")?.execute(params![])?;
            panic!("on purpose")
        }),
        store.say(&ann, &ann, "two"),
    );
    assert_eq!((first.unwrap().seq, last.unwrap().seq), (Seq(1), Seq(2)));
    assert_eq!(code(refused), ErrorCode::UnknownUser);
    assert!(matches!(panicked, Err(Error::Panicked(text)) if text == "on purpose"));
    let page = store.history(ann.id, ConversationId::User(ann.id), Page::default()).await.unwrap();
    assert_eq!(page.messages.len(), 2);
    let kept = store.account(&ann.username).await.unwrap().unwrap().password;
    assert_eq!(kept, "a hash");
}

#[tokio::test]
async fn a_read_that_panics_costs_no_connection() {
    let store = Opened::new();
    for _ in 0..20 {
        let panicked = store.read(|_| -> Result<()> { panic!("on purpose") }).await;
        assert!(matches!(panicked, Err(Error::Panicked(_))));
    }
    assert!(store.users(NOBODY, vec![NOBODY]).await.unwrap().is_empty());
}

/// A message is planned before its turn comes. What is planned and rolled back together with a write that fails must
/// be sent again, or people are told of a message that nobody has kept.
#[tokio::test]
async fn messages_that_were_written_before_their_turn_are_written_again_after_a_rollback() {
    /// So long the writer waits for the others at most.
    const WAITS: Duration = Duration::from_secs(3);
    let mut store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    // Both conversations are there, so that what follows is planned.
    let zero = store.say(&ann, &ben, "zero").await.unwrap();
    store.say(&ann, &ann, "note").await.unwrap();
    // No refusal of a message comes after its first change, but an error of the database may: here it does not accept
    // a text twice. The reply is not planned, because it quotes, and fails when its conversation is counted up already.
    store
        .write(|db| {
            db.prepare_cached("CREATE UNIQUE INDEX no_text_twice ON messages (content)")?
                .execute(params![])?;
            Ok(Done::without_event(()))
        })
        .await
        .unwrap();
    store.published();
    let fails = NewMessage { reply_to: Some(zero.id), ..new_message(&ann, &ben, "zero", None) };
    let (begin, begun) = mpsc::channel();
    let (release, released) = mpsc::channel();
    // While the writer is busy, the others queue up for one transaction.
    let (busy, (), one, failed, two, three, four, ()) = tokio::join!(
        store.write(move |_| {
            begin.send(()).unwrap();
            released.recv_timeout(WAITS).unwrap();
            Ok(Done::without_event(()))
        }),
        async { begun.recv_timeout(WAITS).unwrap() },
        store.say(&ann, &ben, "one"),
        store.send(fails),
        store.say(&ann, &ann, "two"),
        store.say(&ann, &ben, "three"),
        store.say(&ann, &ann, "four"),
        async { release.send(()).unwrap() },
    );
    busy.unwrap();
    assert!(matches!(failed, Err(Error::Database(_))), "{failed:?}");
    let [one, two, three, four] = [one, two, three, four].map(Result::unwrap);
    assert_eq!([&one, &two, &three, &four].map(|message| message.seq), [2, 2, 3, 3].map(Seq));
    for (with, sent) in [(&ben, [&one, &three]), (&ann, [&two, &four])] {
        let page = store.history(ann.id, ConversationId::User(with.id), Page::default()).await.unwrap();
        assert_eq!(page.messages[1..].iter().collect::<Vec<_>>(), sent);
    }
    assert_eq!(store.published(), [one, two, three, four].map(DomainEvent::MessageSent));
}
