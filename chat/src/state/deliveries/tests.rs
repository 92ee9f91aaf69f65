//! When the server is told that messages have reached this device.

use protocol::{
    Conversation, ConversationId, DeliveredUpTo, MarkDelivered, Message, Peer, Recipient, Role, Seq,
    ServerEvent, Synced, Timestamp, User, UserId, limits,
};

use crate::state::{Action, Answer, ChatState, Effect, Link};

const ANN: UserId = UserId::from_bytes([200; 16]);
const SOON: Effect = Effect::AwaitDeliveries(limits::DELIVERED_SOON);
const LATER: Effect = Effect::AwaitDeliveries(limits::DELIVERED_APART);

fn other(number: u8) -> UserId {
    UserId::from_bytes([number; 16])
}

fn user(id: UserId) -> User {
    User { id, username: "somebody".parse().unwrap() }
}

fn message(from: u8, seq: u64) -> Message {
    Message { sender_id: other(from), recipient: Recipient::User(ANN), ..crate::testing::message(seq) }
}

fn with(number: u8) -> ConversationId {
    ConversationId::User(other(number))
}

/// A conversation with somebody who wrote its last message.
fn listed(number: u8, head: u64, read: u64) -> Conversation {
    let last = message(number, head);
    Conversation {
        with: Peer::User(user(other(number))),
        read_up_to: Seq(read),
        mark: 0,
        unread: head - read,
        unread_mentions: 0,
        rev: last.rev,
        change_id: None,
        updated_at: Timestamp(0),
        muted: false,
        role: Role::Member,
        last_message: Some(last),
    }
}

fn connect(state: &mut ChatState, list: Vec<Conversation>) -> Vec<Effect> {
    let effects = state.link(Link::Online);
    let Some(Effect::Synchronise(request)) = effects.into_iter().next() else { panic!() };
    state.answer(Answer::Synced(request, Ok(Synced { conversations: Some(list), ..Synced::default() })))
}

fn ann(list: Vec<Conversation>) -> (ChatState, Vec<Effect>) {
    let mut state = ChatState::new(user(ANN));
    let effects = connect(&mut state, list);
    (state, effects)
}

fn comes(state: &mut ChatState, from: u8, seq: u64) -> Vec<Effect> {
    state.apply(ServerEvent::PrivateMessage(message(from, seq)))
}

fn due(state: &mut ChatState) -> Vec<Effect> {
    state.answer(Answer::DeliveriesAreDue)
}

fn tells(mut marks: Vec<(u8, u64)>) -> [Effect; 2] {
    marks.sort_unstable();
    let marks =
        marks.into_iter().map(|(from, seq)| DeliveredUpTo { conversation: with(from), seq: Seq(seq) });
    [Effect::MarkDelivered(MarkDelivered { conversations: marks.collect() }), LATER]
}

/// In the order of their ids.
fn sorted(mut effects: Vec<Effect>) -> Vec<Effect> {
    for effect in &mut effects {
        if let Effect::MarkDelivered(mark) = effect {
            mark.conversations.sort_unstable_by_key(|one| one.conversation);
        }
    }
    effects
}

#[test]
fn what_comes_is_said_together_and_not_more_often_than_every_two_seconds() {
    let (mut state, effects) = ann(vec![listed(1, 1, 1), listed(2, 1, 1)]);
    assert_eq!(effects, [], "everything was read");
    assert_eq!(comes(&mut state, 1, 2), [SOON]);
    assert_eq!(comes(&mut state, 1, 3), []);
    assert_eq!(comes(&mut state, 2, 2), []);
    assert_eq!(sorted(due(&mut state)), tells(vec![(1, 3), (2, 2)]));
    assert_eq!(comes(&mut state, 1, 4), []);
    assert_eq!(due(&mut state), [SOON], "the two seconds are over, and something has come");
    assert_eq!(due(&mut state), tells(vec![(1, 4)]));
    assert_eq!(due(&mut state), [], "nothing has come");
}

#[test]
fn what_is_read_at_once_is_not_said_nor_what_one_wrote() {
    let (mut state, _) = ann(vec![listed(1, 1, 1)]);
    assert_eq!(comes(&mut state, 1, 2), [SOON]);
    let _ = state.act(Action::Read(with(1), Seq(2)));
    assert_eq!(due(&mut state), []);
    let mine = Message { sender_id: ANN, recipient: Recipient::User(other(1)), ..crate::testing::message(3) };
    assert_eq!(state.apply(ServerEvent::MessageSent(mine)), []);
}

#[test]
fn what_came_while_one_was_away_is_said_and_again_over_the_next_connection() {
    let (mut state, effects) = ann(vec![listed(1, 5, 2), listed(2, 3, 3)]);
    assert_eq!(effects, [SOON]);
    assert_eq!(due(&mut state), tells(vec![(1, 5)]));
    assert_eq!(due(&mut state), []);
    let _ = state.link(Link::Offline { reason: "lost".into(), retry_in: None });
    let effects = connect(&mut state, vec![listed(1, 5, 2), listed(2, 3, 3)]);
    assert_eq!(effects, [SOON], "the server may not have heard it");
}

#[test]
fn one_event_is_about_a_bounded_number_of_conversations() {
    let (mut state, _) = ann((1..=limits::MARK_DELIVERED as u8 + 20).map(|one| listed(one, 1, 0)).collect());
    let mut told = 0;
    while let Some(Effect::MarkDelivered(mark)) = due(&mut state).into_iter().next() {
        told += mark.conversations.len();
        assert!(mark.conversations.len() <= limits::MARK_DELIVERED);
        let _ = due(&mut state);
    }
    assert_eq!(told, limits::MARK_DELIVERED + 20);
}

#[test]
fn of_several_windows_the_one_that_leads_says_it() {
    let (mut state, _) = ann(vec![listed(1, 1, 1)]);
    state.leads = false;
    assert_eq!(comes(&mut state, 1, 2), []);
    state.leads = true;
    assert!(state.look_again().contains(&SOON));
}
