//! The client with a catalogue that is not chat's, against a server of a few lines.

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{WebSocketStream, accept_async, tungstenite::Message};
use typed_socketio_client::{
    CallError, CallFailure, Client, DisconnectReason, Notice, Notices, Options, backoff::Backoff,
    connection::Config, native,
};

#[path = "../ui/support/calculator.rs"]
#[allow(unreachable_pub, missing_docs)]
pub(crate) mod catalogue;

use catalogue::{Add, Answer, Calculator, Forget};

const OPEN: &str =
    r#"0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#;

/// The server's side of one connection, told as frames.
struct Peer(WebSocketStream<TcpStream>);

impl Peer {
    /// Accepts a connection and lets it in.
    async fn connected(listener: &TcpListener) -> Self {
        let mut peer = Self::greeted(listener).await;
        peer.say(r#"40{"sid":"n"}"#).await;
        peer
    }

    /// Accepts a connection and hears its CONNECT.
    async fn greeted(listener: &TcpListener) -> Self {
        let (stream, _) = listener.accept().await.unwrap();
        let mut peer = Self(accept_async(stream).await.unwrap());
        peer.say(OPEN).await;
        assert_eq!(peer.hear().await, r#"40{"protocol":"1","token":"t"}"#);
        peer
    }

    async fn say(&mut self, frame: &str) {
        self.0.send(Message::text(frame)).await.unwrap();
    }

    async fn hear(&mut self) -> String {
        loop {
            if let Message::Text(text) = self.0.next().await.unwrap().unwrap() {
                return text.as_str().to_owned();
            }
        }
    }
}

async fn start() -> (TcpListener, Client<Calculator>, Notices<Calculator>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let backoff = Backoff { min: Duration::from_millis(20), max: Duration::from_millis(20) };
    let options = Options::new(format!("http://{}", listener.local_addr().unwrap()))
        .auth(|| serde_json::json!({ "protocol": "1", "token": "t" }))
        .call_timeout(Duration::from_secs(5))
        .config(Config { backoff, ..Config::default() });
    let (client, notices) = native::connect(options);
    (listener, client, notices)
}

async fn next(notices: &mut Notices<Calculator>) -> String {
    let notice =
        tokio::time::timeout(Duration::from_secs(5), notices.next()).await.expect("a notice in time");
    match notice.expect("the stream goes on") {
        Notice::Event(Answer::Sum(sum)) => format!("sum {sum}"),
        Notice::Event(Answer::Overflow(overflow)) => format!("overflow by {}", overflow.by),
        Notice::Connected => "connected".to_owned(),
        Notice::Joined => "joined".to_owned(),
        Notice::Disconnected { reason: DisconnectReason::Server, .. } => "sent away".to_owned(),
        Notice::Disconnected { retry_in, .. } => format!("lost, tries again: {}", retry_in.is_some()),
        Notice::Refused { message, .. } => format!("refused: {message}"),
        Notice::Unreadable { event, .. } => format!("unreadable {event}"),
    }
}

#[tokio::test]
async fn calls_are_answered_and_events_are_typed() {
    let (listener, client, mut notices) = start().await;
    let mut server = Peer::connected(&listener).await;
    assert_eq!(next(&mut notices).await, "connected");

    let (sum, ()) = tokio::join!(client.call(Add { a: 1, b: 2 }), async {
        assert_eq!(server.hear().await, r#"420["add",{"a":1,"b":2}]"#);
        server.say(r#"430[{"data":3}]"#).await;
    });
    assert_eq!(sum, Ok(3));

    let (refused, ()) = tokio::join!(client.call(Forget {}), async {
        assert_eq!(server.hear().await, r#"421["forget",{}]"#);
        server.say(r#"431[{"error":"never"}]"#).await;
    });
    assert_eq!(refused, Err(CallError::Refused("never".to_owned())));

    let (unreadable, ()) = tokio::join!(client.call(Add { a: 1, b: 2 }), async {
        server.hear().await;
        server.say(r#"432[{"data":"three"}]"#).await;
    });
    assert!(matches!(unreadable, Err(CallError::Unreadable(_))));

    client.emit(&Forget {}).unwrap();
    assert_eq!(server.hear().await, r#"42["forget",{}]"#);

    server.say(r#"42["sum",5]"#).await;
    server.say(r#"42["overflow",{"by":1}]"#).await;
    server.say(r#"42["product",6]"#).await;
    // The server asks for an ack and gets one.
    server.say(r#"427["sum",8]"#).await;
    for expected in ["sum 5", "overflow by 1", "unreadable product", "sum 8"] {
        assert_eq!(next(&mut notices).await, expected);
    }
    assert_eq!(server.hear().await, "437[]");
}

#[tokio::test]
async fn a_lost_connection_comes_back_and_what_waited_goes_out_in_order() {
    let (listener, client, mut notices) = start().await;
    let server = Peer::connected(&listener).await;
    assert_eq!(next(&mut notices).await, "connected");
    let lost = client.call(Add { a: 0, b: 0 });
    drop(server);
    assert_eq!(lost.await, Err(CallError::Failed(CallFailure::Disconnected)));
    assert_eq!(next(&mut notices).await, "lost, tries again: true");

    let (first, second) = (client.call(Add { a: 1, b: 1 }), client.call(Add { a: 2, b: 2 }));
    let mut server = Peer::connected(&listener).await;
    assert_eq!(next(&mut notices).await, "connected");
    assert_eq!(server.hear().await, r#"421["add",{"a":1,"b":1}]"#);
    assert_eq!(server.hear().await, r#"422["add",{"a":2,"b":2}]"#);
    server.say(r#"432[{"data":4}]"#).await;
    server.say(r#"431[{"data":2}]"#).await;
    assert_eq!((first.await, second.await), (Ok(2), Ok(4)));
}

#[tokio::test]
async fn a_refusal_and_a_dismissal_are_final_until_somebody_connects() {
    let (listener, client, mut notices) = start().await;
    Peer::greeted(&listener).await.say(r#"44{"message":"not you"}"#).await;
    assert_eq!(next(&mut notices).await, "refused: not you");
    let again = tokio::time::timeout(Duration::from_millis(200), listener.accept()).await;
    assert!(again.is_err(), "it does not try again by itself");

    client.connect();
    let mut server = Peer::connected(&listener).await;
    assert_eq!(next(&mut notices).await, "connected");
    server.say("41").await;
    assert_eq!(next(&mut notices).await, "sent away");
    client.connect();
    Peer::connected(&listener).await;
    assert_eq!(next(&mut notices).await, "connected");
}

#[tokio::test]
async fn the_connection_ends_with_the_last_client() {
    let (listener, client, mut notices) = start().await;
    let mut server = Peer::connected(&listener).await;
    assert_eq!(next(&mut notices).await, "connected");
    let other = client.clone();
    drop(client);
    other.emit(&Forget {}).unwrap();
    assert_eq!(server.hear().await, r#"42["forget",{}]"#);
    drop(other);
    assert_eq!(server.hear().await, "41", "it says goodbye");
    assert!(notices.next().await.is_none() || notices.next().await.is_none());
}
