//! The handlers that the suites ask for.

use std::{fmt, sync::Arc};

use axum::body::Bytes;
use engineioxide::{DisconnectReason, Socket, Str, handler::EngineIoHandler};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{SeqAccess, Visitor},
    ser::SerializeTuple,
};
use socketioxide::extract::{AckSender, Data, SocketRef, TryData};

/// The handler for Engine.IO.
#[derive(Debug)]
pub(super) struct Echo;

impl EngineIoHandler for Echo {
    type Data = ();

    fn on_connect(self: Arc<Self>, _: Arc<Socket<()>>) {}

    fn on_disconnect(&self, _: Arc<Socket<()>>, _: DisconnectReason) {}

    fn on_message(self: &Arc<Self>, message: Str, socket: Arc<Socket<()>>) {
        socket.emit(message).unwrap();
    }

    fn on_binary(self: &Arc<Self>, bytes: Bytes, socket: Arc<Socket<()>>) {
        socket.emit_binary(bytes).unwrap();
    }
}

/// The handler for Socket.IO.
pub(super) async fn connected(socket: SocketRef, TryData(auth): TryData<serde_json::Value>) {
    socket.emit("auth", &auth.unwrap_or_else(|_| serde_json::json!({}))).unwrap();
    socket.on("message", async |socket: SocketRef, Data(arguments): Data<Arguments>| {
        socket.emit("message-back", &arguments).unwrap();
    });
    socket.on("message-with-ack", async |Data(arguments): Data<Arguments>, ack: AckSender| {
        ack.send(&arguments).unwrap();
    });
}

/// All arguments of an event, however many. socketioxide passes all of them only to a tuple.
struct Arguments(Vec<rmpv::Value>);

impl Serialize for Arguments {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(self.0.len())?;
        self.0.iter().try_for_each(|argument| tuple.serialize_element(argument))?;
        tuple.end()
    }
}

impl<'de> Deserialize<'de> for Arguments {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Elements;

        impl<'de> Visitor<'de> for Elements {
            type Value = Arguments;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an event's arguments")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Arguments, A::Error> {
                let mut arguments = Vec::new();
                while let Some(argument) = elements.next_element()? {
                    arguments.push(argument);
                }
                Ok(Arguments(arguments))
            }
        }

        // All elements are read: the number is not looked at.
        deserializer.deserialize_tuple(usize::MAX, Elements)
    }
}
