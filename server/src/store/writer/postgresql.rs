//! PostgreSQL's side of the writer. Other servers write to the same database, so what a batch is about is locked
//! first, and what could not be done because somebody else was faster is done again.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use super::{
    Engine, Job,
    ahead::{self, Ahead},
};
use crate::storage_fault::StorageFault;
use crate::store::{
    db::{Db, DbError},
    in_doubt::{Fate, InDoubt},
    postgresql::{Connection, Locks, Reconnecting, fault::Again},
};

/// How often a batch is tried that others are in the way of, or one of its writes.
const TRIES: u32 = 5;
/// How long to wait before the second try; before each further one, twice as long as before.
const PAUSE: Duration = Duration::from_millis(5);
/// Begins a transaction and tells its number, on one way to the server and back. A server that only reads has none.
const BEGIN: &str = "BEGIN; SELECT CASE WHEN NOT pg_is_in_recovery() THEN txid_current() END";
/// For how long it is asked what became of a transaction, and the pauses in between.
const ASKING: Duration = Duration::from_secs(1);
const ASK_AGAIN: Duration = Duration::from_millis(50);

pub(in crate::store) struct Postgresql {
    pub(in crate::store) connection: Reconnecting,
    pub(in crate::store) in_doubt: Arc<InDoubt>,
}

impl Engine for Postgresql {
    fn commit(&mut self, batch: &mut [Box<dyn Job>]) -> Result<(), DbError> {
        let mut pause = PAUSE;
        let mut tries = 1;
        loop {
            let connection = self.connection.begin(BEGIN)?;
            let error = match run(connection, batch) {
                Ok(()) => match connection.commit() {
                    Ok(()) => return Ok(()),
                    // Perhaps only the answer is lost. Then others must be told of what was committed: whoever repeats
                    // it changes nothing more.
                    Err(error) if is_lost(&error) => {
                        let number = connection.number();
                        return if self.was_committed(number) { Ok(()) } else { Err(error) };
                    }
                    Err(error) => error,
                },
                Err(error) => error,
            };
            // If the connection is lost, so is the transaction.
            connection.roll_back().ok();
            if error.again() != Some(Again::Batch) || tries == TRIES {
                return Err(error);
            }
            thread::sleep(pause);
            pause *= 2;
            tries += 1;
        }
    }

    fn committed(&mut self, _: usize, _: bool) {}

    fn close(self) {}
}

impl Postgresql {
    /// Asks on another connection whether a transaction was committed. If that is not known in time, it counts as lost
    /// until it is.
    fn was_committed(&mut self, number: Option<String>) -> bool {
        let Some(number) = number else { return false };
        let end = Instant::now() + ASKING;
        loop {
            let fate = match self.connection.begin("BEGIN") {
                Ok(connection) => {
                    let fate = Fate::of(&number, connection);
                    connection.roll_back().ok();
                    fate
                }
                Err(error) => Fate::after(&error),
            };
            match fate {
                Fate::Committed => return true,
                Fate::RolledBack => return false,
                Fate::Undecided if Instant::now() < end => thread::sleep(ASK_AGAIN),
                Fate::Undecided | Fate::Forgotten => {
                    self.in_doubt.add(number);
                    return false;
                }
            }
        }
    }
}

/// Whether the connection was lost, so that it is not known what was done.
fn is_lost(error: &DbError) -> bool {
    error.storage_fault() == Some(StorageFault::Unreachable) && error.again().is_none()
}

fn run(connection: &Connection, batch: &mut [Box<dyn Job>]) -> Result<(), DbError> {
    lock(connection, batch)?;
    let db = Db::Postgresql(connection);
    let mut ahead = Ahead::of(batch);
    for write in 0..batch.len() {
        match ahead.plan(&db, batch, write) {
            Ok(true) => {}
            Ok(false) => return one_by_one(connection, batch),
            Err(error) if error.again() == Some(Again::Write) => return one_by_one(connection, batch),
            Err(error) => return Err(error),
        }
        let job = &mut batch[write];
        let before = connection.changed();
        // A refused write has usually changed nothing. After an error, the server refuses everything else.
        if !job.run(&db) && (connection.changed() != before || job.error().is_some()) {
            return one_by_one(connection, batch);
        }
    }
    Ok(())
}

fn one_by_one(connection: &Connection, batch: &mut [Box<dyn Job>]) -> Result<(), DbError> {
    connection.roll_back()?;
    ahead::forget(batch);
    connection.begin(BEGIN)?;
    run_in_savepoints(connection, batch)
}

/// The same for a batch in which a refused write has changed something.
fn run_in_savepoints(connection: &Connection, batch: &mut [Box<dyn Job>]) -> Result<(), DbError> {
    lock(connection, batch)?;
    for job in batch {
        for _ in 0..TRIES {
            if connection.in_savepoint(|| job.run(&Db::Postgresql(connection)))? {
                break;
            }
            match job.error().and_then(DbError::again) {
                Some(Again::Write) => {}
                Some(Again::Batch) => return Err(DbError::Conflict),
                None => break,
            }
        }
    }
    Ok(())
}

fn lock(connection: &Connection, batch: &[Box<dyn Job>]) -> Result<(), DbError> {
    let mut locks = Locks::default();
    for job in batch {
        job.subject().add_to(&mut locks);
    }
    connection.lock_all(&locks)
}
