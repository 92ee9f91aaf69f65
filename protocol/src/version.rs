//! The version of the catalogue. How it changes is in [`typed_socketio::documents::compatibility`].

pub use typed_socketio::documents::compatibility::Version;

/// The first number goes up if programs that were built from an earlier catalogue stop working, the second if
/// something was added.
pub const VERSION: &str = "1.2";
/// The version that added `receiptsChanged`: clients of earlier ones are told of receipts one by one.
pub const RECEIPTS_CHANGED: Version = Version { major: 1, minor: 2 };
/// A hash of what the events look like on the wire. Documentation and examples are not part of it.
pub const FINGERPRINT: &str = include_str!("../generated/fingerprint.txt");

/// The version that a client shows, if a server of this catalogue serves it: one that was built from
/// the same catalogue, or from an earlier one that differs by additions only. A text that is no version
/// is not served.
#[must_use]
pub fn served(client: &str) -> Option<Version> {
    let (server, client) = Version::parse(VERSION).zip(Version::parse(client))?;
    server.serves(client).then_some(client)
}
