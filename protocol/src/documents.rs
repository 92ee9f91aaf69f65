//! The catalogue as documents for others: AsyncAPI 3, TypeScript maps, and the fingerprint.
//!
//! All three are committed under `protocol/generated`; a test fails when they are stale, and
//! `cargo xtask generate` writes them anew.

pub mod asyncapi;
pub mod schemas;
pub mod typescript;

/// A hash of what the events of [`Chat`](crate::Chat) look like on the wire. Documentation and
/// examples are not part of it.
pub const FINGERPRINT: &str = include_str!("../generated/fingerprint.txt");
/// The AsyncAPI 3 document, as JSON.
pub const ASYNCAPI: &str = include_str!("../generated/asyncapi.json");
/// The TypeScript maps for `socket.io-client`: `Socket<ServerToClientEvents, ClientToServerEvents>`.
pub const TYPESCRIPT: &str = include_str!("../generated/parlance.d.ts");
