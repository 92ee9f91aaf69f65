//! Whatever comes in whatever order, the timeline ends as the server has it.

use proptest::prelude::*;
use protocol::{ChangeId, Quote, excerpt};

use super::*;
use crate::testing::message;

/// A server's conversation: every change there was, in order.
#[derive(Clone, Default)]
struct History(Vec<Message>);

impl History {
    fn of(messages: u64) -> Self {
        let mut history = Self::default();
        (0..messages).for_each(|_| history.send(None));
        history
    }

    fn rev(&self) -> u64 {
        self.0.len() as u64
    }

    fn send(&mut self, quoted: Option<u64>) {
        let seq = self.now(self.rev()).len() as u64 + 1;
        let mut new = message(seq);
        new.rev = Rev(self.rev() + 1);
        new.reply_to = quoted.map(|seq| {
            let quoted = &self.now(self.rev())[seq as usize - 1];
            let excerpt = excerpt(&quoted.content);
            Quote { message_id: quoted.id, seq: quoted.seq, sender_id: quoted.sender_id, excerpt }
        });
        self.0.push(new);
    }

    fn edit(&mut self, seq: u64) {
        let mut edited = self.now(self.rev())[seq as usize - 1].clone();
        edited.rev = Rev(self.rev() + 1);
        edited.change_id = Some(ChangeId::from_bytes(u128::from(self.rev()).to_be_bytes()));
        edited.content = format!("{} at {}", edited.content, edited.rev.0).parse().unwrap();
        self.0.push(edited);
    }

    /// The messages as they were after so many changes.
    fn now(&self, rev: u64) -> Vec<Message> {
        let mut messages: Vec<Message> = Vec::new();
        for change in &self.0[..rev as usize] {
            match messages.get_mut(change.seq.0 as usize - 1) {
                Some(message) => message.clone_from(change),
                None => messages.push(change.clone()),
            }
        }
        let texts: Vec<String> = messages.iter().map(|message| excerpt(&message.content)).collect();
        for quote in messages.iter_mut().filter_map(|message| message.reply_to.as_mut()) {
            quote.excerpt.clone_from(&texts[quote.seq.0 as usize - 1]);
        }
        messages
    }

    fn event(&self, rev: u64) -> Message {
        let seq = self.0[rev as usize - 1].seq.0 as usize;
        self.now(rev).swap_remove(seq - 1)
    }

    /// A page of the messages from one place to another, as it was after so many changes.
    fn page(&self, from: u64, to: u64, rev: u64) -> HistoryPage {
        let now = self.now(rev);
        let head = Seq(now.len() as u64);
        let (from, to) = (from.max(1), to.min(head.0));
        let messages = if from > to { vec![] } else { now[from as usize - 1..to as usize].to_vec() };
        HistoryPage { messages, head, rev: Rev(rev), changes: vec![] }
    }

    fn changes(&self, since: Rev, limit: usize, rev: u64) -> ChangesPage {
        let mut messages = self.now(rev);
        messages.retain(|message| message.rev > since);
        messages.sort_by_key(|message| message.rev);
        let more = messages.len() > limit;
        messages.truncate(limit);
        let last = messages.last().map_or(Rev(rev), |last| last.rev);
        ChangesPage { messages, rev: if more { last } else { Rev(rev) }, more }
    }
}

fn shown(timeline: &Timeline) -> Vec<u64> {
    timeline.messages().iter().map(|message| message.seq.0).collect()
}

/// Fetches what is missing until nothing is.
fn complete(timeline: &mut Timeline, history: &History) {
    let rev = history.rev();
    timeline.note(Rev(rev), history.page(1, 0, rev).head);
    for _ in 0..1_000 {
        match timeline.missing(true, None) {
            None => return,
            Some(Missing::Newest) => {
                let head = history.now(rev).len() as u64;
                timeline.apply_page(history.page(head.saturating_sub(2), head, rev));
            }
            Some(Missing::Changes(since)) => timeline.apply_changes(since, history.changes(since, 3, rev)),
            Some(other) => panic!("{other:?}"),
        }
    }
    panic!("it never ends: {timeline:?}");
}

#[test]
fn a_page_and_what_came_before_it_make_one_run() {
    let history = History::of(6);
    let mut timeline = Timeline::default();
    assert_eq!(timeline.missing(true, None), Some(Missing::Newest));
    timeline.receive(history.event(6));
    timeline.apply_page(history.page(3, 5, 5));
    assert_eq!(timeline.missing(true, None), Some(Missing::Changes(Rev(5))));
    timeline.apply_changes(Rev(5), history.changes(Rev(5), 10, 6));
    assert_eq!(shown(&timeline), [3, 4, 5, 6]);
    assert_eq!((timeline.missing(true, None), timeline.older(None)), (None, Some(Seq(3))));
    timeline.apply_page(history.page(1, 2, 6));
    assert_eq!(shown(&timeline), [1, 2, 3, 4, 5, 6]);
    assert_eq!(timeline.older(None), None);
}

#[test]
fn a_line_that_was_heard_while_a_message_was_missing_is_asked_for_again() {
    let mut history = History::of(3);
    let mut timeline = Timeline::default();
    timeline.apply_page(history.page(1, 3, 3));
    // The fourth message is lost, and somebody leaves after it.
    history.send(None);
    timeline.hear_membership(UserId::from_bytes([2; 16]), false, None);
    timeline.note(Rev(4), Seq(4));
    assert_eq!(timeline.missing(true, None), Some(Missing::Changes(Rev(3))));
    timeline.apply_changes(Rev(3), history.changes(Rev(3), 9, 4));
    assert_eq!(timeline.missing(true, None), Some(Missing::Membership(Seq(3))));
    // Nobody came or went while the next one was missing.
    let mut timeline = Timeline::default();
    timeline.apply_page(history.page(1, 3, 3));
    timeline.note(Rev(4), Seq(4));
    timeline.apply_changes(Rev(3), history.changes(Rev(3), 9, 4));
    assert_eq!(timeline.missing(true, None), None);
}

#[test]
fn an_answer_that_comes_late_takes_nothing_back() {
    let mut history = History::of(3);
    let mut timeline = Timeline::default();
    timeline.apply_page(history.page(1, 3, 3));
    history.edit(1);
    let late = history.changes(Rev(3), 9, 4);
    timeline.receive(history.event(4));
    history.edit(2);
    timeline.receive(history.event(5));
    timeline.apply_changes(Rev(3), late);
    assert_eq!((timeline.missing(true, None), timeline.messages()), (None, &*history.now(5)));
}

#[test]
fn changes_after_a_revision_that_is_no_longer_here_are_not_taken() {
    let mut history = History::of(60);
    history.edit(2);
    let mut timeline = Timeline::default();
    timeline.apply_page(history.page(30, 60, 61));
    history.edit(40);
    // An older page that was read before the first change, while the second one is asked for.
    timeline.apply_page(history.page(1, 29, 60));
    timeline.apply_changes(Rev(61), history.changes(Rev(61), 9, 62));
    assert_eq!(timeline.missing(true, None), Some(Missing::Changes(Rev(60))));
    timeline.apply_changes(Rev(60), history.changes(Rev(60), 9, 62));
    assert_eq!(timeline.messages(), history.now(62));
}

#[test]
fn an_old_state_does_not_replace_a_newer_one_that_waits() {
    let mut history = History::of(5);
    let mut timeline = Timeline::default();
    timeline.apply_page(history.page(1, 3, 3));
    for seq in [4, 5, 4] {
        history.edit(seq);
    }
    // The fourth message always has the newest change, so that it comes last.
    let old = history.changes(Rev(3), 1, 6);
    timeline.apply_changes(Rev(3), old.clone());
    timeline.apply_changes(Rev(5), history.changes(Rev(5), 1, 8));
    timeline.apply_changes(Rev(3), old);
    timeline.receive(history.event(8));
    assert_eq!(timeline.messages(), history.now(8));
}

#[test]
fn what_was_only_said_to_exist_is_asked_for_after_a_break() {
    let mut history = History::of(9);
    let mut timeline = Timeline::default();
    history.edit(1);
    // The newest change that is here is the ninth; a page says that there is a tenth.
    timeline.apply_page(history.page(5, 9, 10));
    timeline.doubt(Rev(9), Seq(9));
    assert_eq!(timeline.missing(true, None), None);
    timeline.note(Rev(10), Seq(9));
    assert_eq!(timeline.missing(true, None), Some(Missing::Changes(Rev(9))));
}

#[test]
fn only_new_messages_of_ones_own_stand_behind_the_newest_while_something_is_missing() {
    let mut history = History::of(3);
    let me = history.event(1).sender_id;
    let mut timeline = Timeline::default();
    timeline.apply_page(history.page(1, 3, 3));
    history.send(None);
    history.edit(2);
    history.send(None);
    timeline.receive(history.event(5));
    timeline.receive(history.event(6));
    let waiting: Vec<Seq> = timeline.waiting(me).map(|message| message.seq).collect();
    assert_eq!(waiting, [Seq(5)]);
    assert_eq!(timeline.waiting(UserId::from_bytes([2; 16])).count(), 0);
}

#[test]
fn what_is_heard_twice_changes_nothing() {
    let mut history = History::of(2);
    history.edit(1);
    let mut timeline = Timeline::default();
    timeline.apply_page(history.page(1, 1, 1));
    assert_eq!(timeline.receive(history.event(2)), Applied::Applied);
    assert_eq!(timeline.receive(history.event(2)), Applied::Known);
    assert_eq!(timeline.receive(history.event(3)), Applied::Applied);
    assert_eq!(timeline.receive(history.event(1)), Applied::Known);
    assert_eq!(timeline.messages(), history.now(3));
}

#[test]
fn a_gap_holds_back_what_follows_until_it_is_fetched() {
    let mut history = History::of(3);
    history.edit(1);
    history.send(None);
    let mut timeline = Timeline::default();
    timeline.apply_page(history.page(1, 2, 2));
    assert_eq!(timeline.receive(history.event(5)), Applied::Waits);
    assert_eq!(timeline.receive(history.event(4)), Applied::Waits);
    assert_eq!(shown(&timeline), [1, 2]);
    assert_eq!(timeline.missing(false, None), Some(Missing::Changes(Rev(2))));
    timeline.apply_changes(Rev(2), history.changes(Rev(2), 10, 3));
    assert_eq!(timeline.messages(), history.now(5));
}

#[test]
fn a_revision_from_elsewhere_reveals_a_lost_last_change() {
    let history = History::of(2);
    let mut timeline = Timeline::default();
    timeline.apply_page(history.page(1, 2, 2));
    timeline.note(Rev(3), Seq(2));
    assert_eq!(timeline.missing(false, None), Some(Missing::Changes(Rev(2))));
}

#[test]
fn the_first_message_of_an_empty_conversation_is_shown() {
    let history = History::of(1);
    let mut timeline = Timeline::default();
    timeline.apply_page(history.page(1, 0, 0));
    assert_eq!((timeline.missing(true, None), timeline.is_loaded()), (None, true));
    assert_eq!(timeline.receive(history.event(1)), Applied::Applied);
    assert_eq!(shown(&timeline), [1]);
}

#[test]
fn a_page_that_was_read_before_a_change_came_does_not_hide_the_change() {
    let mut history = History::of(5);
    history.edit(1);
    let mut timeline = Timeline::default();
    timeline.apply_page(history.page(3, 5, 5));
    // The message is not here yet, and the page that is on its way has it as it was.
    assert_eq!(timeline.receive(history.event(6)), Applied::Applied);
    timeline.apply_page(history.page(1, 2, 5));
    assert_eq!(timeline.missing(false, None), Some(Missing::Changes(Rev(5))));
    complete(&mut timeline, &history);
    assert_eq!(timeline.messages(), history.now(6));
}

#[test]
fn a_new_message_that_was_changed_already_waits_for_an_older_one() {
    let mut history = History::of(1);
    history.send(None);
    history.send(None);
    history.edit(2);
    let mut timeline = Timeline::default();
    timeline.apply_page(history.page(1, 1, 1));
    // The third message has an older revision than the second.
    let first = history.changes(Rev(1), 1, 4);
    assert_eq!(first.messages[0].seq, Seq(3));
    timeline.apply_changes(Rev(1), first);
    assert_eq!(shown(&timeline), [1]);
    complete(&mut timeline, &history);
    assert_eq!(timeline.messages(), history.now(4));
}

#[test]
fn a_reply_that_waits_shows_what_became_of_the_message_that_it_replies_to() {
    let mut history = History::of(4);
    history.send(Some(1));
    history.edit(1);
    history.edit(3);
    let mut timeline = Timeline::default();
    timeline.apply_page(history.page(1, 2, 2));
    // As it was when it was sent.
    timeline.receive(history.event(5));
    // The third message has changed last, so the fourth and the fifth wait for it.
    timeline.apply_changes(Rev(2), history.changes(Rev(2), 1, 7));
    assert_eq!((shown(&timeline), timeline.applied()), (vec![1, 2], Rev(5)));
    complete(&mut timeline, &history);
    assert_eq!(timeline.messages(), history.now(7));
}

#[test]
fn what_is_not_followed_any_more_is_followed_again_where_nothing_comes_after_it() {
    let history = History::of(30);
    let mut timeline = Timeline::default();
    timeline.apply_page(history.page(21, 30, 30));
    timeline.stop_following();
    let place = Some(Seq(25));
    assert_eq!((timeline.follows(), timeline.newer(place)), (false, Some(Seq(30))));
    timeline.apply_page(history.page(31, 30, 30));
    assert_eq!((timeline.follows(), timeline.newer(place)), (true, None));
}

#[test]
fn one_can_look_at_any_place_and_the_runs_meet() {
    let history = History::of(30);
    let mut timeline = Timeline::default();
    let place = Some(Seq(10));
    assert_eq!(timeline.missing(true, place), Some(Missing::Around(Seq(10))));
    timeline.apply_page(history.page(8, 12, 30));
    assert_eq!((timeline.missing(true, place), timeline.follows()), (None, false));
    assert_eq!((timeline.older(place), timeline.newer(place)), (Some(Seq(8)), Some(Seq(12))));
    assert_eq!(shown(&timeline), [0; 0], "it does not reach the newest");
    assert_eq!(timeline.missing(true, None), Some(Missing::Newest));
    timeline.apply_page(history.page(28, 30, 30));
    assert_eq!((shown(&timeline), timeline.runs().count()), (vec![28, 29, 30], 2));
    assert_eq!(timeline.run(place).len(), 5);
    timeline.apply_page(history.page(13, 27, 30));
    assert_eq!((timeline.runs().count(), timeline.newer(place)), (1, None));
    assert_eq!(timeline.messages(), &history.now(30)[7..]);
}

#[test]
fn nothing_that_is_new_is_put_behind_a_run_that_ends_before_the_newest() {
    let history = History::of(31);
    let mut timeline = Timeline::default();
    timeline.apply_page(history.page(28, 29, 30));
    assert_eq!(timeline.receive(history.event(31)), Applied::Applied);
    assert_eq!(timeline.run(Some(Seq(28))).len(), 2);
    complete(&mut timeline, &history);
    assert_eq!(timeline.messages().last(), history.now(31).last());
}

#[test]
fn what_is_put_away_keeps_its_newest_messages_and_goes_on() {
    let mut history = History::of(30);
    let mut timeline = Timeline::default();
    timeline.apply_page(history.page(1, 30, 30));
    timeline.put_away(3);
    history.edit(2);
    history.edit(29);
    timeline.receive(history.event(31));
    timeline.receive(history.event(32));
    assert_eq!(timeline.messages(), &history.now(32)[27..]);
    assert_eq!(timeline.older(None), Some(Seq(28)));
}

#[test]
fn after_a_break_the_changes_since_the_last_message_before_it_are_missing() {
    let history = History::of(10);
    let mut timeline = Timeline::default();
    timeline.doubt_membership();
    timeline.apply_page(history.page(5, 8, 8));
    assert_eq!(timeline.missing(true, None), None, "the first page said all");
    timeline.doubt_membership();
    timeline.receive(history.event(9));
    timeline.doubt_membership();
    assert_eq!(timeline.missing(true, None), Some(Missing::Membership(Seq(8))));
    assert_eq!(timeline.missing(false, None), None, "nobody looks");
    // A page may end before the newest message.
    timeline.receive(history.event(10));
    assert!(timeline.learn_membership(Some(Seq(8)), &history.page(9, 9, 10)));
    assert_eq!(timeline.missing(true, None), Some(Missing::Membership(Seq(9))));
    timeline.learn_membership(Some(Seq(9)), &history.page(10, 10, 10));
    assert_eq!(timeline.missing(true, None), None);
}

/// What comes to a device: events and answers, some of them old by the time they come.
#[derive(Clone, Debug)]
enum Comes {
    Event(u64),
    Page { from: u64, length: u64, rev: u64 },
    Changes { limit: usize, rev: u64 },
}

fn comes() -> impl Strategy<Value = Comes> {
    prop_oneof![
        4 => (1u64..60).prop_map(Comes::Event),
        2 => (1u64..30, 1u64..6, 1u64..60).prop_map(|(from, length, rev)| Comes::Page { from, length, rev }),
        1 => (1usize..5, 1u64..60).prop_map(|(limit, rev)| Comes::Changes { limit, rev }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever arrives in whatever order and however often: no run has gaps or doubles, and fetching
    /// what is missing ends with exactly what the server has.
    #[test]
    fn any_order_ends_the_same(
        does in prop::collection::vec((0u8..4, 0u64..1_000), 1..60),
        arrivals in prop::collection::vec(comes(), 0..60),
    ) {
        let mut history = History::of(1);
        for (kind, seed) in does {
            let seq = seed % history.now(history.rev()).len() as u64 + 1;
            match kind {
                0 => history.edit(seq),
                1 => history.send(Some(seq)),
                _ => history.send(None),
            }
        }
        let mut timeline = Timeline::default();
        for comes in arrivals {
            let at = |rev: u64| rev.min(history.rev());
            match comes {
                Comes::Event(rev) => { timeline.receive(history.event(at(rev))); }
                Comes::Page { from, length, rev } => {
                    timeline.apply_page(history.page(from, from + length, at(rev)));
                }
                Comes::Changes { limit, rev } => {
                    // It is asked for when something is missing, and answered at any time after that.
                    let since = timeline.applied();
                    if at(rev) > since.0 {
                        timeline.apply_changes(since, history.changes(since, limit, at(rev)));
                    }
                }
            }
            for run in timeline.runs() {
                prop_assert!(run.windows(2).all(|pair| pair[1].seq == pair[0].seq.next()));
            }
        }
        complete(&mut timeline, &history);
        let now = history.now(history.rev());
        for run in timeline.runs() {
            let first = run[0].seq.0 as usize - 1;
            for (is, should) in run.iter().zip(&now[first..]) {
                prop_assert_eq!(is, should);
            }
        }
        while let Some(before) = timeline.older(None) {
            timeline.apply_page(history.page(before.0.saturating_sub(6), before.0 - 1, history.rev()));
        }
        prop_assert_eq!(timeline.messages(), now);
    }
}
