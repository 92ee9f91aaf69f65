//! The messages of one conversation: in order, without gaps and doubles, in their present state.

mod membership;
mod runs;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use protocol::{ChangesPage, ClientId, HistoryPage, Message, MessageId, Rev, Seq, UserId};

pub use membership::{Membership, MembershipLine};
pub(crate) use runs::requote;

use self::runs::Runs;

/// Changes that are held back because of a gap. When there are more, they are fetched again.
const AHEAD: usize = 1_000;

/// What was loaded of a conversation.
///
/// It is a set of contiguous runs, so that one can look at any place. The last run follows what is new,
/// if it reaches the newest message.
///
/// All that came with the revisions up to [`applied`](Self::applied) is in the runs. Changes come from
/// anywhere (events, acks, pages), in any order and as often as they come. What carries the next revision
/// is applied, what is not newer is dropped, and in front of a gap the changes since are fetched. A
/// change is a message's whole new state, so that applying it twice does nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    runs: Runs,
    /// The last run reaches the newest message there is at `applied`.
    follows: bool,
    applied: Rev,
    /// The newest revision that is known to exist.
    known: Rev,
    /// Changes ahead of a gap of revisions.
    ahead: BTreeMap<Rev, Message>,
    /// New messages that were changed already and came before an older one, because changes come in the
    /// order of revisions.
    beyond: BTreeMap<Seq, Message>,
    /// The newest message that is known to exist.
    head: Seq,
    /// A page was applied, so that no run means that there are no messages.
    loaded: bool,
    membership: Membership,
    /// The message after which changes of members may have been missed.
    unsure_since: Option<Seq>,
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It is in effect now, and so are those that waited for it.
    Applied,
    /// It was in effect already.
    Known,
    /// Something before it is missing; it waits.
    Waits,
}

/// What to fetch next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The newest page.
    Newest,
    /// The page around a place.
    Around(Seq),
    /// What changed after this revision.
    Changes(Rev),
    /// Who came and went after this message.
    Membership(Seq),
}

impl Timeline {
    /// The run that follows what is new, ascending and without gaps; empty if it was not loaded.
    #[must_use]
    pub fn messages(&self) -> &[Message] {
        if self.follows { self.runs.last() } else { &[] }
    }

    /// What is to be shown to somebody who looks at a place, or else at the newest messages.
    #[must_use]
    pub fn run(&self, place: Option<Seq>) -> &[Message] {
        match place {
            Some(place) => self.runs.at(place).unwrap_or_default(),
            None => self.messages(),
        }
    }

    /// The messages of this person that the server has, while something before them is missing: they stay
    /// on the screen, behind the run that follows what is new.
    pub fn waiting(&self, sender: UserId) -> impl Iterator<Item = &Message> {
        let newest = self.newest();
        let held: BTreeMap<Seq, &Message> = self
            .ahead
            .values()
            .chain(self.beyond.values())
            .filter(|message| self.follows && message.sender_id == sender && message.seq > newest)
            .map(|message| (message.seq, message))
            .collect();
        held.into_values()
    }

    /// Every run.
    pub fn runs(&self) -> impl Iterator<Item = &[Message]> {
        self.runs.iter()
    }

    /// One message, if it was loaded.
    #[must_use]
    pub fn get(&self, place: Seq) -> Option<&Message> {
        self.runs.get(place)
    }

    /// The same by its id.
    #[must_use]
    pub fn find(&self, message: MessageId) -> Option<&Message> {
        self.runs().flatten().find(|one| one.id == message)
    }

    /// Whether it is known which message is the newest.
    #[must_use]
    pub fn follows(&self) -> bool {
        self.follows
    }

    /// The newest message that is shown; 0 when there is none.
    #[must_use]
    pub fn newest(&self) -> Seq {
        self.messages().last().map_or(Seq::ZERO, |message| message.seq)
    }

    /// The newest message that is known to exist.
    #[must_use]
    pub fn head(&self) -> Seq {
        self.head
    }

    /// Everything up to this revision is here.
    #[must_use]
    pub fn applied(&self) -> Rev {
        self.applied
    }

    /// The newest revision that is known to exist.
    #[must_use]
    pub fn known(&self) -> Rev {
        self.known
    }

    /// Where to fetch the page before the run that is shown; `None` when the first message is there, or
    /// nothing is.
    #[must_use]
    pub fn older(&self, place: Option<Seq>) -> Option<Seq> {
        self.run(place).first().map(|message| message.seq).filter(|seq| *seq > Seq::ZERO.next())
    }

    /// Where to fetch the page behind the run that is shown; `None` if it follows what is new.
    #[must_use]
    pub fn newer(&self, place: Option<Seq>) -> Option<Seq> {
        let last = self.run(place).last()?.seq;
        let is_newest = self.follows && self.runs.last().last().is_some_and(|newest| newest.seq == last);
        (!is_newest).then_some(last)
    }

    /// Whether it has a message, shown or held back, that this person sent under this id.
    #[must_use]
    pub fn has(&self, sender: UserId, client_id: &ClientId) -> bool {
        let mut all = self.runs.messages().chain(self.ahead.values()).chain(self.beyond.values());
        all.any(|message| message.sender_id == sender && message.client_id.as_ref() == Some(client_id))
    }

    /// Whether a page was fetched.
    #[must_use]
    pub fn is_loaded(&self) -> bool {
        self.loaded
    }

    /// What must be fetched for somebody who looks at a place, or at the newest messages; of a
    /// conversation that nobody looks at, only what changed in the part that was loaded.
    #[must_use]
    pub fn missing(&self, is_open: bool, place: Option<Seq>) -> Option<Missing> {
        match place {
            Some(place) if !self.loaded => return Some(Missing::Around(place)),
            Some(place) if is_open && self.runs.at(place).is_none() && self.head > Seq::ZERO => {
                return Some(Missing::Around(place));
            }
            None if !self.loaded || (is_open && !self.follows) => return Some(Missing::Newest),
            _ => {}
        }
        if self.known > self.applied {
            return Some(Missing::Changes(self.applied));
        }
        self.unsure_since.filter(|_| is_open).map(Missing::Membership)
    }

    /// Takes note that there are changes up to here, as a list of conversations says.
    pub fn note(&mut self, rev: Rev, head: Seq) {
        self.known = self.known.max(rev);
        self.head = self.head.max(head);
    }

    /// Forgets what was only said to exist: `rev` is the newest change that anybody here has, and `head`
    /// the newest message.
    pub fn doubt(&mut self, rev: Rev, head: Seq) {
        let newest = self.runs.messages().last().map_or(Seq::ZERO, |message| message.seq);
        self.head = self.head.min(head.max(newest));
        self.known = self.known.min(rev);
        self.applied = self.applied.min(rev);
    }

    /// Takes the new state of one message.
    pub fn receive(&mut self, message: Message) -> Applied {
        self.note(message.rev, message.seq);
        if !self.loaded || message.rev <= self.applied {
            return Applied::Known;
        }
        if message.rev > self.applied.next() {
            if self.ahead.len() < AHEAD {
                self.ahead.insert(message.rev, message);
            }
            return Applied::Waits;
        }
        self.applied = message.rev;
        self.apply(message);
        self.catch_up();
        Applied::Applied
    }

    /// Takes a page of history, wherever it belongs. It shows the conversation at its own revision.
    pub fn apply_page(&mut self, page: HistoryPage) {
        let HistoryPage { messages, head, rev, .. } = page;
        self.note(rev, head);
        // A page that is older than what was applied since may lack changes of its messages: they are
        // fetched again.
        self.applied = if self.loaded { self.applied.min(rev) } else { rev };
        self.runs.merge(messages);
        // Also by an empty page, behind which there is nothing.
        self.follows |= self.runs.last().last().map_or(Seq::ZERO, |last| last.seq) == head;
        self.loaded = true;
        self.catch_up();
    }

    /// Takes what changed after a revision.
    pub fn apply_changes(&mut self, since: Rev, page: ChangesPage) {
        let head = page.messages.iter().map(|message| message.seq).max().unwrap_or_default();
        self.note(page.rev, head);
        if !self.loaded || since > self.applied {
            return;
        }
        // What was heard of members while messages were missing may stand before them.
        if self.follows && self.membership.heard_since(self.newest()) {
            self.doubt_membership();
        }
        for message in page.messages {
            self.apply(message);
        }
        self.applied = self.applied.max(page.rev);
        self.catch_up();
    }

    /// The conversation is not on the screen any more: only its newest messages are kept.
    pub fn put_away(&mut self, count: usize) {
        if self.follows {
            self.runs.keep_newest(count);
        } else {
            self.unload();
        }
    }

    /// What is new is not taken in any more, and is fetched when somebody comes to it.
    pub fn stop_following(&mut self) {
        self.follows = false;
        self.beyond.clear();
    }

    /// Forgets what was loaded.
    pub fn unload(&mut self) {
        let Self { known, head, .. } = *self;
        *self = Self { known, head, ..Self::default() };
    }

    /// How many changes are to be caught up with.
    #[must_use]
    pub fn behind(&self) -> u64 {
        if self.loaded { self.known.0.saturating_sub(self.applied.0) } else { 0 }
    }

    fn apply(&mut self, message: Message) {
        if message.change_id.is_some() {
            self.runs.requote(&message);
            self.beyond.values_mut().for_each(|held| requote(held, &message));
        }
        if self.runs.replace(&message) || !self.follows {
            return;
        }
        if self.runs.last().is_empty() && message.seq == Seq::ZERO.next() {
            self.runs.merge(vec![message]);
        } else if let Some(message) = self.runs.push(message) {
            let newest = self.newest();
            if message.seq > newest && self.beyond.get(&message.seq).is_none_or(|held| held.rev < message.rev)
            {
                self.beyond.insert(message.seq, message);
            }
        }
    }

    /// Applies what waited.
    fn catch_up(&mut self) {
        while let Some(entry) = self.ahead.first_entry() {
            if *entry.key() > self.applied.next() {
                break;
            }
            let (rev, message) = entry.remove_entry();
            if rev > self.applied {
                self.applied = rev;
                self.apply(message);
            }
        }
        while let Some(entry) = self.beyond.first_entry() {
            let newest = self.runs.last().last().map_or(Seq::ZERO, |message| message.seq);
            if *entry.key() > newest.next() {
                break;
            }
            let message = entry.remove();
            if message.seq > newest {
                self.runs.merge(vec![message]);
            } else {
                self.runs.replace(&message);
            }
        }
    }
}

/// Who joined and who left.
impl Timeline {
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

    /// Somebody joined the group or left it just now, or was removed.
    pub fn hear_membership(&mut self, user: UserId, joined: bool, removed_by: Option<UserId>) {
        self.membership.hear(MembershipLine { after: self.head, user, joined, removed_by });
    }

    /// The page up to the newest message is being asked for.
    pub fn await_page(&mut self) {
        self.membership.await_page();
    }

    /// From now on members may come and go without this timeline hearing of it.
    pub fn doubt_membership(&mut self) {
        // The first page that reaches the newest message says all there is to know.
        if self.follows {
            let newest = self.newest();
            self.unsure_since.get_or_insert(newest);
        }
    }
}
