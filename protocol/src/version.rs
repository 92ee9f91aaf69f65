//! The version of the catalogue. How it changes is in [`typed_socketio::documents::compatibility`].

use typed_socketio::documents::compatibility::Version;

/// The first number goes up if programs that were built from an earlier catalogue stop working, the second if
/// something was added.
pub const VERSION: &str = "1.1";
/// A hash of what the events look like on the wire. Documentation and examples are not part of it.
pub const FINGERPRINT: &str = include_str!("../generated/fingerprint.txt");

/// Whether a server of this catalogue serves a client that shows this version: one that was built from
/// the same catalogue, or from an earlier one that differs by additions only. A text that is no version
/// is not served.
#[must_use]
pub fn serves(client: &str) -> bool {
    let [server, client] = [VERSION, client].map(Version::parse);
    server.zip(client).is_some_and(|(server, client)| server.serves(client))
}
