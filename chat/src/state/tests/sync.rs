//! What was missed, and how it is found.

use super::*;

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

#[test]
fn a_change_of_a_message_that_is_not_loaded_is_noted_because_it_may_be_pinned() {
    let mut state = ann_with_ben(10);
    let noted = |state: &ChatState| state.conversations[&WITH_BEN].unseen_changes;
    let pinned = |seq, rev| Message { pinned_at: Some(Timestamp(1)), ..changed(seq, rev) };
    let _ = state.apply(ServerEvent::MessageChanged(pinned(3, 11)));
    let _ = state.apply(ServerEvent::PrivateMessage(Message { rev: Rev(12), ..from_ben(11) }));
    assert_eq!(noted(&state), 0, "these are loaded, or new");
    let mut state = ann(vec![listed(Some(from_ben(10)), 0)]);
    let _ = state.apply(ServerEvent::MessageChanged(pinned(3, 11)));
    let _ = state.apply(ServerEvent::MessageChanged(changed(3, 12)));
    assert_eq!(noted(&state), 2);
}

/// The group as a list shows it to somebody who is in it.
fn listed_lunch() -> Conversation {
    Conversation { with: Peer::Group(lunch(2)), ..listed(None, 0) }
}

#[test]
fn a_group_that_was_left_elsewhere_is_not_brought_back_by_a_list_that_is_older() {
    let left = || LeftGroup { group_id: LUNCH, name: lunch(2).name, removed_by: None };
    let leaves: [fn(&mut ChatState, LeftGroup) -> Vec<Effect>; 2] = [
        |state, left| state.apply(ServerEvent::LeftGroup(left)),
        |state, left| state.apply_tab(TabNews::Left(left.group_id)),
    ];
    for leaves in leaves {
        let mut state = ann(vec![listed_lunch()]);
        let effects = state.look_again();
        let _ = leaves(&mut state, left());
        let effects = state.answer(listing(&effects, vec![listed_lunch()]));
        assert!(!state.lists(IN_LUNCH), "the list was made before");
        let effects = state.answer(listing(&effects, vec![]));
        assert_eq!((effects, &state.removals), (vec![], &vec![]), "they know that they left");
        // Who comes back at once is there.
        let effects = state.look_again();
        let _ = leaves(&mut state, left());
        let _ = state.act(Action::Meet(Peer::Group(lunch(2))));
        let effects = state.answer(listing(&effects, vec![]));
        assert!(state.lists(IN_LUNCH));
        let _ = state.answer(listing(&effects, vec![listed_lunch()]));
        assert!(state.lists(IN_LUNCH));
    }
}

#[test]
fn what_was_muted_elsewhere_is_not_undone_by_a_list_that_is_older() {
    for muted in [true, false] {
        let now = |muted| Conversation { muted, ..listed_lunch() };
        let event = protocol::ConversationMuted { conversation: IN_LUNCH, muted };
        let mut state = ann(vec![now(!muted)]);
        let effects = state.look_again();
        let _ = state.apply(ServerEvent::ConversationMuted(event));
        let effects = state.answer(listing(&effects, vec![now(!muted)]));
        assert_eq!(state.conversations[&IN_LUNCH].muted, muted);
        // The next list is newer than what was heard.
        let _ = state.answer(listing(&effects, vec![now(!muted)]));
        assert_eq!(state.conversations[&IN_LUNCH].muted, !muted);
    }
}
