//! The whole server, over real sockets: each test has a server of its own on a free port.
// The lint knows only the functions marked as tests, not those that they share.
#![allow(clippy::unwrap_used)]

mod abandoned;
mod addresses;
mod admission;
mod authorisation;
mod cluster;
mod compatibility;
mod conversation;
mod deploy;
mod engine_io;
mod flood;
mod group;
mod harness;
mod http;
mod kill;
mod lifecycle;
mod log;
mod maintenance;
mod malformed;
mod memory;
mod mention;
mod metrics;
mod names;
mod order;
#[cfg(feature = "opentelemetry")]
mod otlp;
mod presence;
mod pressure;
mod private_message;
mod receipt;
mod refusals;
mod role;
mod search;
mod secrets;
mod session;
mod storage;
mod sync;
mod tls;
mod typing;
mod ways;
