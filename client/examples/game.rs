//! A server and a client of one table, in one program: the server is axum with socketioxide.
//!
//! `cargo run --package typed-socketio-client --features native --example game`

use std::{convert::Infallible, sync::Arc};

use futures::StreamExt as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use socketioxide::{
    SocketIo,
    adapter::Adapter,
    extract::{AckSender, SocketRef},
    handler::{FromMessageParts, Value},
    socket::Socket,
};
use tokio::net::TcpListener;
use typed_socketio::{ErrorFirst, Handle, Handler, decode::read_event, event::DispatchError, events};
use typed_socketio_client::{Client, Notice, Options, native};

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct JoinRoom {
    room: String,
}

/// Its elements are the arguments: `emit("move", 3, "north")`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct Move(u8, String);

events! {
    /// A game.
    catalogue Game { error: String, ack: ErrorFirst }
    /// What a player does.
    client Play {
        /// Enters a room; the answer is who is there.
        "joinRoom" => JoinRoom -> Vec<String>, { "room": "cellar" };
        /// Walks.
        "move" => Move(..) -> (), [3, "north"];
    }
    /// What a player hears.
    server News {
        /// Somebody came: who, and how many there are now.
        "came" => Came(String, u32), ["Ada", 2];
    }
}

/// One connection, which answers the events of its player.
struct Session {
    socket: SocketRef,
}

impl Handler for Session {
    type Error = String;
}

impl Handle<JoinRoom> for Session {
    async fn handle(&self, JoinRoom { room }: JoinRoom) -> Result<Vec<String>, String> {
        if room != "cellar" {
            return Err(format!("There is no {room}."));
        }
        self.tell_others(&News::Came(("Ada".to_owned(), 2))).await;
        Ok(vec!["Ada".to_owned(), "Ben".to_owned()])
    }
}

impl Handle<Move> for Session {
    async fn handle(&self, Move(steps, direction): Move) -> Result<(), String> {
        println!("server: {steps} steps to the {direction}");
        Ok(())
    }
}

impl Session {
    async fn tell_others(&self, news: &News) {
        let News::Came(arguments) = news;
        if let Err(error) = self.socket.broadcast().emit(news.name(), arguments).await {
            eprintln!("not told: {error}");
        }
    }
}

/// Takes every event of a socket: `socket.on_fallback(answer)`.
async fn answer(socket: SocketRef, Packet(packet): Packet, ack: AckSender) {
    let answer = match read_event::<Play>(&packet) {
        Ok(event) => event.dispatch(&Session { socket }).await,
        Err(error) => Err(DispatchError::Refused(error.to_string())),
    };
    // As `ErrorFirst` has it: `ack(null, answer)` or `ack(error)`.
    let sent = match answer {
        Ok(answer) => ack.send(&(None::<String>, answer)),
        Err(DispatchError::Refused(reason)) => ack.send(&reason),
        Err(DispatchError::Encode(error)) => ack.send(&error.to_string()),
    };
    if let Err(error) = sent {
        eprintln!("not answered: {error}");
    }
}

/// An event as it came: `["joinRoom",{"room":"cellar"}]`.
struct Packet(String);

impl<A: Adapter> FromMessageParts<A> for Packet {
    type Error = Infallible;

    fn from_message_parts(
        _: &Arc<Socket<A>>,
        packet: &mut Value,
        _: &Option<i64>,
    ) -> Result<Self, Infallible> {
        Ok(Self(packet.as_str().map(|json| json.to_string()).unwrap_or_default()))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (layer, io) = SocketIo::new_layer();
    io.ns("/", async |socket: SocketRef| socket.on_fallback(answer));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(axum::serve(listener, axum::Router::new().layer(layer)).into_future());

    let (_ben, mut bens_news): (Client<Game>, _) = native::connect(Options::new(&url));
    while !matches!(bens_news.next().await, Some(Notice::Connected)) {}
    let (ann, _): (Client<Game>, _) = native::connect(Options::new(&url));
    println!("the attic: {:?}", ann.call(JoinRoom { room: "attic".to_owned() }).await);
    println!("the cellar: {:?}", ann.call(JoinRoom { room: "cellar".to_owned() }).await);
    println!("walking: {:?}", ann.call(Move(3, "north".to_owned())).await);
    println!("Ben hears: {:?}", bens_news.next().await);
    Ok(())
}
