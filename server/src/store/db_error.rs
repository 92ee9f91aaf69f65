//! Why a database did not do what it was asked for, whichever it is.

use std::error::Error as StdError;

use super::postgresql::fault::{self, Again};
use crate::storage_fault::StorageFault;

/// Why the database did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DbError {
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("{}", fault::text(.0))]
    Postgresql(#[from] postgres::Error),
    /// There is no connection to PostgreSQL.
    #[error("{0}")]
    Unreachable(String),
    /// Other transactions were in the way of this one.
    #[error("others write the same")]
    Conflict,
    /// [`Statement::query_row`] found none.
    #[error("there is no such row")]
    NoRow,
    #[error("what is stored cannot be read: {0}")]
    Unreadable(Box<dyn StdError + Send + Sync>),
}

impl DbError {
    /// The fault of the disk, if that is the cause.
    pub(crate) fn storage_fault(&self) -> Option<StorageFault> {
        match self {
            Self::Sqlite(error) => StorageFault::of(error),
            Self::Postgresql(error) => fault::of(error),
            Self::Unreachable(_) | Self::Conflict => Some(StorageFault::Unreachable),
            Self::NoRow | Self::Unreadable(_) => None,
        }
    }

    /// What must be run again because somebody else was faster.
    pub(super) fn again(&self) -> Option<Again> {
        match self {
            Self::Postgresql(error) => Again::after(error),
            Self::Conflict => Some(Again::Batch),
            _ => None,
        }
    }
}

pub(super) type Result<T, E = DbError> = std::result::Result<T, E>;
