//! Which servers there are, which of them are heard, and whether something they said was missed. It has no clock.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use tokio::time::Instant;

use super::news::Frame;
use crate::ids::NodeId;

/// Everybody says every second that they are there. Whoever is not heard for this long is not heard.
pub(super) const SILENCE: Duration = Duration::from_millis(2_500);
/// A server that is neither heard nor writes to the database for this long is gone, and its people with it.
pub(super) const LEASE: Duration = Duration::from_secs(10);

/// What a frame is to those who hear it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// One's own.
    Own,
    Next,
    /// Heard before.
    Again,
    /// Something before it was not heard.
    Missed,
    /// The first that is heard of this server. It may have said more before.
    First,
}

pub(super) struct Roster {
    me: NodeId,
    heard_myself: Instant,
    others: HashMap<NodeId, Other>,
}

struct Other {
    /// The number of its next news; 0 if it has said nothing yet.
    next: u64,
    heard: Instant,
    /// When it was heard, or the database said that it is there.
    alive: Instant,
    /// It was noticed that it is not heard any more.
    is_missed: bool,
}

impl Roster {
    pub(super) fn new(me: NodeId, now: Instant) -> Self {
        Self { me, heard_myself: now, others: HashMap::new() }
    }

    pub(super) fn hear(&mut self, frame: &Frame<'_>, now: Instant) -> Heard {
        if frame.from == self.me {
            self.heard_myself = now;
            return Heard::Own;
        }
        let next = frame.first + frame.count;
        let other = self.others.entry(frame.from).or_insert_with(|| Other::new(now));
        other.heard = now;
        other.alive = now;
        other.is_missed = false;
        if next <= other.next {
            return Heard::Again;
        }
        let expected = std::mem::replace(&mut other.next, next);
        match expected {
            0 if frame.first > 1 => Heard::First,
            0 => Heard::Next,
            _ if expected == frame.first => Heard::Next,
            _ => Heard::Missed,
        }
    }

    /// It has said goodbye, and everything that it had to say.
    pub(super) fn forget(&mut self, node: NodeId) {
        self.others.remove(&node);
    }

    /// The database says which servers write to it.
    pub(super) fn are_there(&mut self, nodes: &[NodeId], now: Instant) {
        for node in nodes.iter().filter(|node| **node != self.me) {
            self.others.entry(*node).or_insert_with(|| Other::new(now)).alive = now;
        }
    }

    /// Whether this server hears nothing, not even itself.
    pub(super) fn is_deaf(&self, now: Instant) -> bool {
        now - self.heard_myself > SILENCE
    }

    /// Whether something may be missed all the time: one hears nothing, or somebody who writes is not heard.
    pub(super) fn is_apart(&self, now: Instant) -> bool {
        let unheard = |other: &Other| now - other.heard > SILENCE && now - other.alive <= SILENCE * 2;
        self.is_deaf(now) || self.others.values().any(unheard)
    }

    /// Whether somebody has fallen silent since this was last asked. The last that they committed may not have
    /// been told any more.
    pub(super) fn has_lost_somebody(&mut self, now: Instant) -> bool {
        let mut lost = false;
        for other in self.others.values_mut().filter(|other| now - other.heard > SILENCE) {
            lost |= !std::mem::replace(&mut other.is_missed, true);
        }
        lost
    }

    /// Those who are gone. Whoever hears nothing knows nothing of the others, and keeps them.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<NodeId> {
        if self.is_deaf(now) {
            return vec![];
        }
        self.others.extract_if(|_, other| now - other.alive > LEASE).map(|(node, _)| node).collect()
    }

    /// The others that there are.
    pub(super) fn others(&self) -> HashSet<NodeId> {
        self.others.keys().copied().collect()
    }
}

impl Other {
    fn new(now: Instant) -> Self {
        Self { next: 0, heard: now, alive: now, is_missed: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: NodeId = NodeId(1);
    const BEN: NodeId = NodeId(2);

    fn hear(roster: &mut Roster, from: NodeId, first: u64, count: u64, now: Instant) -> Heard {
        let lines = vec![b"\"alive\"".to_vec(); usize::try_from(count).unwrap()];
        roster.hear(&Frame::read(&Frame::write(from, first, &lines)).unwrap(), now)
    }

    #[test]
    fn numbers_show_what_was_missed() {
        let now = Instant::now();
        let mut roster = Roster::new(ME, now);
        let mut heard = |from, first, count| hear(&mut roster, from, first, count, now);
        assert_eq!(heard(ME, 1, 1), Heard::Own);
        assert_eq!(heard(BEN, 1, 2), Heard::Next);
        assert_eq!(heard(BEN, 3, 1), Heard::Next);
        assert_eq!(heard(BEN, 3, 1), Heard::Again);
        assert_eq!(heard(BEN, 5, 1), Heard::Missed);
        assert_eq!(heard(BEN, 6, 1), Heard::Next);
        assert_eq!(heard(NodeId(3), 9, 1), Heard::First, "it was there before this one");
    }

    #[test]
    fn who_does_not_hear_itself_is_deaf_and_keeps_the_others() {
        let start = Instant::now();
        let mut roster = Roster::new(ME, start);
        hear(&mut roster, BEN, 1, 1, start);
        let later = start + LEASE * 2;
        assert!(roster.is_deaf(later) && roster.is_apart(later));
        assert_eq!(roster.expire(later), []);
        hear(&mut roster, ME, 9, 1, later);
        assert!(!roster.is_deaf(later));
        assert_eq!(roster.expire(later), [BEN]);
        assert_eq!(hear(&mut roster, BEN, 9, 1, later), Heard::First);
    }

    #[test]
    fn who_writes_and_is_not_heard_may_say_what_nobody_hears() {
        let start = Instant::now();
        let mut roster = Roster::new(ME, start);
        hear(&mut roster, BEN, 1, 1, start);
        let later = start + Duration::from_secs(4);
        hear(&mut roster, ME, 1, 1, later);
        roster.are_there(&[ME, BEN], later);
        assert!(roster.is_apart(later));
        assert!(roster.has_lost_somebody(later));
        assert!(!roster.has_lost_somebody(later), "once");
        let much_later = later + LEASE;
        hear(&mut roster, ME, 2, 1, much_later);
        assert!(!roster.is_apart(much_later), "it does not write any more");
        assert_eq!(roster.expire(much_later + Duration::from_secs(1)), [BEN]);
    }

    #[test]
    fn one_that_was_never_heard_is_known_by_the_database() {
        let start = Instant::now();
        let mut roster = Roster::new(ME, start);
        roster.are_there(&[BEN], start);
        assert!(!roster.is_apart(start), "it has just come");
        let later = start + Duration::from_secs(3);
        hear(&mut roster, ME, 1, 1, later);
        roster.are_there(&[BEN], later);
        assert!(roster.is_apart(later));
        assert_eq!(hear(&mut roster, BEN, 1, 1, later), Heard::Next, "it says its first");
    }
}
