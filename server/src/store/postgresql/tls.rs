//! Whether the connection is encrypted, whose certificate is accepted, and which one is shown ([`identity`]): `sslmode`,
//! `sslrootcert`, `sslcert` and `sslkey` in the address, with the meaning that they have for libpq and so for `psql`.

mod identity;

use std::{fmt, path::PathBuf, sync::Arc};

use percent_encoding::percent_decode_str;
use postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_rustls::rustls::{
    self, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_cert_signed_by_trust_anchor,
    },
    crypto::{WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
    server::ParsedCertificate,
};

use self::identity::{Identity, unusable};

/// `sslmode`. Each is stricter than the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub(super) enum Mode {
    /// Never encrypted.
    Disable,
    /// Encrypted if the server can.
    Prefer,
    /// Encrypted, with whatever certificate.
    Require,
    /// Somebody whom we trust has signed the certificate.
    VerifyCa,
    /// It is also for the host's name.
    VerifyFull,
}

const MODES: [(&str, Mode); 5] = [
    ("disable", Mode::Disable),
    ("prefer", Mode::Prefer),
    ("require", Mode::Require),
    ("verify-ca", Mode::VerifyCa),
    ("verify-full", Mode::VerifyFull),
];

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = MODES.iter().find(|(_, mode)| mode == self).map_or("", |(name, _)| name);
        write!(f, "sslmode={name}")
    }
}

impl Mode {
    /// As far as the client for PostgreSQL knows it.
    pub(super) fn negotiated(self) -> SslMode {
        match self {
            Self::Disable => SslMode::Disable,
            Self::Prefer => SslMode::Prefer,
            Self::Require | Self::VerifyCa | Self::VerifyFull => SslMode::Require,
        }
    }
}

/// Whom we trust: `sslrootcert`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Roots {
    /// Those whom the operating system trusts.
    System,
    File(PathBuf),
}

/// What the address says about TLS.
#[derive(Clone)]
pub(super) struct Tls {
    pub(super) mode: Mode,
    /// Whether the server is shown a certificate of ours.
    pub(super) shows_certificate: bool,
    pub(super) connector: MakeRustlsConnect,
}

impl Tls {
    /// Takes what is about TLS out of an address. Returns the rest of the address, too. The error is a sentence.
    pub(super) fn take_from(url: &str) -> Result<(String, Self), String> {
        let (rest, options) = split(url);
        let (mode, roots, identity) = parse(&options)?;
        let shows_certificate = identity.is_some();
        let connector = MakeRustlsConnect::new(config(mode, roots, identity)?);
        Ok((rest, Self { mode, shows_certificate, connector }))
    }
}

/// The address without our options, and their names and values.
fn split(url: &str) -> (String, Vec<(&str, String)>) {
    // There may be a question mark in the password.
    let host = url.find('@').unwrap_or_default();
    let Some(question) = url[host..].find('?').map(|at| host + at) else {
        return (url.to_owned(), Vec::new());
    };
    let (mut ours, mut others) = (Vec::new(), Vec::new());
    for option in url[question + 1..].split('&') {
        match option.split_once('=') {
            Some((name @ ("sslmode" | "sslrootcert" | "sslcert" | "sslkey"), value)) => {
                ours.push((name, percent_decode_str(value).decode_utf8_lossy().into_owned()));
            }
            _ => others.push(option),
        }
    }
    let separator = if others.is_empty() { "" } else { "?" };
    (format!("{}{separator}{}", &url[..question], others.join("&")), ours)
}

type Parsed = (Mode, Option<Roots>, Option<Identity>);

fn parse(options: &[(&str, String)]) -> Result<Parsed, String> {
    let value =
        |wanted| options.iter().rev().find(|(name, _)| *name == wanted).map(|(_, value)| value.as_str());
    let roots = value("sslrootcert").map(|value| match value {
        "system" => Roots::System,
        path => Roots::File(path.into()),
    });
    let mode = match value("sslmode") {
        Some(text) => {
            MODES.iter().find(|(name, _)| *name == text).map(|(_, mode)| *mode).ok_or_else(|| {
                let known = MODES.map(|(name, _)| name).join(", ");
                format!("There is no sslmode “{text}”. In the address of a database it is one of {known}.")
            })?
        }
        None if roots == Some(Roots::System) => Mode::VerifyFull,
        None => Mode::Prefer,
    };
    let identity = Identity::of(value("sslcert"), value("sslkey"))?;
    match (mode, roots) {
        // Anybody can have a certificate that somebody in the world has signed.
        (mode, Some(Roots::System)) if mode < Mode::VerifyFull => {
            Err(format!("With sslrootcert=system only sslmode=verify-full is safe, not {mode}."))
        }
        (mode @ (Mode::VerifyCa | Mode::VerifyFull), None) => Err(format!(
            "With {mode}, Parlance has to know whom to trust. Name a file with the certificate of the authority that \
             signed the server's, as in sslrootcert=/etc/ssl/postgresql-ca.pem, or with sslmode=verify-full those whom \
             this machine trusts (sslrootcert=system)."
        )),
        (Mode::Require, Some(roots)) => Ok((Mode::VerifyCa, Some(roots), identity)),
        (mode, roots) => Ok((mode, roots, identity)),
    }
}

fn config(mode: Mode, roots: Option<Roots>, identity: Option<Identity>) -> Result<ClientConfig, String> {
    let provider = Arc::new(ring::default_provider());
    let algorithms = provider.signature_verification_algorithms;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("Parlance cannot use TLS: {error}."))?;
    let roots = match roots {
        Some(roots) if mode >= Mode::VerifyCa => Some(roots.read()?),
        _ => None,
    };
    let builder = match (mode, roots) {
        (Mode::VerifyFull, Some(roots)) => builder.with_root_certificates(roots),
        (_, roots) => {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyName { roots, algorithms }))
        }
    };
    match identity {
        // Without TLS, nobody asks for it.
        Some(identity) if mode > Mode::Disable => {
            let (certificates, key) = identity.read()?;
            builder.with_client_auth_cert(certificates, key).map_err(|error| identity.unusable(&error))
        }
        _ => Ok(builder.with_no_client_auth()),
    }
}

impl Roots {
    fn read(&self) -> Result<RootCertStore, String> {
        let mut store = RootCertStore::empty();
        match self {
            Self::System => {
                store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
                if store.is_empty() {
                    return Err("This machine trusts nobody: there are no certificates for sslrootcert=system. Install \
                                them (`apt-get install ca-certificates`), or name a file in sslrootcert."
                        .to_owned());
                }
            }
            Self::File(path) => {
                let unusable = |cause: &dyn fmt::Display| unusable("sslrootcert", path, cause);
                for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unusable(&error))? {
                    let certificate = certificate.map_err(|error| unusable(&error))?;
                    store.add(certificate).map_err(|error| unusable(&error))?;
                }
                if store.is_empty() {
                    return Err(unusable(&"there is no certificate in it"));
                }
            }
        }
        Ok(store)
    }
}

/// Looks who has signed a certificate, if there are those whom we trust, and not for which name it is.
#[derive(Debug)]
struct AnyName {
    roots: Option<RootCertStore>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if let Some(roots) = &self.roots {
            let certificate = ParsedCertificate::try_from(certificate)?;
            let algorithms = self.algorithms.all;
            verify_server_cert_signed_by_trust_anchor(&certificate, roots, intermediates, now, algorithms)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(url: &str) -> Result<(String, Mode, Option<Roots>), String> {
        let (rest, options) = split(url);
        parse(&options).map(|(mode, roots, _)| (rest, mode, roots))
    }

    #[test]
    fn what_is_about_tls_is_taken_out_of_an_address_wherever_it_is() {
        let file = || Some(Roots::File("/etc/my ca.pem".into()));
        for (url, rest, mode, roots) in [
            ("postgres://a:b@h/n", "postgres://a:b@h/n", Mode::Prefer, None),
            ("postgres://a:b?c@h/n?sslmode=disable", "postgres://a:b?c@h/n", Mode::Disable, None),
            (
                "postgres://h/n?connect_timeout=1&sslmode=require&options=-c%20x",
                "postgres://h/n?connect_timeout=1&options=-c%20x",
                Mode::Require,
                None,
            ),
            (
                "postgres://h/n?sslrootcert=/etc/my%20ca.pem&sslmode=verify-full",
                "postgres://h/n",
                Mode::VerifyFull,
                file(),
            ),
            // As libpq does it.
            (
                "postgres://h/n?sslmode=require&sslrootcert=/etc/my%20ca.pem",
                "postgres://h/n",
                Mode::VerifyCa,
                file(),
            ),
            ("postgres://h/n?sslrootcert=system", "postgres://h/n", Mode::VerifyFull, Some(Roots::System)),
            ("postgres://h/n?sslkey=/a.key&sslcert=/a%20b.crt", "postgres://h/n", Mode::Prefer, None),
        ] {
            assert_eq!(parsed(url).unwrap(), (rest.to_owned(), mode, roots), "{url}");
        }
    }

    #[test]
    fn what_would_be_less_safe_than_it_looks_is_refused_with_a_sentence() {
        for (options, expected) in [
            ("sslmode=allow", "There is no sslmode “allow”"),
            ("sslmode=verify-full", "With sslmode=verify-full, Parlance has to know whom to trust"),
            ("sslmode=verify-ca", "With sslmode=verify-ca, Parlance has to know whom to trust"),
            ("sslmode=require&sslrootcert=system", "only sslmode=verify-full is safe, not sslmode=require"),
            (
                "sslmode=verify-ca&sslrootcert=/nowhere.pem",
                "cannot use the file /nowhere.pem in sslrootcert: ",
            ),
            ("sslmode=verify-ca&sslrootcert=/dev/null", "there is no certificate in it"),
            ("sslcert=/a.crt", "Name the file with the key in sslkey"),
            ("sslcert=/nowhere.crt&sslkey=/nowhere.key", "the file /nowhere.crt in sslcert: "),
        ] {
            let sentence = Tls::take_from(&format!("postgres://h/n?{options}")).err().unwrap();
            assert!(sentence.contains(expected) && sentence.ends_with('.'), "{sentence}");
        }
    }
}
