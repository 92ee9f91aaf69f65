//! A person's chat without a screen.
//!
//! Socket.IO promises *at most once*. This crate turns that into what a person expects of a chat:
//! nothing lost, nothing doubled, one order on every device. It has no socket, disk or clock of its
//! own, so that the page, a terminal, a bot, the tests on a broken network and the simulation in
//! virtual time all run the same code.
//!
//! In reading order:
//!
//! 1. [`timeline`]: the messages of one conversation in their present state: changes are taken by their
//!    `rev` only; what is known is dropped, what is missing is asked for.
//! 2. [`outbox`]: what the person wrote and did, sent again until the server has it.
//! 3. [`state`]: everything that is known. It changes by events, by what a person does and by
//!    answers, and says what is to be done about it and what is to be shown anew.
//! 4. [`environment`]: what a program must bring: a disk, a clock, a login, and its other tabs;
//!    `native` has a disk and a clock for programs on tokio.
//! 5. [`runtime`]: the one place that hears the server and carries out what the state asks for.
//!
//! A program makes a [`Runtime`], runs the future that comes with it, and then calls
//! [`Runtime::act`] and reads with [`Runtime::with`]; `examples/terminal.rs` is a whole one.
#![warn(missing_docs)]

pub mod environment;
#[cfg(all(feature = "native", not(target_arch = "wasm32")))]
pub mod native;
pub mod outbox;
pub mod runtime;
pub mod state;
#[cfg(test)]
mod testing;
pub mod timeline;

pub use environment::{Clock, Disk, Environment, Login, OneTab, RefreshError, TabId, TabNews, Tabs};
pub use outbox::{Command, Outbox, Preview, Unsent, UnsentState};
pub use runtime::{Cause, Connection, Opening, Runtime};
pub use state::{
    Action, Answer, Changes, ChatState, ConversationState, Link, Load, People, Refusal, Removal, Section,
    Sections, Topic,
};
pub use timeline::{MembershipLine, Timeline};
