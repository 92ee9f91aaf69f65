//! The client's integration tests.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "tests, and what only they call")]

mod attachments;
mod calculator;
mod differential;
mod promises;
mod studio;
mod transports;
mod virtual_time;
