//! PostgreSQL's side of the writer. Other servers write to the same database, so what a batch is about is locked
//! first, and what could not be done because somebody else was faster is done again.

use std::{thread, time::Duration};

use super::{
    Engine, Job,
    ahead::{self, Ahead},
};
use crate::store::{
    db::{Db, DbError},
    postgresql::{Connection, Locks, Reconnecting, fault::Again},
};

/// How often a batch is tried that others are in the way of, or one of its writes.
const TRIES: u32 = 5;
/// How long to wait before the second try; before each further one, twice as long as before.
const PAUSE: Duration = Duration::from_millis(5);

pub(in crate::store) struct Postgresql(pub(in crate::store) Reconnecting);

impl Engine for Postgresql {
    fn commit(&mut self, batch: &mut [Box<dyn Job>]) -> Result<(), DbError> {
        let mut pause = PAUSE;
        let mut tries = 1;
        loop {
            let connection = self.0.begin("BEGIN")?;
            let error = match run(connection, batch) {
                Ok(()) => return Ok(()),
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
    connection.commit()
}

fn one_by_one(connection: &Connection, batch: &mut [Box<dyn Job>]) -> Result<(), DbError> {
    connection.roll_back()?;
    ahead::forget(batch);
    connection.begin("BEGIN")?;
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
    connection.commit()
}

fn lock(connection: &Connection, batch: &[Box<dyn Job>]) -> Result<(), DbError> {
    let mut locks = Locks::default();
    for job in batch {
        job.subject().add_to(&mut locks);
    }
    connection.lock_all(&locks)
}
