//! What was written: kept, sent, confirmed, refused.

mod replies;
mod two_tabs;

use super::*;

fn say(state: &mut ChatState, name: &str) -> Vec<Effect> {
    let effects = state.act(write(name));
    assert!(matches!(&effects[..], [Effect::Keep(unsent)] if unsent.client_id == id(name)));
    state.answer(Answer::Kept(id(name), true))
}

fn pending(state: &ChatState) -> Vec<&str> {
    state.outbox.of(WITH_BEN).map(|unsent| unsent.client_id.as_ref()).collect()
}

fn sends(effects: &[Effect]) -> Vec<String> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Send(unsent) => Some(unsent.client_id.to_string()),
            _ => None,
        })
        .collect()
}

#[test]
fn where_one_writes_comes_to_the_top_whatever_the_clock_says_and_is_no_longer_there_when_others_write() {
    let lunch_at = |seq| message(BEN, Recipient::Group(LUNCH), seq, None);
    let in_lunch =
        Conversation { with: Peer::Group(lunch(2)), rev: Rev(500), ..listed(Some(lunch_at(500)), 500) };
    for now in [Timestamp(1), Timestamp(1_000_000)] {
        let mut state = ann(vec![listed(Some(from_ben(1)), 1), in_lunch.clone()]);
        let first = |state: &ChatState| state.sorted_conversations()[0].0;
        assert_eq!(first(&state), IN_LUNCH);
        let command = Command::Send { content: "hi".parse().unwrap(), reply_to: None };
        let _ = state.act(Action::Write { conversation: WITH_BEN, client_id: id("a"), command, now });
        let _ = state.answer(Answer::Kept(id("a"), true));
        assert_eq!(first(&state), WITH_BEN);
        let sent = Message { created_at: Timestamp(501), ..message(ANN, Recipient::User(BEN), 2, Some("a")) };
        let _ = state.answer(Answer::Sent(id("a"), Ok(sent)));
        assert_eq!(first(&state), WITH_BEN);
        let _ = state.apply(ServerEvent::GroupMessage(Message { rev: Rev(501), ..lunch_at(502) }));
        assert_eq!(first(&state), IN_LUNCH);
    }
}

#[test]
fn where_something_was_written_and_given_up_is_where_it_was_before() {
    let lunch_at = |seq| message(BEN, Recipient::Group(LUNCH), seq, None);
    let in_lunch =
        Conversation { with: Peer::Group(lunch(2)), rev: Rev(500), ..listed(Some(lunch_at(500)), 500) };
    let mut state = ann(vec![listed(Some(from_ben(1)), 1), in_lunch]);
    let list = |state: &ChatState| {
        let list = state.sorted_conversations();
        list.into_iter().map(|(id, one)| (id, one.updated_at)).collect::<Vec<_>>()
    };
    let before = list(&state);
    assert_eq!(before, [(IN_LUNCH, Timestamp(500)), (WITH_BEN, Timestamp(1))]);
    let _ = say(&mut state, "a");
    let error = ErrorBody::new(ErrorCode::UnknownUser, "No.");
    let _ = state.answer(Answer::Sent(id("a"), Err(Some(error))));
    assert_eq!(list(&state), [(WITH_BEN, Timestamp(1)), (IN_LUNCH, Timestamp(500))]);
    let _ = state.take_changes();
    let _ = state.act(Action::Discard(id("a")));
    assert_eq!(list(&state), before);
    assert!(state.take_changes().contains(&Topic::List));
}

/// Client ids of what stands behind the newest message.
fn behind_the_newest(state: &ChatState) -> Vec<&str> {
    let timeline = &state.conversation(WITH_BEN).unwrap().timeline;
    let waiting = timeline.waiting(ANN).filter_map(|one| one.client_id.as_ref());
    waiting.map(AsRef::as_ref).chain(pending(state)).collect()
}

#[test]
fn ones_own_message_stays_on_the_screen_while_one_before_it_is_missing() {
    let mut state = ann_with_ben(1);
    let _ = say(&mut state, "a");
    let _ = say(&mut state, "b");
    assert_eq!(behind_the_newest(&state), ["a", "b"]);
    // Somebody's message has seq 2, and its event is overtaken by the acks.
    let sent = |seq, name| message(ANN, Recipient::User(BEN), seq, Some(name));
    let effects = state.answer(Answer::Sent(id("a"), Ok(sent(3, "a"))));
    assert!(effects.contains(&Effect::Forget(id("a"))));
    assert_eq!((pending(&state), behind_the_newest(&state)), (vec!["b"], vec!["a", "b"]));
    let _ = state.answer(Answer::Sent(id("b"), Ok(sent(4, "b"))));
    assert_eq!((pending(&state), behind_the_newest(&state)), (vec![], vec!["a", "b"]));
    let _ = state.apply(ServerEvent::PrivateMessage(from_ben(2)));
    assert_eq!(behind_the_newest(&state), [""; 0]);
    assert_eq!(shown(&state), [1, 2, 3, 4]);
}

#[test]
fn ones_own_message_is_one_message_whatever_tells_of_it_and_in_whatever_order() {
    let sent = || message(ANN, Recipient::User(BEN), 2, Some("a"));
    let tell = |state: &mut ChatState, what: char| match what {
        'a' => state.answer(Answer::Sent(id("a"), Ok(sent()))),
        'e' => state.apply(ServerEvent::MessageSent(sent())),
        'p' => {
            let _ = state.look_again();
            let _ = state.apply(ServerEvent::MessageSent(message(ANN, Recipient::User(BEN), 3, None)));
            state.answer(Answer::Changes(since(1), Ok(changes(vec![sent()], 2, false))))
        }
        'l' => {
            let effects = state.link(Link::Online);
            state.answer(listing(&effects, vec![listed(Some(sent()), 2)]))
        }
        'r' => {
            // The page is loaded anew; its disk has the message still.
            let left: Vec<Unsent> = state.outbox.entries().iter().map(as_stored).collect();
            *state = ann_with_ben(1);
            let _ = state.read_outbox();
            state.answer(Answer::Outbox(left))
        }
        'k' => state.answer(Answer::Kept(id("a"), true)),
        _ => state.link(Link::Offline { reason: "lost".into(), retry_in: None }),
    };
    // Ack, event, page of history, list after a break, reload; the answer of the disk comes late.
    let orders = "a e ae ea aa ee p pa pe ap ep aep epa l la le al el lea rae re ra ar er rp oa oe ole ka";
    for order in orders.split(' ') {
        let mut state = ann_with_ben(1);
        let _ = say(&mut state, "a");
        for what in order.chars() {
            let _ = tell(&mut state, what);
            let twice = pending(&state).contains(&"a") && shown(&state).contains(&2);
            assert!(!twice, "{order}: shown twice after {what}");
            let shown = shown(&state);
            assert!(shown.is_sorted_by(|one, next| one < next), "{order}: {shown:?} after {what}");
        }
        if order.contains(['a', 'e', 'p']) {
            assert!(state.outbox.is_empty(), "{order}: nothing stays pending");
            let had = shown(&state).iter().filter(|seq| **seq == 2).count();
            let reloaded_last = order.ends_with('r');
            assert!(had == 1 || reloaded_last, "{order}: shown {had} times");
        }
    }
}

#[test]
fn the_next_message_goes_out_when_either_ack_or_event_confirms_the_one_before() {
    let sent = || message(ANN, Recipient::User(BEN), 2, Some("a"));
    for ack_first in [true, false] {
        let mut state = ann_with_ben(1);
        assert_eq!(sends(&say(&mut state, "a")), ["a"]);
        let _ = say(&mut state, "b");
        let (first, second) = if ack_first {
            let first = state.answer(Answer::Sent(id("a"), Ok(sent())));
            (first, state.apply(ServerEvent::MessageSent(sent())))
        } else {
            let first = state.apply(ServerEvent::MessageSent(sent()));
            (first, state.answer(Answer::Sent(id("a"), Ok(sent()))))
        };
        assert_eq!((sends(&first), sends(&second)), (vec!["b".to_owned()], vec![]));
        assert_eq!(shown(&state), [1, 2]);
        assert_eq!(state.outbox.entries().len(), 1);
        assert_eq!(state.unread(), 0, "who writes has read");
    }
}

#[test]
fn what_an_earlier_visit_sent_without_hearing_the_answer_is_confirmed_by_history() {
    let mut state = ann_with_ben(0);
    let _ = say(&mut state, "a");
    let sent = message(ANN, Recipient::User(BEN), 1, Some("a"));
    let _ = state.answer(Answer::Changes(since(0), Ok(changes(vec![sent], 1, false))));
    assert!(state.outbox.is_empty());
    assert_eq!(shown(&state), [1]);
}

/// What is kept, and whether as refused.
fn kept(effects: &[Effect]) -> Vec<(&str, bool)> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Keep(unsent) => Some((unsent.client_id.as_ref(), unsent.is_failed())),
            _ => None,
        })
        .collect()
}

#[test]
fn a_message_is_on_disk_before_it_is_shown_or_sent_and_leaves_the_disk_when_the_server_has_it() {
    let mut state = ann_with_ben(1);
    for name in ["a", "b"] {
        assert_eq!(kept(&state.act(write(name))), [(name, false)]);
    }
    assert_eq!(pending(&state), [""; 0]);
    // However the answers come, the order of writing is the order of sending.
    assert_eq!(state.answer(Answer::Kept(id("b"), true)), []);
    assert_eq!(sends(&state.answer(Answer::Kept(id("a"), true))), ["a"]);
    assert_eq!(pending(&state), ["a", "b"]);
    let sent = message(ANN, Recipient::User(BEN), 2, Some("a"));
    let effects = state.apply(ServerEvent::MessageSent(sent));
    assert_eq!((&effects[0], sends(&effects)), (&Effect::Forget(id("a")), vec!["b".to_owned()]));
    assert_eq!((shown(&state), pending(&state)), (vec![1, 2], vec!["b"]));
}

#[test]
fn without_storage_a_message_is_shown_and_sent_all_the_same() {
    let mut state = ann_with_ben(1);
    let _ = state.act(write("a"));
    assert_eq!(sends(&state.answer(Answer::Kept(id("a"), false))), ["a"]);
    assert_eq!((pending(&state), state.outbox.is_at_risk()), (vec!["a"], true));
}

#[test]
fn nothing_is_sent_before_it_is_known_what_an_earlier_visit_left() {
    let mut state = ChatState::new(user(ANN, "ann"));
    let mut earlier = state.clone();
    let Effect::Keep(left) = earlier.act(write("old")).remove(0) else { panic!() };
    assert_eq!(state.read_outbox(), [Effect::ReadOutbox]);
    let _ = state.link(Link::Online);
    assert_eq!(say(&mut state, "new"), []);
    let effects = state.answer(Answer::Outbox(vec![as_stored(&left)]));
    assert_eq!((pending(&state), sends(&effects)), (vec!["old", "new"], vec!["old".to_owned()]));
    assert_eq!(kept(&effects), [("new", false)], "its place in the order changed");
}

/// As it comes out of the storage.
fn as_stored(unsent: &Unsent) -> Unsent {
    serde_json::from_str(&serde_json::to_string(unsent).unwrap()).unwrap()
}

#[test]
fn what_a_closed_tab_left_is_sent_by_another_unless_it_arrived() {
    let mut state = ann_with_ben(1);
    let mut tab = state.clone();
    let mut left: Vec<Unsent> = Vec::new();
    for name in ["sent", "left"] {
        let Effect::Keep(unsent) = tab.act(write(name)).remove(0) else { panic!() };
        left.push(as_stored(&unsent));
    }
    let sent = message(ANN, Recipient::User(BEN), 2, Some("sent"));
    let _ = state.apply(ServerEvent::MessageSent(sent));
    assert!(state.look_again().contains(&Effect::ReadOutbox));
    let effects = state.answer(Answer::Outbox(left));
    assert_eq!((&effects[0], sends(&effects)), (&Effect::Forget(id("sent")), vec!["left".to_owned()]));
    assert_eq!(pending(&state), ["left"]);
}

#[test]
fn what_is_written_without_a_connection_goes_out_with_the_next_one() {
    let mut state = ann_with_ben(1);
    let _ = state.link(Link::Offline { reason: "lost".into(), retry_in: Some(900) });
    assert_eq!(sends(&say(&mut state, "a")), [""; 0]);
    assert_eq!(sends(&state.link(Link::Online)), ["a"]);
    // The connection breaks again before the answer. Nobody knows whether it arrived, so it goes out
    // again.
    let _ = state.link(Link::Offline { reason: "lost".into(), retry_in: None });
    assert_eq!(sends(&state.answer(Answer::Sent(id("a"), Err(None)))), [""; 0]);
    assert_eq!(sends(&state.link(Link::Online)), ["a"]);
}

#[test]
fn a_refused_message_waits_for_a_decision() {
    let mut state = ann_with_ben(1);
    let _ = say(&mut state, "a");
    let error = ErrorBody::new(ErrorCode::NotAMember, "You are not a member of this group.");
    let effects = state.answer(Answer::Sent(id("a"), Err(Some(error.clone()))));
    assert_eq!(state.outbox.entries()[0].state, UnsentState::Failed(error));
    assert_eq!(kept(&effects), [("a", true)]);
    let effects = state.act(Action::Retry(id("a")));
    assert_eq!((kept(&effects), sends(&effects)), (vec![("a", false)], vec!["a".to_owned()]));
    assert_eq!(state.act(Action::Discard(id("a"))), [Effect::Forget(id("a"))]);
    assert!(state.outbox.is_empty());
}

#[test]
fn a_deletion_that_was_refused_is_said_until_somebody_decides_also_after_a_reload() {
    let deletion = Command::Delete { message: from_ben(1).id };
    let mut state = ann_with_ben(1);
    let _ = state.act(give("d", deletion.clone()));
    let _ = state.answer(Answer::Kept(id("d"), true));
    let preview = |state: &ChatState| {
        state
            .outbox
            .preview(WITH_BEN, &from_ben(1), ANN)
            .map(|one| (one.message.is_deleted(), one.refused.map(|refused| refused.client_id.clone())))
    };
    assert_eq!(preview(&state), Some((true, None)));
    let error = ErrorBody::new(ErrorCode::NotAMember, "You are not a member of this group.");
    let effects = state.answer(Answer::Sent(id("d"), Err(Some(error.clone()))));
    assert_eq!(kept(&effects), [("d", true)]);
    let said = "Not deleted. You are not a member of this group. Others can still read it.";
    assert_eq!(state.refusal.as_ref().unwrap().sentence, said, "it may be far up");
    assert_eq!(preview(&state), Some((false, Some(id("d")))));

    let left: Vec<Unsent> = state.outbox.entries().iter().map(as_stored).collect();
    let mut state = ann_with_ben(1);
    let _ = state.read_outbox();
    let _ = state.answer(Answer::Outbox(left));
    assert_eq!(preview(&state), Some((false, Some(id("d")))));
    // Somebody else deletes it: there is nothing left to decide.
    let deleted = Message { deleted_at: Some(Timestamp(9)), ..changed(1, 2) };
    let effects = state.apply(ServerEvent::MessageChanged(deleted));
    assert!(effects.contains(&Effect::Forget(id("d"))), "{effects:?}");
    assert!(state.outbox.is_empty());
}

#[test]
fn a_message_that_is_gone_need_not_be_deleted() {
    for code in [ErrorCode::MessageDeleted, ErrorCode::UnknownMessage] {
        let mut state = ann_with_ben(1);
        let _ = state.act(give("d", Command::Delete { message: from_ben(1).id }));
        let _ = state.answer(Answer::Kept(id("d"), true));
        let _ = state.answer(Answer::Sent(id("d"), Err(Some(ErrorBody::new(code, "Gone.")))));
        assert!(state.outbox.is_empty() && state.refusal.is_none());
    }
}

#[test]
fn a_change_is_shown_at_once_and_taken_back_with_a_sentence_if_it_is_refused() {
    let mut state = ann_with_ben(1);
    let ben_s = from_ben(1);
    let thumb = Command::React { message: ben_s.id, emoji: "👍".parse().unwrap(), on: true };
    assert_eq!(kept(&state.act(give("r", thumb))), [("r", false)]);
    assert_eq!(sends(&state.answer(Answer::Kept(id("r"), true))), ["r"]);
    let preview = |state: &ChatState| state.outbox.preview(WITH_BEN, &ben_s, ANN).map(|one| one.message);
    assert_eq!(preview(&state).unwrap().reactions.len(), 1);
    let error = ErrorBody::new(ErrorCode::MessageDeleted, "This message was deleted.");
    let effects = state.answer(Answer::Sent(id("r"), Err(Some(error.clone()))));
    assert_eq!(effects, [Effect::Forget(id("r"))]);
    assert_eq!(preview(&state), None);
    assert_eq!(state.refusal.as_ref().unwrap().sentence, error.message);
    let _ = state.act(Action::Noticed);
    assert_eq!(state.refusal, None);
    // What somebody wrote is not thrown away.
    let _ = state.act(give("e", Command::Edit { message: ben_s.id, content: "long".parse().unwrap() }));
    let _ = state.answer(Answer::Kept(id("e"), true));
    let _ = state.answer(Answer::Sent(id("e"), Err(Some(error))));
    assert!(state.outbox.preview(WITH_BEN, &ben_s, ANN).unwrap().refused.is_some());
    assert_eq!(pending(&state), [""; 0], "it is no message");
}

#[test]
fn a_correction_is_confirmed_by_its_ack_and_goes_out_behind_the_message_before_it() {
    let mut state = ann_with_ben(1);
    assert_eq!(sends(&say(&mut state, "a")), ["a"]);
    let edit = Command::Edit { message: from_ben(1).id, content: "new".parse().unwrap() };
    let _ = state.act(give("e", edit));
    assert_eq!(sends(&state.answer(Answer::Kept(id("e"), true))), [""; 0]);
    let sent = message(ANN, Recipient::User(BEN), 2, Some("a"));
    assert_eq!(sends(&state.answer(Answer::Sent(id("a"), Ok(sent)))), ["e"]);
    let edited = Message { content: "new".parse().unwrap(), ..changed(1, 3) };
    let _ = state.answer(Answer::Sent(id("e"), Ok(edited.clone())));
    assert_eq!(state.conversations[&WITH_BEN].timeline.messages()[0], edited);
    assert!(state.outbox.is_empty());
}

#[test]
fn a_correction_that_was_refused_is_told_where_no_row_shows_it() {
    let mut state = ann(vec![listed(Some(from_ben(90)), 90)]);
    let _ = state.act(Action::Open(WITH_BEN));
    let edit = Command::Edit { message: from_ben(7).id, content: "new".parse().unwrap() };
    let _ = state.act(give("e", edit));
    let _ = state.answer(Answer::Kept(id("e"), true));
    let error = ErrorBody::new(ErrorCode::MessageDeleted, "This message was deleted.");
    let _ = state.answer(Answer::Sent(id("e"), Err(Some(error))));
    let told = |state: &mut ChatState| {
        let changed = state.take_changes().contains(&Topic::Outbox);
        (state.dead_letters().len(), changed)
    };
    assert_eq!(told(&mut state), (0, false), "the page that is on its way may have the message");
    let _ = state.answer(Answer::Fetched(newest(), Ok(page((41..=90).map(from_ben).collect(), 90))));
    assert_eq!(told(&mut state), (1, true));
    // Its row says it, and what can be done.
    let _ = state.act(Action::OpenAt(WITH_BEN, Seq(7)));
    let around = FetchHistory { around: Some(Seq(7)), ..newest() };
    let _ = state.answer(Answer::Fetched(around, Ok(page((1..=30).map(from_ben).collect(), 90))));
    assert_eq!(told(&mut state), (0, true));
    let _ = state.act(Action::Close);
    assert_eq!(told(&mut state), (1, true), "it is not loaded any more");
    let _ = state.act(Action::Discard(id("e")));
    assert_eq!(told(&mut state), (0, true));
}

#[test]
fn what_was_written_and_refused_is_said_whether_its_row_is_seen_or_not() {
    let mut state = ann_with_ben(9);
    let error = ErrorBody::new(ErrorCode::TooMany, "Too many.");
    let _ = say(&mut state, "a");
    let _ = state.answer(Answer::Sent(id("a"), Err(Some(error.clone()))));
    assert_eq!(state.refusal.as_ref().unwrap().sentence, "Not sent. Too many. It is kept here.");
    assert!(state.dead_letters().is_empty(), "it stands at the end");
    assert!(state.take_changes().contains(&Topic::Refusal));

    let edit = Command::Edit { message: from_ben(1).id, content: "new".parse().unwrap() };
    let _ = state.act(give("e", edit));
    let _ = state.answer(Answer::Kept(id("e"), true));
    let _ = state.act(Action::Noticed);
    let _ = state.act(Action::Close);
    let _ = state.answer(Answer::Sent(id("e"), Err(Some(error))));
    let refusal = state.refusal.clone().unwrap();
    assert_eq!(refusal.sentence, "Not corrected. Too many. Your text is kept here.");
    assert_eq!(refusal.conversation, WITH_BEN);
    let dead = |state: &ChatState| state.dead_letters().len();
    assert_eq!(dead(&state), 1, "it is loaded, and may be far up in a conversation that is not open");
    let _ = state.act(Action::Open(WITH_BEN));
    assert_eq!(dead(&state), 0);
}
