//! A catalogue as documents for others: TypeScript for `socket.io-client`, AsyncAPI 3, and a
//! fingerprint; and whether it is still compatible with an earlier one.

pub mod asyncapi;
pub mod compatibility;
pub mod schemas;
pub mod typescript;

pub use asyncapi::{About, asyncapi};
pub use schemas::fingerprint;
pub use typescript::typescript;
