//! What is sent again with its `clientId` because its answer was lost.

use protocol::{Rev, limits};

use super::*;

#[tokio::test]
async fn whoever_has_left_a_group_and_sends_again_learns_nothing_of_what_others_did_since() {
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let lunch = store.lunch(&ann).await;
    store.join_group(ben.clone(), lunch.id).await.unwrap();
    let quoted = store.say(&ann, &lunch, "at one").await.unwrap();
    let new = || NewMessage { reply_to: Some(quoted.id), ..new_message(&ben, &lunch, "a reply", Some("c1")) };
    let sent = store.send(new()).await.unwrap();
    let other = || NewMessage { client_id: Some("c2".parse().unwrap()), ..new() };
    let removed = store.send(other()).await.unwrap();
    store.leave_group(ben.id, lunch.id).await.unwrap();
    store.delete(&ann, &removed).await.unwrap();
    store.edit(&ann, &quoted, "a secret").await.unwrap();
    store.react(&ann, &sent, "👍").await.unwrap();
    store.pin(&ann, &sent).await.unwrap();
    let again = store.send(new()).await.unwrap();
    assert_eq!((again.id, again.seq, &again.content), (sent.id, sent.seq, &sent.content));
    assert_eq!((again.reactions.len(), again.pinned_at), (0, None));
    assert_eq!(again.reply_to.as_ref().unwrap().excerpt, "");
    let as_sent = Message { id: removed.id, seq: removed.seq, rev: removed.rev, ..again.clone() };
    let as_sent = Message { client_id: removed.client_id, created_at: removed.created_at, ..as_sent };
    assert_eq!(store.send(other()).await.unwrap(), as_sent, "whether it was deleted or not");
    // What stands there since, or stood there before, cannot be asked for by pretending to have replied to it.
    let secret = store.say(&ann, &lunch, "a secret").await.unwrap();
    for reply_to in [Some(secret.id), Some(sent.id), None] {
        let pretended = store.send(NewMessage { reply_to, ..other() }).await;
        assert_eq!(code(pretended), ErrorCode::ClientIdReused);
    }
    store.join_group(ben.clone(), lunch.id).await.unwrap();
    let again = store.send(new()).await.unwrap();
    assert_eq!((again.reactions.len(), again.reply_to.unwrap().excerpt.as_str()), (1, "a secret"));
}

#[tokio::test]
async fn whoever_was_removed_and_sends_again_gets_what_they_sent_and_not_what_became_of_it() {
    let store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let lunch = store.lunch(&ann).await;
    store.join_group(ben.clone(), lunch.id).await.unwrap();
    let said = async |text, client_id| store.say_once(&ben, &lunch, text, client_id).await.unwrap();
    let mentioning = said("hello @ann", "c1").await;
    let plain = said("hello", "c2").await;
    let kept = said("bye", "c3").await;
    let regretted = said("oh", "c4").await;
    let regretted = store.delete(&ben, &regretted).await.unwrap();
    let corrected = said("bey", "c5").await;
    store.edit(&ben, &corrected, "bye").await.unwrap();
    store.leave_group(ben.id, lunch.id).await.unwrap();
    for message in [&kept, &mentioning] {
        store.say(&ann, &lunch, "a secret").await.unwrap();
        store.react(&ann, message, "👍").await.unwrap();
        store.pin(&ann, message).await.unwrap();
    }
    for message in [&mentioning, &plain] {
        store.delete(&ann, message).await.unwrap();
    }
    let sent = [(&mentioning, "hello @ann", "c1"), (&plain, "hello", "c2"), (&kept, "bye", "c3")];
    for (message, text, client_id) in sent.into_iter().chain([(&corrected, "bey", "c5")]) {
        let as_sent = Message { mentions: vec![], ..message.clone() };
        assert_eq!(said(text, client_id).await, as_sent, "{client_id}");
    }
    // What they did themselves they know.
    let again = said("oh", "c4").await;
    assert_eq!((again.deleted_at, again.deleted_by), (regretted.deleted_at, None));
    assert_eq!((again.content.as_str(), again.rev, again.change_id), ("", Rev(4), None));
    assert_eq!(code(store.say_once(&ben, &lunch, "no", "c3").await), ErrorCode::ClientIdReused);
    store.join_group(ben.clone(), lunch.id).await.unwrap();
    for (message, text, client_id) in sent {
        assert_eq!(said(text, client_id).await, store.message(ben.id, message.id).await.unwrap());
    }
}

#[tokio::test]
async fn a_correction_that_is_sent_again_does_not_undo_a_later_one() {
    let mut store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let message = store.say_once(&ann, &ben, "a", "m").await.unwrap();
    store.edit_once(&ann, &message, "b", Some("e1")).await.unwrap();
    let last = store.edit_once(&ann, &message, "c", Some("e2")).await.unwrap();
    store.published();
    assert_eq!(store.edit_once(&ann, &message, "b", Some("e1")).await.unwrap(), last);
    assert_eq!(store.edit_once(&ann, &message, "c", Some("e2")).await.unwrap(), last);
    assert_eq!(code(store.edit_once(&ann, &message, "x", Some("e1")).await), ErrorCode::ClientIdReused);
    let other = store.say(&ann, &ben, "a").await.unwrap();
    assert_eq!(code(store.edit_once(&ann, &other, "b", Some("e1")).await), ErrorCode::ClientIdReused);
    // The message itself, too, may be sent again.
    assert_eq!(store.say_once(&ann, &ben, "a", "m").await.unwrap(), last);
    assert_eq!(code(store.say_once(&ann, &ben, "b", "m").await), ErrorCode::ClientIdReused);
    let former = store.former_texts(ben.id, message.id, 0).await.unwrap();
    assert_eq!(former.iter().map(|one| one.content.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    let deleted = store.delete(&ann, &message).await.unwrap();
    assert_eq!(code(store.former_texts(ben.id, message.id, 0).await), ErrorCode::MessageDeleted);
    assert_eq!(store.edit_once(&ann, &message, "b", Some("e1")).await.unwrap(), deleted);
    assert_eq!(store.say_once(&ann, &ben, "a", "m").await.unwrap(), deleted);
}

#[tokio::test]
async fn a_correction_that_changed_nothing_and_is_sent_again_does_not_undo_a_later_one() {
    let mut store = Opened::new();
    let (ann, ben) = (store.user("ann").await, store.user("ben").await);
    let message = store.say(&ann, &ben, "a").await.unwrap();
    assert_eq!(store.edit_once(&ann, &message, "a", Some("e1")).await.unwrap(), message);
    assert_eq!(code(store.edit_once(&ann, &message, "x", Some("e1")).await), ErrorCode::ClientIdReused);
    let other = store.say(&ann, &ben, "a").await.unwrap();
    assert_eq!(code(store.edit_once(&ann, &other, "a", Some("e1")).await), ErrorCode::ClientIdReused);
    store.edit_once(&ann, &message, "b", Some("e2")).await.unwrap();
    // The same text as the correction before it.
    let last = store.edit_once(&ann, &message, "b", Some("e3")).await.unwrap();
    store.published();
    for (text, client_id) in [("a", "e1"), ("b", "e2"), ("b", "e3")] {
        assert_eq!(store.edit_once(&ann, &message, text, Some(client_id)).await.unwrap(), last);
    }
    for (text, client_id) in [("b", "e1"), ("a", "e2"), ("a", "e3")] {
        let again = store.edit_once(&ann, &message, text, Some(client_id)).await;
        assert_eq!(code(again), ErrorCode::ClientIdReused, "{client_id}");
    }
    let last = store.edit_once(&ann, &message, "c", Some("e4")).await.unwrap();
    assert_eq!(store.edit_once(&ann, &message, "b", Some("e3")).await.unwrap(), last);
    let former = store.former_texts(ben.id, message.id, 0).await.unwrap();
    assert_eq!(former.iter().map(|one| one.content.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    store.published();
    let mut store = store.restarted().await;
    assert_eq!(store.edit_once(&ann, &message, "a", Some("e1")).await.unwrap(), last);
    // What was said of it stays so when its text is gone.
    let deleted = store.delete(&ann, &message).await.unwrap();
    store.published();
    for (text, client_id) in [("a", "e1"), ("b", "e3"), ("c", "e4")] {
        assert_eq!(store.edit_once(&ann, &message, text, Some(client_id)).await.unwrap(), deleted);
    }
    assert_eq!(code(store.edit_once(&ann, &message, "c", Some("e5")).await), ErrorCode::MessageDeleted);
    assert_eq!(code(store.edit_once(&ann, &other, "b", Some("e1")).await), ErrorCode::ClientIdReused);
    assert_eq!(store.published(), []);
}

#[tokio::test]
async fn corrections_that_change_nothing_use_up_none_and_the_last_ones_are_remembered() {
    const MANY: usize = limits::EDITS_A_MESSAGE + 20;
    let store = Opened::new();
    let ann = store.user("ann").await;
    let message = store.say(&ann, &ann, "a").await.unwrap();
    for n in 0..MANY {
        let again = store.edit_once(&ann, &message, "a", Some(&format!("e{n}"))).await;
        assert_eq!(again.unwrap(), message);
        store.say(&ann, &ann, "something else happens").await.unwrap();
    }
    let edited = store.edit(&ann, &message, "b").await.unwrap();
    for n in MANY - limits::EDITS_A_MESSAGE..MANY {
        let again = store.edit_once(&ann, &message, "a", Some(&format!("e{n}"))).await;
        assert_eq!(again.unwrap(), edited, "e{n} does not undo it");
    }
}

#[tokio::test]
async fn a_message_that_was_corrected_as_often_as_possible_may_be_saved_as_it_is() {
    let store = Opened::new();
    let ann = store.user("ann").await;
    let message = store.say(&ann, &ann, "a").await.unwrap();
    let text = |n: usize| if n.is_multiple_of(2) { "b" } else { "a" };
    let mut last = message.clone();
    for n in 0..limits::EDITS_A_MESSAGE {
        last = store.edit(&ann, &message, text(n)).await.unwrap();
    }
    for _ in 0..2 {
        assert_eq!(store.edit_once(&ann, &message, "a", Some("e")).await.unwrap(), last);
    }
    assert_eq!(store.edit(&ann, &message, "a").await.unwrap(), last);
    assert_eq!(code(store.edit(&ann, &message, "b").await), ErrorCode::TooMany);
}
