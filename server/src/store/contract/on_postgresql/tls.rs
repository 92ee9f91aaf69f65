//! An encrypted connection, to a server that has a certificate.

use std::{
    fs::{self, Permissions},
    io::{self, Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

use rcgen::{BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tempfile::TempDir;
use tokio_rustls::rustls::{
    RootCertStore, ServerConfig, ServerConnection, SupportedProtocolVersion,
    crypto::ring,
    pki_types::PrivateKeyDer,
    server::WebPkiClientVerifier,
    version::{TLS12, TLS13},
};

use crate::{
    store::{Address, Store, db::DbError},
    testing::{
        postgresql::{TestDatabase, TestServer},
        scratch,
    },
};

/// A server whose certificate is for `localhost` and not for `127.0.0.1`, and files with authorities.
struct Encrypted {
    server: TestServer,
    folder: TempDir,
}

fn authority(name: &str) -> (Certificate, Issuer<'static, KeyPair>) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    (params.self_signed(&key).unwrap(), Issuer::new(params, key))
}

fn serving(certificate: &Certificate, key: &KeyPair, rules: &str) -> TestServer {
    let files = [("server.crt", &*certificate.pem()), ("server.key", &*key.serialize_pem())];
    TestServer::start_with(&files, "ssl = on", rules)
}

impl Encrypted {
    fn start(rules: &str) -> Self {
        let folder = scratch();
        let ((ours, issuer), (other, _), (namesake, _)) =
            (authority("ours"), authority("other"), authority("ours"));
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap();
        fs::write(folder.path().join("ours.pem"), ours.pem()).unwrap();
        fs::write(folder.path().join("other.pem"), other.pem()).unwrap();
        fs::write(folder.path().join("namesake.pem"), namesake.pem()).unwrap();
        Self { server: serving(&certificate, &key, rules), folder }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn url(&self, user: &str, host: &str, options: &str) -> String {
        format!("postgres://{user}@{host}:{}/postgres?{options}", self.server.port())
    }

    /// Whether the connection is encrypted, or why there is none.
    fn connect(&self, host: &str, options: &str) -> Result<bool, String> {
        connect(&self.url("parlance", host, options))
    }
}

fn connect(url: &str) -> Result<bool, String> {
    let address: Address = url.parse()?;
    let encrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    address
        .connect()
        .and_then(|connection| connection.ask(encrypted))
        .map_err(|error: DbError| address.trouble(&error))
        .inspect_err(|sentence| assert!(!sentence.contains("  "), "{sentence}"))
}

fn trusting(mode: &str, file: &Path) -> String {
    format!("sslmode={mode}&sslrootcert={}", file.display())
}

#[test]
fn a_connection_is_encrypted_and_its_server_known_as_the_address_demands() {
    let encrypted = Encrypted::start("hostnossl all nobody 127.0.0.1/32 reject");
    let [ours, other, namesake] = ["ours.pem", "other.pem", "namesake.pem"].map(|name| encrypted.file(name));
    for (host, options, is_encrypted) in [
        ("127.0.0.1", String::new(), true),
        ("127.0.0.1", "sslmode=disable".to_owned(), false),
        ("127.0.0.1", "sslmode=prefer".to_owned(), true),
        ("127.0.0.1", "sslmode=require".to_owned(), true),
        ("127.0.0.1", trusting("require", &ours), true),
        ("127.0.0.1", trusting("verify-ca", &ours), true),
        ("localhost", trusting("verify-full", &ours), true),
    ] {
        assert_eq!(encrypted.connect(host, &options), Ok(is_encrypted), "{host} {options}");
    }
    for (host, options, expected) in [
        (
            "localhost",
            trusting("verify-full", &other),
            "was signed by nobody whom sslrootcert names. Name the file",
        ),
        ("127.0.0.1", trusting("verify-ca", &other), "was signed by nobody whom sslrootcert names"),
        ("localhost", trusting("verify-full", &namesake), "was signed by nobody whom sslrootcert names"),
        ("127.0.0.1", trusting("require", &other), "was signed by nobody whom sslrootcert names"),
        (
            "127.0.0.1",
            trusting("verify-full", &ours),
            "is for another host (invalid peer certificate: certificate not",
        ),
    ] {
        let sentence = encrypted.connect(host, &options).unwrap_err();
        assert!(sentence.contains(expected) && sentence.ends_with('.'), "{host} {options}: {sentence}");
    }
    let sentence = connect(&encrypted.url("nobody", "127.0.0.1", "sslmode=disable")).unwrap_err();
    assert!(
        sentence.contains("without TLS") && sentence.ends_with("sslmode=require in the address."),
        "{sentence}"
    );
}

#[test]
fn a_certificate_that_signs_itself_encrypts_and_is_trusted_only_if_it_is_no_authority() {
    let folder = scratch();
    let file = folder.path().join("own.pem");
    let (authority, issuer) = authority("own");
    let key = KeyPair::generate().unwrap();
    let plain = CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    for (certificate, key, is_trusted) in [(&plain, &key, true), (&authority, issuer.key(), false)] {
        let server = serving(certificate, key, "");
        fs::write(&file, certificate.pem()).unwrap();
        let url =
            |options: &str| format!("postgres://parlance@localhost:{}/postgres?{options}", server.port());
        assert_eq!(connect(&url("sslmode=require")), Ok(true));
        let verified = connect(&url(&trusting("verify-full", &file)));
        assert_eq!(verified.is_ok(), is_trusted, "{verified:?}");
        if let Err(sentence) = verified {
            assert!(
                sentence.contains("is one of an authority (CA:TRUE), which a server may not"),
                "{sentence}"
            );
        }
    }
}

#[tokio::test]
async fn a_store_works_on_an_encrypted_connection() {
    let encrypted = Encrypted::start("");
    let options = trusting("verify-full", &encrypted.file("ours.pem"));
    let (store, _told) =
        Store::connect(&encrypted.url("parlance", "localhost", &options).parse().unwrap()).unwrap();
    let ann = store.register("ann".parse().unwrap(), String::new()).await.unwrap();
    assert!(store.conversations(ann.id, crate::store::part::Part::default()).await.unwrap().is_empty());
    store.close().await;
}

#[test]
fn a_server_that_does_not_encrypt_is_refused_if_the_address_demands_it() {
    let database = TestDatabase::new();
    for mode in ["disable", "prefer"] {
        assert_eq!(connect(&format!("{}?sslmode={mode}", database.url())), Ok(false));
    }
    let sentence = connect(&format!("{}?sslmode=require", database.url())).unwrap_err();
    assert!(
        sentence.contains("does not encrypt, and sslmode=require demands it. Switch it on"),
        "{sentence}"
    );
}

/// Somebody's certificate and its key, as two options of an address.
fn certificate_of(name: &str, issuer: &Issuer<'_, KeyPair>, folder: &Path) -> String {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new([]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    let certificate = params.signed_by(&key, issuer).unwrap();
    let files = ["crt", "key"].map(|kind| folder.join(format!("{name}.{kind}")));
    fs::write(&files[0], certificate.pem()).unwrap();
    fs::write(&files[1], key.serialize_pem()).unwrap();
    fs::set_permissions(&files[1], Permissions::from_mode(0o600)).unwrap();
    format!("sslcert={}&sslkey={}", files[0].display(), files[1].display())
}

#[test]
fn a_server_that_wants_to_see_a_certificate_is_shown_the_one_that_the_address_names() {
    let folder = scratch();
    let ((ours, issuer), (_, stranger)) = (authority("ours"), authority("other"));
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let files = [
        ("server.crt", &*certificate.pem()),
        ("server.key", &*key.serialize_pem()),
        ("clients.crt", &*ours.pem()),
    ];
    let root = folder.path().join("ours.pem");
    fs::write(&root, ours.pem()).unwrap();
    let elsewhere = folder.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let right = certificate_of("parlance", &issuer, folder.path());
    let ben = certificate_of("ben", &issuer, folder.path());
    let forged = certificate_of("parlance", &stranger, &elsewhere);
    for method in ["cert", "trust clientcert=verify-full"] {
        let rules = format!("hostssl all all 127.0.0.1/32 {method}");
        let server = TestServer::start_with(&files, "ssl = on\nssl_ca_file = 'clients.crt'", &rules);
        let connect = |options: &str| {
            let options = format!("{}&{options}", trusting("verify-full", &root));
            connect(&format!("postgres://parlance@localhost:{}/postgres?{options}", server.port()))
        };
        assert_eq!(connect(&right), Ok(true), "{method}");
        for (options, expected) in [
            ("connect_timeout=3", "Name a certificate that is for this user (its CN) in sslcert"),
            (&ben, "Name a certificate that is for this user (its CN) in sslcert"),
            (&forged, "does not accept the certificate that the address names: received fatal alert"),
        ] {
            let sentence = connect(options).unwrap_err();
            assert!(sentence.contains(expected) && sentence.ends_with('.'), "{method} {options}: {sentence}");
        }
    }
    // A key of somebody else.
    let mixed = format!(
        "sslcert={}&sslkey={}",
        folder.path().join("parlance.crt").display(),
        folder.path().join("ben.key").display()
    );
    let sentence = connect(&format!("postgres://parlance@localhost/postgres?{mixed}")).unwrap_err();
    assert!(sentence.contains("cannot be used together"), "{sentence}");
}

/// Lets nobody finish the handshake without a certificate, unlike PostgreSQL, which asks for it afterwards.
fn demanding(version: &'static SupportedProtocolVersion) -> u16 {
    let (certificate, issuer) = authority("ours");
    let provider = Arc::new(ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(certificate.der().clone()).unwrap();
    let verifier =
        WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone()).build().unwrap();
    let key = PrivateKeyDer::try_from(issuer.key().serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let mut client = listener.accept().unwrap().0;
        client.read_exact(&mut [0; 8]).unwrap();
        client.write_all(b"S").unwrap();
        let mut tls = ServerConnection::new(Arc::new(config)).unwrap();
        while tls.is_handshaking() && tls.complete_io(&mut client).is_ok() {}
        // What it sent last is read before the connection ends.
        io::copy(&mut client, &mut io::sink())
    });
    port
}

#[test]
fn whoever_shows_no_certificate_where_one_is_demanded_is_told_to_name_one() {
    let (folder, (_, stranger)) = (scratch(), authority("other"));
    let forged = certificate_of("parlance", &stranger, folder.path());
    for version in [&TLS12, &TLS13] {
        for (options, expected) in [
            ("connect_timeout=3", "lets nobody in without a certificate: received fatal alert"),
            (&forged, "does not accept the certificate that the address names: received fatal alert"),
        ] {
            let port = demanding(version);
            let url = format!("postgres://parlance@127.0.0.1:{port}/postgres?sslmode=require&{options}");
            let sentence = connect(&url).unwrap_err();
            assert!(sentence.contains(expected) && sentence.ends_with('.'), "{version:?}: {sentence}");
        }
    }
}

/// Says that it encrypts, does not, and passes everything on that does not ask for it.
fn half_set_up(to: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let mut first = listener.accept().unwrap().0;
        first.read_exact(&mut [0; 8]).unwrap();
        first.write_all(b"S").unwrap();
        drop(first);
        let mut client = listener.accept().unwrap().0;
        // It asks again whether we encrypt, unless it has given up.
        let mut server = TcpStream::connect(("127.0.0.1", to)).unwrap();
        let (mut back, mut forth) = (server.try_clone().unwrap(), client.try_clone().unwrap());
        thread::spawn(move || io::copy(&mut back, &mut forth));
        io::copy(&mut client, &mut server)
    });
    port
}

#[test]
fn without_demands_a_server_whose_tls_does_not_work_is_used_without_it() {
    let database = TestDatabase::new();
    let url = |options: &str| {
        format!("postgres://parlance@127.0.0.1:{}/{}{options}", half_set_up(database.port()), database.name())
    };
    assert_eq!(connect(&url("")), Ok(false));
    let sentence = connect(&url("?sslmode=require")).unwrap_err();
    assert!(sentence.contains("do not agree on TLS"), "{sentence}");
}
