//! The server's side of a connection, told as frames, and what a test needs around it.

use std::{future::Future, time::Duration};

use futures::{SinkExt as _, StreamExt as _};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
};
use tokio_tungstenite::{WebSocketStream, accept_async, tungstenite::Message};
use typed_socketio::Catalogue;
use typed_socketio_client::{Client, Notice, Notices, Options, Transports, native};

pub(crate) const OPEN: &str =
    r#"0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#;

pub(crate) struct Peer<S = TcpStream>(pub(crate) WebSocketStream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> Peer<S> {
    pub(crate) async fn say(&mut self, frame: impl Into<Message>) {
        self.0.send(frame.into()).await.unwrap();
    }

    pub(crate) async fn hear(&mut self) -> String {
        self.0.next().await.unwrap().unwrap().into_text().unwrap().as_str().to_owned()
    }

    pub(crate) async fn hear_bytes(&mut self) -> Vec<u8> {
        self.0.next().await.unwrap().unwrap().into_data().into()
    }

    /// Greets, hears CONNECT, and lets in.
    pub(crate) async fn let_in(&mut self, greeting: &str, id: &str) {
        self.say(greeting.to_owned()).await;
        assert_eq!(self.hear().await, "40");
        self.say(format!(r#"40{{"sid":"{id}"}}"#)).await;
    }
}

pub(crate) async fn listen() -> (TcpListener, Options) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = Options::new(format!("http://{}", listener.local_addr().unwrap()))
        .transports(Transports::WebSocket)
        .call_timeout(Duration::from_secs(5));
    (listener, options)
}

pub(crate) async fn accept(listener: &TcpListener) -> Peer {
    let (stream, _) = listener.accept().await.unwrap();
    Peer(accept_async(stream).await.unwrap())
}

/// A connection that is let in, under the id `n`.
pub(crate) async fn start<C: Catalogue>() -> (Peer, Client<C>, Notices<C>) {
    let (listener, options) = listen().await;
    let (client, mut notices) = native::connect(options);
    let mut peer = accept(&listener).await;
    peer.let_in(OPEN, "n").await;
    assert!(matches!(next(&mut notices).await, Notice::Connected));
    (peer, client, notices)
}

pub(crate) async fn next<C: Catalogue>(notices: &mut Notices<C>) -> Notice<C> {
    in_time(notices.next()).await.expect("the stream goes on")
}

pub(crate) async fn in_time<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(10), future).await.expect("in time")
}
