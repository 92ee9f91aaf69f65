//! The catalogue as documents for others: AsyncAPI 3, TypeScript maps, and the fingerprint.
//!
//! They are committed under `protocol/generated`; a test fails when they are stale, and
//! `cargo xtask generate` writes them anew.

use typed_socketio::documents::{self, About, schemas};

use crate::{
    Chat,
    session::{ConnectAuth, Credentials, LoggedIn, path},
};

/// The AsyncAPI 3 document, as JSON.
pub const ASYNCAPI: &str = include_str!("../generated/asyncapi.json");
/// The TypeScript maps for `socket.io-client`: `Socket<ServerToClientEvents, ClientToServerEvents>`.
pub const TYPESCRIPT: &str = include_str!("../generated/parlance.d.ts");

const TYPESCRIPT_HEAD: &str = "\
// The events of Parlance for socket.io-client. Generated from protocol/src/catalogue.rs by
// `cargo xtask generate`; do not edit.
//
//   import { io, Socket } from 'socket.io-client';
//   import type { ClientToServerEvents, ServerToClientEvents } from './parlance';
//   const socket: Socket<ServerToClientEvents, ClientToServerEvents> = io(url, { auth: { token } });

";

/// What [`ASYNCAPI`] must contain.
#[must_use]
pub fn asyncapi() -> serde_json::Value {
    documents::asyncapi::<Chat>(&About {
        title: "Parlance",
        version: env!("CARGO_PKG_VERSION"),
        description: "Real-time chat over Socket.IO v5 (Engine.IO v4). Every client event may \
            carry an ack, answered with { data } or { error }; without one a refusal arrives as \
            the `error` event. Connect with auth { token } from POST /api/auth/login.",
        license: "MIT OR Apache-2.0",
        host: "127.0.0.1:8000",
        path: path::SOCKET_IO,
    })
}

/// What [`TYPESCRIPT`] must contain.
#[must_use]
pub fn typescript() -> String {
    let also = [
        schemas::definition::<ConnectAuth>,
        schemas::definition::<Credentials>,
        schemas::definition::<LoggedIn>,
    ];
    documents::typescript::<Chat>(TYPESCRIPT_HEAD, &also)
}
