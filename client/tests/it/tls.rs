//! `https` and `wss` natively, headers, and certificates that nobody trusts.

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_tungstenite::{accept_hdr_async, tungstenite::handshake::server::Request};
use typed_socketio::Dynamic;
use typed_socketio_client::{Notice, Options, Transports, native};

use crate::peer::{OPEN, Peer, next};

struct Server {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    /// The server's certificate.
    pem: String,
}

impl Server {
    async fn start() -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { listener, acceptor: TlsAcceptor::from(Arc::new(config)), pem: cert.pem() }
    }

    fn options(&self) -> Options {
        let port = self.listener.local_addr().unwrap().port();
        Options::new(format!("https://localhost:{port}")).transports(Transports::WebSocket)
    }

    async fn tls(&self) -> io::Result<TlsStream<TcpStream>> {
        let (stream, _) = self.listener.accept().await?;
        self.acceptor.accept(stream).await
    }
}

#[tokio::test]
async fn a_certificate_of_ones_own_authority_is_trusted_and_headers_are_sent() {
    let server = Server::start().await;
    let options = server.options().roots(server.pem.clone()).header("x-room", "7").header("x-room", "8");
    let (client, mut notices) = native::connect::<Dynamic>(options);
    let seen = Mutex::new(Vec::new());
    let stream = server.tls().await.unwrap();
    #[expect(clippy::result_large_err, reason = "tungstenite's own type")]
    let look = |request: &Request, response| {
        let all = request.headers().get_all("x-room").iter();
        seen.lock().unwrap().extend(all.map(|value| value.to_str().unwrap().to_owned()));
        Ok(response)
    };
    let mut peer = Peer(accept_hdr_async(stream, look).await.unwrap());
    peer.let_in(OPEN, "n").await;
    assert!(matches!(next(&mut notices).await, Notice::Connected));
    assert_eq!(*seen.lock().unwrap(), ["7", "8"]);
    client.emit_by_name("x", &[1]).unwrap();
    assert_eq!(peer.hear().await, r#"42["x",1]"#);
}

#[tokio::test]
async fn a_certificate_that_nobody_trusts_is_an_error_that_says_so() {
    let server = Server::start().await;
    for transports in [Transports::WebSocket, Transports::Polling] {
        let (_client, mut notices) = native::connect::<Dynamic>(server.options().transports(transports));
        let (refused, notice) = tokio::join!(server.tls(), next(&mut notices));
        assert!(refused.is_err(), "the client does not go on");
        match notice {
            Notice::Disconnected { reason, retry_in: Some(_) } => {
                let sentence = "the connection was lost: the server's certificate is not trusted \
                                (invalid peer certificate: UnknownIssuer)";
                assert_eq!(reason.to_string(), sentence);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn options_that_cannot_be_used_are_the_reason_of_every_try() {
    for (options, sentence) in [
        (Options::new("https://localhost:1").roots("no PEM"), "there is no certificate among the roots"),
        (Options::new("https://localhost:1").header("a b", "1"), "the header `a b` cannot be sent"),
    ] {
        let (_client, mut notices) = native::connect::<Dynamic>(options);
        match tokio::time::timeout(Duration::from_secs(5), next(&mut notices)).await.unwrap() {
            Notice::Disconnected { reason, .. } => assert!(reason.to_string().contains(sentence), "{reason}"),
            other => panic!("{other:?}"),
        }
    }
}
