//! How far a person has read a conversation, and what is unread.
//!
//! Reading moves forward, whatever the order in which devices tell of it: the furthest place counts. Marking
//! something as unread moves back. The server counts that ([`ReadUpTo::mark`]), so that a device knows which
//! of two places is the newer one: the one with the greater count, and with the same count the further one.
//!
//! What is marked here is unread at once, but only the server counts it: another device may have marked
//! something meanwhile, and a count that was guessed could be that of the other mark. Until the server has
//! confirmed a mark, what it says is compared with that mark first, in `ConversationState::settle`: the last
//! mark counts, and nothing that was marked on any device becomes read by it.

use protocol::{Conversation, ReadUpTo, Rev, Seq, UserId};

use super::ConversationState;

/// How far somebody has read, in the order in which it became so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mark {
    /// How often something was marked as unread before.
    pub(crate) number: u64,
    pub(crate) seq: Seq,
}

impl Mark {
    pub(crate) fn of(read: &ReadUpTo) -> Self {
        Self { number: read.mark, seq: read.seq }
    }
}

/// What a list of conversations says of one, compared with what was known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Compared {
    /// This person has read further than the server knows, because it could not be told.
    pub(crate) is_further: bool,
    /// The list is of a moment at which something else was unread: it has to be asked for again.
    pub(crate) is_old: bool,
    /// From here on something was marked as unread, which the server does not know, because it could not be
    /// told.
    pub(crate) unmarked: Option<Seq>,
}

impl ConversationState {
    /// How far this person has read.
    pub(crate) fn mark(&self) -> Mark {
        Mark { number: self.mark, seq: self.read_up_to }
    }

    /// Compares what the server says with what was marked here and is not confirmed. Returns whether the
    /// mark still stands against it; otherwise what the server says counts as always.
    ///
    /// - If the server has counted one mark and is right before this message, this is our mark, or the same one
    ///   of another device.
    /// - If it has counted another mark, and the message is unread there, or was read here since, the server's
    ///   place is taken as it is, also if it is before ours: what another device marked stays unread.
    /// - If the message is read there, the mark is to be told (again), whatever was marked and read on other
    ///   devices: it may be the last that the person did.
    /// - Otherwise the server has counted nothing. If it speaks of a moment after we told it (`is_after`),
    ///   there was nothing to count, or it never heard of it, and the person has read it since.
    fn settle(&mut self, from: Mark, is_after: bool) -> bool {
        let Some(first) = self.marking else { return false };
        let is_wanted = self.read_up_to < first;
        let is_unread_there = from.seq < first;
        if from.number > self.mark {
            if from.number == self.mark + 1 && from.seq.next() == first {
                self.marking = None;
                self.mark = from.number;
                return false;
            }
            if is_unread_there || !is_wanted {
                self.marking = None;
                return false;
            }
        }
        if is_wanted && !is_unread_there {
            return true;
        }
        if is_after {
            self.marking = None;
        }
        is_wanted && !is_after
    }

    /// This person has read up to here, or marked what comes after it as unread, on whatever device. The
    /// server may say what is unread then, and at which revision. Returns whether it has to be asked for that.
    pub(crate) fn read(&mut self, mark: Mark, counted: Option<&ReadUpTo>, is_open: bool, me: UserId) -> bool {
        let (number, was_marking) = (self.mark, self.marking.is_some());
        let stands = self.settle(mark, false);
        let was_marked = mark.number > number || (was_marking && self.marking.is_none());
        self.mark_is_fresh |= was_marked;
        if stands {
            self.mark = number.max(mark.number);
            return false;
        }
        if mark < self.mark() {
            return false;
        }
        if was_marked {
            self.counted_at = counted.map_or(Rev::ZERO, |counted| counted.rev);
        }
        self.move_to(mark, is_open);
        let heard = self.heard_rev();
        match counted.filter(|counted| counted.rev == heard) {
            Some(counted) => {
                (self.unread, self.unread_mentions) = (counted.unread, counted.unread_mentions);
                false
            }
            // Something came before or after, which the server has counted or has not.
            None => {
                self.count_after(self.read_up_to, me);
                was_marked
            }
        }
    }

    /// This person reads up to here, on this page.
    pub(crate) fn read_here(&mut self, seq: Seq, is_open: bool, me: UserId) {
        self.move_to(Mark { number: self.mark, seq }, is_open);
        self.count_after(seq, me);
    }

    /// This person marks a message, and all that came after it, as unread. Returns whether that changes
    /// anything.
    pub(crate) fn mark_unread(&mut self, first: Seq, is_open: bool, me: UserId) -> bool {
        if first > self.read_up_to {
            return false;
        }
        self.marking = Some(first);
        self.mark_is_fresh = true;
        self.counted_at = self.heard_rev();
        let upto = Seq(first.0.saturating_sub(1));
        self.read_up_to = upto;
        self.stay_unread(is_open);
        // The most that it can be.
        self.unread = self.timeline.head().since(upto);
        self.count_after(upto, me);
        true
    }

    /// The server knows of what was marked here, unless something else was marked since. Returns whether it
    /// has to be asked what is unread.
    pub(crate) fn marked(&mut self, first: Seq, counted: &ReadUpTo, is_open: bool, me: UserId) -> bool {
        let mark = Mark::of(counted);
        if self.marking != Some(first) {
            return self.read(mark, Some(counted), is_open, me);
        }
        if mark.number < self.mark {
            // It said more since, which was held to be from before.
            self.marking = None;
            return true;
        }
        let number = self.mark;
        self.settle(mark, true);
        self.marking = None;
        self.mark_is_fresh = true;
        if mark >= self.mark() {
            self.counted_at = counted.rev;
        }
        let must_ask = self.read(mark, Some(counted), is_open, me);
        must_ask || (mark.number > number && mark == self.mark() && counted.rev != self.heard_rev())
    }

    /// Takes what a list of conversations says about reading, after what it says about messages if it is not
    /// older than what was heard (`is_current`).
    pub(super) fn compare(&mut self, from: &Listed, is_current: bool, is_open: bool, me: UserId) -> Compared {
        let is_old = self.mark_is_fresh;
        if self.settle(from.mark, !is_old) {
            self.mark = if is_old { self.mark.max(from.mark.number) } else { from.mark.number };
            self.count_after(self.read_up_to, me);
            return Compared { is_old, unmarked: self.marking.filter(|_| !is_old), ..Compared::default() };
        }
        let own = self.mark();
        let counts = |this: &mut Self| {
            (this.unread, this.unread_mentions) = (from.unread, from.unread_mentions);
        };
        // What the server says later over the same connection is newer, even if it counts less: somebody left
        // the group and joined it again, or a backup was restored.
        let is_newer = from.mark.number != own.number && !(self.mark_is_fresh && from.mark < own);
        if is_newer {
            self.move_to(from.mark, is_open);
            match is_current {
                true => counts(self),
                false => self.count_after(self.read_up_to, me),
            }
            return Compared { is_old: !is_current, ..Compared::default() };
        }
        if from.mark.number != own.number {
            // It was marked while the list was on its way.
            self.count_after(self.read_up_to, me);
            return Compared { is_old: true, ..Compared::default() };
        }
        let is_further = own.seq > from.mark.seq;
        // It was marked and read while the list was on its way.
        let is_old = self.marking.is_some();
        if is_current {
            counts(self);
        }
        if !is_further {
            self.move_to(from.mark, is_open);
        }
        if is_further || !is_current {
            self.count_after(self.read_up_to, me);
        }
        Compared { is_further: is_further && !is_old, is_old, ..Compared::default() }
    }

    /// Reading stopped here, if anything after it is unread.
    pub(crate) fn divide(&mut self) {
        if self.unread > 0 {
            self.divider = Some(self.read_up_to);
        }
    }

    /// What was marked as unread is not any more. Returns the newest message.
    pub(crate) fn stop_staying_unread(&mut self) -> Seq {
        self.stays_unread = false;
        self.divider = None;
        self.timeline.head()
    }

    fn move_to(&mut self, mark: Mark, is_open: bool) {
        let own = self.mark();
        if mark.seq < own.seq && mark.number > own.number {
            (self.mark, self.read_up_to) = (mark.number, mark.seq);
            self.stay_unread(is_open);
            return;
        }
        if mark.seq > own.seq {
            self.stays_unread = false;
        }
        (self.mark, self.read_up_to) = (mark.number, mark.seq);
    }

    /// What is on the screen stays unread until the person comes back to it.
    fn stay_unread(&mut self, is_open: bool) {
        self.stays_unread = is_open;
        if is_open {
            self.divider = Some(self.read_up_to);
        }
    }

    /// How many messages came after this one, as far as is known, if those that were deleted do not count: the
    /// same as [`unread`](Self::unread) where reading stopped.
    #[must_use]
    pub fn count_since(&self, seq: Seq) -> u64 {
        let read = self.read_up_to;
        let came = |since: Seq| self.timeline.head().since(since).saturating_sub(self.deleted(since, None));
        // What was loaded may be newer than what was counted.
        let is_counted = self.heard_rev() >= self.timeline.applied();
        let unread = if is_counted { self.unread } else { came(read) };
        if seq > read {
            return came(seq).min(unread);
        }
        unread + read.since(seq).saturating_sub(self.deleted(seq, Some(read)))
    }

    /// How many of the messages that are loaded were deleted, after one and up to another.
    fn deleted(&self, after: Seq, up_to: Option<Seq>) -> u64 {
        let deleted = self.timeline.runs().flat_map(|run| {
            let from = run.partition_point(|message| message.seq <= after);
            let end = run.partition_point(|message| up_to.is_none_or(|up_to| message.seq <= up_to));
            run[from.min(end)..end].iter().filter(|message| message.is_deleted())
        });
        deleted.count() as u64
    }

    /// How many messages come after this one. If they were not loaded, this is the most that it can be,
    /// until the server says it.
    pub(crate) fn count_after(&mut self, seq: Seq, me: UserId) {
        let run = self.timeline.messages();
        let covers = run.first().is_some_and(|first| first.seq <= seq.next());
        if covers && self.heard_rev() == self.timeline.applied() {
            let from = run.partition_point(|message| message.seq <= seq);
            let unread = run[from..].iter().filter(|message| !message.is_deleted());
            let mentions = unread.clone().filter(|message| message.mentions(me));
            (self.unread, self.unread_mentions) = (unread.count() as u64, mentions.count() as u64);
            return;
        }
        self.unread = self.unread.min(self.timeline.head().since(seq));
        self.unread_mentions = self.unread_mentions.min(self.unread);
    }
}

/// What a list of conversations says about reading.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listed {
    mark: Mark,
    unread: u64,
    unread_mentions: u64,
}

impl Listed {
    pub(super) fn of(conversation: &Conversation) -> Self {
        let Conversation { read_up_to, mark, unread, unread_mentions, .. } = *conversation;
        Self { mark: Mark { number: mark, seq: read_up_to }, unread, unread_mentions }
    }
}
