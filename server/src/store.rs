//! Everything that outlives the process: one SQLite file, or a PostgreSQL database. SQL is written here and nowhere
//! else.
//!
//! Writes go through one thread, which commits whatever has queued up as one transaction ([`writer`]). Reads
//! go through a pool of read-only connections ([`reader`]). What was committed becomes [domain
//! events](crate::domain_event), handed on in the order of the commits. [`checkpoint`] keeps SQLite's log
//! short. The tables are in [`schema`]; the operations are methods of [`Store`], one file a feature.

mod change;
mod check;
mod checkpoint;
pub(crate) mod conversation;
mod conversation_row;
mod copy;
mod db;
mod db_error;
mod file;
mod group;
mod health;
mod in_doubt;
mod installation;
mod membership;
mod mention;
pub(crate) mod message;
pub(crate) mod message_search;
mod message_size;
mod migrate_store;
mod node;
pub(crate) mod part;
mod participants;
mod place_in_time;
mod postgresql;
mod presence;
mod reader;
mod reading;
mod ready;
mod receipt;
mod role;
mod schema;
mod search;
#[cfg(feature = "seed")]
mod seed;
mod sending;
pub(crate) mod session;
mod standing;
mod subject;
mod sync;
mod typing;
mod user;
mod value;
mod writer;

#[cfg(test)]
mod contract;

use std::{io, path::Path, sync::Arc, time::Duration};

use protocol::UserId;
use rusqlite::OpenFlags;
use tokio::sync::mpsc;

pub(crate) use self::{
    check::{Checked, check},
    copy::{CopyError, back_up, restore},
    db::DbError,
    file::file,
    migrate_store::MoveError,
    postgresql::Address,
    writer::{Submitted, panic_text},
};
use self::{
    checkpoint::Checkpoints,
    db::Db,
    file::{connect, make_private},
    health::Health,
    in_doubt::InDoubt,
    installation::{Installation, InstallationId},
    postgresql::{Reconnecting, aside},
    reader::{Reader, Readers},
    ready::Probe,
    subject::Subject,
    writer::{Done, Engine, Postgresql, Sqlite, Writer},
};
use crate::{
    auth::key::{self, SigningKey},
    config::Config,
    domain_event::{Envelope, Origin},
    error::{Error, Result, StartError},
    metrics::StoreMetrics,
};

/// Connections for those who log in or connect.
const ADMISSION_READERS: usize = 2;
/// Domain events that wait for the publisher. When it falls this far behind, writes wait for it.
const DOMAIN_EVENTS: usize = 8192;

/// The store. Its methods are in the files of this folder.
pub(crate) struct Store {
    writer: Arc<Writer>,
    readers: Arc<Readers>,
    /// For logins and new connections, so that they do not wait for those who ask for pages.
    admission: Readers,
    health: Arc<Health>,
    in_doubt: Arc<InDoubt>,
    metrics: StoreMetrics,
    probe: Probe,
    session_lifetime: Duration,
    installation: InstallationId,
    /// The one that is kept in the database, because several servers share it.
    signing_key: Option<SigningKey>,
}

impl Store {
    /// Opens the database that the options name.
    pub(crate) fn of(config: &Config) -> Result<(Self, mpsc::Receiver<Envelope>), StartError> {
        match &config.database {
            None => Self::open(&config.data_dir),
            Some(url) => {
                let address = url.as_str().parse().map_err(StartError::Postgresql)?;
                // Earlier versions had the key in the file with PostgreSQL, too.
                let own = || key::in_file(&config.data_dir)?.map_or_else(key::random, Ok);
                let (store, published) = Self::connect_with(&address, own)?;
                // A copy of a database has the id of the original, which somebody may wonder about.
                let id = u128::from_be_bytes(store.installation_id());
                tracing::info!(
                    installation = format_args!("{id:032x}"),
                    "everything is kept in PostgreSQL at {address}"
                );
                Ok((store, published))
            }
        }
    }

    /// Opens the database in `data_dir`, making it when it is missing, and starts the writer.
    pub(crate) fn open(data_dir: &Path) -> Result<(Self, mpsc::Receiver<Envelope>), StartError> {
        let path = file(data_dir);
        let broken = |error: rusqlite::Error| StartError::Database {
            path: path.clone(),
            cause: error.to_string().trim_end_matches('.').to_owned(),
        };
        make_private(&path).map_err(|cause| StartError::DataDir { path: data_dir.to_owned(), cause })?;
        let mut connection = connect(&path, OpenFlags::default()).map_err(broken)?;
        schema::migrate(&mut connection)
            .map_err(|cause| StartError::Database { path: path.clone(), cause })?;
        message_search::indexer::prepare(&connection).map_err(broken)?;
        let open = || {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
                | OpenFlags::SQLITE_OPEN_NO_MUTEX
                | OpenFlags::SQLITE_OPEN_URI;
            connect(&path, flags).map(Reader::Sqlite)
        };
        let readers = Readers::new(open, reader::for_queries()).map_err(broken)?;
        let admission = Readers::new(open, ADMISSION_READERS).map_err(broken)?;
        let beside = connect(&path, OpenFlags::default()).map_err(broken)?;
        let health = Arc::new(Health::default());
        let unusable = |cause| StartError::DataDir { path: data_dir.to_owned(), cause };
        let checkpoints = Checkpoints::start(&connection, beside, health.clone()).map_err(unusable)?;
        let engine = Sqlite { connection, checkpoints };
        // Nobody else uses the file, so nobody else needs to know its id.
        let shared = (installation::random_id()?, None);
        let noted = (health, Arc::default());
        Self::start(engine, [readers, admission], noted, Probe::new(Some(data_dir)), shared).map_err(unusable)
    }

    /// Connects to a PostgreSQL database, brings its tables up to date, and starts the writer.
    #[cfg(any(test, feature = "seed"))]
    pub(crate) fn connect(address: &Address) -> Result<(Self, mpsc::Receiver<Envelope>), StartError> {
        Self::connect_with(address, key::random)
    }

    /// The same with a signing key for a database that has none.
    fn connect_with(
        address: &Address,
        propose: impl FnOnce() -> Result<SigningKey, StartError> + Send,
    ) -> Result<(Self, mpsc::Receiver<Envelope>), StartError> {
        let joined = aside(|| {
            migrate_postgresql(address).map_err(StartError::Postgresql)?;
            installation::join(address, propose)
        });
        let Installation { id, signing_key } =
            joined.unwrap_or_else(|panic| Err(StartError::Postgresql(panic_text(&*panic))))?;
        let open = || Ok(Reader::Postgresql(Box::new(Reconnecting::new(address.clone(), |_| Ok(())))));
        let [readers, admission] = [reader::for_queries(), ADMISSION_READERS].map(|count| {
            Readers::new(open, count).map_err(|error| StartError::Postgresql(error.to_string()))
        });
        let connection = Reconnecting::new(address.clone(), schema::postgresql::prepare);
        let in_doubt = Arc::new(InDoubt::default());
        let engine = Postgresql { connection, in_doubt: in_doubt.clone() };
        let shared = (id, Some(signing_key));
        Self::start(engine, [readers?, admission?], (Arc::default(), in_doubt), Probe::new(None), shared)
            .map_err(|error| StartError::Postgresql(format!("Parlance cannot start a thread: {error}.")))
    }

    fn start(
        engine: impl Engine,
        [readers, admission]: [Readers; 2],
        (health, in_doubt): (Arc<Health>, Arc<InDoubt>),
        probe: Probe,
        (installation, signing_key): (InstallationId, Option<SigningKey>),
    ) -> io::Result<(Self, mpsc::Receiver<Envelope>)> {
        let (domain_events, published) = mpsc::channel(DOMAIN_EVENTS);
        let metrics = StoreMetrics::default();
        let writer = Arc::new(Writer::start(engine, health.clone(), metrics.clone(), domain_events)?);
        tokio::spawn(message_search::indexer::run(Arc::downgrade(&writer)));
        let session_lifetime = session::LIFETIME;
        let store = Self {
            writer,
            readers: Arc::new(readers),
            admission,
            health,
            in_doubt,
            metrics,
            probe,
            session_lifetime,
            installation,
            signing_key,
        };
        Ok((store, published))
    }

    /// Names the installation: what several servers share that use one database, and no other installation has. With
    /// SQLite each start has another one.
    pub(crate) fn installation_id(&self) -> [u8; 16] {
        self.installation
    }

    /// The key that all servers on the database share; with SQLite there is none in it.
    pub(crate) fn signing_key(&self) -> Option<SigningKey> {
        self.signing_key
    }

    /// What its writer counts.
    pub(crate) fn metrics(&self) -> StoreMetrics {
        self.metrics.clone()
    }

    /// Sets how long a session lives at most.
    pub(crate) fn set_session_lifetime(&mut self, lifetime: Duration) {
        self.session_lifetime = lifetime;
    }

    pub(crate) fn session_lifetime(&self) -> Duration {
        self.session_lifetime
    }

    /// Commits what is queued and closes the database, which is then one file. What is asked of the
    /// store afterwards is refused.
    pub(crate) async fn close(&self) {
        // The writer closes last, so that SQLite removes its log.
        self.readers.close().await;
        self.admission.close().await;
        self.writer.close().await;
    }

    /// Runs `work` on the writer, as if in a transaction of its own. It may run again after its changes were
    /// rolled back.
    async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&Db<'_>) -> Result<Done<T>> + Send + 'static,
    ) -> Result<T> {
        self.write_about(Subject::None, Origin::default(), work).await
    }

    /// The same for a conversation, and for a request whose socket is not to be told what its ack says.
    async fn write_about<T: Send + 'static>(
        &self,
        subject: Subject,
        origin: Origin,
        work: impl Fn(&Db<'_>) -> Result<Done<T>> + Send + 'static,
    ) -> Result<T> {
        let written = self.writer.write(subject, origin, work).await;
        if let Err(Error::Database(cause)) = &written
            && let Some(fault) = cause.storage_fault()
        {
            self.health.failed_to_write(fault, cause);
        }
        written
    }

    /// The same for what one person asks. All sockets of a person share one connection, so that they cannot
    /// take the pool from the others.
    async fn read_for<T: Send + 'static>(
        &self,
        who: UserId,
        work: impl FnOnce(&Db<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.noted(self.readers.read_for(who, work).await)
    }

    /// Runs `work` on one of the connections that are there for those who log in or connect.
    async fn read_for_admission<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Db<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.noted(self.admission.read(work).await)
    }

    /// Runs `work` on a read-only connection, on one snapshot of the database.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Db<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.noted(self.readers.read(work).await)
    }

    /// Notes a fault of the disk that one reader found, because it concerns everybody.
    fn noted<T>(&self, read: Result<T>) -> Result<T> {
        match &read {
            Ok(_) => self.health.read(),
            Err(Error::Database(cause)) => {
                if let Some(fault) = cause.storage_fault() {
                    self.health.failed_to_read(fault, cause);
                }
            }
            Err(_) => {}
        }
        read
    }
}

/// The versions of SQLite's tables and of PostgreSQL's that this program makes.
pub(crate) fn tables() -> [u32; 2] {
    [schema::version(), schema::postgresql::version()]
}

/// Brings the tables of a PostgreSQL database up to date. The error is a sentence.
pub(crate) fn migrate_postgresql(address: &Address) -> Result<(), String> {
    schema::postgresql::migrate(address)
}

/// Reads everything in a PostgreSQL database. The error is a sentence.
pub(crate) fn check_postgresql(address: &Address) -> Result<Checked, String> {
    aside(|| check::check_postgresql(address)).unwrap_or_else(|panic| Err(panic_text(&*panic)))
}

/// Moves what is kept in a data directory, which nobody else uses, to a PostgreSQL database, and the key with which
/// its tokens were signed.
pub(crate) fn migrate_store(
    data_dir: &Path,
    key: Option<SigningKey>,
    to: &Address,
) -> Result<Checked, MoveError> {
    aside(|| migrate_store::migrate_store(&file(data_dir), key, to))
        .unwrap_or_else(|panic| Err(MoveError::Target(panic_text(&*panic))))
}
