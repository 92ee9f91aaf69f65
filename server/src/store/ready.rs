//! Whether the store can write, found out by writing.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::{sync::Mutex, task::spawn_blocking, time::Instant};

use super::{Store, writer::Done};
use crate::{
    data_dir::private,
    error::{Error, Result},
    storage_fault::StorageFault,
};

/// How long an answer holds, so that frequent questions do not wear out the disk.
const HOLDS: Duration = Duration::from_secs(1);
/// The same after damage, which is looked for by reading everything.
const DAMAGE_HOLDS: Duration = Duration::from_secs(5);
/// Bytes that must fit on a disk that was full, so that the next message does not fill it again.
const ROOM: usize = 1 << 20;

pub(super) struct Probe {
    last: Mutex<Option<Last>>,
    /// A file beside the database, if that is on this machine's disk.
    file: Option<PathBuf>,
}

/// The last answer.
struct Last {
    at: Instant,
    passed: bool,
    /// What was known to be wrong.
    fault: Option<StorageFault>,
}

impl Probe {
    pub(super) fn new(data_dir: Option<&Path>) -> Self {
        Self { last: Mutex::new(None), file: data_dir.map(|folder| folder.join("probe.tmp")) }
    }
}

impl Store {
    /// Answers when a write is on the disk. If there was a fault and nobody else writes, this is also how its
    /// end is noticed.
    pub(crate) async fn is_ready(&self) -> Result<()> {
        // Those who ask at once share one answer.
        let mut last = self.probe.last.lock().await;
        if let Some(last) = &*last {
            let now = self.health.fault();
            let holds = if now == Some(StorageFault::Corrupt) { DAMAGE_HOLDS } else { HOLDS };
            // A probe that failed for a reason that concerns nobody else says nothing about the next one.
            let is_known = last.passed || now.is_some();
            if last.at.elapsed() < holds && last.fault == now && is_known {
                return now.map_or(Ok(()), |fault| Err(Error::NotCommitted(Some(fault))));
            }
        }
        let probed = self.probe().await;
        *last = Some(Last { at: Instant::now(), passed: probed.is_ok(), fault: self.health.fault() });
        probed
    }

    async fn probe(&self) -> Result<()> {
        let before = self.health.fault();
        if let (Some(StorageFault::Full), Some(file)) = (before, &self.probe.file) {
            find_room(file.clone()).await?;
        }
        self.write(|db| Ok(Done::without_event(db.touch()?))).await?;
        if before == Some(StorageFault::Corrupt) {
            if !self.read(|db| Ok(db.is_whole()?)).await? {
                return Err(Error::NotCommitted(before));
            }
            self.health.recovered();
        }
        Ok(())
    }
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
