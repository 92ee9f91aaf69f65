//! The client's integration tests.
#![allow(clippy::unwrap_used, reason = "tests, and what only they call")]

mod calculator;
mod differential;
mod promises;
