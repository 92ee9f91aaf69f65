//! Which conversations have messages that are not in the index. The set follows the transaction: what is rolled back
//! is taken back here, too.

use std::{cell::RefCell, collections::BTreeSet};

#[derive(Default)]
pub(in crate::store) struct Unindexed(RefCell<Noted>);

#[derive(Default)]
struct Noted {
    conversations: BTreeSet<i64>,
    /// What the transaction has put into it, or taken out of it.
    changes: Vec<Change>,
}

enum Change {
    Added(i64),
    Removed(i64),
}

impl Unindexed {
    /// Adds what was found before the first transaction.
    pub(in crate::store) fn extend(&self, conversations: Vec<i64>) {
        self.0.borrow_mut().conversations.extend(conversations);
    }

    pub(in crate::store) fn add(&self, conversation: i64) {
        let Noted { conversations, changes } = &mut *self.0.borrow_mut();
        if conversations.insert(conversation) {
            changes.push(Change::Added(conversation));
        }
    }

    pub(in crate::store) fn remove(&self, conversation: i64) {
        let Noted { conversations, changes } = &mut *self.0.borrow_mut();
        if conversations.remove(&conversation) {
            changes.push(Change::Removed(conversation));
        }
    }

    pub(in crate::store) fn first(&self) -> Option<i64> {
        self.0.borrow().conversations.first().copied()
    }

    /// How many changes the transaction has made so far.
    pub(super) fn changes(&self) -> usize {
        self.0.borrow().changes.len()
    }

    /// Takes back what the transaction has changed since it had made so many changes.
    pub(super) fn roll_back(&self, to: usize) {
        let Noted { conversations, changes } = &mut *self.0.borrow_mut();
        for change in changes.drain(to..).rev() {
            match change {
                Change::Added(conversation) => conversations.remove(&conversation),
                Change::Removed(conversation) => conversations.insert(conversation),
            };
        }
    }

    pub(super) fn commit(&self) {
        self.0.borrow_mut().changes.clear();
    }
}
