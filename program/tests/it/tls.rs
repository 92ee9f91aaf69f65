//! https and wss without a proxy.

use std::{fs, sync::Arc};

use futures::StreamExt;
use protocol::path;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName},
};

use crate::{
    harness::{TestServer, credentials, patiently},
    lifecycle::{fails, scratch},
};

/// A server with a certificate for localhost, and a client that trusts nothing else.
async fn start() -> (TestServer, TlsConnector, tempfile::TempDir) {
    let files = scratch();
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (files.path().join("cert.pem"), files.path().join("key.pem"));
    fs::write(&certificate, cert.pem()).unwrap();
    fs::write(&key, signing_key.serialize_pem()).unwrap();
    let server = TestServer::start_with(|config| {
        config.tls_cert = Some(certificate);
        config.tls_key = Some(key);
    })
    .await;
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (server, TlsConnector::from(Arc::new(config)), files)
}

async fn connect(server: &TestServer, connector: &TlsConnector) -> TlsStream<TcpStream> {
    let stream = TcpStream::connect(server.addr).await.unwrap();
    connector.connect(ServerName::try_from("localhost").unwrap(), stream).await.unwrap()
}

#[tokio::test]
async fn login_and_sockets_work_over_tls_and_the_cookie_is_secure() {
    let (server, connector, _files) = start().await;
    let mut stream = connect(&server, &connector).await;
    let body = credentials("ann", "password");
    let request = format!(
        "POST {} HTTP/1.1\r\nhost: localhost\r\norigin: https://localhost\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        path::REGISTER,
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    patiently(stream.read_to_string(&mut answer)).await.ok();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert!(answer.contains("; Secure"), "{answer}");

    let url = format!("wss://localhost{}?EIO=4&transport=websocket", path::SOCKET_IO);
    let stream = connect(&server, &connector).await;
    let (mut socket, _) = patiently(tokio_tungstenite::client_async(url, stream)).await.unwrap();
    let open = patiently(socket.next()).await.unwrap().unwrap();
    assert!(open.to_text().unwrap().starts_with("0{"));
    server.stop().await;
}

#[tokio::test]
async fn who_speaks_no_tls_disturbs_nobody() {
    let (server, connector, _files) = start().await;
    let mut plain = TcpStream::connect(server.addr).await.unwrap();
    plain.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    patiently(plain.read_to_end(&mut answer)).await.ok();
    assert!(!answer.starts_with(b"HTTP"));
    // A client that says nothing at all must not hold anything up.
    let _silent = TcpStream::connect(server.addr).await.unwrap();
    let mut stream = connect(&server, &connector).await;
    stream.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    patiently(stream.read_to_string(&mut answer)).await.ok();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_ends_it_with_a_sentence() {
    let data_dir = scratch();
    let dir = data_dir.path().to_str().unwrap();
    let file = data_dir.path().join("cert.pem");
    fs::write(&file, "no certificate").unwrap();
    let file = file.to_str().unwrap();
    let sentence = fails(&["--data-dir", dir, "--tls-cert", file, "--tls-key", file]).await;
    assert!(sentence.starts_with("Parlance cannot use ") && sentence.contains("for TLS"), "{sentence}");
}
