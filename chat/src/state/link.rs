//! How the connection stands.

use protocol::ErrorBody;

/// How the connection stands. The view decides when to show something about it.
#[derive(Clone, Debug, PartialEq)]
pub enum Link {
    /// The first try of this visit.
    Connecting,
    /// Connected.
    Online,
    /// Lost. It tries again by itself.
    Offline {
        /// Why, in words.
        reason: String,
        /// Milliseconds until the next try, from when this was set; `None` while a try is under way.
        retry_in: Option<u64>,
    },
    /// Lost, and another window has the connection: it decides when it tries again.
    Waiting {
        /// Why, in words.
        reason: String,
    },
    /// The server is of a version that does not go with this program's. Now and then it is tried again: while several
    /// servers are upgraded, another one lets us in.
    Refused(ErrorBody),
}

impl Link {
    /// Whether what is sent now goes out now.
    #[must_use]
    pub fn is_online(&self) -> bool {
        matches!(self, Self::Online)
    }
}
