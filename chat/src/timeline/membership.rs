//! Who joined a group and who left, between its messages.
//!
//! Pages of history have the changes with numbers. The server's events tell them as they happen,
//! without numbers. That is enough to match them, because nobody joins twice without having left in
//! between.

use std::collections::HashMap;

use protocol::{MembershipChange, Seq, UserId, limits};

/// A line between two messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MembershipLine {
    /// The message that it comes after; 0 before the first.
    pub after: Seq,
    /// Who.
    pub user: UserId,
    /// Whether they joined; if not, they left.
    pub joined: bool,
    /// Who removed them, if they did not leave by themselves.
    pub removed_by: Option<UserId>,
}

/// The changes of a group's members, as far as they were fetched or heard of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Membership {
    /// In the order of their numbers.
    numbered: Vec<(u64, MembershipLine)>,
    /// What was heard, and no page had yet.
    heard: Vec<MembershipLine>,
    /// How many of those were heard before the newest page was asked for: the page replaces them.
    heard_before: usize,
}

impl Membership {
    /// In the order in which they happened.
    #[must_use]
    pub fn lines(&self) -> Vec<MembershipLine> {
        let mut lines: Vec<_> = self.numbered.iter().map(|(_, line)| *line).collect();
        lines.extend(&self.heard);
        lines.sort_by_key(|line| line.after);
        lines
    }

    /// These are all changes after one message up to those after another, or the newest of them. A
    /// server whose backup was restored may have other changes there than before.
    pub(super) fn learn(&mut self, first: Seq, last: Seq, changes: &[MembershipChange]) {
        let begins = match changes.first() {
            Some(oldest) if changes.len() >= limits::HISTORY_PAGE_CHANGES => (oldest.after, oldest.number),
            _ => (first, 0),
        };
        let before = self.numbered.partition_point(|(number, line)| (line.after, *number) < begins);
        let behind = self.numbered.partition_point(|(_, line)| line.after <= last);
        let line = |change: &MembershipChange| {
            let MembershipChange { number, after, user_id: user, joined, removed_by, .. } = *change;
            (number, MembershipLine { after, user, joined, removed_by })
        };
        self.numbered.splice(before..behind.max(before), changes.iter().map(line));
        let heard_before = std::mem::take(&mut self.heard_before);
        // How far each person's changes in the pages are those that were heard.
        let mut upto = HashMap::new();
        for (index, mut heard) in std::mem::take(&mut self.heard).into_iter().enumerate() {
            if !(begins.0..=last).contains(&heard.after) {
                if !self.numbered.iter().any(|(_, line)| *line == heard) {
                    self.heard.push(heard);
                }
                continue;
            }
            if index < heard_before {
                continue;
            }
            // It may have been heard while messages before it were missing.
            let upto = upto.entry(heard.user).or_insert(0);
            let theirs = self.numbered.iter().enumerate().skip(*upto).find(|(_, (_, line))| {
                line.user == heard.user && line.after >= heard.after && line.joined == heard.joined
            });
            match theirs {
                Some((index, _)) => *upto = index + 1,
                None => {
                    // It happened after the page was read, and so did what was heard of this person later.
                    *upto = self.numbered.len();
                    heard.after = last;
                    self.heard.push(heard);
                }
            }
        }
    }

    /// Whether something was heard after this message that no page had yet.
    pub(super) fn heard_since(&self, after: Seq) -> bool {
        self.heard.iter().any(|line| line.after >= after)
    }

    /// The newest page is asked for.
    pub(super) fn await_page(&mut self) {
        self.heard_before = self.heard.len();
    }

    pub(super) fn hear(&mut self, line: MembershipLine) {
        let newest = self.lines().into_iter().rfind(|known| known.user == line.user);
        if newest.is_none_or(|known| known.joined != line.joined) {
            self.heard.push(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::Timestamp;

    use super::*;

    const BEN: UserId = UserId::from_bytes([2; 16]);

    fn change(number: u64, joined: bool) -> MembershipChange {
        let after = Seq(number);
        MembershipChange { number, after, user_id: BEN, joined, removed_by: None, at: Timestamp(0) }
    }

    fn heard(after: u64, joined: bool) -> MembershipLine {
        MembershipLine { after: Seq(after), user: BEN, joined, removed_by: None }
    }

    fn learn(membership: &mut Membership, changes: &[MembershipChange]) {
        membership.learn(changes[0].after, changes[changes.len() - 1].after, changes);
    }

    fn shown(membership: &Membership) -> Vec<(u64, bool)> {
        membership.lines().iter().map(|line| (line.after.0, line.joined)).collect()
    }

    #[test]
    fn what_is_heard_and_fetched_is_one_line_in_whatever_order() {
        let mut membership = Membership::default();
        membership.hear(heard(3, true));
        assert_eq!(shown(&membership), [(3, true)]);
        learn(&mut membership, &[change(3, true)]);
        assert_eq!(shown(&membership), [(3, true)]);
        membership.hear(heard(4, true));
        assert_eq!(shown(&membership), [(3, true)], "the event was late");
        // Older pages come later.
        learn(&mut membership, &[change(1, true), change(2, false)]);
        assert_eq!(shown(&membership), [(1, true), (2, false), (3, true)]);
    }

    #[test]
    fn what_no_page_has_stays_in_its_place() {
        let mut membership = Membership::default();
        membership.hear(heard(2, true));
        learn(&mut membership, &[change(5, false)]);
        membership.hear(heard(7, true));
        assert_eq!(shown(&membership), [(2, true), (5, false), (7, true)]);
    }

    #[test]
    fn what_is_heard_while_a_message_is_missing_finds_its_place_when_a_page_comes() {
        // The page has it, after a message that was missing.
        let mut membership = Membership::default();
        membership.await_page();
        membership.hear(heard(3, false));
        membership.learn(Seq(3), Seq(4), &[change(4, false)]);
        assert_eq!(shown(&membership), [(4, false)]);
        // The page was read before it happened.
        let mut membership = Membership::default();
        membership.await_page();
        membership.hear(heard(3, true));
        membership.learn(Seq(3), Seq(4), &[change(4, false)]);
        assert_eq!(shown(&membership), [(4, false), (4, true)]);
        // It has both, and both were heard.
        let mut membership = Membership::default();
        membership.await_page();
        membership.hear(heard(3, true));
        membership.hear(heard(3, false));
        membership.learn(Seq(3), Seq(5), &[change(4, true), change(5, false)]);
        assert_eq!(shown(&membership), [(4, true), (5, false)]);
        // It was read before both.
        let mut membership = Membership::default();
        membership.await_page();
        membership.hear(heard(3, true));
        membership.hear(heard(3, false));
        membership.learn(Seq(3), Seq(4), &[change(4, false)]);
        assert_eq!(shown(&membership), [(4, false), (4, true), (4, false)]);
    }

    #[test]
    fn what_a_restored_server_no_longer_has_goes() {
        let mut membership = Membership::default();
        membership.hear(heard(9, false));
        membership.await_page();
        membership.hear(heard(9, true));
        membership.learn(Seq(9), Seq(9), &[]);
        assert_eq!(shown(&membership), [(9, true)], "that was later");
        let mut membership = Membership::default();
        learn(&mut membership, &[change(1, true), change(2, false), change(3, true)]);
        membership.learn(Seq(2), Seq(9), &[]);
        assert_eq!(shown(&membership), [(1, true)]);
    }

    #[test]
    fn a_page_that_has_the_newest_only_says_nothing_of_those_before() {
        let mut membership = Membership::default();
        learn(&mut membership, &[change(1, true)]);
        let many = limits::HISTORY_PAGE_CHANGES as u64;
        let newest: Vec<_> = (2..2 + many).map(|number| change(number, number % 2 == 1)).collect();
        membership.learn(Seq(0), Seq(many + 2), &newest);
        assert_eq!(shown(&membership).len() as u64, many + 1);
    }
}
