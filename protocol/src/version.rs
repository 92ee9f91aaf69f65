//! The version of the catalogue. How it changes is in [`typed_socketio::documents::compatibility`].

pub use typed_socketio::documents::compatibility::Version;

/// The first number goes up if programs that were built from an earlier catalogue stop working, the second if
/// something was added.
///
/// What programs of an earlier catalogue must know, because the events are the same and the answers are not:
///
/// - Since 1.2 lists are bounded in bytes. A page of `listConversations`, `listPins` or `listEdits` may be shorter than
///   its limit and not be the last one: whoever wants all asks until a page is empty. `sync` without `paged` answers the
///   conversations in which something happened last, 128 KiB at most, and says with `more` that there are others. A
///   program that knows neither takes what it gets for the whole, and misses what is beyond.
pub const VERSION: &str = "1.2";
/// The version that added `receiptsChanged`: clients of earlier ones are told of receipts one by one.
pub const RECEIPTS_CHANGED: Version = Version { major: 1, minor: 2 };
/// A hash of what the events look like on the wire. Documentation and examples are not part of it.
pub const FINGERPRINT: &str = include_str!("../generated/fingerprint.txt");

/// The earliest version of a server that a program of this catalogue can use. While several servers are upgraded one
/// after the other, it meets older ones, and does without what they lack. A test says when it must go up: when the
/// program needs something to be there that earlier servers do not say.
pub const NEEDS: &str = "1.1";

/// The version that a client shows, if a server of this catalogue serves it: one that was built from the same
/// catalogue, from an earlier one that differs by additions only, or from a later one that can do without what was
/// added, because it says from which version on it can use a server. A text that is no version is not served.
#[must_use]
pub fn served(client: &str, needs: Option<&str>) -> Option<Version> {
    let needs = Version::parse(needs.unwrap_or(client))?;
    let (server, client) = Version::parse(VERSION).zip(Version::parse(client))?;
    server.serves_from(client, needs).then_some(client)
}

/// Whether a client that shows this version is newer than a server of this catalogue.
#[must_use]
pub fn is_newer(client: &str) -> bool {
    Version::parse(client) > Version::parse(VERSION)
}
