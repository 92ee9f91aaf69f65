//! A catalogue so small that the chat's growing does not change what the compiler says here.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use typed_socketio::{DataOrError, events};

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Add {
    pub a: i32,
    pub b: i32,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Forget {}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Overflow {
    pub by: i32,
}

events! {
    /// A calculator.
    pub catalogue Calculator { error: String, ack: DataOrError, fingerprint: "1" }
    /// In.
    client Question {
        /// Adds.
        "add" => Add -> i32, { "a": 1, "b": 2 };
        /// Forgets.
        "forget" => Forget -> (), {};
    }
    /// Out.
    server Answer {
        /// A sum.
        "sum" => Sum(i32), 3;
        /// Too much.
        "overflow" => Overflow(Overflow), { "by": 1 };
    }
}
