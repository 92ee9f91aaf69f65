//! The page.
//!
//! In reading order:
//!
//! 1. [`state`]: what the page knows, as plain Rust. It changes by events of the server and by
//!    what a person does, and says what is to be done about it.

pub mod state;
