//! Everything that outlives the process: one SQLite file. SQL is written here and nowhere else.
//!
//! Writes go through one thread that commits whatever has queued up as one transaction
//! ([`writer`]), reads through a pool of read-only connections ([`reader`]). What was committed
//! becomes [`Fact`]s, handed on in the order of their commit. [`checkpoint`] keeps SQLite's log
//! short. The tables are in [`schema`]; the operations are methods of [`Store`], one file a feature.

mod checkpoint;
pub(crate) mod conversation;
pub(crate) mod fact;
mod group;
pub(crate) mod message;
pub(crate) mod part;
mod place;
mod reader;
mod schema;
#[cfg(feature = "seed")]
mod seed;
pub(crate) mod session;
mod sync;
mod user;
mod value;
mod writer;

#[cfg(test)]
mod contract;

use std::{fs::OpenOptions, io, path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags};
use tokio::sync::mpsc;

use self::{
    checkpoint::Checkpoints,
    reader::Readers,
    writer::{Done, Writer},
};
pub(crate) use self::{fact::Fact, writer::panic_text};
use crate::error::{Result, StartError};

/// The database's file in the data directory.
const FILE: &str = "parlance.db";
/// Facts that wait for the publisher. When it falls this far behind, writes wait for it.
const FACTS: usize = 8192;

/// The store. Its methods are in the files of this folder.
pub(crate) struct Store {
    writer: Writer,
    readers: Readers,
}

impl Store {
    /// Opens the database in `data_dir`, making it when it is missing, and starts the writer.
    pub(crate) fn open(data_dir: &Path) -> Result<(Self, mpsc::Receiver<Fact>), StartError> {
        let path = data_dir.join(FILE);
        let broken = |error: rusqlite::Error| StartError::Database {
            path: path.clone(),
            cause: error.to_string().trim_end_matches('.').to_owned(),
        };
        make_private(&path).map_err(|cause| StartError::DataDir { path: data_dir.to_owned(), cause })?;
        let mut connection = connect(&path, OpenFlags::default()).map_err(broken)?;
        schema::migrate(&mut connection)
            .map_err(|cause| StartError::Database { path: path.clone(), cause })?;
        let readers = Readers::new(|| {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
                | OpenFlags::SQLITE_OPEN_NO_MUTEX
                | OpenFlags::SQLITE_OPEN_URI;
            connect(&path, flags)
        })
        .map_err(broken)?;
        let (facts, published) = mpsc::channel(FACTS);
        let beside = connect(&path, OpenFlags::default()).map_err(broken)?;
        let writer = Checkpoints::start(&connection, beside)
            .and_then(|checkpoints| Writer::start(connection, checkpoints, facts))
            .map_err(|cause| StartError::DataDir { path: data_dir.to_owned(), cause })?;
        Ok((Self { writer, readers }, published))
    }

    /// Answers when a read succeeds.
    pub(crate) async fn is_well(&self) -> Result<()> {
        self.read(|db| Ok(db.prepare_cached("SELECT 1 FROM users LIMIT 1")?.exists([]).map(drop)?)).await
    }

    /// Commits what is queued and closes the database, which is then one file. What is asked of the
    /// store afterwards is refused.
    pub(crate) async fn close(&self) {
        // The writer is the last to go, so that SQLite removes its log.
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Runs `work` on the writer, in a transaction of its own as far as it can tell; perhaps again
    /// after what it did was rolled back.
    async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&Connection) -> Result<Done<T>> + Send + 'static,
    ) -> Result<T> {
        self.writer.write(work).await
    }

    /// Runs `work` on a read-only connection, on one snapshot of the database.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.readers.read(work).await
    }
}

/// There are messages in it. The files that SQLite puts beside it get the same permissions.
fn make_private(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -16_000)?;
    Ok(connection)
}
