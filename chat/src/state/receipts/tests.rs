//! Receipts as they are heard, missed and asked for.

use protocol::{
    Conversation, ConversationId, FetchHistory, Group, GroupId, HistoryPage, ListReceipts, Message, Peer,
    Receipt, ReceiptChanged, ReceiptsChanged, Recipient, Rev, Role, Seq, ServerEvent, Synced, Timestamp,
    User, UserId, UserJoinedGroup, Visibility, limits,
};

use super::Question;
use crate::state::{Action, Answer, ChatState, Effect, Link, Topic};

const ANN: UserId = UserId::from_bytes([1; 16]);
const BEN: UserId = UserId::from_bytes([2; 16]);
const CLEO: UserId = UserId::from_bytes([4; 16]);
const WITH_BEN: ConversationId = ConversationId::User(BEN);
const LUNCH: GroupId = GroupId::from_bytes([3; 16]);
const IN_LUNCH: ConversationId = ConversationId::Group(LUNCH);

fn user(id: UserId) -> User {
    User { id, username: "somebody".parse().unwrap() }
}

fn receipt(user_id: UserId, delivered: u64, read: u64) -> Receipt {
    Receipt { user_id, delivered_up_to: Seq(delivered), read_up_to: Seq(read), joined_after: Seq::ZERO }
}

fn changed(conversation: ConversationId, user_id: UserId, delivered: u64, read: u64) -> ServerEvent {
    let (delivered_up_to, read_up_to) = (Seq(delivered), Seq(read));
    ServerEvent::ReceiptChanged(ReceiptChanged { conversation, user_id, delivered_up_to, read_up_to })
}

/// The question about receipts among these effects.
fn asked(effects: &[Effect]) -> Option<(ConversationId, Question)> {
    effects.iter().find_map(|effect| match effect {
        Effect::ListReceipts(ListReceipts { conversation }, question) => Some((*conversation, *question)),
        _ => None,
    })
}

fn message(sender: UserId, seq: u64) -> Message {
    let recipient = Recipient::User(if sender == ANN { BEN } else { ANN });
    Message { sender_id: sender, recipient, ..crate::testing::message(seq) }
}

/// Ann, online, with a conversation on the screen of which these messages were loaded.
fn ann(open: ConversationId, messages: Vec<Message>) -> (ChatState, Question) {
    let mut state = ChatState::new(user(ANN));
    let _ = state.link(Link::Online);
    let (conversation, question) = asked(&state.act(Action::Open(open))).unwrap();
    assert_eq!(conversation, open);
    let head = messages.last().map_or(Seq::ZERO, |last| last.seq);
    let page = HistoryPage { messages, head, rev: Rev(head.0), changes: vec![] };
    let _ = state.answer(Answer::Fetched(FetchHistory::newest(open), Ok(page)));
    (state, question)
}

fn with_ben(known: Receipt) -> ChatState {
    let (mut state, question) = ann(WITH_BEN, vec![message(ANN, 1), message(ANN, 2)]);
    assert_eq!(state.answer(Answer::Receipts(question, Ok(vec![known]))), []);
    let _ = state.take_changes();
    state
}

fn shown(state: &ChatState) -> Vec<(u64, u64)> {
    let receipts = state.receipts(state.open.unwrap()).unwrap_or_default();
    receipts.iter().map(|one| (one.delivered_up_to.0, one.read_up_to.0)).collect()
}

#[test]
fn what_is_heard_raises_what_is_known_and_never_lowers_it() {
    let mut state = with_ben(receipt(BEN, 1, 0));
    assert_eq!(shown(&state), [(1, 0)]);
    assert_eq!(state.apply(changed(WITH_BEN, BEN, 2, 1)), []);
    assert_eq!(shown(&state), [(2, 1)]);
    assert!(state.take_changes().contains(&Topic::Receipts(WITH_BEN)));
    assert_eq!(state.apply(changed(WITH_BEN, BEN, 1, 0)), []);
    assert_eq!(shown(&state), [(2, 1)]);
    assert!(state.take_changes().is_empty(), "nothing else is shown than before");
    // Of what is not on the screen, nothing is kept.
    assert_eq!(state.apply(changed(ConversationId::User(CLEO), CLEO, 9, 9)), []);
    assert_eq!(shown(&state), [(2, 1)]);
    let _ = state.act(Action::Close);
    assert_eq!(state.receipts(WITH_BEN), None);
}

#[test]
fn who_writes_has_read_what_is_above() {
    let mut state = with_ben(receipt(BEN, 0, 0));
    let _ = state.apply(ServerEvent::PrivateMessage(message(BEN, 3)));
    assert_eq!(shown(&state), [(3, 3)]);
    // A message that was missed says the same when it is fetched.
    let page = HistoryPage { messages: vec![message(BEN, 5)], head: Seq(5), rev: Rev(5), changes: vec![] };
    let _ = state.answer(Answer::Fetched(FetchHistory::newest(WITH_BEN), Ok(page)));
    assert_eq!(shown(&state), [(5, 5)]);
}

#[test]
fn what_is_heard_while_the_answer_is_on_its_way_is_not_lost() {
    let (mut state, question) = ann(WITH_BEN, vec![message(ANN, 1)]);
    assert_eq!(state.receipts(WITH_BEN), None);
    let _ = state.apply(changed(WITH_BEN, BEN, 1, 1));
    let _ = state.answer(Answer::Receipts(question, Ok(vec![receipt(BEN, 1, 0)])));
    assert_eq!(shown(&state), [(1, 1)]);
}

#[test]
fn after_a_break_the_server_is_believed_even_if_it_knows_less() {
    let mut state = with_ben(receipt(BEN, 2, 2));
    let _ = state.link(Link::Offline { reason: "lost".into(), retry_in: None });
    assert_eq!(shown(&state), [(2, 2)], "nothing flickers");
    let (_, question) = asked(&state.link(Link::Online)).unwrap();
    // A backup was restored.
    let _ = state.answer(Answer::Receipts(question, Ok(vec![receipt(BEN, 1, 0)])));
    assert_eq!(shown(&state), [(1, 0)]);
}

#[test]
fn an_answer_of_a_former_connection_or_about_another_conversation_counts_for_nothing() {
    let (mut state, first) = ann(WITH_BEN, vec![message(ANN, 1)]);
    let (_, second) = asked(&state.link(Link::Online)).unwrap();
    let _ = state.answer(Answer::Receipts(first, Err("The server did not answer.".into())));
    let _ = state.answer(Answer::Receipts(second, Ok(vec![receipt(BEN, 1, 0)])));
    assert_eq!(shown(&state), [(1, 0)]);
    let (_, third) = asked(&state.look_again()).unwrap();
    assert!(asked(&state.act(Action::Open(ConversationId::User(CLEO)))).is_some());
    let _ = state.answer(Answer::Receipts(third, Ok(vec![receipt(BEN, 1, 1)])));
    assert_eq!(state.receipts(ConversationId::User(CLEO)), None);
}

#[test]
fn once_a_minute_it_is_asked_again_until_everybody_has_read_everything() {
    let mut state = with_ben(receipt(BEN, 2, 1));
    let (_, question) = asked(&state.look_again()).unwrap();
    let _ = state.answer(Answer::Receipts(question, Ok(vec![receipt(BEN, 2, 2)])));
    assert_eq!(asked(&state.look_again()), None);
    let mine = message(ANN, 3);
    let _ = state.apply(ServerEvent::MessageSent(mine));
    assert!(asked(&state.look_again()).is_some());
}

#[test]
fn among_notes_and_without_a_connection_nothing_is_asked() {
    let mut state = ChatState::new(user(ANN));
    assert_eq!(asked(&state.act(Action::Open(WITH_BEN))), None);
    let _ = state.act(Action::Open(ConversationId::User(ANN)));
    assert_eq!(asked(&state.link(Link::Online)), None);
    assert_eq!(asked(&state.look_again()), None);
}

fn lunch(member_count: u64) -> Group {
    let name = "Lunch".parse().unwrap();
    Group { id: LUNCH, name, visibility: Visibility::Public, member_count, created_at: Timestamp(0) }
}

fn list(group: Group) -> Vec<Conversation> {
    vec![Conversation {
        with: Peer::Group(group),
        last_message: None,
        read_up_to: Seq::ZERO,
        mark: 0,
        unread: 0,
        unread_mentions: 0,
        rev: Rev::ZERO,
        change_id: None,
        updated_at: Timestamp(0),
        muted: false,
        role: Role::Member,
    }]
}

#[test]
fn who_came_since_is_asked_for_and_only_once_more_however_many_come() {
    let (mut state, question) = ann(IN_LUNCH, vec![]);
    let _ = state.act(Action::Meet(Peer::Group(lunch(2))));
    let _ = state.answer(Answer::Receipts(question, Ok(vec![receipt(BEN, 0, 0)])));
    let joins = |id| ServerEvent::UserJoinedGroup(UserJoinedGroup { group_id: LUNCH, user: user(id) });
    let (_, question) = asked(&state.apply(joins(CLEO))).unwrap();
    assert_eq!(asked(&state.apply(joins(UserId::from_bytes([5; 16])))), None);
    assert_eq!(asked(&state.apply(changed(IN_LUNCH, CLEO, 4, 4))), None);
    let answer = Answer::Receipts(question, Ok(vec![receipt(BEN, 0, 0), receipt(CLEO, 3, 3)]));
    let (_, question) = asked(&state.answer(answer)).unwrap();
    assert_eq!(shown(&state), [(0, 0), (4, 4)]);
    let answer = Answer::Receipts(question, Err("Not now.".into()));
    assert_eq!(state.answer(answer), []);
    assert_eq!(shown(&state), [(0, 0), (4, 4)]);
}

#[test]
fn of_several_at_once_ones_own_counts_for_nothing_and_unknown_people_are_asked_for_once() {
    let (mut state, question) = ann(IN_LUNCH, vec![]);
    let _ = state.act(Action::Meet(Peer::Group(lunch(3))));
    let _ = state.answer(Answer::Receipts(question, Ok(vec![receipt(BEN, 0, 0), receipt(CLEO, 1, 1)])));
    let _ = state.take_changes();
    let together =
        |receipts| ServerEvent::ReceiptsChanged(ReceiptsChanged { conversation: IN_LUNCH, receipts });
    assert_eq!(state.apply(together(vec![receipt(ANN, 9, 9), receipt(CLEO, 3, 2), receipt(BEN, 2, 1)])), []);
    assert_eq!(shown(&state), [(2, 1), (3, 2)]);
    assert!(state.take_changes().contains(&Topic::Receipts(IN_LUNCH)));
    let newcomers = [6, 7].map(|number| receipt(UserId::from_bytes([number; 16]), 4, 4));
    let effects = state.apply(together([&newcomers[..], &[receipt(BEN, 4, 4)]].concat()));
    let (_, question) = asked(&effects).unwrap();
    assert_eq!(effects.len(), 1);
    assert_eq!(shown(&state), [(4, 4), (3, 2)]);
    let all = [&[receipt(BEN, 4, 4), receipt(CLEO, 3, 2)][..], &newcomers].concat();
    assert_eq!(state.answer(Answer::Receipts(question, Ok(all))), [], "nothing is asked once more");
    assert_eq!(shown(&state).len(), 4);
}

#[test]
fn a_group_with_too_many_members_is_not_asked_about() {
    let mut state = ChatState::new(user(ANN));
    let effects = state.link(Link::Online);
    let Some(Effect::Synchronise(request)) = effects.into_iter().next() else { panic!() };
    let list = list(lunch(limits::RECEIPT_MEMBERS));
    let synced = Synced { conversations: Some(list), ..Synced::default() };
    let _ = state.answer(Answer::Synced(request, Ok(synced)));
    let (_, question) = asked(&state.act(Action::Open(IN_LUNCH))).unwrap();
    let _ = state.answer(Answer::Receipts(question, Ok(vec![receipt(BEN, 0, 0)])));
    assert_eq!(shown(&state), [(0, 0)]);
    let joined = UserJoinedGroup { group_id: LUNCH, user: user(CLEO) };
    assert_eq!(asked(&state.apply(ServerEvent::UserJoinedGroup(joined))), None);
    assert_eq!(state.receipts(IN_LUNCH), None);
    assert_eq!(asked(&state.look_again()), None);
}
