//! Moving what was committed from SQLite's log into the database, beside the writer and not in its
//! way: a checkpoint writes thousands of pages, and whoever writes meanwhile would wait for it.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, SyncSender},
    },
    thread::{self, JoinHandle},
};

use rusqlite::Connection;

/// Writes between two checkpoints. Fewer make the log shorter, more write a page once that changed
/// several times; and during a checkpoint commits take longer, as the disk is the same.
const WRITES: usize = 8_000;
/// Pages of the log at which the writer takes part: it goes on at the log's beginning only after
/// a checkpoint that has caught up with it, and beside one that never pauses none can. 128 MB.
const LOG_PAGES: i64 = 32_000;
/// Behind those who answer somebody.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// The writer's side.
pub(super) struct Checkpoints {
    begin: SyncSender<()>,
    behind: Arc<AtomicBool>,
    thread: JoinHandle<()>,
    writes: usize,
}

impl Checkpoints {
    /// Takes the checkpoints over from the writer's connection, with another one to the same database.
    pub(super) fn start(writer: &Connection, connection: Connection) -> io::Result<Self> {
        writer.pragma_update(None, "wal_autocheckpoint", 0).map_err(io::Error::other)?;
        let (begin, begun) = mpsc::sync_channel(1);
        let behind = Arc::new(AtomicBool::new(false));
        let late = behind.clone();
        let thread = thread::Builder::new().name("store-checkpoint".to_owned()).spawn(move || {
            #[cfg(target_os = "linux")]
            rustix::process::setpriority_process(None, NICENESS).ok();
            for () in begun {
                if checkpoint(&connection) > LOG_PAGES {
                    late.store(true, Ordering::Relaxed);
                }
            }
        })?;
        Ok(Self { begin, behind, thread, writes: 0 })
    }

    /// The writer committed a batch.
    pub(super) fn committed(&mut self, connection: &Connection, writes: usize) {
        self.writes += writes;
        if self.writes >= WRITES {
            self.writes = 0;
            // When one still runs, the next comes right after it.
            self.begin.try_send(()).ok();
        }
        if self.behind.swap(false, Ordering::Relaxed) {
            checkpoint(connection);
        }
    }

    /// Ends the thread and closes its connection.
    pub(super) fn end(self) {
        drop(self.begin);
        self.thread.join().ok();
    }
}

/// Moves what no reader keeps from being moved. Returns how many pages the log has.
fn checkpoint(connection: &Connection) -> i64 {
    let pages = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(1));
    pages.unwrap_or_else(|error| {
        // The log grows until it works again; nothing is lost.
        tracing::error!(%error, "a checkpoint failed");
        0
    })
}
