//! The places of a conversation that somebody may want to go to.

/// Where somebody wants to go in the conversation that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Way {
    Date,
    Beginning,
    Latest,
}

impl Way {
    pub(crate) const ALL: [Self; 3] = [Self::Date, Self::Beginning, Self::Latest];

    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Date => "Jump to a date…",
            Self::Beginning => "Go to the beginning",
            Self::Latest => "Go to the latest message",
        }
    }

    pub(crate) fn icon(self) -> &'static str {
        match self {
            Self::Date => "calendar",
            Self::Beginning => "up",
            Self::Latest => "down",
        }
    }
}
