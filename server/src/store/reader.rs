//! Reading: a few connections for reading only, each used by one blocking task at a time.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    thread,
};

use protocol::UserId;
use tokio::{sync::Semaphore, task::spawn_blocking};

use super::{
    db::{Db, DbError},
    postgresql::Reconnecting,
};
use crate::error::{Error, Result};

pub(super) struct Readers {
    pool: Arc<Pool>,
    count: usize,
    /// One permit for each person who asks now or asked a short time ago.
    people: Mutex<HashMap<UserId, Weak<Semaphore>>>,
}

/// At so many people, those who no longer ask are forgotten.
const FORGET_AT: usize = 1_024;

/// As many as there are cores to run them.
pub(super) fn for_queries() -> usize {
    thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, 8))
}

/// A connection for reading only.
pub(super) enum Reader {
    Sqlite(rusqlite::Connection),
    Postgresql(Box<Reconnecting>),
}

impl Reader {
    /// Runs `work` on one snapshot.
    fn read<T>(&mut self, work: impl FnOnce(&Db<'_>) -> Result<T>) -> Result<T> {
        match self {
            Self::Sqlite(connection) => {
                let snapshot = connection.unchecked_transaction().map_err(DbError::from)?;
                work(&Db::Sqlite(&snapshot))
            }
            Self::Postgresql(reconnecting) => {
                let connection = reconnecting.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
                let result = work(&Db::Postgresql(connection));
                // It has changed nothing. If the connection is lost, the next one who asks finds that out.
                connection.roll_back().ok();
                result
            }
        }
    }
}

struct Pool {
    idle: Mutex<Vec<Reader>>,
    /// There are as many permits as connections, so that the holder of a permit finds a connection.
    free: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn new(open: impl Fn() -> rusqlite::Result<Reader>, count: usize) -> rusqlite::Result<Self> {
        let idle = (0..count).map(|_| open()).collect::<Result<Vec<_>, _>>()?;
        let free = Arc::new(Semaphore::new(idle.len()));
        Ok(Self { pool: Arc::new(Pool { idle: Mutex::new(idle), free }), count, people: Mutex::default() })
    }

    /// Reads one after the other for each person.
    pub(super) async fn read_for<T: Send + 'static>(
        &self,
        who: UserId,
        work: impl FnOnce(&Db<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let turn = self.turn_of(who);
        let _turn = turn.acquire().await.map_err(|_| Error::Stopped)?;
        self.read(work).await
    }

    fn turn_of(&self, who: UserId) -> Arc<Semaphore> {
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = people.get(&who).and_then(Weak::upgrade) {
            return turn;
        }
        if people.len() >= FORGET_AT {
            people.retain(|_, turn| turn.strong_count() > 0);
        }
        let turn = Arc::new(Semaphore::new(1));
        people.insert(who, Arc::downgrade(&turn));
        turn
    }

    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Db<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let permit = self.pool.free.clone().acquire_owned().await.map_err(|_| Error::Stopped)?;
        let pool = self.pool.clone();
        let done = spawn_blocking(move || {
            let mut borrowed = Borrowed::new(&pool).ok_or(Error::Stopped)?;
            let reader = borrowed.reader.as_mut().ok_or(Error::Stopped)?;
            let result = reader.read(work);
            drop(borrowed);
            drop(permit);
            result
        });
        done.await.map_err(|error| Error::Panicked(error.to_string()))?
    }
}

impl Readers {
    /// Waits for the reads that run, and closes the connections.
    pub(super) async fn close(&self) {
        let every = u32::try_from(self.count).unwrap_or(u32::MAX);
        let _idle = self.pool.free.acquire_many(every).await;
        self.pool.free.close();
        self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Gives its connection back even when the work panics.
struct Borrowed<'a> {
    pool: &'a Pool,
    reader: Option<Reader>,
}

impl<'a> Borrowed<'a> {
    fn new(pool: &'a Pool) -> Option<Self> {
        let reader = pool.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        Some(Self { pool, reader: Some(reader) })
    }
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        let mut idle = self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.extend(self.reader.take());
    }
}
