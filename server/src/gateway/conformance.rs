//! The test suites of Engine.IO 4 and Socket.IO 5, case by case, in our own words. The protocols' repository
//! (`socketio/socket.io`, under `docs`) publishes them for servers.
//!
//! The suites want a server that echoes. This one has every part of the gateway that knows nothing of chat
//! ([`Engine`] and what is in front of engineioxide). It is set up and served as for chat, but with the
//! handlers and the short times that the suites ask for.

mod echo;
mod engine_io;
mod handshake;
mod session;
mod socket_io;

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use engineioxide::service::EngineIoService;
use futures::{SinkExt, StreamExt};
use protocol::path;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{Instant, timeout},
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, tungstenite};
use tungstenite::Message;

use super::{Engine, settings};
use crate::http;

const PING_INTERVAL: Duration = Duration::from_millis(300);
const PING_TIMEOUT: Duration = Duration::from_millis(200);
/// How long a connection may be open before a client connects over it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Long enough for a busy machine, short enough to wait for a failure.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Debug)]
struct EchoServer(SocketAddr);

impl EchoServer {
    async fn engine_io() -> Self {
        let (_, io) = Self::settings().build_svc();
        let config = io.config().engine_config.clone();
        Self::serve(&Engine::new(EngineIoService::with_config(echo::Echo.into(), config))).await
    }

    async fn socket_io() -> Self {
        let (service, io) = Self::settings().build_svc();
        io.ns("/", echo::connected);
        io.ns("/custom", echo::connected);
        Self::serve(&Engine::new(service)).await
    }

    /// Both, for the cases that are in both suites.
    async fn each() -> [Self; 2] {
        [Self::engine_io().await, Self::socket_io().await]
    }

    fn settings() -> socketioxide::SocketIoBuilder {
        settings().ping_interval(PING_INTERVAL).ping_timeout(PING_TIMEOUT).connect_timeout(CONNECT_TIMEOUT)
    }

    async fn serve(engine: &Engine) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let addr = listener.local_addr().unwrap();
        tokio::spawn(http::serve(listener, engine.router(), None, |_| {}, std::future::pending()));
        Self(addr)
    }

    /// The status and the body that answer a request.
    async fn request(self, method: &str, query: &str, body: &str) -> (u16, String) {
        let mut stream = self.begin(method, query, body).await;
        let mut answer = String::new();
        patiently(stream.read_to_string(&mut answer)).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    /// A request that is not answered yet.
    async fn begin(self, method: &str, query: &str, body: &str) -> TcpStream {
        let head = format!(
            "{method} {}?{query} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            path::SOCKET_IO,
            self.0,
            body.len(),
        );
        let mut stream = TcpStream::connect(self.0).await.unwrap();
        stream.write_all((head + body).as_bytes()).await.unwrap();
        stream
    }

    async fn websocket(self, query: &str) -> Result<WebSocket, tungstenite::Error> {
        let url = format!("ws://{}{}?{query}", self.0, path::SOCKET_IO);
        let (socket, _) = patiently(tokio_tungstenite::connect_async(url)).await?;
        Ok(WebSocket(socket))
    }

    /// A WebSocket whose OPEN packet was read.
    async fn open(self) -> WebSocket {
        let mut socket = self.websocket("EIO=4&transport=websocket").await.unwrap();
        assert!(socket.text().await.starts_with('0'));
        socket
    }

    async fn poll_session(self) -> Polling {
        let (_, open) = self.request("GET", "EIO=4&transport=polling", "").await;
        let open: serde_json::Value = serde_json::from_str(&open[1..]).unwrap();
        Polling { server: self, session: open["sid"].as_str().unwrap().to_owned() }
    }
}

/// A session over HTTP.
struct Polling {
    server: EchoServer,
    session: String,
}

impl Polling {
    fn query(&self, transport: &str) -> String {
        format!("EIO=4&transport={transport}&sid={}", self.session)
    }

    async fn poll(&self) -> (u16, String) {
        self.server.request("GET", &self.query("polling"), "").await
    }

    async fn post(&self, packets: &str) -> (u16, String) {
        self.server.request("POST", &self.query("polling"), packets).await
    }

    async fn websocket(&self) -> Result<WebSocket, tungstenite::Error> {
        self.server.websocket(&self.query("websocket")).await
    }
}

struct WebSocket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl WebSocket {
    async fn send(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    async fn send_binary(&mut self, bytes: &'static [u8]) {
        self.0.send(Message::binary(bytes)).await.unwrap();
    }

    async fn text(&mut self) -> String {
        match self.next().await {
            Some(Message::Text(text)) => text.to_string(),
            other => panic!("{other:?}"),
        }
    }

    /// The next packet that is not a ping.
    async fn packet(&mut self) -> Message {
        loop {
            match self.next().await.expect("the server closed the connection") {
                Message::Text(ping) if ping.as_str() == "2" => {}
                packet => return packet,
            }
        }
    }

    /// The server closes it because of what it was sent, and not because of a ping.
    async fn closed_at_once(&mut self) {
        let start = Instant::now();
        self.closed().await;
        assert!(start.elapsed() < PING_INTERVAL / 2, "{:?}", start.elapsed());
    }

    /// Waits until the server closes it.
    async fn closed(&mut self) {
        while self.next().await.is_some() {}
    }

    async fn next(&mut self) -> Option<Message> {
        match patiently(self.0.next()).await {
            Some(Ok(Message::Close(_)) | Err(_)) | None => None,
            Some(Ok(message)) => Some(message),
        }
    }
}

async fn patiently<F: Future>(future: F) -> F::Output {
    timeout(PATIENCE, future).await.expect("nothing happened for ten seconds")
}
