//! The part of a message that shows why it was found. Plain Rust.

use protocol::{Hit, Span};

/// Characters before the first word that was looked for.
const BEFORE: usize = 30;
/// Characters of an excerpt: two lines, and what the style sheet cuts.
const LENGTH: usize = 160;

/// A piece of a text, and whether it was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) is_match: bool,
}

pub(super) fn excerpt(Hit { message, matches }: &Hit) -> Vec<Piece> {
    let letters: Vec<char> = message.content.as_str().chars().collect();
    let at = |place: u32| (place as usize).min(letters.len());
    let first = matches.first().map_or(0, |Span { start, .. }| at(*start));
    let start = match first.saturating_sub(BEFORE) {
        // A few more characters cost less than what says that they are missing.
        ..=3 => 0,
        from => (from..first).find(|at| letters[at - 1].is_whitespace()).unwrap_or(from),
    };
    let end = letters.len().min(start + LENGTH);
    let mut pieces = Vec::new();
    let mut add = |from: usize, to: usize, is_match| {
        if from < to {
            let text: String = letters[from..to].iter().collect();
            let cut = if from == start && start > 0 { "… " } else { "" };
            pieces.push(Piece { text: format!("{cut}{text}"), is_match });
        }
    };
    let mut done = start;
    for Span { start, end: to } in matches {
        let (from, to) = (at(*start).clamp(done, end), at(*to).clamp(done, end));
        add(done, from, false);
        add(from, to, true);
        done = to;
    }
    add(done, end, false);
    pieces
}

#[cfg(test)]
mod tests {
    use protocol::{Message, MessageId, MessageText, Recipient, Seq, UserId};

    use super::*;

    fn marked(text: &str, matches: &[(u32, u32)]) -> String {
        let content: MessageText = text.parse().unwrap();
        let sender_id = UserId::from_bytes([1; 16]);
        let message = Message::new(
            MessageId::from_bytes([1; 16]),
            sender_id,
            Recipient::User(sender_id),
            Seq(1),
            content,
        );
        let matches = matches.iter().map(|(start, end)| Span { start: *start, end: *end }).collect();
        let piece = |Piece { text, is_match }| if is_match { format!("[{text}]") } else { text };
        excerpt(&Hit { message, matches }).into_iter().map(piece).collect()
    }

    #[test]
    fn what_was_looked_for_is_marked() {
        assert_eq!(marked("Zürich, 東京 x", &[(0, 6), (9, 10)]), "[Zürich], 東[京] x");
        assert_eq!(marked("no match", &[]), "no match");
    }

    #[test]
    fn a_long_text_is_shown_from_a_word_shortly_before_the_first_match() {
        let text = format!("{}cake {}", "word ".repeat(100), "more ".repeat(100));
        let shown = marked(&text, &[(500, 504)]);
        assert!(shown.starts_with("… word word word word word word [cake] more"), "{shown}");
        assert_eq!(shown.chars().count(), LENGTH + 2 + 2);
        let unbroken = format!("{}cake", "x".repeat(100));
        assert_eq!(marked(&unbroken, &[(100, 104)]), format!("… {}[cake]", "x".repeat(30)));
    }

    #[test]
    fn a_place_that_the_text_does_not_have_does_no_harm() {
        assert_eq!(marked("abc", &[(1, 2), (0, 9), (50, 60), (7, 3)]), "a[b][c]");
    }
}
