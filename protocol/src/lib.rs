//! Everything that a Parlance server and its clients must agree on, said once.
//!
//! This crate does no I/O and builds for the host and for `wasm32-unknown-unknown`.
//!
//! In reading order:
//!
//! 1. [`catalogue`]: the table of every event, with direction, payload, ack, documentation and
//!    example. Event names occur as strings nowhere else.
//! 2. One file a feature with its payloads: [`message`], [`conversation`], [`group`], [`user`],
//!    [`presence`],
//!    [`session`], [`sync`].
//! 3. What payloads are made of: [`id`], [`text`], [`number`], and the [`limits`] of all of them.
//! 4. [`error`]: how a request is refused. [`reply`]: the shape of every ack.
//! 5. [`event`]: the traits behind the table and the [`events!`] macro that builds one; [`binary`]:
//!    bytes inside a payload.
//! 6. [`documents`]: the catalogue as AsyncAPI and TypeScript, and its fingerprint.
#![warn(missing_docs)]

pub mod binary;
pub mod catalogue;
pub mod conversation;
pub mod documents;
pub mod error;
pub mod event;
mod events;
pub mod group;
pub mod id;
pub mod limits;
pub mod message;
pub mod number;
pub mod presence;
pub mod reply;
pub mod session;
pub mod sync;
pub mod text;
pub mod user;

pub use binary::Binary;
pub use catalogue::{Chat, ClientEvent, ServerEvent};
pub use conversation::*;
pub use error::{ErrorBody, ErrorCode, ErrorEvent};
pub use event::{Call, Catalogue, DecodeError, EventEnum, Handle, Handler, Request};
pub use group::*;
pub use id::{ConversationId, GroupId, MessageId, UserId};
pub use message::*;
pub use number::{Seq, Timestamp};
pub use presence::*;
pub use reply::Reply;
pub use session::*;
pub use sync::*;
pub use text::{ClientId, GroupName, MessageText, Password, TextError, Username};
pub use user::*;

/// What the [`events!`] macro needs from its surroundings; not for direct use.
#[doc(hidden)]
pub mod __private {
    pub use schemars::{Schema, SchemaGenerator};
    pub use serde_json::{Value, json, value::RawValue};
}
