//! SQLite's side of the writer: one connection, on which nobody else writes.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::{
    Engine, Job,
    ahead::{self, Ahead},
};
use crate::store::{
    checkpoint::Checkpoints,
    db::{self, Db, DbError},
};

pub(in crate::store) struct Sqlite {
    pub(in crate::store) connection: Connection,
    pub(in crate::store) checkpoints: Checkpoints,
}

impl Engine for Sqlite {
    fn commit(&mut self, batch: &mut [Box<dyn Job>]) -> Result<(), DbError> {
        commit(&self.connection, batch)
    }

    fn committed(&mut self, writes: usize, is_idle: bool) {
        self.checkpoints.committed(&self.connection, writes, is_idle);
    }

    fn close(self) {
        self.checkpoints.end();
        close(self.connection);
    }
}

/// Runs a batch and commits it.
fn commit(connection: &Connection, batch: &mut [Box<dyn Job>]) -> db::Result<()> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    if run(&transaction, batch)? {
        return Ok(transaction.commit()?);
    }
    transaction.rollback()?;
    commit_in_savepoints(connection, batch)
}

/// Says whether the batch can be committed: a refused write has usually changed nothing yet. A savepoint for each
/// write, so that it could be rolled back alone, would double what a write costs.
fn run(transaction: &Transaction<'_>, batch: &mut [Box<dyn Job>]) -> db::Result<bool> {
    let db = Db::Sqlite(transaction);
    let mut ahead = Ahead::of(batch);
    for write in 0..batch.len() {
        match ahead.plan(&db, batch, write) {
            Ok(true) => {}
            Err(error) if is_gone(transaction) => return Err(error),
            Ok(false) | Err(_) => return Ok(false),
        }
        let before = transaction.total_changes();
        if !batch[write].run(&db) && transaction.total_changes() != before {
            return Ok(false);
        }
        if is_gone(transaction) {
            break;
        }
    }
    Ok(true)
}

/// A full disk ends the whole transaction. To commit it is then an error, and nothing may be written outside
/// of it.
fn is_gone(transaction: &Transaction<'_>) -> bool {
    transaction.is_autocommit()
}

/// The same for a batch in which a refused write has changed something.
fn commit_in_savepoints(connection: &Connection, batch: &mut [Box<dyn Job>]) -> db::Result<()> {
    ahead::forget(batch);
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
    Ok(transaction.commit()?)
}

/// The last connection that closes the database empties the log into it.
fn close(connection: Connection) {
    connection.execute_batch("PRAGMA optimize").ok();
    connection.flush_prepared_statement_cache();
    if let Err((_, error)) = connection.close() {
        tracing::warn!(%error, "the database was not closed; the next start repairs it");
    }
}
