//! Everything that a Parlance server and its clients must agree on, said once.
//!
//! This crate does no I/O and builds for the host and for `wasm32-unknown-unknown`.
//!
//! In reading order:
//!
//! 1. [`catalogue`]: the table of every event, with direction, payload, ack, documentation and
//!    example. Event names occur as strings nowhere else.
//! 2. One file for each feature, with its payloads: [`message`], [`reaction`], [`mention`], [`change`],
//!    [`conversation`], [`receipt`], [`group`], [`role`], [`user`], [`presence`], [`search`], [`session`],
//!    [`sync`], [`typing`].
//! 3. What payloads are made of: [`id`], [`text`], [`number`], and the [`limits`] of all of them.
//! 4. [`error`]: how a request is refused.
//! 5. [`version`]: the catalogue's version, and which clients it serves.
//! 6. [`documents`]: the catalogue as AsyncAPI and TypeScript.
//!
//! The macro that makes types of the table, and the traits behind it, are `typed_socketio`'s.
#![warn(missing_docs)]

pub mod catalogue;
pub mod change;
pub mod conversation;
pub mod documents;
pub mod error;
mod error_code;
pub mod group;
pub mod id;
pub mod limits;
pub mod mention;
pub mod message;
pub mod number;
pub mod presence;
pub mod reaction;
pub mod receipt;
pub mod role;
pub mod search;
pub mod session;
pub mod sync;
pub mod text;
pub mod typing;
pub mod user;
pub mod version;

pub use catalogue::{Chat, ClientEvent, ServerEvent};
pub use change::*;
pub use conversation::*;
pub use error::{ErrorBody, ErrorCode, ErrorEvent};
pub use group::*;
pub use id::{ChangeId, ConversationId, GroupId, MessageId, UserId};
pub use message::*;
pub use number::{Rev, Seq, Timestamp};
pub use presence::*;
pub use reaction::*;
pub use receipt::*;
pub use role::*;
pub use search::{FoundMessages, Hit, SearchMessages, Span, query};
pub use session::*;
pub use sync::*;
pub use text::{ClientId, Emoji, GroupName, MessageText, Password, TextError, Username};
pub use typed_socketio::{
    Call, Catalogue, DecodeError, EventEnum, Handle, Handler, Request, decode::decode_request, event,
};
pub use typing::*;
pub use user::*;
pub use version::served;

/// What an ack carries: the answer or the refusal.
pub type Reply<T, E = ErrorBody> = typed_socketio::Reply<T, E>;
