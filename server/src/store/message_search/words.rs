//! The words of a text, in a form in which spellings do not matter.
//!
//! Letters lose their case, accents and width. Scripts that put no spaces between words (Chinese, Japanese,
//! Thai), Korean, whose endings are written at the word, and emoji have no words here: each of their
//! characters is one, called a sign. A row of signs is found by its pairs, so that any part of it is found.

use std::collections::BTreeSet;

use protocol::{UserId, text::is_invisible};
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};

use crate::store::search::fold;

/// Characters of a word that the index keeps.
const KEPT: usize = 40;
/// The index has who wrote a message and whether there is a link in it as words of these characters, which no
/// text has: they are for private use, and no letters.
const SENDER: char = '\u{e000}';
const LINK: char = '\u{e001}';
/// How an address begins that the page makes a link of.
const SCHEMES: [&str; 3] = ["http", "https", "mailto"];

/// The words of a text, one after the other.
#[derive(Default)]
pub(super) struct Words {
    folded: String,
    all: Vec<Word>,
}

struct Word {
    /// Bytes of `folded`.
    start: usize,
    end: usize,
    /// Characters of the text.
    from: usize,
    to: usize,
    is_sign: bool,
}

/// One word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Folded<'a> {
    pub(super) text: &'a str,
    pub(super) is_sign: bool,
}

impl Words {
    pub(super) fn of(text: &str) -> Self {
        let mut words = Self::default();
        let mut in_word = false;
        let mut rest = text.chars().enumerate().peekable();
        let mut group = String::new();
        while let Some((from, c)) = rest.next() {
            if c.is_ascii() && rest.peek().is_none_or(|(_, next)| next.is_ascii()) {
                in_word = c.is_ascii_alphanumeric();
                if in_word {
                    words.add(c.to_ascii_lowercase(), from, from + 1, false);
                } else {
                    words.close();
                }
                continue;
            }
            group.clear();
            group.push(c);
            let mut to = from + 1;
            while let Some((at, next)) = rest.next_if(|(_, next)| continues(*next)) {
                group.push(next);
                to = at + 1;
            }
            for c in fold(&group).chars() {
                if is_sign(c) {
                    words.close();
                    words.add(c, from, to, true);
                    words.close();
                    in_word = false;
                } else if c.is_alphanumeric() || (in_word && is_combining_mark(c)) {
                    words.add(c, from, to, false);
                    in_word = true;
                } else if !is_invisible(c) || c.is_whitespace() || c.is_control() {
                    words.close();
                    in_word = false;
                }
            }
        }
        words.close();
        words
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn get(&self, index: usize) -> Folded<'_> {
        let Word { start, end, is_sign, .. } = self.all[index];
        Folded { text: &self.folded[start..end], is_sign }
    }

    /// The characters of the text from one word to another one.
    pub(super) fn span(&self, first: usize, last: usize) -> (usize, usize) {
        (self.all[first].from, self.all[last].to)
    }

    fn add(&mut self, c: char, from: usize, to: usize, is_sign: bool) {
        let start = self.folded.len();
        self.folded.push(c);
        let end = self.folded.len();
        match self.all.last_mut().filter(|word| word.end == start && word.end > word.start) {
            Some(word) => (word.end, word.to) = (end, to),
            None => self.all.push(Word { start, end, from, to, is_sign }),
        }
    }

    /// The next letter begins another word.
    fn close(&mut self) {
        if self.all.last().is_some_and(|word| word.end == self.folded.len()) {
            self.folded.push(' ');
        }
    }

    /// What the index keeps of them, or looks for: each word, and for signs each pair of neighbours.
    pub(super) fn in_index(&self) -> impl Iterator<Item = String> {
        let pair = |index: usize| {
            let (one, other) = (self.get(index), self.get(index + 1));
            (one.is_sign && other.is_sign).then(|| format!("{}{}", one.text, other.text))
        };
        let singles = (0..self.len()).map(|index| kept(self.get(index).text).to_owned());
        singles.chain((1..self.len()).filter_map(move |index| pair(index - 1)))
    }
}

/// The beginning of a word, as long as the index keeps it.
pub(super) fn kept(word: &str) -> &str {
    word.char_indices().nth(KEPT).map_or(word, |(end, _)| &word[..end])
}

/// All that the index keeps of a message.
pub(super) fn for_index(sender: UserId, text: &str) -> String {
    let mut words: BTreeSet<String> = Words::of(text).in_index().collect();
    words.insert(of_sender(sender));
    if has_address(text) {
        words.insert(LINK.to_string());
    }
    words.into_iter().collect::<Vec<_>>().join(" ")
}

/// The word by which the index knows who wrote something.
pub(super) fn of_sender(user: UserId) -> String {
    // The first half of an id is its time.
    let half = user.into_bytes().into_iter().skip(8).fold(0_u64, |half, byte| half << 8 | u64::from(byte));
    format!("{SENDER}{half:016x}")
}

/// Words of which the index has one for each message with a link: its own word, or how an address begins.
pub(super) fn of_link() -> Vec<String> {
    let beginnings = SCHEMES.iter().map(|scheme| (*scheme).to_owned());
    beginnings.chain([LINK.to_string()]).collect()
}

/// Whether there is a link in a text, as the page shows it.
pub(super) fn has_link(text: &str) -> bool {
    let begins = |scheme: &&str| {
        text.as_bytes().windows(scheme.len()).any(|some| some.eq_ignore_ascii_case(scheme.as_bytes()))
    };
    SCHEMES.iter().any(begins) && markdown::has_link(text)
}

/// Whether the index has [`LINK`] for a text. What it has of a message must always be the same, because it is told what to
/// forget when the message is changed.
fn has_address(text: &str) -> bool {
    let follows = |scheme: &str| {
        text.match_indices(scheme)
            .any(|(at, _)| text[at + scheme.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '['))
    };
    follows("https://") || follows("http://")
}

/// Whether a character belongs to the one before: an accent, a narrow Japanese voicing mark, or a part of a Korean
/// syllable.
fn continues(c: char) -> bool {
    !c.is_ascii()
        && (canonical_combining_class(c) != 0
            || matches!(c, '\u{1160}'..='\u{11ff}' | '\u{ff9e}'..='\u{ff9f}'))
}

/// A character of a script without spaces between words, of Korean, or an emoji.
fn is_sign(c: char) -> bool {
    matches!(c,
        // Thai, Lao, Burmese, Khmer
        '\u{e01}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        // Korean
        | '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{ac00}'..='\u{d7ff}'
        // Japanese and Chinese
        | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30fa}' | '\u{30fc}'..='\u{312f}' | '\u{31a0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{1aff0}'..='\u{1b16f}' | '\u{20000}'..='\u{3ffff}'
        // Emoji
        | '\u{2600}'..='\u{27bf}' | '\u{2b50}'..='\u{2b55}' | '\u{1f000}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let words = Words::of(text);
        (0..words.len()).map(|index| words.get(index).text.to_owned()).collect()
    }

    #[test]
    fn letters_lose_case_accents_and_width() {
        for (one, other) in [
            ("Müller", "muller"),
            ("MU\u{308}LLER", "muller"),
            ("Straße", "STRASSE"),
            ("Привет Ёлка", "привет елка"),
            ("ΟΔΟΣ", "οδός"),
            ("ｆｕｌｌ ｗｉｄｔｈ", "full width"),
            ("Łódź", "lodz"),
            ("İstanbul", "istanbul"),
            ("مُحَمَّد", "محمد"),
            ("ﾊﾞﾅﾅ", "バナナ"),
            ("\u{1112}\u{1161}\u{11ab}글", "한글"),
            ("Việt Nam", "viet nam"),
        ] {
            assert_eq!(words(one), words(other), "{one}");
        }
        // The mark makes another syllable of it.
        assert_ne!(words("が"), words("か"));
        assert_eq!(words("हिन्दी"), ["हिन्दी"]);
    }

    #[test]
    fn words_end_where_no_letter_is() {
        assert_eq!(
            words("Let's meet at 12:30, foo_bar!"),
            ["let", "s", "meet", "at", "12", "30", "foo", "bar"]
        );
        assert_eq!(words(" \u{e000}?!\u{200b}.. "), [""; 0]);
        assert_eq!(words("co\u{ad}op a\u{200d}b"), ["coop", "ab"]);
        assert_eq!(words("é\u{301}x éa"), ["ex", "ea"]);
    }

    #[test]
    fn each_sign_is_a_word_and_each_pair_of_them_is_in_the_index() {
        assert_eq!(words("iPhone手机👍ok"), ["iphone", "手", "机", "👍", "ok"]);
        let index: Vec<_> = Words::of("a 東京都 b").in_index().collect();
        assert_eq!(index, ["a", "東", "京", "都", "b", "東京", "京都"]);
    }

    #[test]
    fn a_word_knows_where_it_was() {
        let text = "Zu\u{308}rich, 東京 x";
        let words = Words::of(text);
        let spans: Vec<_> = (0..words.len()).map(|index| words.span(index, index)).collect();
        assert_eq!(spans, [(0, 7), (9, 10), (10, 11), (12, 13)]);
    }

    #[test]
    fn what_the_index_keeps_has_each_word_once_and_nothing_that_is_syntax() {
        let ann = UserId::from_bytes([7; 16]);
        let kept = for_index(ann, "a \"A\" AND (b* OR -c) NEAR: a https://x.example");
        let sender = "\u{e000}0707070707070707";
        assert_eq!(kept, format!("a and b c example https near or x {sender} \u{e001}"));
        assert_eq!(kept.chars().filter(|c| "\"*()-:".contains(*c)).count(), 0);
        let long = for_index(ann, &"x".repeat(4_000));
        assert_eq!(long, format!("{} {sender}", "x".repeat(40)));
    }

    #[test]
    fn a_link_can_be_followed() {
        for (text, expected) in [
            ("see https://a.example", true),
            ("http://[::1]/", true),
            ("HTTPS://A.EXAMPLE", true),
            ("write to mailto:ann@a.example", true),
            ("[here](https://a.example) or **there**", true),
            ("> - _https://a.example_", true),
            ("https://", false),
            ("xhttps://a.example", false),
            ("mailto:ann", false),
            ("`https://a.example`", false),
            ("a.example", false),
        ] {
            assert_eq!(has_link(text), expected, "{text}");
        }
    }
}
