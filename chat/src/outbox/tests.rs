//! The order of what is kept, shown and sent.

use protocol::{ErrorCode, GroupId, UserId};

use super::*;

const BEN: ConversationId = ConversationId::User(UserId::from_bytes([2; 16]));
const LUNCH: ConversationId = ConversationId::Group(GroupId::from_bytes([3; 16]));

fn id(name: &str) -> ClientId {
    name.parse().unwrap()
}

fn write(outbox: &mut Outbox, name: &str, conversation: ConversationId, at: i64) -> Unsent {
    let command = Command::Send { content: "hi".parse().unwrap(), reply_to: None };
    outbox.add(id(name), conversation, command, Timestamp(at))
}

/// The outbox of a program that has found nothing in its storage.
fn empty() -> Outbox {
    let mut outbox = Outbox::default();
    assert!(outbox.begin_reading());
    assert_eq!(outbox.stored([]), []);
    outbox
}

fn outbox(entries: &[(&str, ConversationId)]) -> Outbox {
    let mut outbox = empty();
    for (name, conversation) in entries {
        write(&mut outbox, name, *conversation, 1);
        outbox.kept(&id(name), true);
    }
    outbox
}

fn due(outbox: &mut Outbox) -> Vec<String> {
    outbox.take_due().iter().map(|entry| entry.client_id.to_string()).collect()
}

fn shown(outbox: &Outbox) -> Vec<&str> {
    outbox.of(BEN).map(|entry| entry.client_id.as_ref()).collect()
}

#[test]
fn each_conversation_sends_one_at_a_time_in_the_order_of_writing() {
    let mut outbox = outbox(&[("a", BEN), ("b", BEN), ("c", LUNCH)]);
    assert_eq!(due(&mut outbox), ["a", "c"]);
    assert!(due(&mut outbox).is_empty());
    assert!(outbox.confirm(&id("a")).is_some());
    assert!(outbox.confirm(&id("a")).is_none());
    assert_eq!(due(&mut outbox), ["b"]);
}

#[test]
fn nothing_is_shown_or_sent_before_it_is_kept_and_the_order_stays_that_of_writing() {
    let mut outbox = empty();
    write(&mut outbox, "a", BEN, 1);
    write(&mut outbox, "b", BEN, 1);
    assert_eq!((due(&mut outbox), shown(&outbox)), (vec![], vec![]));
    outbox.kept(&id("b"), true);
    assert_eq!((due(&mut outbox), shown(&outbox)), (vec![], vec!["b"]), "a comes first");
    outbox.kept(&id("a"), true);
    assert_eq!((due(&mut outbox), shown(&outbox)), (vec!["a".to_owned()], vec!["a", "b"]));
    assert!(!outbox.is_at_risk());
}

#[test]
fn what_cannot_be_kept_is_shown_and_sent_all_the_same() {
    let mut outbox = empty();
    write(&mut outbox, "a", BEN, 1);
    outbox.kept(&id("a"), false);
    assert_eq!((due(&mut outbox), shown(&outbox)), (vec!["a".to_owned()], vec!["a"]));
    assert!(outbox.is_at_risk());
    outbox.confirm(&id("a"));
    assert!(!outbox.is_at_risk());
}

#[test]
fn what_has_no_answer_is_due_again() {
    let mut outbox = outbox(&[("a", BEN)]);
    assert_eq!(due(&mut outbox), ["a"]);
    outbox.release(&id("a"));
    assert_eq!(due(&mut outbox), ["a"]);
}

#[test]
fn a_refused_message_waits_for_somebody_and_holds_up_nobody() {
    let mut outbox = outbox(&[("a", BEN), ("b", BEN)]);
    due(&mut outbox);
    let error = ErrorBody::new(ErrorCode::UnknownUser, "No.");
    assert!(outbox.refuse(&id("a"), error).is_some_and(|kept| kept.is_failed()));
    assert_eq!(due(&mut outbox), ["b"]);
    outbox.confirm(&id("b"));
    assert!(outbox.retry(&id("a")).is_some_and(|kept| !kept.is_failed()));
    assert_eq!(due(&mut outbox), ["a"]);
    assert!(outbox.discard(&id("a")).is_some());
    assert!(outbox.is_empty());
}

#[test]
fn a_restart_keeps_everything_and_sends_it_again_in_the_order_of_writing() {
    let mut before = outbox(&[("a", BEN), ("b", BEN), ("c", LUNCH)]);
    due(&mut before);
    let mut rows: Vec<String> =
        before.entries().iter().map(|entry| serde_json::to_string(entry).unwrap()).collect();
    rows.reverse();
    let mut after = Outbox::default();
    after.begin_reading();
    assert_eq!(after.stored(rows.iter().map(|row| serde_json::from_str(row).unwrap())), []);
    assert_eq!(shown(&after), ["a", "b"]);
    assert_eq!(due(&mut after), ["a", "c"]);
}

#[test]
fn what_was_written_before_the_storage_was_read_comes_after_what_is_in_it() {
    let mut earlier = empty();
    let stored = write(&mut earlier, "a", BEN, 1_000);
    let mut outbox = Outbox::default();
    outbox.begin_reading();
    // The clock was set back meanwhile.
    write(&mut outbox, "b", BEN, 10);
    write(&mut outbox, "c", BEN, 20);
    for name in ["b", "c"] {
        outbox.kept(&id(name), true);
    }
    assert_eq!(due(&mut outbox), [""; 0], "an earlier one may be in the storage");
    let stored: Unsent = serde_json::from_str(&serde_json::to_string(&stored).unwrap()).unwrap();
    let moved: Vec<_> =
        outbox.stored([stored]).into_iter().map(|entry| (entry.client_id, entry.order)).collect();
    assert_eq!(moved, [(id("b"), 1_001), (id("c"), 1_002)]);
    assert_eq!(shown(&outbox), ["a", "b", "c"]);
    assert_eq!(due(&mut outbox), ["a"]);
}

#[test]
fn what_an_earlier_version_kept_is_a_message_to_be_sent() {
    let row = r#"{"client_id":"a","conversation":{"user":"02020202-0202-0202-0202-020202020202"},
                  "content":"hi","written_at":1,"order":7,"state":"Pending"}"#;
    let unsent: Unsent = serde_json::from_str(row).unwrap();
    let command = Command::Send { content: "hi".parse().unwrap(), reply_to: None };
    assert_eq!((unsent.command, unsent.conversation, unsent.order), (command, BEN, 7));
    assert!(serde_json::from_str::<Unsent>(&row.replace("content", "other")).is_err());
}

#[test]
fn a_message_is_shown_as_it_will_be_and_as_it_is_once_the_change_was_refused() {
    let message = crate::testing::message(1);
    let me = message.sender_id;
    let mut outbox = outbox(&[("a", LUNCH)]);
    let thumb: protocol::Emoji = "👍".parse().unwrap();
    let commands = [
        Command::Edit { message: message.id, content: "new".parse().unwrap() },
        Command::React { message: message.id, emoji: thumb.clone(), on: true },
    ];
    for (name, command) in ["e", "r"].into_iter().zip(commands) {
        outbox.add(id(name), LUNCH, command, Timestamp(5));
        outbox.kept(&id(name), true);
    }
    assert_eq!(outbox.of(LUNCH).count(), 1, "changes are no messages");
    let preview = outbox.preview(LUNCH, &message, me).unwrap();
    assert_eq!(preview.message.content.as_str(), "new");
    assert_eq!(preview.message.edited_at, Some(Timestamp(5)));
    let reaction = protocol::Reaction { emoji: thumb, user_ids: vec![me] };
    assert_eq!(preview.message.reactions, std::slice::from_ref(&reaction));
    outbox.refuse(&id("e"), ErrorBody::new(ErrorCode::MessageDeleted, "Gone."));
    let preview = outbox.preview(LUNCH, &message, me).unwrap();
    assert_eq!(preview.message.content, message.content);
    assert_eq!(preview.message.reactions, [reaction]);
    assert!(preview.refused.is_some_and(|refused| refused.client_id == id("e")));
    assert_eq!(outbox.preview(LUNCH, &crate::testing::message(2), me), None);
}

#[test]
fn a_message_that_is_being_deleted_is_shown_without_what_goes_with_it() {
    let mut message = crate::testing::message(1);
    message.reactions = vec![protocol::Reaction { emoji: "👍".parse().unwrap(), user_ids: vec![] }];
    message.pinned_at = Some(Timestamp(3));
    let mut outbox = empty();
    outbox.add(id("d"), LUNCH, Command::Delete { message: message.id }, Timestamp(5));
    outbox.kept(&id("d"), true);
    let shown = outbox.preview(LUNCH, &message, message.sender_id).unwrap().message;
    assert_eq!((shown.deleted_at, shown.deleted_by), (Some(Timestamp(5)), None));
    let admin = UserId::from_bytes([8; 16]);
    let shown_to_admin = outbox.preview(LUNCH, &message, admin).unwrap().message;
    assert_eq!(shown_to_admin.deleted_by, Some(admin), "it was not its author");
    assert!(shown.reactions.is_empty() && shown.pinned_at.is_none() && shown.content.as_str().is_empty());
}

#[test]
fn what_another_program_left_is_taken_in_once_and_what_is_done_is_not() {
    let mut outbox = outbox(&[("a", BEN), ("b", BEN)]);
    let rows = outbox.entries().to_vec();
    assert!(outbox.begin_reading());
    assert!(!outbox.begin_reading(), "it is being read already");
    // Its record is removed only after the storage was read.
    outbox.confirm(&id("a"));
    let other = write(&mut empty(), "x", BEN, 5);
    let other = Unsent { keeping: Keeping::Kept, ..other };
    assert_eq!(outbox.stored(rows.into_iter().chain([other])), []);
    assert_eq!(shown(&outbox), ["b", "x"]);
}

#[test]
fn what_is_done_with_does_not_come_back_from_the_storage() {
    let refused = |name: &str| Unsent {
        keeping: Keeping::Kept,
        state: UnsentState::Failed(ErrorBody::new(ErrorCode::UnknownUser, "No.")),
        ..write(&mut empty(), name, BEN, 5)
    };
    let mut outbox = outbox(&[("a", BEN), ("b", BEN)]);
    let rows = outbox.entries().to_vec();
    // One here, and one in another program, which this one has never seen.
    outbox.discard(&id("a"));
    outbox.finish(&id("x"));
    for _ in 0..2 {
        assert!(outbox.begin_reading());
        assert_eq!(outbox.stored(rows.iter().cloned().chain([refused("x")])), []);
        outbox.hear(refused("x"));
        assert_eq!(shown(&outbox), ["b"]);
    }
    assert!(outbox.is_done(&id("a")) && outbox.is_done(&id("x")) && !outbox.is_done(&id("b")));
    // What the server has of earlier days is not remembered.
    for n in 0..2 * DONE {
        outbox.confirm(&id(&format!("m{n}")));
    }
    assert!(outbox.is_done(&id("a")));
    for n in 0..2 * DONE {
        outbox.finish(&id(&format!("m{n}")));
    }
    assert_eq!(outbox.done.len(), DONE);
}
