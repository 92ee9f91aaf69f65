//! How many notifications come together, for example when somebody's machine wakes up after a week: a few,
//! and one that counts the others.

use std::collections::{HashMap, HashSet};

use protocol::{ConversationId, Seq};

/// So many conversations are notified one by one.
const ONE_BY_ONE: usize = 4;
/// What comes no later than this after what came before belongs to it, in milliseconds.
const TOGETHER: i64 = 10_000;

#[derive(Default)]
pub(super) struct Burst {
    last: Option<i64>,
    one_by_one: HashSet<ConversationId>,
    /// All others, with their newest message.
    others: HashMap<ConversationId, Seq>,
}

impl Burst {
    /// Whether a message has a notification of its own. If not, it is one of the [`others`](Self::others). `now`
    /// is in milliseconds, since some moment.
    pub(super) fn has_room(&mut self, id: ConversationId, seq: Seq, now: i64) -> bool {
        if self.last.is_none_or(|last| now - last > TOGETHER) {
            self.one_by_one.clear();
            self.others.clear();
        }
        self.last = Some(now);
        // A conversation has one notification, however much is written in it.
        let has_room = self.one_by_one.contains(&id) || self.one_by_one.len() < ONE_BY_ONE;
        if has_room {
            self.one_by_one.insert(id);
        } else {
            self.others.insert(id, seq);
        }
        has_room
    }

    pub(super) fn others(&self) -> Vec<(ConversationId, Seq)> {
        self.others.iter().map(|(id, seq)| (*id, *seq)).collect()
    }
}

/// What the one notification of the others says.
pub(super) fn and_more(count: usize) -> String {
    match count {
        1 => "And 1 more conversation".to_owned(),
        count => format!("And {count} more conversations"),
    }
}

#[cfg(test)]
mod tests {
    use protocol::UserId;

    use super::*;

    fn with(number: u8) -> ConversationId {
        ConversationId::User(UserId::from_bytes([number; 16]))
    }

    #[test]
    fn after_a_long_absence_a_few_conversations_are_notified_and_the_others_counted() {
        let mut burst = Burst::default();
        let mut now = 1_000_000;
        let mut shown = 0;
        // They come in pages.
        for page in 0..4 {
            for number in 0..4 {
                shown += usize::from(burst.has_room(with(4 * page + number), Seq(1), now));
            }
            now += 2_000;
        }
        assert_eq!(shown, ONE_BY_ONE);
        assert_eq!(burst.others().len(), 12);
        assert_eq!(and_more(12), "And 12 more conversations");
        assert_eq!(and_more(1), "And 1 more conversation");
    }

    #[test]
    fn much_in_one_conversation_is_one_notification() {
        let mut burst = Burst::default();
        for seq in 1..100 {
            assert!(burst.has_room(with(1), Seq(seq), seq as i64));
        }
        for number in 2..=ONE_BY_ONE as u8 {
            assert!(burst.has_room(with(number), Seq(1), 100));
        }
        assert!(!burst.has_room(with(50), Seq(1), 100));
        assert!(!burst.has_room(with(50), Seq(2), 101));
        assert!(burst.has_room(with(1), Seq(100), 102));
        assert_eq!(burst.others(), [(with(50), Seq(2))]);
    }

    #[test]
    fn who_writes_later_is_notified_as_ever() {
        let mut burst = Burst::default();
        for number in 0..20 {
            burst.has_room(with(number), Seq(1), 0);
        }
        assert!(!burst.has_room(with(20), Seq(1), TOGETHER));
        assert!(burst.has_room(with(20), Seq(2), 2 * TOGETHER + 1));
        assert_eq!(burst.others(), []);
    }
}
