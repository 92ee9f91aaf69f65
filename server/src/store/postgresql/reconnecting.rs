//! A connection that is opened again when it was lost.

use std::time::{Duration, Instant};

use super::{Address, Connection};
use crate::store::db_error::{DbError, Result};

/// After a failure it is not tried again for so long: those who ask are answered at once.
const PAUSE: Duration = Duration::from_millis(300);

/// What is done with a connection that was just opened.
pub(in crate::store) type Prepare = fn(&Connection) -> Result<()>;

pub(in crate::store) struct Reconnecting {
    address: Address,
    prepare: Prepare,
    connection: Option<Connection>,
    failed: Option<(Instant, String)>,
}

impl Reconnecting {
    pub(in crate::store) fn new(address: Address, prepare: Prepare) -> Self {
        Self { address, prepare, connection: None, failed: None }
    }

    /// Begins a transaction, on a new connection if the old one was lost.
    pub(in crate::store) fn begin(&mut self, sql: &str) -> Result<&Connection> {
        let begun = self.connection.take().filter(|connection| connection.begin(sql).is_ok());
        let connection = match begun {
            Some(connection) => connection,
            None => {
                let connection = self.open()?;
                connection.begin(sql)?;
                connection
            }
        };
        Ok(self.connection.insert(connection))
    }

    fn open(&mut self) -> Result<Connection> {
        if let Some((at, why)) = &self.failed
            && at.elapsed() < PAUSE
        {
            return Err(DbError::Unreachable(why.clone()));
        }
        let opened = self.address.connect().and_then(|connection| {
            (self.prepare)(&connection)?;
            Ok(connection)
        });
        self.failed = opened.as_ref().err().map(|error| (Instant::now(), error.to_string()));
        opened
    }
}
