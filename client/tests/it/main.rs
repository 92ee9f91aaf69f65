//! The client's integration tests.

mod calculator;
mod differential;
mod promises;
