//! The SQLite database's file: where it is, and how it is opened.

use std::{
    fs::OpenOptions,
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use crate::data_dir::private;

/// Its name in the data directory.
const FILE: &str = "parlance.db";

/// Where the database of a data directory is.
pub(crate) fn file(data_dir: &Path) -> PathBuf {
    data_dir.join(FILE)
}

/// The files that SQLite puts beside it get the same permissions.
pub(super) fn make_private(path: &Path) -> io::Result<()> {
    private(OpenOptions::new().write(true).create(true).truncate(false)).open(path).map(drop)
}

pub(super) fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.set_prepared_statement_cache_capacity(64);
    // A plan does not depend on what is bound. Otherwise SQLite compiles a statement anew each time if one of its
    // parameters is compared with what a partial index is about, or with the statistics of an index.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -16_000)?;
    Ok(connection)
}

/// Opens only what exists, and takes a name that looks like an address for a name.
pub(super) fn existing() -> OpenFlags {
    OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX
}
