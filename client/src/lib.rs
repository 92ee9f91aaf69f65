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
#[cfg(all(feature = "native", not(target_arch = "wasm32")))]
pub mod native;
pub mod packet;

pub use client::{CallError, Client, Notice, Notices, Options};
pub use connection::{CallFailure, DisconnectReason};
