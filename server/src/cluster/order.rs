//! Changes of one conversation that several servers make, in the order of their revisions.
//!
//! What a server commits it knows at once, what the others commit it hears a moment later: two changes in quick
//! succession can arrive the wrong way round. The later one waits for the earlier one, but not long, because it may
//! never come; the first that is heard of a conversation waits for nothing. Clients can put them in order themselves; for one that cannot, this is the order.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    time::Duration,
};

use protocol::{GroupId, Message, Recipient, Rev, UserId};
use tokio::time::Instant;

use crate::domain_event::{DomainEvent, Envelope};

/// How long a change waits for the one before it. Usually it comes within some milliseconds.
const PATIENCE: Duration = Duration::from_millis(500);
/// Conversations of which the last revision is remembered. When there are more, those without a change for
/// [`QUIET`] are forgotten.
const CONVERSATIONS: usize = 65_536;
const QUIET: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum ConversationKey {
    Pair(UserId, UserId),
    Group(GroupId),
}

impl ConversationKey {
    fn of(message: &Message) -> Self {
        match message.recipient {
            Recipient::Group(group) => Self::Group(group),
            Recipient::User(user) => Self::Pair(user.min(message.sender_id), user.max(message.sender_id)),
        }
    }
}

pub(super) struct Order {
    conversations: HashMap<ConversationKey, Known>,
    forget_at: usize,
    /// Until when something waits, the earliest first.
    patience: VecDeque<(Instant, ConversationKey, Rev)>,
}

struct Known {
    last: Rev,
    at: Instant,
    waiting: BTreeMap<Rev, Envelope>,
}

impl Order {
    pub(super) fn new() -> Self {
        Self { conversations: HashMap::new(), forget_at: CONVERSATIONS, patience: VecDeque::new() }
    }

    /// Takes what was committed. Returns what is to be told now. While this server is apart from others, nothing
    /// waits for what will not come.
    pub(super) fn put(&mut self, envelope: Envelope, is_apart: bool, now: Instant) -> Vec<Envelope> {
        let (DomainEvent::MessageSent(message) | DomainEvent::MessageChanged(message)) = &envelope.event
        else {
            return vec![envelope];
        };
        let (place, rev) = (ConversationKey::of(message), message.rev);
        self.forget(now);
        let known = self.conversations.entry(place).or_insert_with(|| Known {
            last: Rev(rev.0.saturating_sub(1)),
            at: now,
            waiting: BTreeMap::new(),
        });
        known.at = now;
        if rev.0 > known.last.0 + 1 && !is_apart {
            self.patience.push_back((now + PATIENCE, place, rev));
            known.waiting.insert(rev, envelope);
            return vec![];
        }
        let mut told = vec![envelope];
        known.last = known.last.max(rev);
        told.extend(known.follows());
        told
    }

    /// When something has waited long enough.
    pub(super) fn due(&self) -> Option<Instant> {
        self.patience.front().map(|(due, ..)| *due)
    }

    /// What has waited long enough, and what waits before it.
    pub(super) fn overdue(&mut self, now: Instant) -> Vec<Envelope> {
        let mut told = Vec::new();
        while let Some((due, place, rev)) = self.patience.front().copied()
            && due <= now
        {
            self.patience.pop_front();
            if let Some(known) = self.conversations.get_mut(&place)
                && known.waiting.contains_key(&rev)
            {
                known.last = rev;
                told.extend(known.follows());
            }
        }
        told
    }

    fn forget(&mut self, now: Instant) {
        if self.conversations.len() >= self.forget_at {
            self.conversations.retain(|_, known| now - known.at < QUIET || !known.waiting.is_empty());
            self.forget_at = (self.conversations.len() * 2).max(CONVERSATIONS);
        }
    }
}

impl Known {
    /// What waited only for what was just told.
    fn follows(&mut self) -> Vec<Envelope> {
        let mut told = Vec::new();
        while let Some(next) = self.waiting.first_entry()
            && next.key().0 <= self.last.0 + 1
        {
            self.last = self.last.max(*next.key());
            told.push(next.remove());
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use protocol::{MessageId, Seq};

    use super::*;
    use crate::domain_event::Origin;

    const ANN: UserId = UserId::from_bytes([1; 16]);
    const BEN: UserId = UserId::from_bytes([2; 16]);

    fn change(from: UserId, to: UserId, rev: u64) -> Envelope {
        let id = MessageId::from_bytes([0; 16]);
        let mut message = Message::new(id, from, Recipient::User(to), Seq(rev), "hello".parse().unwrap());
        message.rev = Rev(rev);
        Envelope { event: DomainEvent::MessageSent(message), origin: Origin::default() }
    }

    fn revs(told: &[Envelope]) -> Vec<u64> {
        let rev = |envelope: &Envelope| match &envelope.event {
            DomainEvent::MessageSent(message) => message.rev.0,
            other => panic!("{other:?}"),
        };
        told.iter().map(rev).collect()
    }

    #[test]
    fn what_comes_too_early_waits_for_what_is_before_it() {
        let now = Instant::now();
        let mut order = Order::new();
        assert_eq!(
            revs(&order.put(change(ANN, BEN, 7), false, now)),
            [7],
            "nothing is known of what was before"
        );
        assert_eq!(revs(&order.put(change(BEN, ANN, 9), false, now)), [] as [u64; 0]);
        assert_eq!(revs(&order.put(change(ANN, BEN, 10), false, now)), [] as [u64; 0]);
        assert_eq!(
            revs(&order.put(change(ANN, ANN, 1), false, now)),
            [1],
            "another conversation does not wait"
        );
        assert_eq!(revs(&order.put(change(ANN, BEN, 8), false, now)), [8, 9, 10]);
        assert_eq!(revs(&order.overdue(now + PATIENCE)), [] as [u64; 0]);
        assert_eq!(revs(&order.put(change(ANN, BEN, 11), false, now)), [11]);
    }

    #[test]
    fn it_does_not_wait_long() {
        let now = Instant::now();
        let mut order = Order::new();
        order.put(change(ANN, BEN, 1), false, now);
        assert_eq!(order.due(), None);
        for rev in [6, 4, 3] {
            assert!(order.put(change(ANN, BEN, rev), false, now).is_empty());
        }
        assert_eq!(order.due(), Some(now + PATIENCE));
        assert!(order.put(change(ANN, BEN, 9), false, now + PATIENCE / 2).is_empty());
        assert_eq!(revs(&order.overdue(now + PATIENCE)), [3, 4, 6]);
        assert_eq!(order.due(), Some(now + PATIENCE * 3 / 2), "each has its own time");
        assert_eq!(revs(&order.overdue(now + PATIENCE * 2)), [9]);
        assert_eq!(
            revs(&order.put(change(ANN, BEN, 2), false, now)),
            [2],
            "what is late is told nevertheless"
        );
        assert_eq!(revs(&order.put(change(ANN, BEN, 10), false, now)), [10]);
    }

    #[test]
    fn nothing_waits_for_what_will_not_come() {
        let now = Instant::now();
        let mut order = Order::new();
        order.put(change(ANN, BEN, 1), false, now);
        assert_eq!(revs(&order.put(change(ANN, BEN, 3), true, now)), [3]);
        assert_eq!(revs(&order.put(change(ANN, BEN, 4), false, now)), [4]);
    }

    #[test]
    fn conversations_that_are_quiet_are_forgotten() {
        let now = Instant::now();
        let mut order = Order::new();
        for number in 0..CONVERSATIONS {
            let mut id = [0; 16];
            id[..8].copy_from_slice(&number.to_be_bytes());
            order.put(change(ANN, UserId::from_bytes(id), 1), false, now);
        }
        order.put(change(ANN, BEN, 1), false, now + QUIET);
        assert_eq!(order.conversations.len(), 1);
    }
}
