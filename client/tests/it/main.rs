//! The client's integration tests.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "tests, and what only they call")]

mod attachments;
mod bounds;
mod calculator;
mod differential;
mod foreign;
mod peer;
mod promises;
mod studio;
mod tls;
mod transports;
mod virtual_time;
