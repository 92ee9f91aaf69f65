//! The part of a message that shows why it was found. Plain Rust.

use protocol::{Hit, Span};
use unicode_segmentation::UnicodeSegmentation as _;

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
    let text = message.content.as_str();
    let letters: Vec<char> = text.chars().collect();
    // Where what people see as one character begins: it is shown whole, and marked whole.
    let begins: Vec<usize> = text
        .graphemes(true)
        .scan(0, |at, letter| Some(std::mem::replace(at, *at + letter.chars().count())))
        .chain([letters.len()])
        .collect();
    let at = |place: u32| (place as usize).min(letters.len());
    let down = |at: usize| begins[begins.partition_point(|begin| *begin <= at).saturating_sub(1)];
    let up = |at: usize| begins[begins.partition_point(|begin| *begin < at)];
    let first = matches.first().map_or(0, |Span { start, .. }| at(*start));
    let start = match first.saturating_sub(BEFORE) {
        // A few more characters cost less than what says that they are missing.
        ..=3 => 0,
        from => down((from..first).find(|at| letters[at - 1].is_whitespace()).unwrap_or(from)),
    };
    let longest = letters.len().min(start + LENGTH);
    let end = Some(down(longest)).filter(|end| *end > start).unwrap_or(longest);
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
        let (from, to) = (down(at(*start)).clamp(done, end), up(at(*to)).clamp(done, end));
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
    fn no_character_is_cut_or_marked_in_part() {
        const FAMILY: &str = "👨‍👩‍👧‍👦";
        // The beginning would be within a family, and the end, too.
        let text = format!("{}cake{}", FAMILY.repeat(20), FAMILY.repeat(30));
        let shown = marked(&text, &[(140, 144)]);
        assert_eq!(shown, format!("… {}[cake]{}", FAMILY.repeat(5), FAMILY.repeat(17)));
        assert_eq!(marked("cafe\u{301}s", &[(0, 4)]), "[cafe\u{301}]s");
    }

    #[test]
    fn a_place_that_the_text_does_not_have_does_no_harm() {
        assert_eq!(marked("abc", &[(1, 2), (0, 9), (50, 60), (7, 3)]), "a[b][c]");
    }
}
