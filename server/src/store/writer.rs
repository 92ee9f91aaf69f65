//! The one thread that writes: it commits whatever has queued up as one transaction.
//!
//! Durability costs one fsync a batch, not one a write. Each write runs in a savepoint, so that
//! one that is refused leaves the rest of its batch alone. Callers are answered and facts are
//! handed on after the commit only.

use std::{
    any::Any,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Mutex, PoisonError},
    thread,
};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::fact::Fact;
use crate::error::{Error, Result};

/// Writes that wait for their batch. When there are more, askers wait.
const QUEUED: usize = 4096;
/// Writes in one transaction at most, so that the first of a batch is not kept waiting for long.
const BATCH: usize = 512;

/// What a write answers, and what it changed.
pub(super) struct Done<T> {
    answer: T,
    facts: Vec<Fact>,
}

impl<T> Done<T> {
    /// Nothing that anybody has to be told.
    pub(super) fn quietly(answer: T) -> Self {
        Self { answer, facts: Vec::new() }
    }

    pub(super) fn telling(answer: T, fact: Fact) -> Self {
        Self { answer, facts: vec![fact] }
    }

    pub(super) fn answering<U>(self, answer: U) -> Done<U> {
        Done { answer, facts: self.facts }
    }
}

/// A write that waits, and the same after it ran: what to do once its batch is committed or lost.
type Job = Box<dyn FnOnce(&Connection) -> Ran + Send>;
struct Ran {
    /// Whether its savepoint is kept.
    keep: bool,
    facts: Vec<Fact>,
    answer: Box<dyn FnOnce(Batch)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Batch {
    Committed,
    Lost,
}

pub(super) struct Writer {
    /// None once the store is closed.
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    ended: tokio::sync::Mutex<Option<oneshot::Receiver<()>>>,
}

impl Writer {
    pub(super) fn start(connection: Connection, facts: mpsc::Sender<Fact>) -> io::Result<Self> {
        let (jobs, queue) = mpsc::channel(QUEUED);
        let (end, ended) = oneshot::channel();
        thread::Builder::new().name("store-writer".to_owned()).spawn(move || {
            run(connection, queue, &facts);
            end.send(()).ok();
        })?;
        Ok(Self { jobs: Mutex::new(Some(jobs)), ended: tokio::sync::Mutex::new(Some(ended)) })
    }

    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<Done<T>> + Send + 'static,
    ) -> Result<T> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |connection| run_one(connection, work, reply));
        jobs.ok_or(Error::Stopped)?.send(job).await.map_err(|_| Error::Stopped)?;
        answer.await.map_err(|_| Error::Stopped)?
    }

    pub(super) async fn close(&self) {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(ended) = self.ended.lock().await.take() {
            ended.await.ok();
        }
    }
}

fn run(mut connection: Connection, mut queue: mpsc::Receiver<Job>, facts: &mpsc::Sender<Fact>) {
    let mut batch = Vec::with_capacity(BATCH);
    while let Some(job) = queue.blocking_recv() {
        batch.push(job);
        while batch.len() < BATCH
            && let Ok(job) = queue.try_recv()
        {
            batch.push(job);
        }
        commit(&mut connection, &mut batch, facts);
    }
    connection.execute_batch("PRAGMA optimize").ok();
    connection.flush_prepared_statement_cache();
    // The last to close it empties the log into the database.
    if let Err((_, error)) = connection.close() {
        tracing::warn!(%error, "the database was not closed; the next start repairs it");
    }
}

fn commit(connection: &mut Connection, batch: &mut Vec<Job>, facts: &mpsc::Sender<Fact>) {
    let mut ran = Vec::with_capacity(batch.len());
    let result = (|| {
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        for job in batch.drain(..) {
            connection.prepare_cached("SAVEPOINT write_one")?.execute([])?;
            let one = job(connection);
            if !one.keep {
                connection.prepare_cached("ROLLBACK TO write_one")?.execute([])?;
            }
            ran.push(one);
            connection.prepare_cached("RELEASE write_one")?.execute([])?;
        }
        connection.prepare_cached("COMMIT")?.execute([])
    })();
    let outcome = match result {
        Ok(_) => Batch::Committed,
        Err(error) => {
            tracing::error!(%error, writes = ran.len(), "a batch of writes was lost");
            if !connection.is_autocommit() {
                connection.execute_batch("ROLLBACK").ok();
            }
            Batch::Lost
        }
    };
    // Jobs that did not run are dropped here; their askers see the store as stopped.
    batch.clear();
    for one in ran {
        if outcome == Batch::Committed {
            for fact in one.facts {
                // Without a publisher (as in tests of the store alone) nobody is told.
                facts.blocking_send(fact).ok();
            }
        }
        (one.answer)(outcome);
    }
}

fn run_one<T: Send + 'static>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<Done<T>>,
    reply: oneshot::Sender<Result<T>>,
) -> Ran {
    // A write that panics must not take the writer with it.
    let done = catch_unwind(AssertUnwindSafe(|| work(connection)))
        .unwrap_or_else(|panic| Err(Error::Panicked(panic_text(&*panic))));
    let (result, facts) = match done {
        Ok(done) => (Ok(done.answer), done.facts),
        Err(error) => (Err(error), Vec::new()),
    };
    let keep = result.is_ok();
    let answer = move |batch| {
        let result = if keep && batch == Batch::Lost { Err(Error::NotCommitted) } else { result };
        // An asker that went away does not need it.
        reply.send(result).ok();
    };
    Ran { keep, facts, answer: Box::new(answer) }
}

pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default()
}
