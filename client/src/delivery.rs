//! What makes delivery exactly once to the eye: no message lost, none doubled, one order.
//!
//! Socket.IO promises at most once. Above it, a sender keeps each message in an [`Outbox`] and
//! sends it again, under the same `clientId`, until the server has answered; a receiver keeps a
//! [`Timeline`] a conversation, which takes messages by their `seq` only: what is known is dropped,
//! what is missing is asked for.
//!
//! Both are plain data without I/O: the program does what they say is due.

mod order;
mod outbox;
mod timeline;

pub use order::sorted;
pub use outbox::{Outbox, Unsent, UnsentState};
pub use timeline::{Applied, Missing, Timeline};
