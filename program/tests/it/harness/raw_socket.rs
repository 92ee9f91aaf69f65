//! Socket.IO by hand.

use std::net::SocketAddr;

use futures::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use protocol::path;
use serde_json::{Value, json};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpSocket, TcpStream},
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, tungstenite};

use super::{Person, TestServer, patiently};

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A socket whose frames are written by hand: it can send what no typed client can.
pub(crate) struct RawSocket(Stream);

/// The reading half, for tests that read while they write. Pings are not answered.
pub(crate) struct RawReader(SplitStream<Stream>);
pub(crate) struct RawWriter(SplitSink<Stream, tungstenite::Message>);

impl RawReader {
    /// The next frame but pings; none at the end.
    pub(crate) async fn text(&mut self) -> Option<String> {
        loop {
            match patiently(self.0.next()).await {
                Some(Ok(tungstenite::Message::Text(text))) if text.as_str() == "2" => {}
                Some(Ok(tungstenite::Message::Text(text))) => return Some(text.to_string()),
                _ => return None,
            }
        }
    }
}

impl RawWriter {
    pub(crate) async fn try_send(&mut self, frame: &str) -> Result<(), tungstenite::Error> {
        self.0.send(tungstenite::Message::text(frame)).await
    }

    pub(crate) async fn send(&mut self, frame: &str) {
        self.0.send(tungstenite::Message::text(frame)).await.unwrap();
    }
}

impl RawSocket {
    /// Opened, but not connected: the server's OPEN packet was read.
    pub(crate) async fn open(server: &TestServer) -> Self {
        Self::open_to(server.addr).await
    }

    async fn open_to(addr: SocketAddr) -> Self {
        let url = format!("ws://{addr}{}?EIO=4&transport=websocket", path::SOCKET_IO);
        let (socket, _) = patiently(tokio_tungstenite::connect_async(url)).await.unwrap();
        let mut socket = Self(socket);
        assert!(socket.text().await.unwrap().starts_with('0'));
        socket
    }

    /// Of a session that polls.
    pub(crate) async fn upgrade(server: &TestServer, polling: &str) -> Self {
        let url = format!("ws://{}{}", server.addr, polling.replace("polling", "websocket"));
        let (socket, _) = patiently(tokio_tungstenite::connect_async(url)).await.unwrap();
        Self(socket)
    }

    pub(crate) async fn connect(server: &TestServer, person: &Person) -> Self {
        Self::connect_to(server.addr, person).await
    }

    pub(crate) async fn connect_to(addr: SocketAddr, person: &Person) -> Self {
        Self::open_to(addr).await.connected(person).await
    }

    /// A socket whose system buffers little of what is not read.
    pub(crate) async fn connect_slow(addr: SocketAddr, person: &Person) -> Self {
        Self::open_slow(addr).await.connected(person).await
    }

    /// The same, opened but not connected.
    pub(crate) async fn open_slow(addr: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let stream = MaybeTlsStream::Plain(socket.connect(addr).await.unwrap());
        let url = format!("ws://{addr}{}?EIO=4&transport=websocket", path::SOCKET_IO);
        let (socket, _) = patiently(tokio_tungstenite::client_async(url, stream)).await.unwrap();
        let mut socket = Self(socket);
        assert!(socket.text().await.unwrap().starts_with('0'));
        socket
    }

    /// What it shows is said by the caller.
    pub(crate) async fn connect_as(server: &TestServer, auth: &Value) -> Self {
        Self::open(server).await.connected_as(auth).await
    }

    async fn connected(self, person: &Person) -> Self {
        self.connected_as(&json!({ "token": person.login.token })).await
    }

    async fn connected_as(mut self, auth: &Value) -> Self {
        self.send(&format!("40{auth}")).await;
        assert!(self.text().await.unwrap().starts_with("40{"));
        self
    }

    pub(crate) fn split(self) -> (RawReader, RawWriter) {
        let (writer, reader) = self.0.split();
        (RawReader(reader), RawWriter(writer))
    }

    pub(crate) async fn send(&mut self, frame: &str) {
        self.0.send(tungstenite::Message::text(frame)).await.unwrap();
    }

    pub(crate) async fn try_send(&mut self, frame: &str) -> Result<(), tungstenite::Error> {
        self.0.send(tungstenite::Message::text(frame)).await
    }

    /// Sends bytes past the WebSocket, directly to the stream.
    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) {
        self.try_send_bytes(bytes).await.unwrap();
    }

    pub(crate) async fn try_send_bytes(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.0.get_mut().write_all(bytes).await
    }

    pub(crate) async fn send_binary(&mut self, frame: &[u8]) {
        self.0.send(tungstenite::Message::binary(frame.to_vec())).await.unwrap();
    }

    /// The next frame but pings, which are answered; none at the end.
    pub(crate) async fn text(&mut self) -> Option<String> {
        loop {
            match patiently(self.0.next()).await {
                Some(Ok(tungstenite::Message::Text(text))) if text.as_str() == "2" => self.send("3").await,
                Some(Ok(tungstenite::Message::Text(text))) => return Some(text.to_string()),
                _ => return None,
            }
        }
    }

    /// The next frame, however long it takes and be it a ping; none at the end.
    pub(crate) async fn any_text(&mut self) -> Option<String> {
        match self.0.next().await {
            Some(Ok(tungstenite::Message::Text(text))) => Some(text.to_string()),
            _ => None,
        }
    }

    /// The code of the close frame with which the connection ends; none if there is no such frame.
    pub(crate) async fn closed(&mut self) -> Option<u16> {
        loop {
            match patiently(self.0.next()).await {
                Some(Ok(tungstenite::Message::Close(frame))) => return frame.map(|frame| frame.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }

    /// The argument of the next frame that begins so.
    pub(crate) async fn answer(&mut self, prefix: &str) -> Value {
        loop {
            let frame = self.text().await.expect("the server closed the connection");
            if let Some(json) = frame.strip_prefix(prefix) {
                let mut arguments: Vec<Value> = serde_json::from_str(json).unwrap();
                return arguments.pop().unwrap();
            }
        }
    }

    /// Sends an event and asks for an ack, which is returned.
    pub(crate) async fn call(&mut self, arguments: &Value) -> Value {
        self.send(&format!("4277{arguments}")).await;
        self.answer("4377").await
    }

    /// Sends an event without an ack; returns the `error` event that answers it.
    pub(crate) async fn refused(&mut self, arguments: &Value) -> Value {
        self.send(&format!("42{arguments}")).await;
        loop {
            let frame = self.text().await.expect("the server closed the connection");
            if frame.starts_with("42[\"error\"") {
                let mut arguments: Vec<Value> = serde_json::from_str(&frame[2..]).unwrap();
                return arguments.pop().unwrap();
            }
        }
    }
}
