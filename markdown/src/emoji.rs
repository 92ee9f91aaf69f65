//! Whether a text is nothing but a few emoji.

use unicode_properties::{EmojiStatus, UnicodeEmoji as _};
use unicode_segmentation::UnicodeSegmentation as _;

/// Whether a text consists of emoji alone, between one and `most` of them, perhaps with spaces.
#[must_use]
pub fn is_only_emoji(text: &str, most: usize) -> bool {
    let mut count = 0;
    for character in text.graphemes(true) {
        if character.trim().is_empty() {
            continue;
        }
        count += 1;
        if count > most || !is_emoji(character) {
            return false;
        }
    }
    count > 0
}

/// Whether a character, as people see it, is shown as a picture.
fn is_emoji(character: &str) -> bool {
    let mut parts = character.chars();
    let (Some(first), second) = (parts.next(), parts.next()) else { return false };
    let has = |part| character.contains(part);
    if has('\u{fe0e}') {
        // Asked to be shown as text.
        return false;
    }
    match first {
        // Half a flag is none.
        '\u{1f1e6}'..='\u{1f1ff}' => {
            second.is_some_and(|second| ('\u{1f1e6}'..='\u{1f1ff}').contains(&second))
        }
        '0'..='9' | '#' | '*' => has('\u{20e3}'),
        _ => match first.emoji_status() {
            EmojiStatus::EmojiPresentation
            | EmojiStatus::EmojiPresentationAndModifierBase
            | EmojiStatus::EmojiPresentationAndEmojiComponent
            | EmojiStatus::EmojiPresentationAndModifierAndEmojiComponent => true,
            // Text, unless something says otherwise: the selector or a skin tone.
            EmojiStatus::EmojiOther | EmojiStatus::EmojiModifierBase => {
                has('\u{fe0f}') || second.is_some_and(|second| ('\u{1f3fb}'..='\u{1f3ff}').contains(&second))
            }
            _ => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_to_three_emoji_alone_are_seen_as_such() {
        for text in ["🎉", "👍🏽", "❤️", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪", "1️⃣", "☝🏽", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🎉 🎉\n🎉", " 👋 "]
        {
            assert!(is_only_emoji(text, 3), "{text}");
        }
    }

    #[test]
    fn anything_else_is_not() {
        for text in [
            "",
            " ",
            "1",
            "#",
            "*",
            "a🎉",
            "🎉!",
            "🎉🎉🎉🎉",
            "❤",
            "❤\u{fe0e}",
            "©",
            "™",
            "🇩",
            "\u{200d}",
            "ok",
        ] {
            assert!(!is_only_emoji(text, 3), "{text}");
        }
    }
}
