//! Moving what was committed from SQLite's log into the database, beside the writer and not in its
//! way: a checkpoint writes thousands of pages, and whoever writes meanwhile would wait for it.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, SyncSender},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use rusqlite::Connection;

use super::health::Health;

/// Writes between two checkpoints. Fewer make the log shorter, more write a page once that changed
/// several times; and during a checkpoint commits take longer, as the disk is the same.
const WRITES: usize = 8_000;
/// And the time between two where less is written: whoever copies the file by itself, against all
/// advice, misses no more than this. Each costs two syncs, which is nothing at this rate.
const PERIOD: Duration = Duration::from_secs(2);
/// Pages of the log at which the writer takes part: it goes on at the log's beginning only after
/// a checkpoint that has caught up with it, and beside one that never pauses none can. 128 MB.
const LOG_PAGES: i64 = 32_000;
/// Behind those who answer somebody.
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
    /// The log is too long.
    behind: AtomicBool,
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
        // What an earlier run left in the log, or the making of the tables.
        let shared = Arc::new(Shared { due: AtomicBool::new(true), behind: AtomicBool::new(false), health });
        let theirs = shared.clone();
        let thread = thread::Builder::new().name("store-checkpoint".to_owned()).spawn(move || {
            #[cfg(target_os = "linux")]
            rustix::process::setpriority_process(None, NICENESS).ok();
            theirs.run(&connection, &begun);
        })?;
        Ok(Self { begin, shared, thread, writes: 0 })
    }

    /// The writer committed a batch.
    pub(super) fn committed(&mut self, connection: &Connection, writes: usize) {
        self.shared.due.store(true, Ordering::Relaxed);
        self.writes += writes;
        if self.writes >= WRITES {
            self.writes = 0;
            // When one still runs, the next comes right after it.
            self.begin.try_send(()).ok();
        }
        if self.shared.behind.swap(false, Ordering::Relaxed) {
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
            // The first at once: the file is a database from the beginning.
            let begin = if first { Err(RecvTimeoutError::Timeout) } else { begun.recv_timeout(PERIOD) };
            first = false;
            match begin {
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) if !self.due.load(Ordering::Relaxed) => continue,
                Ok(()) | Err(RecvTimeoutError::Timeout) => {}
            }
            self.due.store(false, Ordering::Relaxed);
            if self.checkpoint(connection) > LOG_PAGES {
                self.behind.store(true, Ordering::Relaxed);
            }
        }
    }

    /// Moves what no reader keeps from being moved. Returns how many pages the log has.
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
