//! What stands for a name where there is room for two letters.

use unicode_segmentation::UnicodeSegmentation as _;

/// The beginnings of the first two words, each a whole character as people see it: a flag, a
/// family, an accented letter, a syllable. The style sheet makes them capitals.
pub(crate) fn initials(name: &str) -> String {
    let mut initials = String::new();
    let (mut words, mut in_word) = (0, false);
    for character in name.graphemes(true) {
        let is_letter = character.starts_with(char::is_alphanumeric);
        if is_letter && !in_word {
            initials.push_str(character);
            words += 1;
        }
        if words == 2 {
            break;
        }
        in_word = is_letter;
    }
    if initials.is_empty() {
        initials.extend(name.graphemes(true).find(|character| !character.trim().is_empty()));
    }
    initials
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_the_beginnings_of_the_first_two_words() {
        for (name, letters) in [
            ("ann", "a"),
            ("grace.okonkwo", "go"),
            ("Release 0.4 notes", "R0"),
            ("élif", "é"),
            ("🌳", "🌳"),
            ("", ""),
        ] {
            assert_eq!(initials(name), letters);
        }
    }

    #[test]
    fn no_character_is_cut() {
        for (name, letters) in [
            ("🏳️‍🌈", "🏳️‍🌈"),
            ("👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦"),
            ("e\u{301}lan", "e\u{301}"),
            ("हिन्दी क्लब", "हिक्ल"),
            ("தமிழ்", "த"),
            ("น้ำ", "น้ำ"),
        ] {
            assert_eq!(initials(name), letters, "{name}");
        }
    }
}
