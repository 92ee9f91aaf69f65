//! The client's integration tests.

mod differential;
