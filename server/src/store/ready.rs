//! Whether the store can write, found out by writing.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use futures::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use tokio::{
    task::spawn_blocking,
    time::{Instant, timeout},
};

use super::{
    Store,
    db::params,
    health::Health,
    reader::Readers,
    subject::Subject,
    writer::{Done, Writer},
};
use crate::{
    data_dir::private,
    domain_event::Origin,
    error::{Error, Result},
    storage_fault::StorageFault,
};

/// How long an answer holds, so that frequent questions do not wear out the disk.
const HOLDS: Duration = Duration::from_secs(1);
/// The same after damage, which is looked for by reading everything.
const DAMAGE_HOLDS: Duration = Duration::from_secs(5);
/// How long somebody who asks waits. A database can also take a question and say nothing.
const PATIENCE: Duration = Duration::from_secs(2);
/// Bytes that must fit on a disk that was full, so that the next message does not fill it again.
const ROOM: usize = 1 << 20;

/// The last probe, or the one that runs.
pub(super) struct Probe {
    last: Mutex<Option<Running>>,
    /// A file beside the database, if that is on this machine's disk.
    file: Option<PathBuf>,
}

/// A probe that everybody waits for who asks while it runs.
type Running = Shared<BoxFuture<'static, Answer>>;

/// What a probe found out.
#[derive(Clone, Copy)]
struct Answer {
    at: Instant,
    /// Why nothing could be written, if that concerns everybody.
    result: Result<(), Option<StorageFault>>,
    /// What was known to be wrong.
    fault: Option<StorageFault>,
}

impl Probe {
    pub(super) fn new(data_dir: Option<&Path>) -> Self {
        Self { last: Mutex::default(), file: data_dir.map(|folder| folder.join("probe.tmp")) }
    }
}

impl Answer {
    /// Whether it is still the answer, when this is known to be wrong.
    fn holds(&self, now: Option<StorageFault>) -> bool {
        let holds = if now == Some(StorageFault::Corrupt) { DAMAGE_HOLDS } else { HOLDS };
        // A probe that failed for a reason that concerns nobody else says nothing about the next one.
        let is_known = self.result.is_ok() || now.is_some();
        self.at.elapsed() < holds && self.fault == now && is_known
    }
}

impl Store {
    /// Answers when a write is on the disk, or has taken too long. If there was a fault and nobody else writes, this
    /// is also how its end is noticed.
    pub(crate) async fn is_ready(&self) -> Result<()> {
        let probe = self.last_probe();
        let Ok(answer) = timeout(PATIENCE, probe).await else {
            // The probe goes on: who asks next waits for the same one.
            let fault = match self.probe.file {
                Some(_) => StorageFault::Failing,
                None => StorageFault::Unreachable,
            };
            self.health.failed_to_write(fault, &format_args!("no answer for {PATIENCE:?}"));
            return Err(Error::NotCommitted(Some(fault)));
        };
        answer.result.map_err(Error::NotCommitted)
    }

    /// The probe that runs, or whose answer still holds, or else a new one.
    fn last_probe(&self) -> Running {
        let mut last = self.probe.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = &*last {
            let answer = running.clone().now_or_never();
            if answer.is_none_or(|answer| answer.holds(self.health.fault())) {
                return running.clone();
            }
        }
        let (writer, readers, health) = (self.writer.clone(), self.readers.clone(), self.health.clone());
        let file = self.probe.file.clone();
        // A task, so that it ends whether or not somebody waits for it.
        let probing = tokio::spawn(async move {
            let result = probe(&writer, &readers, &health, file).await.map_err(|error| {
                let fault = error.storage_fault();
                if fault.is_none() {
                    health.complain("the store could not be tried", &error);
                }
                fault
            });
            Answer { at: Instant::now(), result, fault: health.fault() }
        });
        let panicked = || Answer { at: Instant::now(), result: Err(None), fault: None };
        let running = probing.map(move |answer| answer.unwrap_or_else(|_| panicked())).boxed().shared();
        last.insert(running).clone()
    }
}

async fn probe(writer: &Writer, readers: &Readers, health: &Health, file: Option<PathBuf>) -> Result<()> {
    let before = health.fault();
    if let (Some(StorageFault::Full), Some(file)) = (before, file) {
        find_room(file).await?;
    }
    writer.write(Subject::None, Origin::default(), |db| Ok(Done::without_event(db.touch()?))).await?;
    if before == Some(StorageFault::Corrupt) {
        if !readers.read(|db| Ok(db.is_whole()?)).await? {
            return Err(Error::NotCommitted(before));
        }
        health.recovered();
    } else if before.is_some() {
        readers.read(|db| Ok(db.prepare_cached("SELECT id FROM users LIMIT 1")?.exists(params![])?)).await?;
        health.read();
    }
    Ok(())
}

/// A small write may find a place where a message does not.
async fn find_room(file: PathBuf) -> Result<()> {
    let found = spawn_blocking(move || {
        let found = fill(&file);
        fs::remove_file(&file).ok();
        found
    });
    match found.await {
        Ok(Ok(())) => Ok(()),
        _ => Err(Error::NotCommitted(Some(StorageFault::Full))),
    }
}

fn fill(path: &Path) -> io::Result<()> {
    let mut file = private(OpenOptions::new().write(true).create(true).truncate(true)).open(path)?;
    file.write_all(&vec![0; ROOM])?;
    file.sync_all()
}
