//! The events of a Socket.IO protocol, written once.
//!
//! A protocol is a table. A row says who sends the event, its name on the wire, its payload, its
//! answer, what it is for, and an example. [`events!`] makes types of it: a payload or an answer
//! that does not fit does not compile, on the server as well as in the client, and neither does a
//! server that forgets an event. The same table becomes TypeScript for `socket.io-client`, an
//! AsyncAPI document, and a fingerprint.
//!
//! ```
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//! use typed_socketio::{Handle, Handler, decode::read_event, events};
//!
//! #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
//! pub struct Add {
//!     a: i32,
//!     b: i32,
//! }
//!
//! events! {
//!     /// A calculator.
//!     pub catalogue Calculator {}
//!     /// What clients send.
//!     client Question {
//!         /// Adds two numbers.
//!         "add" => Add -> i32, { "a": 1, "b": 2 };
//!     }
//!     /// What the server sends.
//!     server News {
//!         /// Somebody's sum.
//!         "sum" => Sum(i32), 3;
//!     }
//! }
//!
//! /// What answers, on the server.
//! struct Arithmetic;
//!
//! impl Handler for Arithmetic {
//!     type Error = std::convert::Infallible;
//! }
//!
//! impl Handle<Add> for Arithmetic {
//!     async fn handle(&self, Add { a, b }: Add) -> Result<i32, Self::Error> {
//!         Ok(a + b)
//!     }
//! }
//!
//! # async fn serve() -> Result<(), Box<dyn std::error::Error>> {
//! // What a Socket.IO server received; `dispatch` compiles only when every row has its handler.
//! let question: Question = read_event(r#"["add",{"a":1,"b":2}]"#)?;
//! let answer = question.dispatch(&Arithmetic).await.map_err(|_| "no answer")?;
//! assert_eq!(answer.get(), "3");
//! assert_eq!(News::Sum(3).name(), "sum");
//! # Ok(())
//! # }
//! ```
//!
//! This crate does no I/O and knows no server and no client. `typed-socketio-client` is a client for
//! these tables, in the browser and on tokio.
//!
//! In reading order:
//!
//! 1. [`events!`]: the table.
//! 2. [`Catalogue`] and the other traits of [`event`], which it implements.
//! 3. [`ack`]: how a server writes an answer or a refusal. [`decode`]: how payloads are read.
//! 4. [`binary`]: bytes inside a payload. [`dynamic`]: events that no table has.
//! 5. [`documents`]: TypeScript, AsyncAPI, the fingerprint, and whether a catalogue is still
//!    compatible with an earlier one.
#![warn(missing_docs)]

pub mod ack;
pub mod binary;
pub mod decode;
pub mod documents;
pub mod dynamic;
mod error;
pub mod event;
mod events;
mod table;

pub use ack::{AckShape, DataOrError, ErrorFirst, NoError, Plain, Reply};
pub use binary::Binary;
pub use dynamic::{Dynamic, DynamicEvent};
pub use error::{DecodeError, PayloadError};
pub use event::{Call, Catalogue, EventEnum, Handle, Handler, NoRequest, Request};

/// What the code that [`events!`] makes refers to; not for direct use.
#[doc(hidden)]
pub mod __private {
    pub use schemars::{Schema, SchemaGenerator};
    pub use serde::de::SeqAccess;
    pub use serde_json::{Value, json, value::RawValue};

    pub use crate::event::{answered, encode, encode_ack, payload, round_trip};
}
