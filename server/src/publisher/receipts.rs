//! Receipts of a conversation, collected for a moment and told together.
//!
//! If everybody in a group of 100 reads one message, telling each of the others of each of them would be 9,900 frames.
//! So the first receipt of a conversation is told at once, and those that follow within [`limits::RECEIPTS_APART`] are
//! told when that has passed, each person once: what a receipt says only grows, so that the last one is enough.

use std::collections::{HashMap, VecDeque, hash_map::Entry};

use protocol::{
    ConversationId, GroupId, Receipt, ReceiptChanged, ReceiptsChanged, ServerEvent, UserId, limits,
    version::RECEIPTS_CHANGED,
};
use tokio::time::Instant;

use crate::delivery::{Audience, Delivery, GatewayCommand, Together};

/// Receipts that are collected, and conversations of which somebody was told a moment ago. When there are so many,
/// everything is told at once.
const MOST: usize = 16_384;

/// Who is told.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Told {
    /// The others in a group.
    Group(GroupId),
    /// One person, of what another one read.
    User { to: UserId, of: UserId },
}

#[derive(Default)]
pub(super) struct Receipts {
    /// What came since those who are told had their last frame, which was a moment ago.
    collected: HashMap<Told, HashMap<UserId, Receipt>>,
    /// When each may have the next frame, in this order.
    due: VecDeque<(Instant, Told)>,
    count: usize,
}

impl Receipts {
    /// Takes a receipt, with its conversation as its person names it. Returns what is to be told now.
    pub(super) fn take(
        &mut self,
        conversation: ConversationId,
        receipt: Receipt,
        now: Instant,
    ) -> Vec<GatewayCommand> {
        let of = receipt.user_id;
        let told = match conversation {
            ConversationId::User(other) if other == of => return vec![],
            ConversationId::User(to) => Told::User { to, of },
            ConversationId::Group(group) => Told::Group(group),
        };
        let mut tell = Vec::new();
        match self.collected.entry(told) {
            Entry::Vacant(free) => {
                free.insert(HashMap::new());
                self.due.push_back((now + limits::RECEIPTS_APART, told));
                tell.push(one(told, receipt));
            }
            Entry::Occupied(mut collected) => match collected.get_mut().entry(of) {
                Entry::Occupied(mut before) => raise(before.get_mut(), receipt),
                Entry::Vacant(free) => {
                    free.insert(receipt);
                    self.count += 1;
                }
            },
        }
        if self.count + self.due.len() >= MOST {
            tell.extend(self.all());
        }
        tell
    }

    /// Somebody has left a group: those who are in it are told nothing of them any more.
    pub(super) fn left(&mut self, group: GroupId, user: UserId) {
        if let Some(collected) = self.collected.get_mut(&Told::Group(group))
            && collected.remove(&user).is_some()
        {
            self.count -= 1;
        }
    }

    /// When there will be something to tell, or to forget.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due.front().map(|(due, _)| *due)
    }

    /// What is to be told now.
    pub(super) fn settle(&mut self, now: Instant) -> Vec<GatewayCommand> {
        let mut tell = Vec::new();
        while let Some((_, told)) = self.due.pop_front_if(|(due, _)| *due <= now) {
            let Some(collected) = self.collected.remove(&told) else { continue };
            if !collected.is_empty() {
                self.count -= collected.len();
                self.collected.insert(told, HashMap::new());
                self.due.push_back((now + limits::RECEIPTS_APART, told));
                tell.push(several(told, collected));
            }
        }
        tell
    }

    /// All that was collected, without waiting any longer.
    pub(super) fn all(&mut self) -> Vec<GatewayCommand> {
        let Self { collected, .. } = std::mem::take(self);
        let collected = collected.into_iter().filter(|(_, receipts)| !receipts.is_empty());
        collected.map(|(told, receipts)| several(told, receipts)).collect()
    }
}

/// Servers may hear of somebody's marks in another order than these were moved.
fn raise(known: &mut Receipt, heard: Receipt) {
    known.delivered_up_to = known.delivered_up_to.max(heard.delivered_up_to);
    known.read_up_to = known.read_up_to.max(heard.read_up_to);
    known.joined_after = known.joined_after.max(heard.joined_after);
}

/// A receipt is kept, so whoever misses it can ask for it: those who read slowly are spared.
fn one(told: Told, receipt: Receipt) -> GatewayCommand {
    let to = match told {
        Told::Group(group) => Audience::GroupExcept(group, receipt.user_id),
        Told::User { to, .. } => Audience::User(to),
    };
    GatewayCommand::DeliverVolatile(Delivery { to, event: changed(told, receipt) })
}

/// Of one person clients are told as of old. Whoever read something themselves is told of it as well: it is one frame
/// for all.
fn several(told: Told, receipts: HashMap<UserId, Receipt>) -> GatewayCommand {
    let receipts: Vec<Receipt> = receipts.into_values().collect();
    match (told, &*receipts) {
        (_, [receipt]) => one(told, *receipt),
        (Told::User { to, .. }, _) => together(Audience::User(to), told, receipts),
        (Told::Group(group), _) => together(Audience::Group(group), told, receipts),
    }
}

fn together(to: Audience, told: Told, receipts: Vec<Receipt>) -> GatewayCommand {
    let singly = receipts.iter().map(|receipt| (receipt.user_id, changed(told, *receipt))).collect();
    let event = ServerEvent::ReceiptsChanged(ReceiptsChanged { conversation: told.conversation(), receipts });
    GatewayCommand::DeliverTogether(Together { to, event, since: RECEIPTS_CHANGED, singly })
}

fn changed(told: Told, receipt: Receipt) -> ServerEvent {
    let Receipt { user_id, delivered_up_to, read_up_to, joined_after: _ } = receipt;
    let conversation = told.conversation();
    ServerEvent::ReceiptChanged(ReceiptChanged { conversation, user_id, delivered_up_to, read_up_to })
}

impl Told {
    /// The conversation, as those who are told name it.
    fn conversation(self) -> ConversationId {
        match self {
            Self::Group(group) => ConversationId::Group(group),
            Self::User { of, .. } => ConversationId::User(of),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use protocol::Seq;

    use super::*;

    const LUNCH: GroupId = GroupId::from_bytes([1; 16]);
    const IN_LUNCH: ConversationId = ConversationId::Group(LUNCH);
    const SHORT: Duration = Duration::from_millis(1);

    fn user(number: u8) -> UserId {
        UserId::from_bytes([number; 16])
    }

    fn receipt(number: u8, read: u64) -> Receipt {
        let (user_id, seq) = (user(number), Seq(read));
        Receipt { user_id, delivered_up_to: seq, read_up_to: seq, joined_after: Seq::ZERO }
    }

    /// To whom, and who has read how far.
    fn told(commands: &[GatewayCommand]) -> Vec<(Audience, Vec<(UserId, u64)>)> {
        let one = |command: &GatewayCommand| match command {
            GatewayCommand::DeliverVolatile(Delivery { to, event: ServerEvent::ReceiptChanged(one) }) => {
                (to.clone(), vec![(one.user_id, one.read_up_to.0)])
            }
            GatewayCommand::DeliverTogether(Together { to, event, singly, .. }) => {
                let ServerEvent::ReceiptsChanged(ReceiptsChanged { receipts, .. }) = event else { panic!() };
                let mut marks: Vec<_> = receipts.iter().map(|one| (one.user_id, one.read_up_to.0)).collect();
                assert!(singly.iter().map(|(user, _)| *user).eq(marks.iter().map(|(user, _)| *user)));
                marks.sort();
                (to.clone(), marks)
            }
            other => panic!("{other:?}"),
        };
        commands.iter().map(one).collect()
    }

    #[test]
    fn the_first_is_told_at_once_and_the_others_together_when_the_time_has_come() {
        let (mut receipts, now) = (Receipts::default(), Instant::now());
        let first = receipts.take(IN_LUNCH, receipt(1, 5), now);
        assert_eq!(told(&first), [(Audience::GroupExcept(LUNCH, user(1)), vec![(user(1), 5)])]);
        for (number, read) in [(2, 4), (3, 5), (2, 5), (2, 3)] {
            assert_eq!(told(&receipts.take(IN_LUNCH, receipt(number, read), now + SHORT)), []);
        }
        let due = receipts.due().unwrap();
        assert_eq!(due, now + limits::RECEIPTS_APART);
        assert_eq!(told(&receipts.settle(due - SHORT)), []);
        let both = vec![(user(2), 5), (user(3), 5)];
        assert_eq!(told(&receipts.settle(due)), [(Audience::Group(LUNCH), both)]);
        // Another one comes soon after that, and waits; one that comes alone is told as the first.
        assert_eq!(told(&receipts.take(IN_LUNCH, receipt(4, 5), due + SHORT)), []);
        let due = receipts.due().unwrap();
        let alone = (Audience::GroupExcept(LUNCH, user(4)), vec![(user(4), 5)]);
        assert_eq!(told(&receipts.settle(due)), [alone]);
        let due = receipts.due().unwrap();
        assert_eq!(told(&receipts.settle(due)), []);
        assert_eq!(
            (receipts.due(), receipts.collected.len(), receipts.count),
            (None, 0, 0),
            "nothing is kept"
        );
        assert_eq!(told(&receipts.take(IN_LUNCH, receipt(5, 5), due)).len(), 1);
    }

    #[test]
    fn between_two_people_each_side_is_told_by_itself_and_of_notes_nobody() {
        let (mut receipts, now) = (Receipts::default(), Instant::now());
        let with = |number| ConversationId::User(user(number));
        let first = receipts.take(with(2), receipt(1, 1), now);
        assert_eq!(told(&first), [(Audience::User(user(2)), vec![(user(1), 1)])]);
        let back = receipts.take(with(1), receipt(2, 1), now);
        assert_eq!(told(&back), [(Audience::User(user(1)), vec![(user(2), 1)])]);
        assert_eq!(told(&receipts.take(with(2), receipt(1, 2), now)), []);
        assert_eq!(told(&receipts.take(with(1), receipt(1, 2), now)), []);
        let later = receipts.settle(now + limits::RECEIPTS_APART);
        assert_eq!(told(&later), [(Audience::User(user(2)), vec![(user(1), 2)])]);
    }

    #[test]
    fn whoever_leaves_before_it_is_told_is_left_out() {
        let (mut receipts, now) = (Receipts::default(), Instant::now());
        for number in 1..=3 {
            receipts.take(IN_LUNCH, receipt(number, 1), now);
        }
        receipts.left(LUNCH, user(2));
        receipts.left(LUNCH, user(9));
        let left = vec![(user(3), 1)];
        assert_eq!(told(&receipts.all()), [(Audience::GroupExcept(LUNCH, user(3)), left)]);
        assert_eq!(receipts.count, 0);
    }

    #[test]
    fn there_is_a_most_of_what_is_collected() {
        let (mut receipts, now) = (Receipts::default(), Instant::now());
        let mut told = 0;
        for number in 0..MOST as u128 {
            let group = ConversationId::Group(GroupId::from_bytes((number / 64).to_be_bytes()));
            let one = Receipt { user_id: UserId::from_bytes(number.to_be_bytes()), ..receipt(1, 1) };
            told += receipts.take(group, one, now).len();
            assert!(receipts.count + receipts.due.len() < MOST);
        }
        // Of each group the first one at once, then the others of almost all of them.
        assert!(told > MOST / 64 + MOST / 64 - 8, "{told}");
    }
}
