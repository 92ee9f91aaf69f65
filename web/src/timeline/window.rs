//! Which of a timeline's messages are on the page. Plain Rust.

use protocol::{Message, Seq};

/// How many of the newest there are at first: more than a screen has, but each is waited for by whoever opens the
/// conversation. Where that is too few, more come with the next frame.
const NEWEST: u64 = 40;
/// How many there are at first where something is unread, and around a place.
const ROWS: u64 = 100;
/// How many more at a time: this many are built and thrown away in one frame.
const STEP: u64 = 50;
/// How many rows it has at most. On the page there are never more than 300: while it moves, the rows of
/// one day may come before those of another go.
const MOST: u64 = 250;

/// A run of a timeline's messages, of a bounded length. It moves as somebody scrolls: neither a
/// long conversation nor a flood of messages makes the page large.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Window {
    /// The newest message in it; `None` follows the newest message of the timeline.
    end: Option<Seq>,
    /// How many messages are in it, unless there are fewer.
    rows: u64,
}

impl Window {
    /// The newest messages.
    pub(crate) const LATEST: Self = Self { end: None, rows: NEWEST };

    /// What is shown first: the newest, or what surrounds the place where reading stopped.
    pub(crate) fn at_opening(messages: &[Message], divider: Option<Seq>) -> Self {
        let newest = messages.last().map_or(Seq::ZERO, |message| message.seq);
        // Where reading stopped may lie far above what is loaded.
        let is_loaded = |read: Seq| messages.first().is_some_and(|first| first.seq <= read.next());
        match divider {
            Some(read) if newest.since(read) > ROWS && is_loaded(read) => Self::around(read),
            Some(_) => Self { rows: ROWS, ..Self::LATEST },
            None => Self::LATEST,
        }
    }

    /// What surrounds a message.
    pub(crate) fn around(seq: Seq) -> Self {
        Self { end: Some(later(seq, ROWS / 2)), rows: ROWS }
    }

    /// The messages in it.
    pub(crate) fn of(self, messages: &[Message]) -> &[Message] {
        let end = self.end.map_or(messages.len(), |end| messages.partition_point(|one| one.seq <= end));
        let rows = usize::try_from(self.rows).unwrap_or(usize::MAX);
        &messages[end.saturating_sub(rows)..end]
    }

    /// Whether there are older ones above it.
    pub(crate) fn hides_older(self, messages: &[Message]) -> bool {
        self.of(messages).first().map(|first| first.seq) != messages.first().map(|first| first.seq)
    }

    /// Whether there are newer ones below it.
    pub(crate) fn hides_newer(self, newest: Seq) -> bool {
        self.end.is_some_and(|end| end < newest)
    }

    /// The same, but it does not move when others come after this message.
    pub(crate) fn held_at(self, newest: Seq) -> Self {
        Self { end: self.end.or(Some(newest)), ..self }
    }

    /// The same and older ones; at the other end some go. `newest`: of the timeline.
    pub(crate) fn with_older(self, newest: Seq) -> Self {
        let rows = self.rows + STEP;
        let too_many = rows.saturating_sub(MOST);
        let end = match too_many {
            0 => self.end,
            _ => Some(Seq(self.end.unwrap_or(newest).0.saturating_sub(too_many))),
        };
        Self { end, rows: rows - too_many }
    }

    /// The same and newer ones; at the other end some go.
    pub(crate) fn with_newer(self) -> Self {
        Self { end: self.end.map(|end| later(end, STEP)), rows: (self.rows + STEP).min(MOST) }
    }

    /// Whether rows go at one end when others come at the other.
    pub(crate) fn is_full(self) -> bool {
        self.rows + STEP > MOST
    }

    /// How many rows of messages that wait to be sent there may be besides.
    pub(crate) fn room_for_waiting(self) -> usize {
        usize::try_from(MOST.saturating_sub(self.rows).max(STEP)).unwrap_or(0)
    }
}

fn later(seq: Seq, by: u64) -> Seq {
    Seq(seq.0.saturating_add(by))
}

#[cfg(test)]
mod tests {
    use protocol::{MessageId, Recipient, UserId};

    use super::*;

    fn messages(first: u64, last: u64) -> Vec<Message> {
        let message = |seq| {
            Message::new(
                MessageId::from_bytes([1; 16]),
                UserId::from_bytes([1; 16]),
                Recipient::User(UserId::from_bytes([2; 16])),
                Seq(seq),
                "hello".parse().unwrap(),
            )
        };
        (first..=last).map(message).collect()
    }

    fn shown(window: Window, messages: &[Message]) -> Option<(u64, u64)> {
        let shown = window.of(messages);
        Some((shown.first()?.seq.0, shown.last()?.seq.0))
    }

    #[test]
    fn the_newest_are_shown_and_it_moves_on_with_them() {
        assert_eq!(shown(Window::LATEST, &[]), None);
        assert_eq!(shown(Window::LATEST, &messages(1, 30)), Some((1, 30)));
        assert_eq!(shown(Window::LATEST, &messages(1, 1_000)), Some((961, 1_000)));
        assert_eq!(shown(Window::LATEST, &messages(1, 1_001)), Some((962, 1_001)));
        assert!(!Window::LATEST.hides_newer(Seq(1_001)));
    }

    #[test]
    fn it_opens_where_reading_stopped_if_that_is_loaded_and_is_never_empty() {
        let opened = |divider, messages: &[Message]| shown(Window::at_opening(messages, divider), messages);
        assert_eq!(opened(Some(Seq(200)), &messages(1, 400)), Some((151, 250)));
        assert_eq!(opened(Some(Seq(0)), &messages(1, 400)), Some((1, 50)));
        assert_eq!(opened(Some(Seq(0)), &messages(351, 400)), Some((351, 400)), "it is not loaded yet");
        assert_eq!(opened(Some(Seq(350)), &messages(301, 400)), Some((301, 400)));
        assert_eq!(opened(None, &messages(1, 400)), Some((361, 400)));
    }

    #[test]
    fn whoever_looks_further_up_is_not_moved_by_what_comes() {
        let held = Window::LATEST.held_at(Seq(500));
        assert_eq!(shown(held, &messages(1, 900)), Some((461, 500)));
        assert!(held.hides_newer(Seq(501)) && !held.hides_newer(Seq(500)));
        assert_eq!(held.held_at(Seq(900)), held);
        assert_eq!(shown(held.with_newer(), &messages(1, 900)), Some((461, 550)));
    }

    #[test]
    fn it_is_never_longer_than_its_bound_whichever_way_one_scrolls() {
        let messages = messages(1, 10_000);
        let mut window = Window::LATEST.held_at(Seq(10_000));
        let mut before = shown(window, &messages).unwrap();
        for _ in 0..196 {
            window = window.with_older(Seq(10_000));
            let now = shown(window, &messages).unwrap();
            assert!(now.0 < before.0 && now.1 - now.0 < MOST, "{now:?}");
            before = now;
        }
        assert_eq!(before, (161, 410));
        assert!(window.hides_newer(Seq(10_000)));
        for _ in 0..192 {
            window = window.with_newer();
            let now = shown(window, &messages).unwrap();
            assert!(now.1 > before.1 && now.1 - now.0 < MOST, "{now:?}");
            before = now;
        }
        assert_eq!(before, (9_751, 10_000));
        assert!(!window.hides_newer(Seq(10_000)));
    }

    #[test]
    fn it_grows_upwards_until_everything_is_there() {
        let messages = messages(101, 241);
        let mut window = Window::LATEST;
        assert!(window.hides_older(&messages));
        window = window.with_older(Seq(241));
        assert_eq!(shown(window, &messages), Some((152, 241)));
        window = window.with_older(Seq(241));
        assert_eq!(shown(window, &messages), Some((102, 241)));
        window = window.with_older(Seq(241));
        assert_eq!(shown(window, &messages), Some((101, 241)));
        assert!(!window.hides_older(&messages));
    }

    #[test]
    fn it_opens_where_reading_stopped() {
        let messages = messages(1, 1_000);
        let opened = |divider| shown(Window::at_opening(&messages, divider), &messages);
        assert_eq!(opened(None), Some((961, 1_000)));
        // The first unread one and what precedes it are among them.
        assert_eq!(opened(Some(Seq(950))), Some((901, 1_000)));
        assert_eq!(opened(Some(Seq(400))), Some((351, 450)));
    }
}
