//! The state through its public functions, without a browser.

mod loading;
mod outbox;
mod roles;
mod sections;
mod sync;
mod typing;
mod unread;

use std::collections::BTreeMap;

use crate::{Command, TabNews, Unsent, UnsentState};
use protocol::{
    Anchor, ChangeId, ChangesPage, ClientId, Conversation, ConversationId, ErrorBody, ErrorCode,
    EventsMissed, FetchChanges, FetchHistory, Group, GroupId, Head, HeadsDigest, HistoryPage, JoinedGroup,
    LeftGroup, ListReceipts, MarkRead, MarkUnread, Member, Message, MessageId, MessageText, Peer, ReadUpTo,
    Recipient, Rev, Role, Seq, ServerEvent, Synced, Synchronise, Timestamp, Typing, User, UserId,
    UserJoinedGroup, UserTyping, Visibility,
};

use super::{Action, Answer, ChatState, Effect, Link, Load, Topic};

const ANN: UserId = UserId::from_bytes([1; 16]);

const BEN: UserId = UserId::from_bytes([2; 16]);

const LUNCH: GroupId = GroupId::from_bytes([3; 16]);

const WITH_BEN: ConversationId = ConversationId::User(BEN);

const IN_LUNCH: ConversationId = ConversationId::Group(LUNCH);

fn user(id: UserId, name: &str) -> User {
    User { id, username: name.parse().unwrap() }
}

fn id(name: &str) -> ClientId {
    name.parse().unwrap()
}

fn message(sender: UserId, recipient: Recipient, seq: u64, client_id: Option<&str>) -> Message {
    Message {
        id: MessageId::from_bytes([seq as u8; 16]),
        client_id: client_id.map(id),
        sender_id: sender,
        recipient,
        created_at: Timestamp(seq as i64),
        ..crate::testing::message(seq)
    }
}

fn from_ben(seq: u64) -> Message {
    message(BEN, Recipient::User(ANN), seq, None)
}

fn listed(last: Option<Message>, read: u64) -> Conversation {
    let unread = last.as_ref().map_or(0, |last| last.seq.0) - read;
    let updated_at = last.as_ref().map_or(Timestamp(0), |last| last.created_at);
    let with = Peer::User(user(BEN, "ben"));
    let rev = last.as_ref().map_or(Rev::ZERO, |last| last.rev);
    let change_id = last.as_ref().and_then(|last| last.change_id);
    let read_up_to = Seq(read);
    Conversation {
        with,
        last_message: last,
        read_up_to,
        mark: 0,
        unread,
        unread_mentions: 0,
        rev,
        change_id,
        updated_at,
        muted: false,
        role: Role::Member,
    }
}

fn lunch(member_count: u64) -> Group {
    Group {
        id: LUNCH,
        name: "Lunch".parse().unwrap(),
        visibility: Visibility::Public,
        member_count,
        created_at: Timestamp(0),
    }
}

/// The request for the newest page.
fn newest() -> FetchHistory {
    FetchHistory::newest(WITH_BEN)
}

fn since(rev: u64) -> FetchChanges {
    FetchChanges { conversation: WITH_BEN, since: Rev(rev), limit: None }
}

fn page(messages: Vec<Message>, head: u64) -> HistoryPage {
    HistoryPage { messages, head: Seq(head), rev: Rev(head), changes: vec![] }
}

fn changes(messages: Vec<Message>, rev: u64, more: bool) -> ChangesPage {
    ChangesPage { messages, rev: Rev(rev), more }
}

fn counted(seq: u64, unread: u64, rev: u64) -> ReadUpTo {
    ReadUpTo { conversation: WITH_BEN, seq: Seq(seq), unread, unread_mentions: 0, rev: Rev(rev), mark: 0 }
}

fn read(seq: u64, unread: u64, rev: u64) -> ServerEvent {
    ServerEvent::ReadUpTo(counted(seq, unread, rev))
}

/// A later state of one of Ben's messages.
fn changed(seq: u64, rev: u64) -> Message {
    let change_id = Some(ChangeId::from_bytes([100 + rev as u8; 16]));
    Message { rev: Rev(rev), change_id, ..from_ben(seq) }
}

/// Ann, connected, with the list of her conversations.
fn ann(conversations: Vec<Conversation>) -> ChatState {
    let mut state = ChatState::new(user(ANN, "ann"));
    assert_eq!(state.read_outbox(), [Effect::ReadOutbox]);
    let effects = state.link(Link::Online);
    assert_eq!(state.answer(Answer::Outbox(vec![])), []);
    let _ = state.answer(listing(&effects, conversations));
    state
}

/// How the server is asked what changed.
fn asked(effects: &[Effect]) -> Synchronise {
    let mut requests = effects.iter().filter_map(|effect| match effect {
        Effect::Synchronise(request) => Some(request.clone()),
        _ => None,
    });
    let request = requests.next().expect("the server is asked");
    assert_eq!(requests.next(), None, "once");
    request
}

/// The answer that lists everything.
fn listing(effects: &[Effect], conversations: Vec<Conversation>) -> Answer {
    Answer::Synced(
        asked(effects),
        Ok(Synced { conversations: Some(conversations), diverged: vec![], ..Synced::default() }),
    )
}

const NOTHING_NEW: Synced = Synced { conversations: None, more: false, diverged: vec![] };

/// What is asked when the conversation with Ben comes to the screen.
fn opening(fetch: FetchHistory) -> [Effect; 2] {
    [Effect::Fetch(fetch), Effect::ListReceipts(ListReceipts { conversation: WITH_BEN }, 1)]
}

/// Ann with the conversation with Ben on the screen, `seqs` of it loaded.
fn ann_with_ben(last: u64) -> ChatState {
    let mut state = ann(vec![listed(Some(from_ben(last)), 0)]);
    assert_eq!(state.act(Action::Open(WITH_BEN)), opening(newest()));
    let messages = (1..=last).map(from_ben).collect();
    let effects = state.answer(Answer::Fetched(newest(), Ok(page(messages, last))));
    assert_eq!(effects, []);
    state
}

fn write(name: &str) -> Action {
    give(name, Command::Send { content: "hi".parse().unwrap(), reply_to: None })
}

fn give(name: &str, command: Command) -> Action {
    Action::Write { conversation: WITH_BEN, client_id: id(name), command, now: Timestamp(9) }
}

/// Writes, and the message is kept.
fn shown(state: &ChatState) -> Vec<u64> {
    state.conversations[&WITH_BEN].timeline.messages().iter().map(|message| message.seq.0).collect()
}

#[test]
fn a_message_from_a_stranger_asks_who_and_what_it_belongs_to() {
    let mut state = ann(vec![]);
    let effects = state.apply(ServerEvent::PrivateMessage(from_ben(1)));
    assert_eq!(effects[0], Effect::GetUsers(vec![BEN]));
    assert_eq!(asked(&effects).state, Some(HeadsDigest::of_state([])), "of a stranger one knows nothing");
    // Neither is asked for twice.
    assert_eq!(state.apply(ServerEvent::PrivateMessage(from_ben(2))), []);
    let _ = state.answer(Answer::Users(vec![BEN], Ok(vec![user(BEN, "ben")])));
    assert_eq!(state.people.get(BEN).unwrap().username.as_str(), "ben");
    assert_eq!(state.conversations[&WITH_BEN].unread, 2);
    assert_eq!(state.unread(), 2);
}

#[test]
fn names_that_could_not_be_had_are_asked_for_again() {
    let mut state = ann(vec![]);
    let open = Action::Open(WITH_BEN);
    assert!(state.act(open.clone()).contains(&Effect::GetUsers(vec![BEN])));
    let _ = state.answer(Answer::Users(vec![BEN], Err("no".into())));
    assert!(state.act(open).contains(&Effect::GetUsers(vec![BEN])));
}

#[test]
fn opening_marks_where_reading_stopped_until_one_leaves() {
    let mut state = ann_with_ben(3);
    assert_eq!(state.conversations[&WITH_BEN].divider, Some(Seq(0)));
    let read = MarkRead { conversation: WITH_BEN, seq: Seq(3), mark: Some(0) };
    assert_eq!(state.act(Action::Read(WITH_BEN, Seq(3))), [Effect::MarkRead(read)]);
    assert_eq!(state.act(Action::Read(WITH_BEN, Seq(2))), []);
    assert_eq!((state.unread(), state.conversations[&WITH_BEN].divider), (0, Some(Seq(0))));
    let _ = state.act(Action::Close);
    assert_eq!(state.conversations[&WITH_BEN].divider, None);
}

#[test]
fn a_deleted_message_is_not_unread_any_more_and_the_preview_shows_it() {
    let mut state = ann(vec![listed(Some(from_ben(3)), 1)]);
    assert_eq!(state.unread(), 2);
    let gone = Message { content: MessageText::deleted(), deleted_at: Some(Timestamp(1)), ..changed(3, 4) };
    assert_eq!(state.apply(ServerEvent::MessageChanged(gone.clone())), [Effect::GetUsers(vec![BEN])][..0]);
    assert_eq!(state.unread(), 1);
    assert_eq!(state.conversations[&WITH_BEN].last_message, Some(gone.clone()));
    assert_eq!(state.apply(ServerEvent::MessageChanged(gone)), []);
    assert_eq!(state.unread(), 1, "once");
    // One that was read before counts for nothing.
    let read_before = Message { deleted_at: Some(Timestamp(1)), ..changed(1, 5) };
    assert_eq!(state.apply(ServerEvent::MessageChanged(read_before)), []);
    assert_eq!(state.unread(), 1);
    // Something was missed: what is unread is asked.
    asked(&state.apply(ServerEvent::MessageChanged(changed(2, 7))));
}

/// One of Ben's messages that mentions Ann.
fn to_ann(message: Message) -> Message {
    Message { mentions: vec![ANN], ..message }
}

#[test]
fn messages_that_mention_are_counted_as_they_come_change_and_are_read() {
    let mut state = ann_with_ben(1);
    let mentions = |state: &ChatState| (state.unread(), state.unread_mentions());
    let apply = |state: &mut ChatState, event| drop(state.apply(event));
    apply(&mut state, ServerEvent::PrivateMessage(to_ann(from_ben(2))));
    apply(&mut state, ServerEvent::PrivateMessage(to_ann(from_ben(3))));
    apply(&mut state, ServerEvent::PrivateMessage(from_ben(4)));
    assert_eq!(mentions(&state), (4, 2));
    // Corrected: once to mention nobody, once to mention.
    apply(&mut state, ServerEvent::MessageChanged(changed(2, 5)));
    assert_eq!(mentions(&state), (4, 1));
    apply(&mut state, ServerEvent::MessageChanged(to_ann(changed(4, 6))));
    apply(&mut state, ServerEvent::MessageChanged(to_ann(changed(4, 7))));
    assert_eq!(mentions(&state), (4, 2));
    let gone = Message { deleted_at: Some(Timestamp(1)), ..changed(3, 8) };
    apply(&mut state, ServerEvent::MessageChanged(gone));
    assert_eq!(mentions(&state), (3, 1));
    let counted = |seq, unread_mentions| ReadUpTo { unread_mentions, ..counted(seq, 1, 8) };
    apply(&mut state, ServerEvent::ReadUpTo(counted(2, 1)));
    assert_eq!(mentions(&state), (1, 1), "the server has the last word");
    apply(&mut state, ServerEvent::ReadUpTo(ReadUpTo { unread: 0, ..counted(4, 0) }));
    assert_eq!(mentions(&state), (0, 0));
    // Of what was read, a correction counts for nothing.
    apply(&mut state, ServerEvent::MessageChanged(to_ann(changed(1, 9))));
    assert_eq!(mentions(&state), (0, 0));
}

#[test]
fn a_correction_of_what_is_not_here_asks_who_is_mentioned_if_that_matters() {
    let listed = |unread_mentions| Conversation { unread_mentions, ..listed(Some(from_ben(9)), 0) };
    let mut state = ann(vec![listed(0)]);
    assert_eq!(state.apply(ServerEvent::MessageChanged(changed(4, 10))), []);
    asked(&state.apply(ServerEvent::MessageChanged(to_ann(changed(4, 11)))));
    let mut state = ann(vec![listed(1)]);
    asked(&state.apply(ServerEvent::MessageChanged(changed(4, 10))));
}

#[test]
fn however_many_messages_come_a_bounded_number_is_kept() {
    let mut state = ann_with_ben(1);
    let _ = state.answer(Answer::Users(vec![BEN], Ok(vec![user(BEN, "ben")])));
    let come = |state: &mut ChatState, from: u64, to: u64| {
        (from..=to).for_each(|seq| drop(state.apply(ServerEvent::PrivateMessage(from_ben(seq)))));
    };
    come(&mut state, 2, 10_001);
    assert_eq!((shown(&state).len(), shown(&state)[0]), (8_000, 2_002));
    come(&mut state, 10_002, 12_002);
    assert_eq!(shown(&state).len(), 8_000);
}

#[test]
fn many_unread_messages_are_opened_at_the_first() {
    let mut state = ann(vec![listed(Some(from_ben(300)), 40)]);
    let around = FetchHistory { around: Some(Seq(41)), ..newest() };
    assert_eq!(state.act(Action::Open(WITH_BEN)), opening(around));
    assert_eq!(state.conversations[&WITH_BEN].divider, Some(Seq(40)));
    let mut state = ann(vec![listed(Some(from_ben(300)), 250)]);
    assert_eq!(state.act(Action::Open(WITH_BEN)), opening(newest()));
}

#[test]
fn a_place_is_looked_at_and_then_the_newest_again() {
    let mut state = ann(vec![listed(Some(from_ben(60)), 60)]);
    let around = FetchHistory { around: Some(Seq(20)), ..newest() };
    assert_eq!(state.act(Action::OpenAt(WITH_BEN, Seq(20))), opening(around.clone()));
    let messages = page((18..=22).map(from_ben).collect(), 60);
    assert_eq!(state.answer(Answer::Fetched(around, Ok(messages))), []);
    let conversation = |state: &ChatState| state.conversations[&WITH_BEN].clone();
    let place = |state: &ChatState| {
        let conversation = conversation(state);
        let run = conversation.timeline.run(conversation.place);
        (run[0].seq.0, run[run.len() - 1].seq.0)
    };
    assert_eq!(place(&state), (18, 22));
    let after = FetchHistory { after: Some(Seq(22)), ..newest() };
    assert_eq!(state.act(Action::LoadNewer(WITH_BEN)), [Effect::Fetch(after.clone())]);
    assert_eq!(state.act(Action::LoadNewer(WITH_BEN)), []);
    let _ = state.answer(Answer::Fetched(after, Ok(page((23..=27).map(from_ben).collect(), 60))));
    assert_eq!(place(&state), (18, 27));
    assert_eq!(state.act(Action::Follow(WITH_BEN)), [Effect::Fetch(newest())]);
    let _ = state.answer(Answer::Fetched(newest(), Ok(page((58..=60).map(from_ben).collect(), 60))));
    assert_eq!(place(&state), (58, 60));
    // There is no such place: the nearest one.
    let beyond = FetchHistory { around: Some(Seq(99)), ..newest() };
    assert_eq!(state.act(Action::OpenAt(WITH_BEN, Seq(99))), [Effect::Fetch(beyond.clone())]);
    let _ = state.answer(Answer::Fetched(beyond, Ok(page((58..=60).map(from_ben).collect(), 60))));
    assert_eq!((place(&state), conversation(&state).place), ((58, 60), Some(Seq(60))));
    // Who writes wants to see it.
    let _ = state.act(Action::OpenAt(WITH_BEN, Seq(20)));
    let _ = state.act(write("a"));
    assert_eq!(place(&state), (58, 60));
}

#[test]
fn what_is_unread_is_counted_and_the_server_has_the_last_word() {
    let mut state = ann(vec![listed(Some(from_ben(9)), 1)]);
    assert_eq!(state.unread(), 8);
    // Some of those that follow were deleted, which is not known here.
    let _ = state.act(Action::Read(WITH_BEN, Seq(5)));
    assert_eq!(state.unread(), 4);
    let told = |unread, rev| Answer::Read(counted(5, unread, rev));
    let _ = state.answer(told(3, 9));
    assert_eq!(state.unread(), 3);
    let _ = state.apply(ServerEvent::PrivateMessage(from_ben(10)));
    let _ = state.answer(told(3, 9));
    assert_eq!(state.unread(), 4, "the answer is older than the message");
}

#[test]
fn reading_on_one_device_reads_on_all_and_never_goes_back() {
    let mut state = ann(vec![listed(Some(from_ben(5)), 1)]);
    assert_eq!(state.unread(), 4);
    let _ = state.apply(read(5, 0, 5));
    let _ = state.apply(read(2, 3, 5));
    assert_eq!(state.unread(), 0);
    // The server does not know yet; it is told.
    let effects = state.look_again();
    let effects = state.answer(listing(&effects, vec![listed(Some(from_ben(5)), 1)]));
    assert_eq!(effects, [Effect::MarkRead(MarkRead { conversation: WITH_BEN, seq: Seq(5), mark: Some(0) })]);
}

#[test]
fn groups_come_and_go_on_every_device() {
    let mut state = ann(vec![]);
    let joined = JoinedGroup { group_id: LUNCH, name: "Lunch".parse().unwrap() };
    asked(&state.apply(ServerEvent::JoinedGroup(joined)));
    let _ = state.act(Action::Meet(Peer::Group(lunch(1))));
    let _ = state.answer(Answer::Members(LUNCH, 0, vec![Member::new(user(ANN, "ann"), Role::Owner)]));
    let joined = UserJoinedGroup { group_id: LUNCH, user: user(BEN, "ben") };
    assert_eq!(state.apply(ServerEvent::UserJoinedGroup(joined)), []);
    let conversation = &state.conversations[&IN_LUNCH];
    assert_eq!(conversation.group().unwrap().member_count, 2);
    assert_eq!(conversation.members.as_ref().unwrap().len(), 2);
    assert_eq!(state.sorted_conversations().len(), 1);
    let _ = state.act(Action::Open(IN_LUNCH));
    let left = LeftGroup { group_id: LUNCH, name: "Lunch".parse().unwrap(), removed_by: None };
    let _ = state.apply(ServerEvent::LeftGroup(left));
    assert_eq!((state.open, state.sorted_conversations().len()), (None, 0));
}

#[test]
fn a_list_that_cannot_be_had_says_so_once_and_never_hides_what_is_there() {
    let mut state = ChatState::new(user(ANN, "ann"));
    let request = asked(&state.link(Link::Online));
    let _ = state.answer(Answer::Synced(request, Err("No answer.".into())));
    assert_eq!(state.list, Load::Failed("No answer.".into()));
    let mut state = ann(vec![]);
    let request = asked(&state.link(Link::Online));
    let _ = state.answer(Answer::Synced(request, Err("No answer.".into())));
    assert_eq!(state.list, Load::Loaded);
}

#[test]
fn older_pages_are_fetched_one_at_a_time() {
    let mut state = ann(vec![]);
    let _ = state.act(Action::Open(WITH_BEN));
    let messages = page((51..=60).map(from_ben).collect(), 60);
    let _ = state.answer(Answer::Fetched(newest(), Ok(messages)));
    let older = FetchHistory { before: Some(Seq(51)), ..newest() };
    assert_eq!(state.act(Action::LoadOlder(WITH_BEN)), [Effect::Fetch(older.clone())]);
    assert_eq!(state.act(Action::LoadOlder(WITH_BEN)), []);
    let _ = state.answer(Answer::Fetched(older, Ok(page((1..=50).map(from_ben).collect(), 60))));
    assert_eq!(shown(&state).len(), 60);
    assert_eq!(state.act(Action::LoadOlder(WITH_BEN)), []);
}

#[test]
fn pages_that_come_when_somebody_looks_elsewhere_are_dropped_and_can_be_asked_for_again() {
    let mut state = ann(vec![listed(Some(from_ben(300)), 40)]);
    let around = FetchHistory { around: Some(Seq(41)), ..newest() };
    let comes = |state: &mut ChatState| {
        let messages = page((31..=51).map(from_ben).collect(), 300);
        drop(state.answer(Answer::Fetched(around.clone(), Ok(messages))));
    };
    let older = FetchHistory { before: Some(Seq(31)), ..newest() };
    let newer = FetchHistory { after: Some(Seq(51)), ..newest() };
    let _ = state.act(Action::Open(WITH_BEN));
    comes(&mut state);
    assert_eq!(state.act(Action::LoadOlder(WITH_BEN)), [Effect::Fetch(older.clone())]);
    assert_eq!(state.act(Action::LoadNewer(WITH_BEN)), [Effect::Fetch(newer.clone())]);
    let _ = state.act(Action::Close);
    let _ = state.answer(Answer::Fetched(older.clone(), Ok(page((1..=30).map(from_ben).collect(), 300))));
    let _ = state.answer(Answer::Fetched(newer.clone(), Ok(page((52..=72).map(from_ben).collect(), 300))));
    assert_eq!(state.act(Action::Open(WITH_BEN))[0], Effect::Fetch(around.clone()));
    comes(&mut state);
    assert_eq!(state.act(Action::LoadOlder(WITH_BEN)), [Effect::Fetch(older)]);
    assert_eq!(state.act(Action::LoadNewer(WITH_BEN)), [Effect::Fetch(newer)]);
}
