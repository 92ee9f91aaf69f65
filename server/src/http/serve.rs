//! Connections: what axum's own loop does, with a limit to how long somebody may take to ask.

use std::{io, net::SocketAddr, pin::pin, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    http::{HeaderName, HeaderValue},
};
use futures::{FutureExt, StreamExt, stream};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::watch,
    time::{Instant, sleep, timeout, timeout_at},
};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

/// How long a request's head may take to arrive, and how long a connection may wait for its next request. A
/// client that connects and asks for nothing cannot hold a connection for longer.
const HEAD: Duration = Duration::from_secs(15);
/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a request's body may take to arrive. The largest needs no more on a slow phone.
const BODY: Duration = Duration::from_secs(30);
/// The pause after the system had no connection to give because all its file descriptors are in use.
const EXHAUSTED: Duration = Duration::from_millis(500);

/// Serves until `stop` completes; then takes no more connections, and returns when the last request
/// has been answered.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Option<TlsAcceptor>,
    prepare: fn(&TcpStream),
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let (stopping, stopped) = watch::channel(());
    // Each connection holds a receiver until it is over.
    let (over, open) = watch::channel(());
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                prepare(&stream);
                let (router, stopped, open) = (router.clone(), stopped.clone(), open.clone());
                match tls.clone() {
                    None => tokio::spawn(connection(stream, peer, router, false, stopped, open)),
                    Some(tls) => tokio::spawn(async move {
                        match timeout(HANDSHAKE, tls.accept(stream)).await {
                            Ok(Ok(stream)) => connection(stream, peer, router, true, stopped, open).await,
                            Ok(Err(error)) => tracing::debug!(%peer, %error, "no TLS handshake"),
                            Err(_) => tracing::debug!(%peer, "the TLS handshake took too long"),
                        }
                    }),
                };
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no connection could be accepted");
                sleep(EXHAUSTED).await;
            }
        }
    }
    drop((listener, stopping, open));
    over.closed().await;
    Ok(())
}

async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    router: Router,
    encrypted: bool,
    mut stopped: watch::Receiver<()>,
    _open: watch::Receiver<()>,
) {
    let service = router.map_request(move |request: Request<Incoming>| {
        let mut request = request.map(|body| within(BODY, Body::new(body)));
        request.extensions_mut().insert(ConnectInfo(peer));
        if encrypted {
            // The header that a proxy in front would set. The code that makes cookies reads it.
            let https = HeaderValue::from_static("https");
            request.headers_mut().insert(HeaderName::from_static("x-forwarded-proto"), https);
        }
        request
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
        .with_upgrades();
    let mut serving = pin!(serving);
    // Completes with an error, once the sender is gone.
    let mut stopping = pin!(stopped.changed().fuse());
    loop {
        tokio::select! {
            result = serving.as_mut() => {
                if let Err(error) = result {
                    tracing::trace!(%peer, %error, "a connection failed");
                }
                break;
            }
            _ = &mut stopping => serving.as_mut().graceful_shutdown(),
        }
    }
}

/// A body that is an error when it has not arrived in time.
fn within(time: Duration, body: Body) -> Body {
    if http_body_is_over(&body) {
        return body;
    }
    let end = Instant::now() + time;
    let data = body.into_data_stream();
    Body::from_stream(stream::unfold(Some(data), move |data| async move {
        let mut data = data?;
        match timeout_at(end, data.next()).await {
            Ok(Some(Ok(bytes))) => Some((Ok(bytes), Some(data))),
            Ok(Some(Err(error))) => Some((Err(error), None)),
            Ok(None) => None,
            Err(_) => Some((Err(axum::Error::new(io::Error::from(io::ErrorKind::TimedOut))), None)),
        }
    }))
}

fn http_body_is_over(body: &Body) -> bool {
    hyper::body::Body::is_end_stream(body)
}

/// Whether the error concerns one connection only: its client went away before it was accepted.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

#[cfg(test)]
mod tests {
    use axum::routing::post;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        sync::oneshot,
    };

    use super::*;

    /// What is answered to what is written, until the connection is closed.
    async fn answered(parts: &[&str], seconds: u64) -> (String, Duration) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (_stop, stopped) = oneshot::channel::<()>();
        let router = Router::new().route("/", post(async |body: String| format!("got {}", body.len())));
        tokio::spawn(serve(listener, router, None, |_| {}, async {
            stopped.await.ok();
        }));
        let begun = Instant::now();
        let mut stream = TcpStream::connect(address).await.unwrap();
        for part in parts {
            if stream.write_all(part.as_bytes()).await.is_err() {
                break;
            }
            sleep(Duration::from_secs(seconds)).await;
        }
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok();
        (answer, begun.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_does_not_finish_their_head_is_cut_off() {
        let (answer, took) = answered(&["POST / HTTP/1.1\r\nhost: x\r\n"], 0).await;
        assert!(!answer.contains("200"), "{answer}");
        assert!(took <= HEAD + Duration::from_secs(1), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_comes_in_drops_is_cut_off_however_regular_the_drops_are() {
        let head = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n";
        let drops: Vec<_> = std::iter::once(head).chain(std::iter::repeat_n("x", 8)).collect();
        let (answer, took) = answered(&drops, 5).await;
        assert!(!answer.contains("200"), "{answer}");
        assert!(took <= BODY + Duration::from_secs(20), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_is_slow_but_in_time_is_answered() {
        let parts =
            ["POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n", "content-length: 4\r\n\r\n", "bo", "dy"];
        let (answer, _) = answered(&parts, 5).await;
        assert!(answer.ends_with("got 4"), "{answer}");
    }
}
