//! Which user names are the same, and which only look the same.
//!
//! A name is what RFC 8265 calls a `UsernameCaseMapped`: without regard to case, to the width of
//! letters, and to how an accent was typed. Two names that look alike (Unicode Technical Standard
//! 39) cannot both be taken, whatever their letters are.

use precis_core::profile::PrecisFastInvocation;
use precis_profiles::{OpaqueString, UsernameCaseMapped};
use protocol::{
    Username,
    text::{Stored, has_few_marks, is_invisible},
};
use unicode_normalization::UnicodeNormalization;
use unicode_security::confusable_detection;

/// A name that somebody wants to have.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    /// As others see it.
    pub(crate) shown: Username,
    /// What all spellings of it have in common; none if it may not be a name.
    pub(crate) folded: Option<String>,
    /// What every name that looks like it has in common with it.
    pub(crate) looks: Vec<String>,
}

impl Name {
    pub(crate) fn of(username: &Username) -> Self {
        let folded = fold(username).filter(|_| has_few_marks(username.as_str()));
        Self { shown: shown(username), folded, looks: looks(username) }
    }
}

/// What all spellings of a name have in common; none for a text that may not be a name.
pub(crate) fn fold(username: &Username) -> Option<String> {
    UsernameCaseMapped::enforce(spelt_out(username.as_str())).ok().map(Into::into)
}

/// What names that look alike have in common. They are compared as they are shown, where a capital I looks
/// like a small l, and in small letters, as people may type them.
pub(crate) fn looks(username: &Username) -> Vec<String> {
    let plain: String = username.as_str().chars().filter(|c| !is_invisible(*c)).nfkc().collect();
    let mut looks: Vec<String> =
        [&plain, &plain.to_lowercase()].map(|text| confusable_detection::skeleton(text).collect()).into();
    looks.dedup();
    looks
}

/// The form of a password that is hashed: keyboards differ in how they write an accent or a space.
pub(crate) fn password(typed: &str) -> String {
    // Older versions accepted passwords that RFC 8265 does not allow. They stay valid.
    OpaqueString::enforce(typed).map_or_else(|_| typed.nfc().collect(), Into::into)
}

/// Replaces letters that are as wide as Chinese ones, made for old terminals, by those of the usual width.
fn shown(username: &Username) -> Username {
    let is_wide = |c: &char| matches!(c, '\u{ff01}'..='\u{ffee}');
    let usual = |c: char| if is_wide(&c) { c.nfkc().collect() } else { c.to_string() };
    let text = username.as_str();
    if text.chars().any(|c| is_wide(&c)) {
        Username::stored(text.chars().map(usual).collect::<String>().nfc().collect())
    } else {
        username.clone()
    }
}

/// As RFC 8264 allows what names contain. The vowel AM of Thai and Lao has to be in its two parts. Cherokee has
/// to be in capitals: its small letters are younger than the Unicode that the RFC and its libraries know.
fn spelt_out(text: &str) -> String {
    let mut spelt = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{e33}' => spelt.push_str("\u{e4d}\u{e32}"),
            '\u{eb3}' => spelt.push_str("\u{ecd}\u{eb2}"),
            '\u{13f8}'..='\u{13fd}' | '\u{ab70}'..='\u{abbf}' => spelt.extend(c.to_uppercase()),
            _ => spelt.push(c),
        }
    }
    spelt
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::of(&text.parse().unwrap())
    }

    #[test]
    fn spellings_of_one_name_are_folded_to_one() {
        for (one, other) in [
            ("Jos\u{e9}", "jose\u{301}"),
            ("ANN", "ann"),
            ("\u{ff41}\u{ff4e}\u{ff4e}", "ann"),
            ("ᏣᎳᎩ", "Ꮳꮃꭹ"),
        ] {
            assert_eq!(name(one).folded, name(other).folded, "{one} {other}");
            assert!(name(one).folded.is_some());
        }
        assert_eq!(name("\u{ff21}nn").shown.as_str(), "Ann");
        assert_eq!(name("Zo\u{eb}").shown.as_str(), "Zo\u{eb}");
    }

    #[test]
    fn names_of_every_script_may_be_names() {
        for text in [
            "हिन्दी",
            "น้ำ",
            "தமிழ்",
            "محمد",
            "דנה",
            "李小龍",
            "さくら",
            "ສະບາຍດີ",
            "Łukasz",
            "Ίκαρος",
            "नेपाली_7",
            "ᏣᎳᎩ",
            "Ꮳꮃꭹ",
        ] {
            let name = name(text);
            assert!(name.folded.is_some(), "{text}");
            assert_eq!(name.shown.as_str(), text);
        }
    }

    #[test]
    fn what_a_name_is_folded_to_is_a_name_and_folded_to_itself() {
        let letters = ('\u{a1}'..=char::MAX).map(|letter| format!("ann{letter}ann"));
        let names = letters.filter_map(|name| name.parse().ok());
        let folded: Vec<_> = names.filter_map(|name: Username| fold(&name)).collect();
        assert!(folded.len() > 90_000, "{}", folded.len());
        for once in folded {
            let twice = once.parse().ok().as_ref().and_then(fold);
            assert_eq!(twice.as_ref(), Some(&once), "{}", once.escape_unicode());
        }
    }

    #[test]
    fn a_name_with_an_accent_twice_on_a_letter_may_not_be_taken_but_can_be_logged_in_with() {
        for text in ["Jos\u{e9}\u{301}", "ann\u{323}\u{323}"] {
            assert_eq!(name(text).folded, None, "{text}");
            assert!(fold(&text.parse().unwrap()).is_some(), "{text}");
        }
    }

    #[test]
    fn what_looks_alike_has_a_look_in_common() {
        for (one, other) in [
            ("ann", "\u{430}nn"),
            ("sam", "\u{17f}am"),
            ("ann", "\u{1d41a}\u{1d427}\u{1d427}"),
            ("fullwidth", "\u{ff46}ullwidth"),
            ("paypal", "paypaI"),
            ("paypal", "paypa1"),
            ("scope", "\u{455}\u{441}\u{43e}\u{440}\u{435}"),
            ("Bob", "B\u{3bf}b"),
        ] {
            let others = name(other).looks;
            assert!(name(one).looks.iter().any(|look| others.contains(look)), "{one} {other}");
        }
        for (one, other) in [("ann", "anna"), ("user2", "user3"), ("Max", "Mex"), ("李", "季")] {
            let one: Vec<_> = one.chars().chain("___".chars()).collect();
            let other: Vec<_> = other.chars().chain("___".chars()).collect();
            let (one, other) = (one.iter().collect::<String>(), other.iter().collect::<String>());
            let others = name(&other).looks;
            assert!(!name(&one).looks.iter().any(|look| others.contains(look)), "{one} {other}");
        }
    }

    #[test]
    fn a_password_is_the_same_however_its_accents_and_spaces_are_typed() {
        assert_eq!(password("cafe\u{301} cre\u{300}me"), password("caf\u{e9}\u{a0}cr\u{e8}me"));
        assert_ne!(password("Password"), password("password"));
        // A tab is not allowed by the RFC, but somebody may have one.
        assert_eq!(password("tab\tbed"), "tab\tbed");
    }
}
