//! Where a PostgreSQL database is, and what is wrong when it cannot be used.

use std::{fmt, str::FromStr, time::Duration};

use postgres::{Config, NoTls, config::Host, error::SqlState};

use super::{Connection, fault};
use crate::store::db::{DbError, Result};

/// How long to wait for a server that does not answer, unless the address says otherwise.
const CONNECTING: Duration = Duration::from_secs(3);
/// A server that acknowledges nothing for so long is gone.
const UNACKNOWLEDGED: Duration = Duration::from_secs(10);

/// What holds for every connection. A server that was stopped in the middle of a transaction must not keep the
/// others from writing, and what is acknowledged must be on the disk.
const SETTINGS: &str = "
    SET idle_in_transaction_session_timeout = '5s';
    SET lock_timeout = '10s';
    SET statement_timeout = '30s';
    SET jit = off;
    SELECT set_config('synchronous_commit', 'on', FALSE) WHERE current_setting('synchronous_commit') = 'off'";

/// The address of a database, as in `postgres://user:password@host:5432/name`.
#[derive(Clone)]
pub(crate) struct Address(Config);

/// Without the password.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = match self.0.get_hosts().first() {
            Some(Host::Tcp(name)) => name.clone(),
            #[cfg(unix)]
            Some(Host::Unix(path)) => path.display().to_string(),
            None => "localhost".to_owned(),
        };
        write!(f, "{host}:{}", self.0.get_ports().first().unwrap_or(&5432))
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, String> {
        // What is wrong is not quoted: it might be a part of the password.
        let wrong = || {
            "That is no address of a PostgreSQL database. One looks like \
             postgres://user:password@host:5432/name; write %40 for an @ in the password, %2F for a / and %3A for a :."
                .to_owned()
        };
        if !(url.starts_with("postgres://") || url.starts_with("postgresql://")) {
            return Err(wrong());
        }
        let mut config: Config = url.parse().map_err(|_| wrong())?;
        if config.get_hosts().is_empty() {
            return Err(wrong());
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECTING);
        }
        if config.get_application_name().is_none() {
            config.application_name("parlance");
        }
        config.tcp_user_timeout(UNACKNOWLEDGED);
        Ok(Self(config))
    }
}

impl Address {
    /// Opens a connection. This waits, and must not be done in a task.
    pub(in crate::store) fn connect(&self) -> Result<Connection> {
        let connection = Connection::new(self.0.connect(NoTls)?);
        connection.batch(SETTINGS)?;
        Ok(connection)
    }

    fn user(&self) -> &str {
        self.0.get_user().unwrap_or("(none)")
    }

    /// The name of the database.
    pub(in crate::store) fn database(&self) -> &str {
        self.0.get_dbname().unwrap_or_else(|| self.user())
    }

    /// Why it cannot be used, as a sentence that says what to do.
    pub(in crate::store) fn trouble(&self, error: &DbError) -> String {
        let (user, database) = (self.user(), self.database());
        let DbError::Postgresql(cause) = error else {
            return format!("Parlance cannot use the database “{database}” at {self}: {error}.");
        };
        let said = fault::text(cause);
        match cause.code() {
            Some(&SqlState::INVALID_PASSWORD | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION) => format!(
                "PostgreSQL at {self} does not let the user “{user}” in: {said}. Check the user and the password in \
                 the address."
            ),
            Some(&SqlState::UNDEFINED_DATABASE) => format!(
                "PostgreSQL at {self} has no database “{database}”. Make it with `createdb {database}`, or name \
                 another one in the address."
            ),
            Some(&SqlState::INSUFFICIENT_PRIVILEGE) => format!(
                "The user “{user}” may not make tables in the database “{database}”: {said}. Let the user own the \
                 database (`ALTER DATABASE \"{database}\" OWNER TO \"{user}\"`)."
            ),
            Some(&SqlState::DUPLICATE_TABLE) => format!(
                "The database “{database}” at {self} has tables of another program: {said}. Make a database for \
                 Parlance alone."
            ),
            Some(_) => format!("PostgreSQL at {self} refuses: {said}."),
            None if fault::of(cause).is_some() => format!(
                "Parlance cannot reach PostgreSQL at {self}: {said}. Check that it runs there, and the \
                 address."
            ),
            None => format!("Parlance cannot connect to PostgreSQL at {self}: {said}. Check the address."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_wrong_is_a_sentence_without_the_password() {
        for wrong in [
            "mysql://ann:secret@host/name",
            "host=localhost password=secret",
            "postgres://ann:secret@host:port/name",
            "postgres://ann:secret@host/name?wrong=secret",
            "postgres:///name",
            "secret",
        ] {
            let sentence = wrong.parse::<Address>().err().unwrap_or_else(|| panic!("{wrong} is accepted"));
            assert!(sentence.starts_with("That is no address"), "{sentence}");
            assert!(!sentence.contains("secret"), "{sentence}");
        }
        let address: Address = "postgres://ann:secret@db.example:5433/chat".parse().unwrap();
        assert_eq!((address.to_string(), address.database()), ("db.example:5433".to_owned(), "chat"));
    }
}
