//! Messages that follow each other in a batch are written together, when the turn of the first one comes.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use super::{Job, panic_text};
use crate::store::{
    db::{self, Db},
    message::planned,
    sending::Sending,
    subject::Subject,
};

/// How far a batch is written.
pub(super) struct Ahead(usize);

impl Ahead {
    /// The batch is at its beginning, perhaps again.
    pub(super) fn of(batch: &[Box<dyn Job>]) -> Self {
        forget(batch);
        Self(0)
    }

    /// To be called before each write: plans it, if it is the first of several messages, and those that follow it.
    /// Says whether the transaction can go on; if not, the writes must be tried one by one in another one.
    pub(super) fn plan(&mut self, db: &Db<'_>, batch: &[Box<dyn Job>], write: usize) -> db::Result<bool> {
        if write < self.0 {
            return Ok(true);
        }
        let run: Vec<Arc<Sending>> = sending(&batch[write..]).cloned().collect();
        self.0 = write + run.len().max(1);
        unless_it_panics(|| planned::plan(db, &run))
    }
}

/// A plan that panics must not take the writer with it. Its messages are then sent one by one: if one of them panics
/// again, that one alone is refused.
fn unless_it_panics(plan: impl FnOnce() -> db::Result<()>) -> db::Result<bool> {
    match catch_unwind(AssertUnwindSafe(plan)) {
        Ok(planned) => planned.map(|()| true),
        Err(panic) => {
            tracing::error!(panic = panic_text(&*panic), "messages could not be written together");
            Ok(false)
        }
    }
}

/// What was planned in a transaction that is rolled back is not written.
pub(super) fn forget(batch: &[Box<dyn Job>]) {
    for job in batch {
        if let Subject::Sending(sending) = job.subject() {
            sending.take_planned();
        }
    }
}

/// The messages at the beginning.
fn sending(batch: &[Box<dyn Job>]) -> impl Iterator<Item = &Arc<Sending>> {
    batch.iter().map_while(|job| match job.subject() {
        Subject::Sending(sending) => Some(sending),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::db::DbError;

    #[test]
    fn a_plan_that_panics_is_one_that_failed() {
        assert!(unless_it_panics(|| Ok(())).unwrap());
        assert!(!unless_it_panics(|| panic!("on purpose")).unwrap());
        assert!(unless_it_panics(|| Err(DbError::Conflict)).is_err());
    }
}
