//! Mentions: where a text says `@name`, and which names that can be.
//!
//! Both ends ask here: the server to find out who is mentioned, the page to show it.

use std::ops::Range;

use crate::{
    limits,
    role::Role,
    text::{Username, is_mark},
};

/// What stands behind an `@` to mention everybody in a group. It is no one's name there.
pub const ALL: &str = "all";

/// Whether somebody with this role mentions everybody with `@all`, in a group with so many members. In a large
/// group only its owner and its admins do.
#[must_use]
pub fn may_mention_all(role: Role, members: u64) -> bool {
    role.moderates() || members <= limits::MENTION_ALL_MEMBERS
}

/// Characters that are looked at behind an `@`: a name may be written with its accents apart.
const LOOKED_AT: usize = 2 * *limits::USERNAME_CHARS.end();

/// An `@` that is not inside of a word, and what follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mention<'a> {
    /// The text.
    text: &'a str,
    /// Where the `@` stands, in bytes.
    at: usize,
}

/// All of a text, which is not code. A text without an `@` costs nothing.
pub fn mentions(text: &str) -> impl Iterator<Item = Mention<'_>> {
    text.match_indices('@').map(move |(at, _)| Mention { text, at }).filter(|mention| {
        let before = mention.text[..mention.at].chars().next_back();
        before.is_none_or(|before| !is_of_word(before) || stands_alone(before))
    })
}

impl<'a> Mention<'a> {
    /// The names that it can be, the longest first. A name ends where the word ends, or before the
    /// punctuation at its end; in a script without spaces between words it may end anywhere.
    pub fn names(self) -> impl Iterator<Item = Username> + 'a {
        self.candidates().filter_map(|text| text.parse().ok())
    }

    /// The texts that may be these names, before it is known whether they can be. To parse one takes much longer than
    /// to find it.
    pub fn candidates(self) -> impl ExactSizeIterator<Item = &'a str> {
        self.ends().into_iter().rev().map(move |end| &self.text[self.at + 1..end])
    }

    /// Where it stands in the text, `@` included, if the name is one that `is_meant` knows.
    pub fn range(self, is_meant: impl Fn(&Username) -> bool) -> Option<Range<usize>> {
        let ends = self.ends().into_iter().rev();
        let mut names = ends.map(|end| (end, self.text[self.at + 1..end].parse()));
        names.find(|(_, name)| name.as_ref().is_ok_and(&is_meant)).map(|(end, _)| self.at..end)
    }

    /// What stands behind the `@`, if that is the end of the text and may become a name.
    #[must_use]
    pub fn unfinished(self) -> Option<&'a str> {
        let rest = &self.text[self.at + 1..];
        rest.chars().all(is_of_name).then_some(rest)
    }

    /// Where a name may end, in bytes of the text, ascending.
    fn ends(self) -> Vec<usize> {
        let start = self.at + 1;
        let mut characters = self.text[start..].char_indices().take(LOOKED_AT).peekable();
        let (mut ends, mut letters) = (Vec::new(), 0);
        while let Some((place, c)) = characters.next_if(|(_, c)| is_of_name(*c)) {
            letters += usize::from(!may_be_composed(c));
            if letters > *limits::USERNAME_CHARS.end() {
                break;
            }
            let end = start + place + c.len_utf8();
            if self.may_end(end) {
                ends.push(end);
            }
        }
        ends
    }

    fn may_end(self, end: usize) -> bool {
        let rest = &self.text[end..];
        let Some(next) = rest.chars().next() else { return true };
        match next {
            '.' | '_' | '-' => !rest.trim_start_matches(['.', '_', '-']).starts_with(is_of_word),
            next => !is_of_name(next) || (stands_alone(next) && !is_mark(next)),
        }
    }
}

/// Whether it can be a part of a name.
#[must_use]
pub fn is_of_name(c: char) -> bool {
    matches!(c, '.' | '_' | '-' | '\u{200c}' | '\u{200d}')
        || c.is_alphanumeric()
        || (!c.is_ascii() && is_mark(c))
}

/// Whether it may become one character with what stands before it: a mark, or a part of a syllable of Hangul.
fn may_be_composed(c: char) -> bool {
    is_mark(c) || matches!(c, '\u{1160}'..='\u{11ff}')
}

/// Whether an `@` beside it belongs to an address or to another word.
fn is_of_word(c: char) -> bool {
    matches!(c, '_' | '+' | '@') || c.is_alphanumeric() || (!c.is_ascii() && is_mark(c))
}

/// Whether it is of a script that has no spaces between words, or hangs particles on them.
const fn stands_alone(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ff9f}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<Vec<String>> {
        let names = |mention: Mention<'_>| mention.names().map(|name| name.as_str().to_owned()).collect();
        mentions(text).map(names).collect()
    }

    #[test]
    fn a_name_is_a_whole_word_without_the_punctuation_at_its_end() {
        for (text, found) in [
            ("@ann", &["ann"][..]),
            ("hey @ann, look", &["ann"]),
            ("(@ann)", &["ann"]),
            ("@ann's", &["ann"]),
            ("@ann.", &["ann.", "ann"]),
            ("@ann...", &["ann...", "ann..", "ann.", "ann"]),
            ("@ann-marie", &["ann-marie"]),
            ("@ann.lee.", &["ann.lee.", "ann.lee"]),
            ("@annabel", &["annabel"]),
            ("@Jose\u{301}!", &["Jos\u{e9}"]),
            ("你好@小明明你", &["小明明你", "小明明"]),
            ("@हिन्दी", &["हिन्दी"]),
            (".@ann", &["ann"]),
        ] {
            assert_eq!(names(text), [found], "{text}");
        }
    }

    #[test]
    fn an_address_and_a_lone_sign_mention_nobody() {
        for text in ["ann@example.org", "a.b+@ann", "x_@ann", "ann@ben", "no sign", "é@ann"] {
            assert_eq!(names(text), [[""; 0]; 0], "{text}");
        }
        for text in ["@", "@ ann", "@an", "@@", "@!", &format!("@{}", "a".repeat(70))] {
            assert!(names(text).iter().all(Vec::is_empty), "{text}");
        }
    }

    #[test]
    fn the_longest_known_name_is_meant() {
        let range = |text: &str, known: &[&str]| {
            mentions(text).find_map(|one| one.range(|name| known.contains(&name.folded().as_str())))
        };
        assert_eq!(range("x @Ann. y", &["ann", "ann."]), Some(2..7));
        assert_eq!(range("x @Ann. y", &["ann"]), Some(2..6));
        assert_eq!(range("x @Anna y", &["ann"]), None);
        assert_eq!(range("@ben @ann", &["ann"]), Some(5..9));
    }
}
