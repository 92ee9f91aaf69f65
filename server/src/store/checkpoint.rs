//! Moves what was committed from SQLite's log into the database, on a thread beside the writer: a checkpoint
//! writes thousands of pages, and all writes would wait for it.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, SyncSender},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use rusqlite::Connection;

use super::health::Health;

/// Writes between two checkpoints. With fewer the log is shorter; with more, a page that changed several
/// times is written once. Commits take longer during a checkpoint, because both use the same disk.
const WRITES: usize = 8_000;
/// The longest time between two checkpoints, if fewer writes come. Somebody who copies the file alone,
/// against all advice, misses no more than this. Each costs two syncs, which is nothing at this rate.
const PERIOD: Duration = Duration::from_secs(2);
/// Pages of the log at which the writer takes part. SQLite begins the log anew only after a checkpoint that
/// has caught up with the writer, and none can while the writer never pauses. 128 MB.
const LOG_PAGES: i64 = 32_000;
/// The same while nobody waits for the writer. A commit into a log that does not grow has less to write: the
/// file's length stays as it is. 4 MB.
const LOG_PAGES_IDLE: i64 = 1_000;
/// The thread's priority: lower than that of threads that answer somebody.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// The writer's side.
pub(super) struct Checkpoints {
    begin: SyncSender<()>,
    shared: Arc<Shared>,
    thread: JoinHandle<()>,
    writes: usize,
}

struct Shared {
    /// Something was committed since the last checkpoint began.
    due: AtomicBool,
    /// Pages of the log when the last checkpoint ended; 0 once the writer has caught up with it.
    log_pages: AtomicI64,
    health: Arc<Health>,
}

impl Checkpoints {
    /// Takes the checkpoints over from the writer's connection, with another one to the same database.
    pub(super) fn start(
        writer: &Connection,
        connection: Connection,
        health: Arc<Health>,
    ) -> io::Result<Self> {
        writer.pragma_update(None, "wal_autocheckpoint", 0).map_err(io::Error::other)?;
        let (begin, begun) = mpsc::sync_channel(1);
        // There may be work at the start: what an earlier run left in the log, or the making of the tables.
        let shared = Arc::new(Shared { due: AtomicBool::new(true), log_pages: AtomicI64::new(0), health });
        let theirs = shared.clone();
        let thread = thread::Builder::new().name("store-checkpoint".to_owned()).spawn(move || {
            #[cfg(target_os = "linux")]
            rustix::process::setpriority_process(None, NICENESS).ok();
            theirs.run(&connection, &begun);
        })?;
        Ok(Self { begin, shared, thread, writes: 0 })
    }

    /// The writer committed a batch. `is_idle`: nothing waits for it.
    pub(super) fn committed(&mut self, connection: &Connection, writes: usize, is_idle: bool) {
        self.shared.due.store(true, Ordering::Relaxed);
        self.writes += writes;
        if self.writes >= WRITES {
            self.writes = 0;
            // When one still runs, the next comes right after it.
            self.begin.try_send(()).ok();
        }
        let most = if is_idle { LOG_PAGES_IDLE } else { LOG_PAGES };
        if self.shared.log_pages.load(Ordering::Relaxed) > most {
            self.shared.log_pages.store(0, Ordering::Relaxed);
            self.shared.checkpoint(connection);
        }
    }

    /// Ends the thread and closes its connection.
    pub(super) fn end(self) {
        drop(self.begin);
        self.thread.join().ok();
    }
}

impl Shared {
    fn run(&self, connection: &Connection, begun: &Receiver<()>) {
        let mut first = true;
        loop {
            // The first checkpoint runs at once, so that the file is a database from the beginning.
            let begin = if first { Err(RecvTimeoutError::Timeout) } else { begun.recv_timeout(PERIOD) };
            first = false;
            match begin {
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) if !self.due.load(Ordering::Relaxed) => continue,
                Ok(()) | Err(RecvTimeoutError::Timeout) => {}
            }
            self.due.store(false, Ordering::Relaxed);
            self.log_pages.store(self.checkpoint(connection), Ordering::Relaxed);
        }
    }

    /// Moves everything that no reader still needs in the log. Returns how many pages the log has.
    fn checkpoint(&self, connection: &Connection) -> i64 {
        let pages = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(1));
        pages.unwrap_or_else(|error| {
            // The log grows until it works again; nothing is lost.
            self.health.complain("a checkpoint failed", &error);
            self.due.store(true, Ordering::Relaxed);
            0
        })
    }
}
