//! The client's integration tests.

mod differential;
mod promises;
