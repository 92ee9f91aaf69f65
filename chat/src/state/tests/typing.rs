//! Who is typing.

use super::*;

/// Somebody is typing to Ann.
fn typing(user_id: UserId) -> ServerEvent {
    ServerEvent::UserTyping(UserTyping { conversation: WITH_BEN, user_id })
}

#[test]
fn who_types_is_shown_until_its_time_is_over_and_each_time_begins_anew() {
    let mut state = ann_with_ben(1);
    let first = state.apply(typing(BEN));
    assert_eq!(first, [Effect::AwaitTyping(WITH_BEN, BEN, 1)]);
    assert!(state.take_changes().contains(&Topic::Typing(WITH_BEN)));
    assert_eq!(state.apply(typing(BEN)), [Effect::AwaitTyping(WITH_BEN, BEN, 2)]);
    assert!(state.take_changes().is_empty(), "nothing else is shown than before");
    let _ = state.answer(Answer::TypingLasted(WITH_BEN, BEN, 1));
    assert_eq!(state.typing(WITH_BEN), [BEN]);
    let _ = state.answer(Answer::TypingLasted(WITH_BEN, BEN, 2));
    assert_eq!(state.typing(WITH_BEN), []);
    assert!(state.take_changes().contains(&Topic::Typing(WITH_BEN)));
    assert_eq!(state.apply(typing(ANN)), [], "of oneself one knows it");
    assert_eq!(state.typing(WITH_BEN), []);
}

#[test]
fn a_message_of_theirs_ends_it_but_not_a_correction_or_somebody_elses() {
    let mut state = ann_with_ben(1);
    let _ = state.apply(typing(BEN));
    let _ = state.apply(ServerEvent::MessageChanged(changed(1, 2)));
    assert_eq!(state.typing(WITH_BEN), [BEN]);
    let mine = Message { rev: Rev(3), ..message(ANN, Recipient::User(BEN), 2, None) };
    let _ = state.apply(ServerEvent::MessageSent(mine));
    assert_eq!(state.typing(WITH_BEN), [BEN]);
    let _ = state.apply(ServerEvent::PrivateMessage(Message { rev: Rev(4), ..from_ben(3) }));
    assert_eq!(state.typing(WITH_BEN), []);
}

#[test]
fn without_a_connection_nobody_is_known_to_type() {
    let mut state = ann_with_ben(1);
    let _ = state.apply(typing(BEN));
    let _ = state.link(Link::Offline { reason: String::new(), retry_in: None });
    assert_eq!(state.typing(WITH_BEN), []);
    assert_eq!(state.act(Action::Typing(WITH_BEN)), [], "nor is it said");
}

#[test]
fn typing_is_said_once_in_a_while_in_each_conversation_and_to_nobody_among_notes() {
    let mut state = ann_with_ben(1);
    let said = |conversation| vec![Effect::SayTyping(Typing { conversation })];
    assert_eq!(state.act(Action::Typing(WITH_BEN)), said(WITH_BEN));
    assert_eq!(state.act(Action::Typing(WITH_BEN)), []);
    assert_eq!(state.act(Action::Typing(IN_LUNCH)), said(IN_LUNCH));
    // She has gone on in the one, and sent what she typed in the other.
    assert_eq!(state.answer(Answer::SaidTyping(WITH_BEN)), said(WITH_BEN));
    assert_eq!(state.answer(Answer::SaidTyping(WITH_BEN)), []);
    assert_eq!(state.act(Action::Typing(IN_LUNCH)), []);
    let command = Command::Send { content: "hello".parse().unwrap(), reply_to: None };
    let (client_id, now) = (id("x"), Timestamp(0));
    let _ = state.act(Action::Write { conversation: IN_LUNCH, client_id, command, now });
    assert_eq!(state.answer(Answer::SaidTyping(IN_LUNCH)), []);
    assert_eq!(state.act(Action::Typing(IN_LUNCH)), said(IN_LUNCH));
    assert_eq!(state.act(Action::Typing(ConversationId::User(ANN))), []);
}
