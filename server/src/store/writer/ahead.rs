//! Messages that follow each other in a batch are written together, when the turn of the first one comes.

use std::sync::Arc;

use super::Job;
use crate::store::{
    db::{self, Db},
    message::{Sending, planned},
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
    pub(super) fn plan(&mut self, db: &Db<'_>, batch: &[Box<dyn Job>], write: usize) -> db::Result<()> {
        if write < self.0 {
            return Ok(());
        }
        let run: Vec<Arc<Sending>> = sending(&batch[write..]).cloned().collect();
        self.0 = write + run.len().max(1);
        planned::plan(db, &run)
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
