//! What is wrong with the disk or with the database.

use std::fmt;

use rusqlite::ErrorCode;

/// A fault of the disk, of what is on it, or of a database elsewhere, and not of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum StorageFault {
    Full,
    ReadOnly,
    Corrupt,
    Failing,
    /// There is a server for the database, and it does not answer or is too busy.
    Unreachable,
}

impl StorageFault {
    pub(crate) fn of(error: &rusqlite::Error) -> Option<Self> {
        match error.sqlite_error_code()? {
            ErrorCode::DiskFull => Some(Self::Full),
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen => Some(Self::ReadOnly),
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Some(Self::Corrupt),
            // Another program holds the file, or there is no memory: the next try may succeed.
            ErrorCode::SystemIoFailure
            | ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::FileLockingProtocolFailed
            | ErrorCode::OutOfMemory => Some(Self::Failing),
            _ => None,
        }
    }
}

impl fmt::Display for StorageFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "the disk is full",
            Self::ReadOnly => "the database cannot be written to",
            Self::Corrupt => "the database is damaged",
            Self::Failing => "the database refuses to read or write",
            Self::Unreachable => "the database cannot be reached",
        })
    }
}
