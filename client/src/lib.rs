//! A Socket.IO client for the browser and for tokio, typed by a catalogue of events.
//!
//! In reading order, from the wire up:
//!
//! 1. [`packet`]: Engine.IO and Socket.IO packets as text.
//! 2. [`connection`]: the protocol without I/O. Frames, commands and the time go in; frames,
//!    timers and events come out. [`backoff`] says when it tries again.
//! 3. `driver`: the loop that joins a connection to a transport and a clock; `browser` and
//!    `native` bring those.
//! 4. [`client`]: what one uses: [`Client::call`] and the stream of [`Notice`]s.
//! 5. [`delivery`]: chat's own layer above it: no message lost, none doubled, one order.
//!
//! Everything but `delivery` is generic over any catalogue that [`protocol::events!`] makes.
//!
//! # Next to `socket.io-client` 4.8
//!
//! | | here | there | why |
//! |---|---|---|---|
//! | payloads and acks | types of the catalogue | `any`, or types that nobody checks | |
//! | an event's payloads | one; several that a server sends are a list, none is `null` | any number | a row of a catalogue has one type |
//! | a refused request | `Err(`[`CallError::Refused`]`)` | whatever the server acked | one shape for every answer |
//! | transport | WebSocket | polling, then an upgrade | one round trip less, no sticky sessions |
//! | wait before a try | random in 0 to 1, 2, 4, 5, 5 … s | 1 to 5 s ± 50 % | a thousand clients do not return at once |
//! | opening, handshake and CONNECT | 20 s together | 20 s for opening | a server that accepts and says nothing is found out |
//! | time-out of an ack | 20 s | none unless asked for | no call waits for ever |
//! | acks when the connection is lost | fail at once | wait for their time-out, if any | |
//! | events while not connected | kept, 1,000 at most, then refused | kept without limit | |
//! | volatile events | dropped unless they can go out now | also kept after one's own disconnect | what they are for |
//! | polling that failed | is left | is closed with one more POST | the server is not there, or knows already |
//! | events and acks after a reconnect | in the order in which they were made | the same | |
//! | after the server's or the program's own disconnect, after a refusal | waits for [`Client::connect`] | the same | |
//! | a silent connection | lost after pingInterval + pingTimeout without any frame | … without a ping | any frame proves life |
//! | what the server asks an ack for | acked when it was handed over | acked by the program | no event of a catalogue has an ack in that direction |
//!
//! Not here yet: binary attachments, namespaces other than `/`, volatile events, long-polling.
#![warn(missing_docs)]

pub mod backoff;
#[cfg(feature = "browser")]
pub mod browser;
#[cfg_attr(not(any(feature = "browser", feature = "native")), allow(dead_code))]
pub mod client;
pub mod connection;
pub mod delivery;
#[cfg_attr(not(any(feature = "browser", feature = "native")), allow(dead_code))]
mod driver;
pub mod engine;
#[cfg(all(feature = "native", not(target_arch = "wasm32")))]
pub mod native;
#[cfg_attr(not(any(feature = "browser", feature = "native")), allow(dead_code))]
mod notice;
#[cfg_attr(not(any(feature = "browser", feature = "native")), allow(dead_code))]
mod options;
pub mod packet;
mod reason;

pub use client::{CallError, Client};
pub use engine::Transports;
pub use notice::{Notice, Notices, Responder};
pub use options::{NamespaceOptions, Options};
pub use reason::{CallFailure, DisconnectReason};
