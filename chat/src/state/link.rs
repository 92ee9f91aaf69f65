//! How the connection stands.

use protocol::ErrorBody;

/// How the connection stands. When what is shown about it is the view's affair.
#[derive(Clone, Debug, PartialEq)]
pub enum Link {
    /// The first try of this visit.
    Connecting,
    /// Connected.
    Online,
    /// Lost. It tries again by itself, in so many milliseconds from when this was set.
    Offline {
        /// Why, in words.
        reason: String,
        /// Milliseconds until the next try; none while one is under way.
        retry_in: Option<u64>,
    },
    /// The server ended it or refused to let us in, and it stays so until somebody acts.
    Refused(ErrorBody),
}

impl Link {
    /// Whether what is sent now goes out now.
    #[must_use]
    pub fn is_online(&self) -> bool {
        matches!(self, Self::Online)
    }
}
