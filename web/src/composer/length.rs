//! Whether a draft can be sent, and what to say about its length.

use std::str::FromStr as _;

use protocol::{MessageText, TextError, limits};

/// Texts that are longer than any message are not read at each key, only measured.
pub(super) const READ_AT_ONCE: usize = 4 * *limits::MESSAGE_CHARS.end();

/// What would make a draft longer than this, in UTF-16 units, is not inserted: nobody shortens so much to a
/// message, and a browser takes seconds to lay a few megabytes out.
pub(super) const DRAFT: usize = 25 * *limits::MESSAGE_CHARS.end();

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Length {
    Empty,
    Fine,
    /// Near the limit: it has this many characters.
    Near(usize),
    /// Over the limit: it has this many characters.
    Over(usize),
}

impl Length {
    pub(super) fn of(text: &str) -> Self {
        let most = *limits::MESSAGE_CHARS.end();
        match MessageText::from_str(text) {
            Ok(parsed) => match parsed.as_str().chars().count() {
                count if count * 10 >= most * 9 => Self::Near(count),
                _ => Self::Fine,
            },
            Err(TextError::TooLong { has, .. }) => Self::Over(has),
            Err(_) => Self::Empty,
        }
    }

    pub(super) fn can_be_sent(&self) -> bool {
        matches!(self, Self::Fine | Self::Near(_))
    }

    /// How many characters it has, if that is shown.
    pub(super) fn count(&self) -> Option<usize> {
        match self {
            Self::Near(count) | Self::Over(count) => Some(*count),
            Self::Empty | Self::Fine => None,
        }
    }

    /// By how many characters it is too long.
    pub(super) fn over(&self) -> Option<usize> {
        match self {
            Self::Over(count) => Some(count - limits::MESSAGE_CHARS.end()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counter_appears_at_nine_tenths_and_the_limit_is_the_protocols() {
        assert_eq!(Length::of(" \n"), Length::Empty);
        assert_eq!(Length::of(&"x".repeat(3_599)), Length::Fine);
        assert_eq!(Length::of(&"é".repeat(3_600)), Length::Near(3_600));
        // Line ends around a message are not counted, as the server does not count them.
        assert_eq!(Length::of(&format!("\n{}\n", "x".repeat(4_000))), Length::Near(4_000));
        assert_eq!(Length::of(&"x".repeat(4_012)), Length::Over(4_012));
        assert!(!Length::of(&"x".repeat(4_012)).can_be_sent());
    }
}
