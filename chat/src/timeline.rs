//! The messages of one conversation, in order, without gaps and without doubles.

mod membership;

use protocol::{ClientId, HistoryPage, Message, Seq, UserId};

pub use membership::{Membership, MembershipLine};

/// A contiguous run of a conversation's messages that grows at both ends.
///
/// It takes messages from anywhere (live events, acks, pages of history), in any order and as
/// often as they come.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    /// Without gaps, ascending.
    messages: Vec<Message>,
    /// What came ahead of a gap, ascending.
    ahead: Vec<Message>,
    /// The newest that is known to exist.
    head: Seq,
    /// A page was applied, so that an empty `messages` means that there are none.
    loaded: bool,
    membership: Membership,
    /// The message after which changes of members may have been missed.
    unsure_since: Option<Seq>,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It is shown now, and so are those that waited for it.
    Shown,
    /// It was there already.
    Known,
    /// Something before it is missing; it waits.
    Waits,
}

/// What to fetch next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The newest page: nothing was fetched yet.
    Newest,
    /// What comes after this message.
    After(Seq),
}

impl Timeline {
    /// What can be shown, ascending and without gaps.
    #[must_use]
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// The newest message that is shown; 0 when there is none.
    #[must_use]
    pub fn newest(&self) -> Seq {
        self.messages.last().map_or(Seq::ZERO, |message| message.seq)
    }

    /// The newest message that is known to exist.
    #[must_use]
    pub fn head(&self) -> Seq {
        self.head
    }

    /// Where to fetch an older page before; `None` when the first message is there, or nothing is.
    #[must_use]
    pub fn older(&self) -> Option<Seq> {
        self.messages.first().map(|message| message.seq).filter(|seq| *seq > Seq::ZERO.next())
    }

    /// Whether it has a message, shown or held back, that this person sent under this id.
    #[must_use]
    pub fn has(&self, sender: UserId, client_id: &ClientId) -> bool {
        let mut all = self.messages.iter().chain(&self.ahead);
        all.any(|message| message.sender_id == sender && message.client_id.as_ref() == Some(client_id))
    }

    /// Whether a page was fetched.
    #[must_use]
    pub fn is_loaded(&self) -> bool {
        self.loaded
    }

    /// What must be fetched so that nothing is missing up to the head.
    #[must_use]
    pub fn missing(&self) -> Option<Missing> {
        if !self.loaded {
            return Some(Missing::Newest);
        }
        (self.head > self.newest()).then(|| Missing::After(self.newest()))
    }

    /// Who joined the group and who left.
    #[must_use]
    pub fn membership(&self) -> &Membership {
        &self.membership
    }

    /// Takes the changes of members from a page, before its messages; `after` is that of the request.
    /// Returns whether less is missing now.
    pub fn learn_membership(&mut self, after: Option<Seq>, page: &HistoryPage) -> bool {
        let beginning = after.unwrap_or_default();
        let first = page.messages.first().map_or(beginning, |first| first.seq);
        let last = page.messages.last().map_or(beginning, |last| last.seq);
        // Nothing happened before the first message except the beginning.
        let begins = after.is_some() || first == Seq::ZERO.next();
        let first = if begins { beginning } else { first };
        self.membership.learn(first, last, &page.changes);
        let Some(since) = self.unsure_since.filter(|since| (first..=last).contains(since)) else {
            return false;
        };
        self.unsure_since = (last < self.newest().max(page.head)).then_some(last);
        last > since
    }

    /// Somebody joined the group or left it just now.
    pub fn hear_membership(&mut self, user: UserId, joined: bool) {
        self.membership.hear(MembershipLine { after: self.head, user, joined });
    }

    /// The page up to the newest message is being asked for.
    pub fn await_page(&mut self) {
        self.membership.await_page();
    }

    /// From now on members may come and go without this timeline hearing of it.
    pub fn doubt_membership(&mut self) {
        // The first page says all there is to know.
        if self.loaded {
            let newest = self.newest();
            self.unsure_since.get_or_insert(newest);
        }
    }

    /// The page to ask for so that all changes of members are known up to now.
    #[must_use]
    pub fn missing_membership(&self) -> Option<Missing> {
        self.unsure_since.filter(|_| self.loaded).map(Missing::After)
    }

    /// Takes note that messages exist up to here, as a list of conversations says.
    pub fn note_head(&mut self, head: Seq) {
        self.head = self.head.max(head);
    }

    /// Forgets what was only said to exist: `held` is the newest message that anybody here has.
    pub fn lower_head(&mut self, held: Seq) {
        let ahead = self.ahead.last().map_or(Seq::ZERO, |message| message.seq);
        self.head = held.max(ahead).max(self.newest());
    }

    /// Takes one message.
    pub fn receive(&mut self, message: Message) -> Applied {
        self.note_head(message.seq);
        if !self.loaded {
            return self.hold_back(message);
        }
        if message.seq <= self.newest() {
            return Applied::Known;
        }
        if message.seq == self.newest().next() {
            self.messages.push(message);
            self.close_gap();
            return Applied::Shown;
        }
        self.hold_back(message)
    }

    fn hold_back(&mut self, message: Message) -> Applied {
        match self.ahead.binary_search_by_key(&message.seq, |other| other.seq) {
            Ok(_) => Applied::Known,
            Err(index) => {
                self.ahead.insert(index, message);
                Applied::Waits
            }
        }
    }

    /// Takes a page of history, wherever it belongs.
    pub fn apply_page(&mut self, page: HistoryPage) {
        self.note_head(page.head);
        if !self.loaded {
            self.loaded = true;
            self.messages = page.messages;
        } else {
            let first = self.messages.first().map_or(Seq(u64::MAX), |message| message.seq);
            let (older, newer): (Vec<_>, Vec<_>) = page
                .messages
                .into_iter()
                .partition(|message| message.seq < first && !self.messages.is_empty());
            // An older page fits only when it ends where ours begins.
            if older.last().is_some_and(|last| last.seq.next() == first) {
                self.messages.splice(0..0, older);
            }
            for message in newer {
                self.receive(message);
            }
        }
        self.close_gap();
    }

    fn close_gap(&mut self) {
        if self.ahead.is_empty() {
            return;
        }
        for message in std::mem::take(&mut self.ahead) {
            let next = self.newest().next();
            if message.seq == next {
                self.messages.push(message);
            } else if message.seq > next {
                self.ahead.push(message);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use protocol::{GroupId, MessageId, Recipient, Timestamp};

    use super::*;

    fn message(seq: u64) -> Message {
        Message {
            id: MessageId::from_bytes([seq as u8; 16]),
            client_id: None,
            sender_id: UserId::from_bytes([1; 16]),
            recipient: Recipient::Group(GroupId::from_bytes([2; 16])),
            content: format!("m{seq}").parse().unwrap(),
            seq: Seq(seq),
            created_at: Timestamp(0),
        }
    }

    fn page(seqs: std::ops::RangeInclusive<u64>, head: u64) -> HistoryPage {
        HistoryPage { messages: seqs.map(message).collect(), head: Seq(head), changes: vec![] }
    }

    fn shown(timeline: &Timeline) -> Vec<u64> {
        timeline.messages().iter().map(|message| message.seq.0).collect()
    }

    #[test]
    fn a_page_and_what_came_before_it_make_one_run() {
        let mut timeline = Timeline::default();
        assert_eq!(timeline.missing(), Some(Missing::Newest));
        assert_eq!(timeline.receive(message(6)), Applied::Waits);
        timeline.apply_page(page(3..=5, 5));
        assert_eq!(shown(&timeline), [3, 4, 5, 6]);
        assert_eq!((timeline.missing(), timeline.older()), (None, Some(Seq(3))));
        timeline.apply_page(page(1..=2, 6));
        assert_eq!(shown(&timeline), [1, 2, 3, 4, 5, 6]);
        assert_eq!(timeline.older(), None);
    }

    #[test]
    fn a_message_twice_is_shown_once() {
        let mut timeline = Timeline::default();
        timeline.apply_page(page(1..=1, 1));
        assert_eq!(timeline.receive(message(2)), Applied::Shown);
        assert_eq!(timeline.receive(message(2)), Applied::Known);
        assert_eq!(timeline.receive(message(1)), Applied::Known);
        assert_eq!(shown(&timeline), [1, 2]);
    }

    #[test]
    fn a_gap_holds_back_what_follows_until_it_is_fetched() {
        let mut timeline = Timeline::default();
        timeline.apply_page(page(1..=2, 2));
        assert_eq!(timeline.receive(message(5)), Applied::Waits);
        assert_eq!(shown(&timeline), [1, 2]);
        assert_eq!(timeline.missing(), Some(Missing::After(Seq(2))));
        timeline.apply_page(page(3..=4, 5));
        assert_eq!(shown(&timeline), [1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_head_from_elsewhere_reveals_a_lost_last_message() {
        let mut timeline = Timeline::default();
        timeline.apply_page(page(1..=2, 2));
        timeline.note_head(Seq(3));
        assert_eq!(timeline.missing(), Some(Missing::After(Seq(2))));
    }

    #[test]
    fn the_first_message_of_an_empty_conversation_is_shown() {
        let mut timeline = Timeline::default();
        timeline.apply_page(HistoryPage { messages: vec![], head: Seq::ZERO, changes: vec![] });
        assert_eq!((timeline.missing(), timeline.is_loaded()), (None, true));
        assert_eq!(timeline.receive(message(1)), Applied::Shown);
    }

    #[test]
    fn after_a_break_the_changes_since_the_last_message_before_it_are_missing() {
        let mut timeline = Timeline::default();
        timeline.doubt_membership();
        timeline.apply_page(page(5..=8, 8));
        assert_eq!(timeline.missing_membership(), None, "the first page said all");
        timeline.doubt_membership();
        timeline.receive(message(9));
        timeline.doubt_membership();
        assert_eq!(timeline.missing_membership(), Some(Missing::After(Seq(8))));
        // A page may end before the newest message.
        timeline.receive(message(10));
        assert!(timeline.learn_membership(Some(Seq(8)), &page(9..=9, 10)));
        assert_eq!(timeline.missing_membership(), Some(Missing::After(Seq(9))));
        timeline.learn_membership(Some(Seq(9)), &page(10..=10, 10));
        assert_eq!(timeline.missing_membership(), None);
    }

    proptest! {
        /// Whatever arrives in whatever order and however often: what is shown has no gaps and no
        /// doubles, and fetching what is missing ends with everything.
        #[test]
        fn any_order_ends_the_same(arrivals in prop::collection::vec((0u8..4, 1u64..30), 0..60)) {
            let mut timeline = Timeline::default();
            for (kind, seq) in arrivals {
                match kind {
                    0 => timeline.apply_page(page(seq.saturating_sub(5).max(1)..=seq, 30)),
                    _ => { timeline.receive(message(seq)); }
                }
                let shown = shown(&timeline);
                prop_assert!(shown.windows(2).all(|pair| pair[1] == pair[0] + 1));
            }
            timeline.note_head(Seq(30));
            while let Some(missing) = timeline.missing() {
                let after = match missing { Missing::Newest => 24, Missing::After(seq) => seq.0 };
                timeline.apply_page(page(after + 1..=(after + 6).min(30), 30));
            }
            while let Some(before) = timeline.older() {
                timeline.apply_page(page(before.0.saturating_sub(6).max(1)..=before.0 - 1, 30));
            }
            prop_assert_eq!(shown(&timeline), (1..=30).collect::<Vec<_>>());
        }
    }
}
