//! The events of a Node server that was written without us: `e2e/interop/plain.mjs`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use typed_socketio::{Binary, events};

/// Its elements are the arguments.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Add(pub(crate) i32, pub(crate) i32);

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Reverse(pub(crate) Binary);

events! {
    /// Acks are plain values.
    pub(crate) catalogue Plain { binary: true }
    /// `socket.on("add", (a, b, ack) => ack(a + b))`, and so on.
    client Ask {
        /// Adds two numbers, and has everybody told.
        "add" => Add(..) -> i32, [1, 2];
        /// Turns bytes round.
        "reverse" => Reverse -> Binary, { "_placeholder": true, "num": 0 };
    }
    /// `io.emit("added", a, b, a + b)`
    server Tell {
        /// Somebody added two numbers, to this sum.
        "added" => Added(i32, i32, i32), [1, 2, 3];
    }
}
