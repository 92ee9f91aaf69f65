//! The one thread that writes: it commits whatever has queued up as one transaction.
//!
//! Durability costs one fsync a batch, not one a write. A refused write leaves the rest of its batch alone.
//! Callers are answered, and domain events are handed on, only after the commit.

mod ahead;
mod postgresql;
mod sqlite;

use std::{
    any::Any,
    io, mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use tokio::sync::{Notify, mpsc, oneshot};
use tracing::Span;

pub(super) use self::{postgresql::Postgresql, sqlite::Sqlite};
use super::{
    db::{Db, DbError},
    health::Health,
    subject::Subject,
};
use crate::{
    domain_event::{DomainEvent, Envelope, Origin},
    error::{Error, Result},
    metrics::StoreMetrics,
    storage_fault::StorageFault,
};

/// Writes that wait for their batch. When there are more, askers wait.
const QUEUED: usize = 4096;
/// Writes in one transaction at most, so that the first of a batch is not kept waiting for long.
const BATCH: usize = 512;
/// Batches that wait to be answered. When there are more, the next commit waits.
const SETTLED: usize = 4;
/// How long a batch may be gathered while more and more requests come, and the pauses in between.
const GATHERING: Duration = Duration::from_millis(2);
const PAUSE: Duration = Duration::from_micros(100);

/// What a write answers, and what it changed.
pub(super) struct Done<T> {
    answer: T,
    events: Vec<DomainEvent>,
}

impl<T> Done<T> {
    /// A change that nobody else has to be told of.
    pub(super) fn without_event(answer: T) -> Self {
        Self { answer, events: Vec::new() }
    }

    pub(super) fn with_event(answer: T, event: DomainEvent) -> Self {
        Self { answer, events: vec![event] }
    }

    /// Another event after those before.
    pub(super) fn and(mut self, event: DomainEvent) -> Self {
        self.events.push(event);
        self
    }

    /// The same for several, or none.
    pub(super) fn and_all(mut self, events: impl IntoIterator<Item = DomainEvent>) -> Self {
        self.events.extend(events);
        self
    }

    pub(super) fn answering<U>(self, answer: U) -> Done<U> {
        Done { answer, events: self.events }
    }
}

/// What carries writes out.
pub(super) trait Engine: Send + 'static {
    /// Runs a batch as one transaction and commits it.
    fn commit(&mut self, batch: &mut [Box<dyn Job>]) -> Result<(), DbError>;

    /// So many writes were committed or lost, and their askers are on their way to be answered. `is_idle`: no
    /// others wait.
    fn committed(&mut self, writes: usize, is_idle: bool);

    fn close(self);
}

/// A write that waits.
pub(super) trait Job: Send {
    /// It no longer waits.
    fn begins(&mut self);

    /// Does what it was asked for; false if that is refused. It may run again after its changes were rolled
    /// back.
    fn run(&mut self, db: &Db<'_>) -> bool;

    /// What it is about.
    fn subject(&self) -> &Subject;

    /// Why the database did not do it.
    fn error(&self) -> Option<&DbError>;

    /// Its batch is committed or lost: answers, and says what changed.
    fn answer(self: Box<Self>, outcome: Outcome) -> Told;
}

struct Write<T, W> {
    work: W,
    subject: Subject,
    origin: Origin,
    reply: oneshot::Sender<Result<T>>,
    result: Result<Done<T>>,
    stage: Stage,
}

/// How far a write is, in the trace of the event that asked for it.
struct Stage {
    event: Span,
    now: Span,
}

impl Stage {
    fn waits() -> Self {
        let event = Span::current();
        let now = tracing::debug_span!(parent: &event, "wait for the writer");
        Self { event, now }
    }

    fn begins(&mut self) {
        self.now = tracing::debug_span!(parent: &self.event, "commit");
    }
}

/// What a write changed, for those who must be told.
pub(super) struct Told {
    events: Vec<DomainEvent>,
    origin: Origin,
}

/// What became of a batch.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Outcome {
    Committed,
    /// With the fault of the disk, if it is known.
    Lost(Option<StorageFault>),
}

/// A batch that is over, on its way to those who asked.
struct Settled {
    jobs: Vec<Box<dyn Job>>,
    outcome: Outcome,
}

/// A write that has its place in the queue.
pub(crate) struct Submitted<T>(oneshot::Receiver<Result<T>>);

impl<T> Submitted<T> {
    /// Waits until it is committed, or refused.
    pub(crate) async fn committed(self) -> Result<T> {
        self.0.await.map_err(|_| Error::Stopped)?
    }
}

pub(super) struct Writer {
    /// None once the store is closed.
    jobs: Mutex<Option<mpsc::Sender<Box<dyn Job>>>>,
    activity: Arc<Activity>,
    ended: tokio::sync::Mutex<Option<oneshot::Receiver<()>>>,
}

/// Who works in the background learns from it whether others write.
#[derive(Default)]
pub(super) struct Activity {
    asked: AtomicU64,
    /// Something is to be written, or the store is closed.
    pub(super) begun: Notify,
}

impl Activity {
    /// Writes that were asked for so far, except for those in the background.
    pub(super) fn count(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Writer {
    pub(super) fn start(
        mut engine: impl Engine,
        health: Arc<Health>,
        metrics: StoreMetrics,
        domain_events: mpsc::Sender<Envelope>,
    ) -> io::Result<Self> {
        let (jobs, queue) = mpsc::channel(QUEUED);
        let (settle, settled) = mpsc::channel(SETTLED);
        let (end, ended) = oneshot::channel();
        let measured = metrics.clone();
        thread::Builder::new().name("store-writer".to_owned()).spawn(move || {
            run(&mut engine, queue, &health, &measured, &settle);
            engine.close();
        })?;
        tokio::spawn(async move {
            answer(settled, &metrics, domain_events).await;
            end.send(()).ok();
        });
        Ok(Self {
            jobs: Mutex::new(Some(jobs)),
            activity: Arc::default(),
            ended: tokio::sync::Mutex::new(Some(ended)),
        })
    }

    pub(super) fn activity(&self) -> Arc<Activity> {
        self.activity.clone()
    }

    pub(super) async fn write<T: Send + 'static>(
        &self,
        subject: Subject,
        origin: Origin,
        work: impl Fn(&Db<'_>) -> Result<Done<T>> + Send + 'static,
    ) -> Result<T> {
        self.submit(subject, origin, work).await?.committed().await
    }

    /// The same for what nobody waits for.
    pub(super) async fn write_in_background<T: Send + 'static>(
        &self,
        work: impl Fn(&Db<'_>) -> Result<Done<T>> + Send + 'static,
    ) -> Result<T> {
        self.enqueue(Subject::None, Origin::default(), work).await?.committed().await
    }

    /// Waits for a place in the queue and takes it.
    pub(super) async fn submit<T: Send + 'static>(
        &self,
        subject: Subject,
        origin: Origin,
        work: impl Fn(&Db<'_>) -> Result<Done<T>> + Send + 'static,
    ) -> Result<Submitted<T>> {
        self.activity.asked.fetch_add(1, Ordering::Relaxed);
        self.activity.begun.notify_one();
        self.enqueue(subject, origin, work).await
    }

    async fn enqueue<T: Send + 'static>(
        &self,
        subject: Subject,
        origin: Origin,
        work: impl Fn(&Db<'_>) -> Result<Done<T>> + Send + 'static,
    ) -> Result<Submitted<T>> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (reply, answer) = oneshot::channel();
        let (result, stage) = (Err(Error::NotCommitted(None)), Stage::waits());
        let job = Box::new(Write { work, subject, origin, reply, result, stage });
        jobs.ok_or(Error::Stopped)?.send(job).await.map_err(|_| Error::Stopped)?;
        Ok(Submitted(answer))
    }

    pub(super) async fn close(&self) {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.activity.begun.notify_one();
        if let Some(ended) = self.ended.lock().await.take() {
            ended.await.ok();
        }
    }
}

fn run(
    engine: &mut impl Engine,
    mut queue: mpsc::Receiver<Box<dyn Job>>,
    health: &Health,
    metrics: &StoreMetrics,
    settle: &mpsc::Sender<Settled>,
) {
    let mut batch = Vec::with_capacity(BATCH);
    while queue.blocking_recv_many(&mut batch, BATCH) > 0 {
        gather(&mut queue, &mut batch);
        for job in &mut batch {
            job.begins();
        }
        let start = Instant::now();
        let outcome = match engine.commit(&mut batch) {
            Ok(()) => {
                metrics.committed(batch.len(), start.elapsed());
                health.wrote();
                Outcome::Committed
            }
            Err(error) => Outcome::Lost(lost(&error, &batch, health)),
        };
        let writes = batch.len();
        // Fails only when the whole program ends, and then nobody waits.
        settle.blocking_send(Settled { jobs: mem::take(&mut batch), outcome }).ok();
        engine.committed(writes, queue.is_empty());
    }
}

/// Says why a batch was lost: because of the commit, or of a write that took the transaction with it.
fn lost(error: &DbError, batch: &[Box<dyn Job>], health: &Health) -> Option<StorageFault> {
    let fault = error.storage_fault().or_else(|| batch.iter().find_map(|job| job.error()?.storage_fault()));
    match fault {
        Some(fault) => health.failed_to_write(fault, error),
        None => tracing::error!(%error, writes = batch.len(), "a batch of writes was lost"),
    }
    fault
}

/// Answers batches and hands their domain events on. This is a task, and not the writer's thread: that would
/// wake another thread for every write, and wait for its turn again each time.
async fn answer(
    mut settled: mpsc::Receiver<Settled>,
    metrics: &StoreMetrics,
    domain_events: mpsc::Sender<Envelope>,
) {
    while let Some(Settled { jobs, outcome }) = settled.recv().await {
        for job in jobs {
            let Told { events, origin } = job.answer(outcome);
            for event in events {
                metrics.happened(&event);
                // Without a publisher (as in tests of the store alone) nobody is told.
                domain_events.send(Envelope { event, origin }).await.ok();
            }
        }
    }
}

/// If several ask at once, waits for those who are about to: each pause is shorter than the transaction that
/// they would need otherwise. Somebody who asks alone does not wait.
fn gather(queue: &mut mpsc::Receiver<Box<dyn Job>>, batch: &mut Vec<Box<dyn Job>>) {
    let end = Instant::now() + GATHERING;
    let mut before = 1;
    while (before + 1..BATCH).contains(&batch.len()) && Instant::now() < end {
        before = batch.len();
        thread::sleep(PAUSE);
        while batch.len() < BATCH
            && let Ok(job) = queue.try_recv()
        {
            batch.push(job);
        }
    }
}

impl<T: Send + 'static, W: Fn(&Db<'_>) -> Result<Done<T>> + Send> Job for Write<T, W> {
    fn begins(&mut self) {
        self.stage.begins();
    }

    fn run(&mut self, db: &Db<'_>) -> bool {
        // A write that panics must not take the writer with it.
        self.result = catch_unwind(AssertUnwindSafe(|| (self.work)(db)))
            .unwrap_or_else(|panic| Err(Error::Panicked(panic_text(&*panic))));
        self.result.is_ok()
    }

    fn subject(&self) -> &Subject {
        &self.subject
    }

    fn error(&self) -> Option<&DbError> {
        match &self.result {
            Err(Error::Database(error)) => Some(error),
            _ => None,
        }
    }

    fn answer(self: Box<Self>, outcome: Outcome) -> Told {
        let (answer, events) = match (self.result, outcome) {
            // What it was refused for may have been done by an earlier write of the batch, which is lost as well.
            (Ok(_) | Err(Error::NotCommitted(_) | Error::Refused(_)), Outcome::Lost(fault)) => {
                (Err(Error::NotCommitted(fault)), Vec::new())
            }
            (Ok(Done { answer, events }), Outcome::Committed) => (Ok(answer), events),
            (Err(refusal), _) => (Err(refusal), Vec::new()),
        };
        // If the asker went away, nobody needs the answer.
        self.reply.send(answer).ok();
        Told { events, origin: self.origin }
    }
}

pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default()
}
