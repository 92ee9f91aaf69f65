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
/// The same when nobody waits for the writer, which is so between two commits unless it is overloaded. A log that
/// begins anew takes less of the disk, and of the time: a commit that makes the file longer took 280 µs instead of
/// 170, because the file's length is written, too.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn while_one_write_follows_the_other_the_log_begins_anew() {
        let data_dir = crate::testing::scratch();
        let path = data_dir.path().join("chat.db");
        let connect = || {
            let connection = Connection::open(&path).unwrap();
            connection.pragma_update(None, "journal_mode", "WAL").unwrap();
            connection
        };
        let writer = connect();
        writer.execute_batch("CREATE TABLE a (b INTEGER PRIMARY KEY, c); CREATE INDEX d ON a (c)").unwrap();
        let mut checkpoints = Checkpoints::start(&writer, connect(), Arc::default()).unwrap();
        let log = path.with_extension("db-wal");
        let mut written = 0;
        // Less than LOG_PAGES, however fast the machine is.
        let begins_anew = (0..14_000).any(|_| {
            writer.execute("INSERT INTO a (c) VALUES (random())", []).unwrap();
            checkpoints.committed(&writer, 1, true);
            thread::sleep(Duration::from_micros(50));
            // A page of the table and one of its index, each behind a header.
            written += 2 * (4096 + 24);
            std::fs::metadata(&log).unwrap().len() < written * 9 / 10
        });
        checkpoints.end();
        assert!(begins_anew);
    }
}
