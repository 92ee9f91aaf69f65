//! The state through its public functions, without a browser.

mod roles;
mod sections;
mod unread;

use crate::{Command, Unsent, UnsentState};
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
fn a_gap_is_fetched_and_then_everything_is_shown_in_order() {
    let mut state = ann_with_ben(2);
    let effects = state.apply(ServerEvent::PrivateMessage(from_ben(5)));
    asked(&effects);
    assert_eq!(effects[1], Effect::FetchChanges(since(2)));
    assert_eq!(state.apply(ServerEvent::PrivateMessage(from_ben(6))), []);
    assert_eq!(shown(&state), [1, 2]);
    let missing = changes(vec![from_ben(3), from_ben(4)], 4, false);
    assert_eq!(state.answer(Answer::Changes(since(2), Ok(missing))), []);
    assert_eq!(shown(&state), [1, 2, 3, 4, 5, 6]);
}

#[test]
fn after_a_break_the_list_reveals_what_was_missed_page_after_page() {
    let mut state = ann_with_ben(1);
    let _ = state.link(Link::Offline { reason: "lost".into(), retry_in: None });
    let effects = state.link(Link::Online);
    assert_eq!(effects[2], Effect::ReadOutbox);
    let effects = state.answer(listing(&effects, vec![listed(Some(from_ben(4)), 0)]));
    assert_eq!(effects[0], Effect::FetchChanges(since(1)));
    let first = changes(vec![from_ben(2), from_ben(3)], 3, true);
    let effects = state.answer(Answer::Changes(since(1), Ok(first)));
    assert_eq!(effects, [Effect::FetchChanges(since(3))]);
    let _ = state.answer(Answer::Changes(since(3), Ok(changes(vec![from_ben(4)], 4, false))));
    assert_eq!(shown(&state), [1, 2, 3, 4]);
}

#[test]
fn what_became_of_a_message_meanwhile_is_there_after_a_break() {
    let mut state = ann_with_ben(3);
    let _ = state.link(Link::Offline { reason: "lost".into(), retry_in: None });
    let effects = state.link(Link::Online);
    let edited = Message { content: "other".parse().unwrap(), ..changed(2, 4) };
    // The newest message is the same as before.
    let listed = Conversation { rev: Rev(4), change_id: edited.change_id, ..listed(Some(from_ben(3)), 0) };
    let effects = state.answer(listing(&effects, vec![listed]));
    assert_eq!(effects[0], Effect::FetchChanges(since(3)));
    let _ = state.answer(Answer::Changes(since(3), Ok(changes(vec![edited.clone()], 4, false))));
    assert_eq!(state.conversations[&WITH_BEN].timeline.messages()[1], edited);
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
fn however_many_messages_come_a_bounded_number_is_kept_unless_somebody_looks_at_them() {
    let mut state = ann_with_ben(1);
    let _ = state.answer(Answer::Users(vec![BEN], Ok(vec![user(BEN, "ben")])));
    let come = |state: &mut ChatState, from: u64, to: u64| {
        (from..=to).for_each(|seq| drop(state.apply(ServerEvent::PrivateMessage(from_ben(seq)))));
    };
    come(&mut state, 2, 10_001);
    assert_eq!((shown(&state).len(), shown(&state)[0]), (8_000, 2_002));
    let _ = state.act(Action::Look(WITH_BEN, Seq(2_002)));
    come(&mut state, 10_002, 13_000);
    let conversation = &state.conversations[&WITH_BEN];
    assert_eq!(conversation.timeline.run(conversation.place).len(), 10_999);
    let _ = state.act(Action::Follow(WITH_BEN));
    come(&mut state, 13_001, 13_001);
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

fn write(name: &str) -> Action {
    give(name, Command::Send { content: "hi".parse().unwrap(), reply_to: None })
}

fn give(name: &str, command: Command) -> Action {
    Action::Write { conversation: WITH_BEN, client_id: id(name), command, now: Timestamp(9) }
}

/// Writes, and the message is kept.
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

/// A state that holds Ben's messages up to 10, shown, from a connection that is gone.
fn ann_comes_back() -> (ChatState, Vec<Effect>) {
    let mut state = ann_with_ben(10);
    let _ = state.link(Link::Offline { reason: "lost".into(), retry_in: None });
    let effects = state.link(Link::Online);
    (state, effects)
}

fn anchor(of: &Message) -> Anchor {
    Anchor::change(WITH_BEN, of.rev, of.last_change())
}

#[test]
fn a_sync_says_how_things_stand_and_without_news_nothing_follows() {
    let (mut state, effects) = ann_comes_back();
    let request = asked(&effects);
    let known = listed(Some(from_ben(10)), 0);
    assert_eq!(request.state, Some(HeadsDigest::of_state([Head::from(&known)])));
    assert_eq!(request.known, [anchor(&from_ben(10))]);
    assert_eq!(state.answer(Answer::Synced(request, Ok(NOTHING_NEW))), []);
    // What was verified is not asked about again.
    let request = asked(&state.look_again());
    assert_eq!(request.known, []);
    assert_eq!(state.answer(Answer::Synced(request, Ok(NOTHING_NEW))), []);
    // The server may have missed what other servers did.
    asked(&state.apply(ServerEvent::EventsMissed(EventsMissed {})));
}

#[test]
fn a_sync_that_got_no_answer_leaves_the_doubt() {
    let (mut state, effects) = ann_comes_back();
    // The new connection brings a message, but the answer is lost with it.
    let _ = state.apply(ServerEvent::PrivateMessage(from_ben(11)));
    let _ = state.answer(Answer::Synced(asked(&effects), Err("lost".into())));
    let request = asked(&state.link(Link::Online));
    assert_eq!(request.known, [anchor(&from_ben(10)), anchor(&from_ben(11))]);
}

#[test]
fn an_answer_of_a_former_connection_counts_for_nothing() {
    let (mut state, effects) = ann_comes_back();
    let _ = state.apply(ServerEvent::PrivateMessage(from_ben(11)));
    let again = state.link(Link::Online);
    assert_eq!(state.answer(Answer::Synced(asked(&effects), Ok(NOTHING_NEW))), []);
    assert_eq!(state.answer(Answer::Synced(asked(&again), Ok(NOTHING_NEW))), []);
    assert_eq!(asked(&state.look_again()).known, []);
}

#[test]
fn a_history_that_is_another_one_is_loaded_anew() {
    let (mut state, effects) = ann_comes_back();
    let rewritten = |seq: u64| Message { id: MessageId::from_bytes([99; 16]), ..from_ben(seq) };
    let other = listed(Some(rewritten(12)), 4);
    let synced = Synced { conversations: Some(vec![other]), diverged: vec![WITH_BEN], ..Synced::default() };
    let request = asked(&effects);
    let effects = state.answer(Answer::Synced(request, Ok(synced)));
    assert_eq!(effects, [Effect::Fetch(newest())]);
    let conversation = &state.conversations[&WITH_BEN];
    assert_eq!((shown(&state), conversation.timeline.head()), (vec![], Seq(12)));
    assert_eq!((conversation.read_up_to, conversation.last_message.clone()), (Seq(4), Some(rewritten(12))));
    // An answer to an earlier request fits nowhere any more.
    let old = changes(vec![rewritten(11)], 12, false);
    assert_eq!(state.answer(Answer::Changes(since(10), Ok(old))), []);
    assert_eq!(shown(&state), [0; 0]);
    let messages = page((5..=12).map(rewritten).collect(), 12);
    let _ = state.answer(Answer::Fetched(newest(), Ok(messages)));
    assert_eq!(shown(&state), [5, 6, 7, 8, 9, 10, 11, 12]);
}

#[test]
fn a_history_that_ends_earlier_is_recognised_by_the_list_alone() {
    let mut state = ann(vec![listed(Some(from_ben(10)), 9)]);
    let effects = state.link(Link::Online);
    assert_eq!(asked(&effects).known, [], "nothing of it was loaded");
    let effects = state.answer(listing(&effects, vec![listed(Some(from_ben(7)), 7)]));
    assert_eq!(effects, [], "no mark beyond the end is told");
    assert_eq!(state.unread(), 0);
    assert_eq!(state.conversations[&WITH_BEN].timeline.head(), Seq(7));
}

#[test]
fn what_the_list_cannot_settle_is_asked() {
    let mut state = ann(vec![listed(Some(from_ben(10)), 9)]);
    let effects = state.link(Link::Online);
    let effects = state.answer(listing(&effects, vec![listed(Some(from_ben(12)), 0)]));
    let request = asked(&effects);
    assert_eq!(request.known, [anchor(&from_ben(10))]);
    let marks = effects.iter().any(|effect| matches!(effect, Effect::MarkRead(_)));
    assert!(!marks, "what one has read of another history is not told");
    let synced = Synced {
        conversations: Some(vec![listed(Some(from_ben(12)), 3)]),
        diverged: vec![WITH_BEN],
        ..Synced::default()
    };
    assert_eq!(state.answer(Answer::Synced(request, Ok(synced))), []);
    assert_eq!(state.unread(), 9);
}

#[test]
fn a_long_list_is_asked_for_page_by_page_and_read_when_all_of_it_is_there() {
    let in_group = |id: u8, seq| {
        let group = Group { id: GroupId::from_bytes([id; 16]), ..lunch(2) };
        let last = message(BEN, Recipient::Group(group.id), seq, None);
        Conversation { with: Peer::Group(group), ..listed(Some(last), 0) }
    };
    let group = |id: u8| ConversationId::Group(GroupId::from_bytes([id; 16]));
    let part = |conversations, more| Synced { conversations: Some(conversations), more, diverged: vec![] };
    let mut state = ann(vec![in_group(11, 1), in_group(12, 1), in_group(13, 1)]);
    let _ = state.link(Link::Offline { reason: "lost".into(), retry_in: None });
    let request = asked(&state.link(Link::Online));
    assert!(request.paged && request.after.is_none());

    // The group that is on the next page is not gone.
    let effects = state.answer(Answer::Synced(request, Ok(part(vec![in_group(11, 2)], true))));
    assert!(state.conversation(group(13)).is_some());
    let next = asked(&effects);
    assert_eq!(next, Synchronise { paged: true, after: Some(group(11)), ..Synchronise::default() });
    let _ = state.answer(Answer::Synced(next, Ok(part(vec![in_group(13, 3)], false))));
    assert!(state.conversation(group(12)).is_none(), "it is on no page");
    assert_eq!(state.conversation(group(13)).map(|one| one.unread), Some(3));
    assert_eq!(state.conversation(group(11)).map(|one| one.unread), Some(2));
}

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
