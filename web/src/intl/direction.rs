//! Which way a text is written.
//!
//! `dir="auto"` does the same, but makes Chromium lay out every paragraph of a field by its own
//! direction: a paste of 1 MB took 28 s instead of 0.4.

use std::borrow::Cow;

use protocol::text::is_bidi_control;

/// Whether a text begins from the right: its first letter says so.
pub(crate) fn is_right_to_left(text: &str) -> bool {
    text.chars().find(|letter| letter.is_alphabetic()).is_some_and(is_from_the_right)
}

/// Whether a text has letters of both directions.
pub(crate) fn has_both_directions(text: &str) -> bool {
    let mut letters = text.chars().filter(|letter| letter.is_alphabetic()).map(is_from_the_right);
    letters.next().is_some_and(|first| letters.any(|other| other != first))
}

/// A text that stands beside another one where there is no `<bdi>`, for example in a title: neither
/// turns the other around.
pub(crate) fn isolated(text: &str) -> Cow<'_, str> {
    if text.contains(|c| is_from_the_right(c) || is_bidi_control(c)) {
        // What it begins and does not end itself would reach beyond it.
        let text = text.replace(is_bidi_control, "");
        format!("\u{2068}{text}\u{2069}").into()
    } else {
        text.into()
    }
}

fn is_from_the_right(letter: char) -> bool {
    matches!(letter,
        '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}'
        | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_letter_decides() {
        for (text, right_to_left) in [
            ("", false),
            ("123", false),
            ("hello محمد", false),
            ("محمد: hello", true),
            ("1. שלום", true),
            ("हिन्दी", false),
        ] {
            assert_eq!(is_right_to_left(text), right_to_left, "{text}");
        }
    }

    #[test]
    fn letters_of_two_directions_are_noticed_and_digits_have_none() {
        for (text, both) in
            [("", false), ("hello 12", false), ("محمد 12", false), ("hello محمد", true), ("محمد b", true)]
        {
            assert_eq!(has_both_directions(text), both, "{text}");
        }
    }

    #[test]
    fn only_what_could_turn_its_neighbours_around_is_isolated() {
        assert_eq!(isolated("Ann 123 (ok)"), "Ann 123 (ok)");
        assert_eq!(isolated("محمد"), "\u{2068}محمد\u{2069}");
        assert_eq!(isolated("\u{202e}gnp.exe\u{2069}"), "\u{2068}gnp.exe\u{2069}");
    }
}
