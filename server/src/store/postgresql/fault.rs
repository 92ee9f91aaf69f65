//! What an error of PostgreSQL means for those who asked.

use std::{error::Error as _, io};

use postgres::{Error, error::SqlState};
use tokio_rustls::rustls;

use crate::storage_fault::StorageFault;

/// What has to be run again, and might succeed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Again {
    /// Somebody else was faster with the same: the write will see that.
    Write,
    /// Several transactions were in each other's way.
    Batch,
}

impl Again {
    pub(in crate::store) fn after(error: &Error) -> Option<Self> {
        match error.code()? {
            &SqlState::UNIQUE_VIOLATION | &SqlState::FOREIGN_KEY_VIOLATION => Some(Self::Write),
            &SqlState::T_R_DEADLOCK_DETECTED
            | &SqlState::T_R_SERIALIZATION_FAILURE
            | &SqlState::LOCK_NOT_AVAILABLE => Some(Self::Batch),
            _ => None,
        }
    }
}

/// The fault that concerns everybody, if it is one.
pub(in crate::store) fn of(error: &Error) -> Option<StorageFault> {
    let Some(code) = error.code() else {
        return is_lost(error).then_some(StorageFault::Unreachable);
    };
    match *code {
        SqlState::DISK_FULL => Some(StorageFault::Full),
        SqlState::READ_ONLY_SQL_TRANSACTION | SqlState::INSUFFICIENT_PRIVILEGE => {
            Some(StorageFault::ReadOnly)
        }
        SqlState::IO_ERROR
        | SqlState::DATA_CORRUPTED
        | SqlState::INDEX_CORRUPTED
        | SqlState::INTERNAL_ERROR
        | SqlState::OUT_OF_MEMORY
        | SqlState::INSUFFICIENT_RESOURCES
        | SqlState::CONFIGURATION_LIMIT_EXCEEDED
        // Somebody restores the database, for example.
        | SqlState::UNDEFINED_TABLE
        | SqlState::SYSTEM_ERROR => Some(StorageFault::Failing),
        SqlState::TOO_MANY_CONNECTIONS
        | SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
        | SqlState::QUERY_CANCELED
        | SqlState::UNDEFINED_DATABASE
        | SqlState::T_R_DEADLOCK_DETECTED
        | SqlState::T_R_SERIALIZATION_FAILURE
        | SqlState::LOCK_NOT_AVAILABLE => Some(StorageFault::Unreachable),
        // The server stops or starts, the connection is broken, or nobody is let in.
        _ if ["57P", "08", "28"].iter().any(|class| code.code().starts_with(class)) => {
            Some(StorageFault::Unreachable)
        }
        _ => None,
    }
}

/// Whether the server and we do not agree on TLS, or on whose certificate is accepted.
pub(in crate::store) fn is_tls(error: &Error) -> bool {
    error.to_string().starts_with("error performing TLS handshake")
}

/// What is wrong with the server's certificate, or with the handshake.
pub(in crate::store) fn refused_by_tls(error: &Error) -> Option<&rustls::Error> {
    error.source()?.downcast_ref::<io::Error>()?.get_ref()?.downcast_ref()
}

/// Whether the server did not answer, or not as the address wants it.
fn is_lost(error: &Error) -> bool {
    error.is_closed()
        || is_tls(error)
        || error.source().is_some_and(|cause| cause.is::<io::Error>())
        || error.to_string() == "timeout waiting for server"
}

/// What the server or the system said, without what was asked.
pub(in crate::store) fn text(error: &Error) -> String {
    match (error.as_db_error(), error.source()) {
        (Some(said), _) => said.message().to_owned(),
        (None, Some(cause)) => cause.to_string(),
        (None, None) => error.to_string(),
    }
}
