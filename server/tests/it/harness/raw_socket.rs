//! Socket.IO by hand.

use futures::{SinkExt, StreamExt};
use protocol::path;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, tungstenite};

use super::{Person, TestServer, patiently};

/// A socket whose frames are written by hand: it can send what no typed client can.
pub(crate) struct RawSocket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl RawSocket {
    /// Opened, but not connected: the server's OPEN packet was read.
    pub(crate) async fn open(server: &TestServer) -> Self {
        let url = format!("ws://{}{}?EIO=4&transport=websocket", server.addr, path::SOCKET_IO);
        let (socket, _) = patiently(tokio_tungstenite::connect_async(url)).await.unwrap();
        let mut socket = Self(socket);
        assert!(socket.text().await.unwrap().starts_with('0'));
        socket
    }

    pub(crate) async fn connect(server: &TestServer, person: &Person) -> Self {
        let mut socket = Self::open(server).await;
        socket.send(&format!("40{}", json!({ "token": person.login.token }))).await;
        assert!(socket.text().await.unwrap().starts_with("40{"));
        socket
    }

    pub(crate) async fn send(&mut self, frame: &str) {
        self.0.send(tungstenite::Message::text(frame)).await.unwrap();
    }

    /// Sends to somebody who may have closed already.
    pub(crate) async fn try_send(&mut self, frame: &str) {
        self.0.send(tungstenite::Message::text(frame)).await.ok();
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
