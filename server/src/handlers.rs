//! What each client event does: one `impl Handle<Event> for Session` a row of the catalogue.
//!
//! They are ordinary async functions on the [`Session`](crate::session::Session) that asks, and
//! know nothing of sockets: whom to tell follows from what was committed (see
//! [`publisher`](crate::publisher)).

mod conversation;
mod group;
pub(crate) mod message;
mod reaction;
mod receipt;
mod role;
mod search;
mod session;
pub(crate) mod sync;
mod typing;
mod user;
