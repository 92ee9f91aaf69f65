//! Where a PostgreSQL database is, and what is wrong when it cannot be used.

use std::{fmt, str::FromStr, time::Duration};

use postgres::{
    Client, Config, NoTls,
    config::{Host, SslMode},
    error::SqlState,
};
use tokio_rustls::rustls::{AlertDescription, CertificateError, Error as Refused};

use super::{
    Connection, fault,
    tls::{Mode, Tls},
};
use crate::store::db_error::{DbError, Result};

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
pub(crate) struct Address {
    config: Config,
    tls: Tls,
}

/// Without the password.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(name)) => name.clone(),
            #[cfg(unix)]
            Some(Host::Unix(path)) => path.display().to_string(),
            None => "localhost".to_owned(),
        };
        write!(f, "{host}:{}", self.config.get_ports().first().unwrap_or(&5432))
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
        let (url, tls) = Tls::take_from(url)?;
        let mut config: Config = url.parse().map_err(|_| wrong())?;
        if config.get_hosts().is_empty() {
            return Err(wrong());
        }
        config.ssl_mode(if is_local(&config) { SslMode::Disable } else { tls.mode.negotiated() });
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECTING);
        }
        if config.get_application_name().is_none() {
            config.application_name("parlance");
        }
        config.tcp_user_timeout(UNACKNOWLEDGED);
        Ok(Self { config, tls })
    }
}

impl Address {
    /// Opens a connection. This waits, and must not be done in a task.
    pub(in crate::store) fn connect(&self) -> Result<Connection> {
        let connection = Connection::new(self.client()?);
        connection.batch(SETTINGS)?;
        Ok(connection)
    }

    fn client(&self) -> Result<Client, postgres::Error> {
        match self.config.connect(self.tls.connector.clone()) {
            // A server whose TLS is older than ours, or half set up.
            Err(error) if self.tls.mode == Mode::Prefer && fault::is_tls(&error) => {
                self.config.connect(NoTls)
            }
            connected => connected,
        }
    }

    fn user(&self) -> &str {
        self.config.get_user().unwrap_or("(none)")
    }

    /// The name of the database.
    pub(in crate::store) fn database(&self) -> &str {
        self.config.get_dbname().unwrap_or_else(|| self.user())
    }

    /// Why it cannot be used, as a sentence that says what to do.
    pub(in crate::store) fn trouble(&self, error: &DbError) -> String {
        let (user, database) = (self.user(), self.database());
        let DbError::Postgresql(cause) = error else {
            return format!("Parlance cannot use the database “{database}” at {self}: {error}.");
        };
        let said = fault::text(cause);
        // With TLS 1.3, the server says what is wrong with a client's certificate when the handshake is over.
        if fault::is_tls(cause) || matches!(fault::refused_by_tls(cause), Some(Refused::AlertReceived(_))) {
            return self.tls_trouble(cause, &said);
        }
        match cause.code() {
            Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION) if said.ends_with("no encryption") => {
                format!(
                    "PostgreSQL at {self} does not let the user “{user}” in without TLS: {said}. Write sslmode=require in \
                 the address."
                )
            }
            // Those whom it lets in without a password it asks for nothing but a certificate.
            Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION)
                if said.contains("certificate") || said.starts_with("\"trust\"") =>
            {
                format!(
                    "PostgreSQL at {self} does not let the user “{user}” in: {said}. Name a certificate that is for this user \
                 (its CN) in sslcert, and its key in sslkey."
                )
            }
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

    fn tls_trouble(&self, error: &postgres::Error, said: &str) -> String {
        let mode = self.tls.mode;
        match fault::refused_by_tls(error) {
            None if said == "server does not support TLS" => format!(
                "PostgreSQL at {self} does not encrypt, and {mode} demands it. Switch it on there (`ssl = on` in \
                 postgresql.conf), or write sslmode=prefer if nobody can listen in between."
            ),
            // The second is said of an authority with the same name and another key.
            Some(Refused::InvalidCertificate(
                CertificateError::UnknownIssuer | CertificateError::BadSignature,
            )) => format!(
                "The certificate of PostgreSQL at {self} was signed by nobody whom sslrootcert names. Name the file with \
                 the certificate of the authority that signed it."
            ),
            Some(Refused::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => format!(
                "The certificate of PostgreSQL at {self} is for another host ({said}). Write the name that is in the \
                 certificate (as a subjectAltName) into the address, or sslmode=verify-ca, which does not look at the \
                 name."
            ),
            Some(Refused::InvalidCertificate(_)) if said.contains("CaUsedAsEndEntity") => format!(
                "The certificate of PostgreSQL at {self} is one of an authority (CA:TRUE), which a server may not have. \
                 Make another one, with `openssl req -x509 -addext basicConstraints=critical,CA:FALSE` if it signs itself."
            ),
            Some(Refused::InvalidCertificate(_)) => format!(
                "The certificate of PostgreSQL at {self} cannot be trusted: {said}. Give the server another one."
            ),
            Some(Refused::AlertReceived(alert)) if is_about_a_certificate(*alert) => {
                if self.tls.shows_certificate {
                    format!(
                        "PostgreSQL at {self} does not accept the certificate that the address names: {said}. Set \
                         sslcert to a certificate signed by an authority that PostgreSQL trusts (`ssl_ca_file` in \
                         postgresql.conf)."
                    )
                } else {
                    format!(
                        "PostgreSQL at {self} lets nobody in without a certificate: {said}. Name one in sslcert, \
                         signed by an authority that PostgreSQL trusts, and its key in sslkey."
                    )
                }
            }
            _ => format!("Parlance and PostgreSQL at {self} do not agree on TLS: {said}."),
        }
    }
}

/// Whether this is what a server says of a client's certificate, or of none.
fn is_about_a_certificate(alert: AlertDescription) -> bool {
    matches!(
        alert,
        AlertDescription::NoCertificate
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
            | AlertDescription::CertificateRequired
    )
}

/// Whether every host is a socket in a folder of this machine, where libpq does not encrypt either.
fn is_local(config: &Config) -> bool {
    config.get_hosts().iter().all(|host| !matches!(host, Host::Tcp(_)))
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
