//! SQLite's side of the writer: one connection, on which nobody else writes.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::{Engine, Job};
use crate::store::{
    checkpoint::Checkpoints,
    db::{Db, DbError},
};

pub(in crate::store) struct Sqlite {
    pub(in crate::store) connection: Connection,
    pub(in crate::store) checkpoints: Checkpoints,
}

impl Engine for Sqlite {
    fn commit(&mut self, batch: &mut [Box<dyn Job>]) -> Result<(), DbError> {
        Ok(commit(&self.connection, batch)?)
    }

    fn committed(&mut self, writes: usize) {
        self.checkpoints.committed(&self.connection, writes);
    }

    fn close(self) {
        self.checkpoints.end();
        close(self.connection);
    }
}

/// Runs a batch and commits it.
fn commit(connection: &Connection, batch: &mut [Box<dyn Job>]) -> rusqlite::Result<()> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    for job in &mut *batch {
        let before = transaction.total_changes();
        // A refused write has usually changed nothing yet. A savepoint for each write, so that it could be
        // rolled back alone, would double what a write costs.
        if !job.run(&Db::Sqlite(&transaction)) && transaction.total_changes() != before {
            transaction.rollback()?;
            return commit_in_savepoints(connection, batch);
        }
        if is_gone(&transaction) {
            break;
        }
    }
    transaction.commit()
}

/// A full disk ends the whole transaction. To commit it is then an error, and nothing may be written outside
/// of it.
fn is_gone(transaction: &Transaction<'_>) -> bool {
    transaction.is_autocommit()
}

/// The same for a batch in which a refused write has changed something.
fn commit_in_savepoints(connection: &Connection, batch: &mut [Box<dyn Job>]) -> rusqlite::Result<()> {
    let mut transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    for job in batch {
        // Without a transaction around it, a savepoint is a transaction, and commits by itself.
        if is_gone(&transaction) {
            break;
        }
        let savepoint = transaction.savepoint()?;
        if job.run(&Db::Sqlite(&savepoint)) {
            savepoint.commit()?;
        }
    }
    transaction.commit()
}

/// The last connection that closes the database empties the log into it.
fn close(connection: Connection) {
    connection.execute_batch("PRAGMA optimize").ok();
    connection.flush_prepared_statement_cache();
    if let Err((_, error)) = connection.close() {
        tracing::warn!(%error, "the database was not closed; the next start repairs it");
    }
}
