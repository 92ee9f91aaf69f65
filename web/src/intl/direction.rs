//! Which way a text is written.
//!
//! `dir="auto"` does the same, but makes Chromium lay out every paragraph of a field by its own
//! direction: a paste of 1 MB took 28 s instead of 0.4.

/// Whether a text begins from the right: its first letter says so.
pub(crate) fn is_right_to_left(text: &str) -> bool {
    let letter = text.chars().find(|letter| letter.is_alphabetic());
    letter.is_some_and(|letter| {
        matches!(letter,
            '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}'
            | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
    })
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
}
