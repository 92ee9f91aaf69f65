//! Marking as unread.

mod two_devices;

use proptest::prelude::*;

use super::*;
use crate::TabNews;

fn marked(seq: u64, unread: u64, rev: u64, mark: u64) -> ReadUpTo {
    ReadUpTo { mark, ..counted(seq, unread, rev) }
}

/// Ann, who has read all ten of Ben's messages; the conversation is open or not.
fn ann_has_read(is_open: bool) -> ChatState {
    let mut state = match is_open {
        true => ann_with_ben(10),
        false => ann(vec![listed(Some(from_ben(10)), 0)]),
    };
    let _ = state.act(Action::Read(WITH_BEN, Seq(10)));
    assert_eq!(state.unread(), 0);
    state
}

fn stands(state: &ChatState) -> (u64, Seq, u64) {
    let conversation = &state.conversations[&WITH_BEN];
    (conversation.mark, conversation.read_up_to, conversation.unread)
}

#[test]
fn what_is_marked_as_unread_is_so_on_every_device_and_late_news_of_reading_change_nothing() {
    let mut state = ann_has_read(false);
    assert_eq!(state.apply(ServerEvent::ReadUpTo(marked(6, 4, 10, 1))), []);
    assert_eq!(stands(&state), (1, Seq(6), 4));
    assert_eq!(state.apply(read(9, 1, 10)), [], "from before");
    assert_eq!(state.apply_tab(TabNews::Read { conversation: WITH_BEN, seq: Seq(9), mark: 0 }), []);
    assert_eq!(stands(&state), (1, Seq(6), 4));
    // From here on reading goes forward again, also on other devices.
    assert_eq!(state.apply(ServerEvent::ReadUpTo(marked(8, 2, 10, 1))), []);
    assert_eq!(stands(&state), (1, Seq(8), 2));
    let read = MarkRead { conversation: WITH_BEN, seq: Seq(10), mark: Some(1) };
    assert_eq!(state.act(Action::Read(WITH_BEN, Seq(10))), [Effect::MarkRead(read)]);
    assert_eq!(stands(&state), (1, Seq(10), 0));
}

#[test]
fn what_was_deleted_is_not_counted_as_new_wherever_reading_stands() {
    let mut state = ann_with_ben(10);
    let _ = state.act(Action::Read(WITH_BEN, Seq(4)));
    let gone = Message { deleted_at: Some(Timestamp(1)), ..changed(6, 11) };
    let _ = state.apply(ServerEvent::MessageChanged(gone));
    let since = |state: &ChatState, seq| state.conversations[&WITH_BEN].count_since(Seq(seq));
    assert_eq!(stands(&state), (0, Seq(4), 5));
    assert_eq!([4, 5, 9, 10].map(|seq| since(&state, seq)), [5, 4, 1, 0]);
    // The place where reading stopped has moved on; the number has not.
    let _ = state.act(Action::Read(WITH_BEN, Seq(8)));
    assert_eq!(stands(&state), (0, Seq(8), 2));
    assert_eq!([4, 5, 8, 9].map(|seq| since(&state, seq)), [5, 4, 2, 1]);
    // The server counted what is not loaded here.
    let mut state = ann(vec![Conversation { unread: 3, ..listed(Some(from_ben(10)), 4) }]);
    assert_eq!(since(&state, 4), 3);
    let _ = state.apply(ServerEvent::PrivateMessage(from_ben(11)));
    assert_eq!(since(&state, 4), 4);
}

#[test]
fn what_is_on_the_screen_stays_unread_under_a_divider_until_one_comes_back() {
    let mut state = ann_has_read(true);
    let _ = state.answer(Answer::Read(marked(6, 4, 10, 1)));
    assert_eq!(state.conversations[&WITH_BEN].divider, Some(Seq(6)));
    assert_eq!(state.act(Action::Read(WITH_BEN, Seq(10))), []);
    let _ = state.apply(ServerEvent::PrivateMessage(from_ben(11)));
    assert_eq!(state.act(Action::Read(WITH_BEN, Seq(11))), []);
    assert_eq!(stands(&state), (1, Seq(6), 5));
    let _ = state.act(Action::Close);
    let _ = state.act(Action::Open(WITH_BEN));
    assert_eq!(state.conversations[&WITH_BEN].divider, Some(Seq(6)));
    assert_eq!(state.act(Action::Read(WITH_BEN, Seq(11))).len(), 1);
    assert_eq!(stands(&state), (1, Seq(11), 0));
}

#[test]
fn who_wants_everything_read_has_it_read_without_coming_back() {
    let mut state = ann_has_read(true);
    let _ = state.answer(Answer::Read(marked(6, 4, 10, 1)));
    let read = MarkRead { conversation: WITH_BEN, seq: Seq(10), mark: Some(1) };
    assert_eq!(state.act(Action::ReadAll(WITH_BEN)), [Effect::MarkRead(read)]);
    assert_eq!(stands(&state), (1, Seq(10), 0));
    assert_eq!(state.conversations[&WITH_BEN].divider, None);
    assert_eq!(state.act(Action::ReadAll(WITH_BEN)), [], "nothing is unread");
}

#[test]
fn what_came_while_nobody_looked_is_new_when_somebody_looks_again() {
    let mut state = ann_has_read(true);
    let _ = state.act(Action::Return(WITH_BEN));
    assert_eq!(state.conversations[&WITH_BEN].divider, Some(Seq(0)), "as it was");
    let _ = state.apply(ServerEvent::PrivateMessage(from_ben(11)));
    let _ = state.act(Action::Return(WITH_BEN));
    let _ = state.act(Action::Read(WITH_BEN, Seq(11)));
    assert_eq!(state.conversations[&WITH_BEN].divider, Some(Seq(10)));
    let _ = state.act(Action::Return(IN_LUNCH));
    assert!(state.conversation(IN_LUNCH).is_none(), "only where one is");
}

#[test]
fn who_writes_or_reads_on_another_device_has_read_here_too() {
    for elsewhere in [false, true] {
        let mut state = ann_has_read(true);
        let _ = state.answer(Answer::Read(marked(6, 4, 10, 1)));
        let _ = match elsewhere {
            true => state.apply(ServerEvent::ReadUpTo(marked(10, 0, 10, 1))),
            false => state.apply(ServerEvent::MessageSent(message(ANN, Recipient::User(BEN), 11, None))),
        };
        assert_eq!(state.unread(), 0);
        let _ = state.apply(ServerEvent::PrivateMessage(from_ben(if elsewhere { 11 } else { 12 })));
        assert_eq!(state.act(Action::Read(WITH_BEN, Seq(12))).len(), 1);
    }
}

#[test]
fn of_what_came_before_the_mark_and_is_heard_after_it_nothing_is_read() {
    let mut state = ann_has_read(false);
    // She wrote something on her phone, then marked it as unread there.
    let effects = state.apply(ServerEvent::ReadUpTo(marked(6, 5, 11, 1)));
    asked(&effects);
    let _ = state.apply(ServerEvent::MessageSent(message(ANN, Recipient::User(BEN), 11, None)));
    assert_eq!(stands(&state).1, Seq(6));
    let list = Conversation { mark: 1, ..listed(Some(message(ANN, Recipient::User(BEN), 11, None)), 6) };
    assert_eq!(state.answer(listing(&effects, vec![list])), []);
    assert_eq!(stands(&state), (1, Seq(6), 5));
    // What she writes afterwards reads everything. One's own that was deleted does not count.
    let gone = Message { sender_id: ANN, recipient: Recipient::User(BEN), ..changed(11, 12) };
    let _ = state.apply(ServerEvent::MessageChanged(Message { deleted_at: Some(Timestamp(1)), ..gone }));
    assert_eq!(stands(&state), (1, Seq(6), 4));
    let later = Message { rev: Rev(13), ..message(ANN, Recipient::User(BEN), 12, None) };
    let _ = state.apply(ServerEvent::MessageSent(later));
    assert_eq!(stands(&state), (1, Seq(12), 0));
}

#[test]
fn a_device_that_was_away_learns_of_it_and_tells_nobody_what_it_had_read_before() {
    let mut state = ann_has_read(true);
    let _ = state.link(Link::Offline { reason: "lost".into(), retry_in: None });
    let effects = state.link(Link::Online);
    let list = Conversation { mark: 2, ..listed(Some(from_ben(10)), 6) };
    let effects = state.answer(listing(&effects, vec![list]));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::MarkRead(_))), "{effects:?}");
    assert_eq!(stands(&state), (2, Seq(6), 4));
    assert_eq!(state.conversations[&WITH_BEN].divider, Some(Seq(6)));
}

#[test]
fn a_list_that_is_older_than_the_mark_does_not_undo_it() {
    let mut state = ann_has_read(false);
    let effects = state.look_again();
    let _ = state.apply(ServerEvent::ReadUpTo(marked(6, 4, 10, 1)));
    let effects = state.answer(listing(&effects, vec![listed(Some(from_ben(10)), 10)]));
    assert_eq!(stands(&state).1, Seq(6));
    // It is asked for again, and that one counts.
    let list = Conversation { mark: 1, ..listed(Some(from_ben(10)), 6) };
    assert_eq!(state.answer(listing(&effects, vec![list])), []);
    assert_eq!(stands(&state), (1, Seq(6), 4));
}

#[test]
fn a_backup_from_before_the_mark_takes_it_back() {
    let mut state = ann_has_read(false);
    let _ = state.apply(ServerEvent::ReadUpTo(marked(6, 4, 10, 3)));
    let _ = state.link(Link::Offline { reason: "lost".into(), retry_in: None });
    let effects = state.link(Link::Online);
    let list = Conversation { mark: 2, ..listed(Some(from_ben(10)), 8) };
    assert_eq!(state.answer(listing(&effects, vec![list])), []);
    assert_eq!(stands(&state), (2, Seq(8), 2));
    // What the server says from then on counts.
    let _ = state.apply(ServerEvent::ReadUpTo(marked(1, 9, 10, 3)));
    assert_eq!(stands(&state), (3, Seq(1), 9));
}

#[test]
fn what_another_tab_marked_is_unread_here_with_the_servers_count() {
    let mut state = ann_has_read(true);
    assert_eq!(state.apply_tab(TabNews::Unread(marked(6, 3, 10, 1))), []);
    assert_eq!(stands(&state), (1, Seq(6), 3));
    // A tab may have heard of the mark earlier than this one: then it is asked what is unread.
    let mut state = ann_has_read(true);
    asked(&state.apply_tab(TabNews::Read { conversation: WITH_BEN, seq: Seq(7), mark: 1 }));
    assert_eq!(stands(&state), (1, Seq(7), 3));
}

/// What she marks as unread from the seventh on; the conversation is not open.
fn marks_the_seventh(state: &mut ChatState) -> MarkUnread {
    let mark = MarkUnread { conversation: WITH_BEN, seq: Seq(7) };
    assert_eq!(state.act(Action::MarkUnread(WITH_BEN, Seq(7))), [Effect::MarkUnread(mark.clone())]);
    mark
}

fn connects_anew(state: &mut ChatState) -> Vec<Effect> {
    let _ = state.link(Link::Offline { reason: "lost".into(), retry_in: None });
    state.link(Link::Online)
}

fn told_the_tabs(read: ReadUpTo) -> Effect {
    Effect::TellTabs(TabNews::Unread(read))
}

#[test]
fn what_one_marks_is_unread_at_once_and_stays_so_when_the_server_has_it() {
    let mut state = ann_has_read(true);
    let mark = marks_the_seventh(&mut state);
    assert_eq!(stands(&state), (0, Seq(6), 4), "only the server counts it");
    assert_eq!(state.conversations[&WITH_BEN].divider, Some(Seq(6)));
    assert_eq!(state.act(Action::Read(WITH_BEN, Seq(10))), [], "it is on the screen");
    let read = marked(6, 4, 10, 1);
    assert_eq!(state.answer(Answer::MarkedUnread(mark, read.clone())), [told_the_tabs(read)]);
    assert_eq!(stands(&state), (1, Seq(6), 4));
    assert_eq!(state.act(Action::MarkUnread(WITH_BEN, Seq(8))), [], "it is unread already");
}

#[test]
fn what_one_marks_offline_is_told_when_there_is_a_connection_as_often_as_needed() {
    let mut state = ann_has_read(false);
    let mark = marks_the_seventh(&mut state);
    for _ in 0..2 {
        let effects = connects_anew(&mut state);
        assert_eq!(stands(&state).1, Seq(6));
        let effects = state.answer(listing(&effects, vec![listed(Some(from_ben(10)), 10)]));
        assert_eq!(effects, [Effect::MarkUnread(mark.clone())]);
        assert_eq!(stands(&state), (0, Seq(6), 4));
    }
    // The server has it, and the answer was lost.
    let effects = connects_anew(&mut state);
    let list = Conversation { mark: 1, ..listed(Some(from_ben(10)), 6) };
    assert_eq!(state.answer(listing(&effects, vec![list])), []);
    assert_eq!(stands(&state), (1, Seq(6), 4));
}

#[test]
fn a_list_that_was_on_its_way_does_not_undo_what_one_marks() {
    let mut state = ann_has_read(false);
    let effects = state.look_again();
    let mark = marks_the_seventh(&mut state);
    let effects = state.answer(listing(&effects, vec![listed(Some(from_ben(10)), 10)]));
    assert!(!effects.contains(&Effect::MarkUnread(mark)), "it is on its way: {effects:?}");
    assert_eq!(stands(&state), (0, Seq(6), 4));
}

#[test]
fn who_reads_or_writes_after_marking_offline_has_read() {
    for writes in [false, true] {
        let mut state = ann_has_read(false);
        let _ = marks_the_seventh(&mut state);
        let effects = match writes {
            true => state.act(write("a")),
            false => state.act(Action::ReadAll(WITH_BEN)),
        };
        let read = MarkRead { conversation: WITH_BEN, seq: Seq(10), mark: Some(0) };
        assert_eq!(effects[0], Effect::MarkRead(read));
        let effects = connects_anew(&mut state);
        let effects = state.answer(listing(&effects, vec![listed(Some(from_ben(10)), 8)]));
        let read = MarkRead { conversation: WITH_BEN, seq: Seq(10), mark: Some(0) };
        assert_eq!(effects, [Effect::MarkRead(read)], "the server never heard of the mark");
        assert_eq!(stands(&state), (0, Seq(10), 0));
    }
}

#[test]
fn what_was_unread_for_the_server_anyway_is_read_up_to_there() {
    let mut state = ann_has_read(false);
    let mark = marks_the_seventh(&mut state);
    // It had not heard that she read further than the second.
    let read = marked(2, 8, 10, 0);
    let effects = state.answer(Answer::MarkedUnread(mark, read.clone()));
    let further = MarkRead { conversation: WITH_BEN, seq: Seq(6), mark: Some(0) };
    assert_eq!(effects, [told_the_tabs(read), Effect::MarkRead(further)]);
    assert_eq!(stands(&state), (0, Seq(6), 4));
}

#[test]
fn of_two_marks_in_a_row_the_second_counts() {
    let mut state = ann_has_read(false);
    let first = marks_the_seventh(&mut state);
    let second = MarkUnread { conversation: WITH_BEN, seq: Seq(3) };
    assert_eq!(state.act(Action::MarkUnread(WITH_BEN, Seq(3))), [Effect::MarkUnread(second.clone())]);
    let _ = state.answer(Answer::MarkedUnread(first, marked(6, 4, 10, 1)));
    assert_eq!(stands(&state), (1, Seq(2), 8));
    let _ = state.answer(Answer::MarkedUnread(second, marked(2, 8, 10, 2)));
    assert_eq!(stands(&state), (2, Seq(2), 8));
}

#[test]
fn what_another_device_marked_meanwhile_stays_unread() {
    let mut state = ann_has_read(false);
    let mark = marks_the_seventh(&mut state);
    // Her phone marked the fifth. It is the same count, and this device is not further.
    let effects = connects_anew(&mut state);
    let list = Conversation { mark: 1, ..listed(Some(from_ben(10)), 4) };
    assert_eq!(state.answer(listing(&effects, vec![list])), []);
    assert_eq!(stands(&state), (1, Seq(4), 6));
    // The same as an event, and as the answer to the mark, which did not count.
    for is_answer in [false, true] {
        let mut state = ann_has_read(false);
        let _ = marks_the_seventh(&mut state);
        let read = marked(4, 6, 10, 1);
        let effects = match is_answer {
            true => state.answer(Answer::MarkedUnread(mark.clone(), read.clone())),
            false => state.apply(ServerEvent::ReadUpTo(read.clone())),
        };
        assert_eq!(effects, if is_answer { vec![told_the_tabs(read)] } else { vec![] });
        assert_eq!(stands(&state), (1, Seq(4), 6));
    }
}

#[test]
fn what_is_marked_stays_so_although_another_device_marked_something_and_read_it() {
    let mut state = ann_has_read(false);
    let mark = marks_the_seventh(&mut state);
    let effects = connects_anew(&mut state);
    // The events may come before the list.
    assert_eq!(state.apply(ServerEvent::ReadUpTo(marked(10, 0, 10, 1))), []);
    assert_eq!(stands(&state), (1, Seq(6), 4));
    let list = || Conversation { mark: 1, ..listed(Some(from_ben(10)), 10) };
    let effects = state.answer(listing(&effects, vec![list()]));
    let effects = match effects.as_slice() {
        [Effect::MarkUnread(_)] => effects,
        // It was asked for before the event.
        _ => state.answer(listing(&effects, vec![list()])),
    };
    assert_eq!(effects, [Effect::MarkUnread(mark.clone())]);
    let read = marked(6, 4, 10, 2);
    assert_eq!(state.answer(Answer::MarkedUnread(mark, read.clone())), [told_the_tabs(read)]);
    assert_eq!(stands(&state), (2, Seq(6), 4));
}

#[test]
fn reading_after_a_mark_offline_does_not_read_what_another_device_marked() {
    let mut state = ann_has_read(false);
    let _ = marks_the_seventh(&mut state);
    let _ = state.act(Action::ReadAll(WITH_BEN));
    let effects = connects_anew(&mut state);
    let list = Conversation { mark: 1, ..listed(Some(from_ben(10)), 4) };
    assert_eq!(state.answer(listing(&effects, vec![list])), []);
    assert_eq!(stands(&state), (1, Seq(4), 6));
}

#[test]
fn what_is_read_right_after_the_mark_is_told_again_when_the_server_has_counted_the_mark() {
    let mut state = ann_has_read(false);
    let mark = marks_the_seventh(&mut state);
    let _ = state.act(Action::ReadAll(WITH_BEN));
    let read = marked(6, 4, 10, 1);
    let effects = state.answer(Answer::MarkedUnread(mark, read.clone()));
    let again = MarkRead { conversation: WITH_BEN, seq: Seq(10), mark: Some(1) };
    assert_eq!(effects, [told_the_tabs(read), Effect::MarkRead(again)]);
    assert_eq!(stands(&state), (1, Seq(10), 0));
}

/// What a person does, on whatever device: reads up to here, or marks this as unread.
#[derive(Clone, Copy, Debug)]
enum Does {
    Read(u64),
    Unread(u64),
}

fn deeds() -> impl Strategy<Value = Vec<Does>> {
    let deed = prop_oneof![(1..=10_u64).prop_map(Does::Read), (1..=10_u64).prop_map(Does::Unread)];
    prop::collection::vec(deed, 1..12)
}

/// What the server says after each of these.
fn said(deeds: &[Does]) -> Vec<ReadUpTo> {
    let (mut seq, mut mark) = (0, 0);
    let says = deeds.iter().map(|deed| {
        match *deed {
            Does::Read(upto) => seq = seq.max(upto),
            Does::Unread(first) if first <= seq => (seq, mark) = (first - 1, mark + 1),
            Does::Unread(_) => {}
        }
        marked(seq, 10 - seq, 10, mark)
    });
    says.collect()
}

proptest! {
    #[test]
    fn in_whatever_order_and_as_often_as_it_is_heard_the_last_counts(
        deeds in deeds(),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..24),
        is_open: bool,
    ) {
        let said = said(&deeds);
        let mut state = match is_open {
            true => ann_with_ben(10),
            false => ann(vec![listed(Some(from_ben(10)), 0)]),
        };
        // Some twice and some not, but the last one at some time.
        let mut heard: Vec<&ReadUpTo> = order.iter().map(|index| index.get(&said)).collect();
        let last = said.last().unwrap();
        heard.insert(order.first().map_or(0, |index| index.index(heard.len())), last);
        for one in heard {
            let _ = state.apply(ServerEvent::ReadUpTo(one.clone()));
        }
        prop_assert_eq!(stands(&state), (last.mark, last.seq, last.unread));
    }
}
