//! Where conversations stand in the list.

use protocol::ConversationMuted;

use super::*;
use crate::Section;

const CLEO: UserId = UserId::from_bytes([4; 16]);
const WITH_CLEO: ConversationId = ConversationId::User(CLEO);

fn with_ben(last: u64, read: u64) -> Conversation {
    listed(Some(from_ben(last)), read)
}

fn with_cleo(last: u64, read: u64) -> Conversation {
    let last = message(CLEO, Recipient::User(ANN), last, None);
    Conversation { with: Peer::User(user(CLEO, "cleo")), ..listed(Some(last), read) }
}

fn in_lunch(last: u64, read: u64) -> Conversation {
    let last = message(BEN, Recipient::Group(LUNCH), last, None);
    Conversation { with: Peer::Group(lunch(3)), ..listed(Some(last), read) }
}

fn sections(state: &ChatState) -> [Vec<ConversationId>; 3] {
    let sections = state.sections();
    Section::ALL.map(|section| sections.of(section).to_vec())
}

fn mute(state: &mut ChatState, conversation: ConversationId, muted: bool) {
    let _ = state.act(Action::Muted(ConversationMuted { conversation, muted }));
}

#[test]
fn what_waits_stands_first_and_nothing_stands_twice() {
    let mut state = ann(vec![with_ben(5, 5), with_cleo(7, 7), in_lunch(6, 6)]);
    assert_eq!(sections(&state), [vec![], vec![IN_LUNCH], vec![WITH_CLEO, WITH_BEN]]);
    let _ = state.apply(ServerEvent::PrivateMessage(from_ben(6)));
    assert_eq!(sections(&state), [vec![WITH_BEN], vec![IN_LUNCH], vec![WITH_CLEO]]);
    let state = ann(vec![with_ben(5, 1), with_cleo(7, 7), in_lunch(6, 6)]);
    assert_eq!(sections(&state), [vec![WITH_BEN], vec![IN_LUNCH], vec![WITH_CLEO]]);
    let state = ann(vec![with_ben(5, 1), with_cleo(7, 7), in_lunch(6, 2)]);
    assert_eq!(sections(&state), [vec![IN_LUNCH, WITH_BEN], vec![], vec![WITH_CLEO]], "newest first");
}

#[test]
fn what_is_muted_stays_where_it_is() {
    let mut state = ann(vec![with_ben(5, 1), in_lunch(6, 2)]);
    mute(&mut state, IN_LUNCH, true);
    assert_eq!(sections(&state), [vec![WITH_BEN], vec![IN_LUNCH], vec![]]);
    assert_eq!(state.waiting(), [WITH_BEN]);
    mute(&mut state, IN_LUNCH, false);
    assert_eq!(sections(&state), [vec![IN_LUNCH, WITH_BEN], vec![], vec![]]);
}

#[test]
fn the_open_conversation_stays_in_its_section_until_one_leaves_it() {
    let mut state = ann(vec![with_ben(5, 1), with_cleo(7, 7)]);
    let _ = state.act(Action::Open(WITH_BEN));
    let _ = state.act(Action::Read(WITH_BEN, Seq(5)));
    assert_eq!(state.unread(), 0);
    assert_eq!(sections(&state), [vec![WITH_BEN], vec![], vec![WITH_CLEO]]);
    let _ = state.act(Action::Open(WITH_CLEO));
    assert_eq!(sections(&state), [vec![], vec![], vec![WITH_CLEO, WITH_BEN]]);
    // Nobody looks at the page when this comes, and it stays unread.
    let _ = state.apply(ServerEvent::PrivateMessage(message(CLEO, Recipient::User(ANN), 8, None)));
    assert_eq!(sections(&state), [vec![], vec![], vec![WITH_CLEO, WITH_BEN]]);
    let _ = state.act(Action::Close);
    assert_eq!(sections(&state), [vec![WITH_CLEO], vec![], vec![WITH_BEN]]);
}

#[test]
fn a_page_that_begins_in_a_conversation_shows_it_among_what_was_unread() {
    let mut state = ChatState::new(user(ANN, "ann"));
    let _ = state.act(Action::Open(WITH_BEN));
    let _ = state.read_outbox();
    let effects = state.link(Link::Online);
    let _ = state.answer(Answer::Outbox(vec![]));
    let _ = state.answer(listing(&effects, vec![with_ben(5, 1)]));
    let _ = state.act(Action::Read(WITH_BEN, Seq(5)));
    assert_eq!(sections(&state), [vec![WITH_BEN], vec![], vec![]]);
}

#[test]
fn what_mentions_this_person_waits_before_what_is_newer() {
    let mentions = |one| Conversation { unread_mentions: 1, ..one };
    let state = ann(vec![mentions(with_ben(3, 1)), with_cleo(7, 1), mentions(in_lunch(5, 2))]);
    assert_eq!(state.waiting(), [IN_LUNCH, WITH_BEN, WITH_CLEO]);
    assert_eq!(state.sections().unread, [WITH_CLEO, IN_LUNCH, WITH_BEN], "the list is by time alone");
}
