//! The beginning of a text, for those who quote it.

use std::borrow::Cow;

use unicode_segmentation::GraphemeCursor;

use super::{Message, Quote};
use crate::{limits, text::MessageText};

/// The beginning of a text on one line: at most 120 characters, and `…` if there is more.
#[must_use]
pub fn excerpt(text: &MessageText) -> String {
    let (mut line, mut chars) = (String::new(), 0);
    for word in text.as_str().split_whitespace() {
        if chars > limits::EXCERPT_CHARS {
            break;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        chars = line.chars().count();
    }
    shortened(&line, limits::EXCERPT_CHARS).into_owned()
}

/// The [`beginning`] of a text, and `…` if there is more.
#[must_use]
pub fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    match beginning(text, most) {
        all if all.len() == text.len() => all.into(),
        some => format!("{some}…").into(),
    }
}

/// The beginning of a text: at most so many code points, and no part of what people see as one character, such as a
/// family or a letter with its accents. Only if the first one alone is longer, a part of it.
#[must_use]
pub fn beginning(text: &str, most: usize) -> &str {
    let Some((end, _)) = text.char_indices().nth(most) else { return text };
    let mut cursor = GraphemeCursor::new(end, text.len(), true);
    let whole = match cursor.is_boundary(text, 0) {
        Ok(false) => cursor.prev_boundary(text, 0).ok().flatten().filter(|at| *at > 0),
        _ => None,
    };
    &text[..whole.unwrap_or(end)]
}

impl Quote {
    /// The quoted message is as it is now, if this is it. What was deleted stays deleted, whichever state of it comes
    /// late. Returns whether that is something else than was quoted.
    pub fn follow(&mut self, quoted: &Message) -> bool {
        if self.message_id != quoted.id || self.excerpt.is_empty() {
            return false;
        }
        let now = excerpt(&quoted.content);
        let differs = self.excerpt != now;
        self.excerpt = now;
        differs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_one_line_of_at_most_120_characters() {
        let of = |text: &str| excerpt(&text.parse().unwrap());
        assert_eq!(of("  one\n\ntwo\tthree "), "one two three");
        assert_eq!(of(&"é".repeat(120)), "é".repeat(120));
        assert_eq!(of(&"é".repeat(121)), format!("{}…", "é".repeat(120)));
        assert_eq!(of(&format!("{} b", "a".repeat(120))), format!("{}…", "a".repeat(120)));
        assert_eq!(of(&format!("{} b", "a".repeat(118))), format!("{} b", "a".repeat(118)));
    }

    #[test]
    fn no_character_is_cut() {
        const FAMILY: &str = "👨‍👩‍👧‍👦";
        for whole in [FAMILY, "e\u{301}", "🇨🇭", "❤\u{fe0f}", "👍🏽", "நி", "1\u{fe0f}\u{20e3}"]
        {
            let before = "a".repeat(119);
            let excerpt = excerpt(&format!("{before}{whole} and more").parse().unwrap());
            assert_eq!(excerpt, format!("{before}…"), "{whole}");
        }
        assert_eq!(beginning(&"🇨🇭".repeat(9), 5), "🇨🇭🇨🇭");
        assert_eq!(beginning(FAMILY, 7), FAMILY);
        // What is quoted would look deleted if nothing were left.
        assert_eq!(beginning(FAMILY, 2).chars().count(), 2);
        assert_eq!((beginning("", 2), beginning("ab", 2), beginning("abc", 2)), ("", "ab", "ab"));
    }
}
