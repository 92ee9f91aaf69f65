//! The version of the catalogue. How it changes is in [`typed_socketio::documents::compatibility`].

use typed_socketio::documents::compatibility::Version;

/// The first number goes up if programs that were built from an earlier catalogue stop working, the second if
/// something was added.
pub const VERSION: &str = "1.1";
/// A hash of what the events look like on the wire. Documentation and examples are not part of it.
pub const FINGERPRINT: &str = include_str!("../generated/fingerprint.txt");

/// The earliest version of a server that a program of this catalogue can use. While several servers are upgraded one
/// after the other, it meets older ones, and does without what they lack. A test says when it must go up: when the
/// program needs something to be there that earlier servers do not say.
pub const NEEDS: &str = "1.1";

/// Whether a server of this catalogue serves a client that shows this version, and perhaps from which version on it
/// can use a server: one that was built from the same catalogue, from an earlier one that differs by additions only, or
/// from a later one that can do without what was added. A text that is no version is not served.
#[must_use]
pub fn serves(client: &str, needs: Option<&str>) -> bool {
    let needs = needs.unwrap_or(client);
    match [VERSION, client, needs].map(Version::parse) {
        [Some(server), Some(client), Some(needs)] => server.serves_from(client, needs),
        _ => false,
    }
}

/// Whether a client that shows this version is newer than a server of this catalogue.
#[must_use]
pub fn is_newer(client: &str) -> bool {
    Version::parse(client) > Version::parse(VERSION)
}
