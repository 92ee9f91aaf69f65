//! The beginning of a text, for those who quote it.

use super::{Message, Quote};
use crate::{limits, text::MessageText};

/// The beginning of a text on one line: at most 120 characters, and `…` if there is more.
#[must_use]
pub fn excerpt(text: &MessageText) -> String {
    let mut excerpt = String::new();
    let mut left = limits::EXCERPT_CHARS;
    for word in text.as_str().split_whitespace() {
        if !excerpt.is_empty() && left > 0 {
            excerpt.push(' ');
            left -= 1;
        }
        for c in word.chars() {
            if left == 0 {
                excerpt.push('…');
                return excerpt;
            }
            excerpt.push(c);
            left -= 1;
        }
    }
    excerpt
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
}
