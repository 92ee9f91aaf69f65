//! What people type, parsed: an invalid text cannot exist.
//!
//! Each type is a private newtype. What somebody types comes in by [`FromStr`], and so does what a
//! request carries. What was stored comes in by [`Stored`]: it was parsed when it was written, perhaps
//! by rules that are stricter now, and stays readable.

mod character;
mod unicode;

use std::{borrow::Cow, fmt, ops::RangeInclusive, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

pub use self::character::{is_bidi_control, is_invisible, is_mark};
use crate::{
    error_code::{Coded, ErrorCode},
    limits,
    number::Timestamp,
};

/// Why a text was refused. `Display` is a sentence for the person who typed it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing is left after trimming, or fewer characters than the limit asks for.
    #[error("{what} must have at least {min} {}.", characters(*.min))]
    TooShort {
        /// What was typed, as a sentence's subject.
        what: &'static str,
        /// The least number of characters.
        min: usize,
    },
    /// More characters than the limit allows.
    #[error("{what} must have at most {max} {}; this one has {has}.", characters(*.max))]
    TooLong {
        /// What was typed, as a sentence's subject.
        what: &'static str,
        /// The greatest number of characters.
        max: usize,
        /// How many there are.
        has: usize,
    },
    /// Long enough, but nothing in it can be seen.
    #[error("{what} must have a character that can be seen.")]
    Invisible {
        /// What was typed, as a sentence's subject.
        what: &'static str,
    },
    /// A character that changes the direction of writing, of what follows and of the text around it.
    #[error("{what} must not have characters that change the direction of writing.")]
    Direction {
        /// What was typed, as a sentence's subject.
        what: &'static str,
    },
    /// A letter with the same mark twice in a row, which cannot be told from one with it once, or with too many marks.
    #[error("{what} must not have so many accents on one letter, or the same one twice.")]
    Marks {
        /// What was typed, as a sentence's subject.
        what: &'static str,
    },
    /// A character that this kind of text cannot have.
    #[error("{what} may have {allowed} only.")]
    Character {
        /// What was typed, as a sentence's subject.
        what: &'static str,
        /// What may be in it.
        allowed: &'static str,
    },
}

fn characters(n: usize) -> &'static str {
    if n == 1 { "character" } else { "characters" }
}

impl TextError {
    /// The code that goes over the wire.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::TooShort { .. } => ErrorCode::TextTooShort,
            Self::TooLong { .. } => ErrorCode::TextTooLong,
            Self::Invisible { .. } | Self::Direction { .. } | Self::Marks { .. } | Self::Character { .. } => {
                ErrorCode::InvalidText
            }
        }
    }
}

/// Checks a text that has so many characters, depending on how its accents are written.
fn check_length(
    what: &'static str,
    text: &str,
    has: &RangeInclusive<usize>,
    limit: &RangeInclusive<usize>,
) -> Result<(), TextError> {
    if has.end() < limit.start() || text.trim().is_empty() {
        return Err(TextError::TooShort { what, min: *limit.start() });
    }
    if has.start() > limit.end() {
        return Err(TextError::TooLong { what, max: *limit.end(), has: *has.start() });
    }
    Ok(())
}

/// The characters of a text as it is.
fn as_it_is(text: &str) -> RangeInclusive<usize> {
    let count = text.chars().count();
    count..=count
}

/// The characters of a text that means the same however its accents are written: from the shortest form to the
/// longest. The composed form (NFC) takes a few characters of some scripts apart.
fn in_every_form(text: &str) -> RangeInclusive<usize> {
    if text.is_ascii() {
        return as_it_is(text);
    }
    let count = |text: &str| text.chars().count();
    count(text).min(count(&unicode::nfc(text)))..=count(&unicode::nfd(text))
}

/// A text that was parsed before it was stored.
pub trait Stored {
    /// Takes it as it is.
    fn stored(text: String) -> Self;
}

/// For the fields of what a server sends: `#[serde(deserialize_with = "text::stored")]`.
pub(crate) fn stored<'de, T: Stored, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    String::deserialize(deserializer).map(T::stored)
}

/// The same for a field that may be left out, with `default`.
pub(crate) fn stored_option<'de, T: Stored, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(T::stored))
}

macro_rules! texts {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident, $what:literal, $limit:expr, $count:expr, $prepare:expr, $check:expr;
    )+) => { $(
        $(#[doc = $doc])+
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = TextError;

            fn from_str(text: &str) -> Result<Self, TextError> {
                let prepare: fn(&str) -> Cow<'_, str> = $prepare;
                let text = prepare(text);
                check_length($what, &text, &$count(&text), &$limit)?;
                let check: fn(&'static str, &str) -> Result<(), TextError> = $check;
                check($what, &text)?;
                Ok(Self(text.into_owned()))
            }
        }

        impl Stored for $name {
            fn stored(text: String) -> Self {
                Self(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(|error: TextError| {
                    de::Error::custom(Coded(error.code(), error))
                })
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "minLength": $limit.start(),
                    "maxLength": $limit.end(),
                    "description": concat!($($doc),+),
                })
            }
        }
    )+ };
}

texts! {
    /// A message's text. Line ends at both ends are trimmed; nothing else is ever altered. A text in
    /// which nothing can be seen is no message.
    MessageText, "A message", limits::MESSAGE_CHARS, as_it_is,
        |text| text.trim_matches(['\n', '\r']).into(), visible;
    /// A person's name for logging in and being found, composed (NFC). Unique without regard to
    /// case, width and look-alikes.
    Username, "A user name", limits::USERNAME_CHARS, as_it_is, composed, name_characters;
    /// A group's name, composed (NFC). Several groups may have the same one.
    GroupName, "A group name", limits::GROUP_NAME_CHARS, as_it_is,
        |text| composed(text.trim()), group_name_characters;
    /// A password as it was typed. `Debug` does not show it, and the server never sends it out. However a
    /// keyboard writes accents, it is the same password: it is too short or too long only if it is so in every
    /// form.
    Password, "A password", limits::PASSWORD_CHARS, in_every_form, |text| text.into(), any;
    /// The sender's own id for a message, a UUID as a rule. Together with the sender it identifies the
    /// message permanently, so that sending again cannot double it.
    ClientId, "A client id", limits::CLIENT_ID_CHARS, as_it_is, |text| text.into(), no_control_characters;
    /// One emoji, in the spelling that Unicode recommends: ❤ and ❤️ are the same.
    Emoji, "A reaction", limits::EMOJI_CHARS, as_it_is, |text| unicode::emoji(text).unwrap_or(text).into(), emoji;
}

/// Letters with their accents in one character where there is one: keyboards differ in how they
/// write them, and both are the same name.
fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { text.into() } else { unicode::nfc(text).into() }
}

macro_rules! shown {
    ($($name:ident),+) => { $(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+ };
}

shown!(MessageText, Username, GroupName, ClientId, Emoji);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

impl MessageText {
    /// The text of a deleted message: none.
    #[must_use]
    pub const fn deleted() -> Self {
        Self(String::new())
    }
}

impl Username {
    /// What two spellings of one name have in common; unique in the store.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

impl ClientId {
    /// The id for what is about to be sent: a UUID that begins with the time (RFC 9562, version 7), so that a server
    /// finds the newest ones beside each other in its index. A wrong clock makes it no less unique.
    #[must_use]
    pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
        let milliseconds = u64::try_from(now.0).unwrap_or_default();
        Self(uuid::Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid().to_string())
    }
}

fn any(_: &'static str, _: &str) -> Result<(), TextError> {
    Ok(())
}

fn visible(what: &'static str, text: &str) -> Result<(), TextError> {
    if text.chars().all(is_invisible) { Err(TextError::Invisible { what }) } else { Ok(()) }
}

/// Letters of any script, with the marks that belong to them: without marks there is no Hindi, Thai or
/// Tamil name. When somebody registers, the server also refuses what looks like another name, because it knows the
/// other names, and what no name may have for other reasons (RFC 8265, [`has_few_marks`]).
fn name_characters(what: &'static str, text: &str) -> Result<(), TextError> {
    let mut before = None;
    for c in text.chars() {
        let joins = |before: char| before.is_alphanumeric() || character::is_mark(before);
        let allowed = match c {
            '.' | '_' | '-' => true,
            // They shape the letters around them; the server checks which letters these are.
            character::ZERO_WIDTH_NON_JOINER | character::ZERO_WIDTH_JOINER => before.is_some_and(joins),
            c if is_invisible(c) => false,
            c if character::is_mark(c) => before.is_some(),
            c => c.is_alphanumeric(),
        };
        if !allowed {
            return Err(TextError::Character { what, allowed: "letters, digits, '.', '_' and '-'" });
        }
        before = Some(c);
    }
    Ok(())
}

fn group_name_characters(what: &'static str, text: &str) -> Result<(), TextError> {
    no_control_characters(what, text)?;
    if text.chars().any(is_bidi_control) {
        return Err(TextError::Direction { what });
    }
    if !has_few_marks(text) {
        return Err(TextError::Marks { what });
    }
    visible(what, text)
}

/// Whether no letter has the same mark twice in a row, or more marks than [`limits::MARKS_A_LETTER`]: what Unicode
/// Technical Standard 39 (section 5.4) recommends for names, with room for the vowels and tones of every script.
#[must_use]
pub fn has_few_marks(text: &str) -> bool {
    let (mut before, mut count) = (' ', 0);
    text.is_ascii()
        || unicode::nfd(text).chars().all(|c| {
            count = if character::is_mark(c) { count + 1 } else { 0 };
            let is_twice = count > 1 && c == before;
            before = c;
            count <= limits::MARKS_A_LETTER && !is_twice
        })
}

fn emoji(what: &'static str, text: &str) -> Result<(), TextError> {
    match unicode::emoji(text) {
        Some(_) => Ok(()),
        None => Err(TextError::Character { what, allowed: "one emoji" }),
    }
}

fn no_control_characters(what: &'static str, text: &str) -> Result<(), TextError> {
    // Unicode's own characters for the end of a line and of a paragraph are no control characters.
    if text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        return Err(TextError::Character { what, allowed: "visible characters and spaces" });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sentence<T: FromStr<Err = TextError>>(text: &str) -> String {
        text.parse::<T>().err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_message_has_1_to_4000_characters_after_its_line_ends_are_trimmed() {
        assert_eq!("\r\n hi\n".parse::<MessageText>().unwrap().as_str(), " hi");
        assert_eq!("a\nb".parse::<MessageText>().unwrap().as_str(), "a\nb");
        for empty in ["", "\n\r\n", " \t "] {
            assert_eq!(sentence::<MessageText>(empty), "A message must have at least 1 character.");
        }
        assert!("é".repeat(4_000).parse::<MessageText>().is_ok());
        assert_eq!(
            sentence::<MessageText>(&"é".repeat(4_001)),
            "A message must have at most 4000 characters; this one has 4001."
        );
    }

    #[test]
    fn a_reaction_is_one_emoji() {
        for good in ["👍", "👍🏽", "❤️", "🏳️‍🌈", "👨‍👩‍👧‍👦", "🇩🇪", "#️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"]
        {
            assert_eq!(good.parse::<Emoji>().unwrap().as_str(), good);
        }
        assert_eq!("❤".parse::<Emoji>(), "❤️".parse());
        for wrong in ["a", "1", "#", "👍👍", "👍 ", "<b>", "\u{fe0f}", "é"] {
            assert_eq!(sentence::<Emoji>(wrong), "A reaction may have one emoji only.", "{wrong}");
        }
        assert_eq!(sentence::<Emoji>(""), "A reaction must have at least 1 character.");
        assert_eq!(
            sentence::<Emoji>(&"👍".repeat(17)),
            "A reaction must have at most 16 characters; this one has 17."
        );
    }

    #[test]
    fn a_user_name_has_3_to_32_letters_digits_dots_lines() {
        for good in ["ann", "Zoë.B-1_2", &"x".repeat(32)] {
            assert!(good.parse::<Username>().is_ok(), "{good}");
        }
        assert_eq!(sentence::<Username>("ab"), "A user name must have at least 3 characters.");
        assert_eq!(
            sentence::<Username>(&"x".repeat(33)),
            "A user name must have at most 32 characters; this one has 33."
        );
        assert_eq!(
            sentence::<Username>("ann b"),
            "A user name may have letters, digits, '.', '_' and '-' only."
        );
    }

    #[test]
    fn a_group_name_has_1_to_64_characters_after_trimming() {
        assert_eq!("  Lunch \n".parse::<GroupName>().unwrap().as_str(), "Lunch");
        assert_eq!(sentence::<GroupName>("  "), "A group name must have at least 1 character.");
        assert!("x".repeat(64).parse::<GroupName>().is_ok());
        assert!("x".repeat(65).parse::<GroupName>().is_err());
        for bad in ["a\u{7}b", "a\nb", "a\u{2028}b", "a\u{2029}b"] {
            assert!(bad.parse::<GroupName>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_cannot_be_seen_is_no_text() {
        for blank in
            ["\u{200b}", "\u{2800}", "\u{3164}\u{3164}", "\u{200b} \u{feff} \u{2060}", "\u{e0041}\u{fe0f}"]
        {
            assert_eq!(sentence::<MessageText>(blank), "A message must have a character that can be seen.");
            assert_eq!(sentence::<GroupName>(blank), "A group name must have a character that can be seen.");
        }
        assert!("\u{3164}\u{3164}\u{3164}".parse::<Username>().is_err());
        for seen in ["\u{1f3f3}\u{fe0f}\u{200d}\u{1f308}", "\u{301}", ".", "\u{200b}x"] {
            assert_eq!(seen.parse::<MessageText>().unwrap().as_str(), seen, "a message is not altered");
        }
    }

    #[test]
    fn no_name_changes_the_direction_of_writing_but_a_message_may() {
        for control in ['\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}', '\u{200e}', '\u{200f}', '\u{61c}'] {
            let name = format!("abc{control}def");
            assert_eq!(
                sentence::<GroupName>(&name),
                "A group name must not have characters that change the direction of writing."
            );
            assert!(name.parse::<Username>().is_err());
            assert_eq!(name.parse::<MessageText>().unwrap().as_str(), name);
        }
        assert!("\u{645}\u{62d}\u{645}\u{62f}".parse::<Username>().is_ok());
    }

    #[test]
    fn two_spellings_of_an_accent_are_one_name() {
        let composed: Username = "Jos\u{e9}".parse().unwrap();
        assert_eq!("Jose\u{301}".parse::<Username>().unwrap(), composed);
        assert_eq!("\u{e9}lan".parse::<GroupName>().unwrap(), "e\u{301}lan".parse().unwrap());
        assert_ne!("e\u{301}".parse::<MessageText>().unwrap().as_str(), "\u{e9}");
    }

    #[test]
    fn a_letter_of_a_name_has_no_mark_twice_and_not_too_many() {
        const MARKS: [&str; 7] =
            ["\u{300}", "\u{301}", "\u{302}", "\u{303}", "\u{304}", "\u{306}", "\u{307}"];
        for bad in ["Jos\u{e9}\u{301}", "ann\u{323}\u{323}", &format!("ab{}", MARKS.concat())] {
            assert!(!has_few_marks(bad), "{bad}");
            assert_eq!(
                sentence::<GroupName>(bad),
                "A group name must not have so many accents on one letter, or the same one twice."
            );
            assert!(bad.parse::<MessageText>().is_ok(), "{bad}");
            // Whoever has such a name already can still log in.
            assert!(bad.parse::<Username>().is_ok(), "{bad}");
        }
        // Burmese, Hebrew with its vowels, Vietnamese, Thai, a keycap.
        let most = format!("ab{}", MARKS[..6].concat());
        for good in ["မြွှေး", "שָׁלוֹם", "Nguye\u{302}\u{303}n", "ก็ได้ที่", "1\u{fe0f}\u{20e3} team", &most]
        {
            assert!(good.parse::<GroupName>().is_ok(), "{good}");
        }
    }

    #[test]
    fn names_of_every_script_are_names() {
        for name in [
            "\u{939}\u{93f}\u{928}\u{94d}\u{926}\u{940}",
            "\u{e19}\u{e49}\u{e33}",
            "\u{ba4}\u{bae}\u{bbf}\u{bb4}\u{bcd}",
        ] {
            assert!(name.parse::<Username>().is_ok(), "{name}");
        }
        // A mark needs something to stand on, and a joiner something to join.
        for bad in ["\u{93f}ab", "\u{200d}ab", "a.\u{200d}b", "ab\u{200b}c"] {
            assert!(bad.parse::<Username>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_was_kept_stays_readable_when_the_rules_are_tightened() {
        assert_eq!(GroupName::stored("\u{200b}".to_owned()).as_str(), "\u{200b}");
        let user = r#"{"id":"0192e4a0-7b3c-7000-8000-00000000000a","username":"\u3164\u3164\u3164"}"#;
        let user: crate::User = serde_json::from_str(user).unwrap();
        assert_eq!(user.username.as_str(), "\u{3164}\u{3164}\u{3164}");
        let credentials = r#"{"username":"\u3164\u3164\u3164","password":"password"}"#;
        assert!(serde_json::from_str::<crate::Credentials>(credentials).is_err());
    }

    #[test]
    fn a_password_has_8_to_256_characters_and_is_never_printed() {
        assert!("1234567".parse::<Password>().is_err());
        assert!("x".repeat(257).parse::<Password>().is_err());
        // The browser's tables are the same: composed and decomposed, and letters that are never composed.
        for (short, long) in [("é", "e\u{301}"), ("\u{958}", "\u{915}\u{93c}")] {
            for (times, is_valid) in [(3, false), (4, true)] {
                assert_eq!(short.repeat(times).parse::<Password>().is_ok(), is_valid, "{times} {short}");
                assert_eq!(long.repeat(times).parse::<Password>().is_ok(), is_valid, "{times} {long}");
            }
            assert!(short.repeat(256).parse::<Password>().is_ok(), "what was valid stays so");
            assert!(short.repeat(257).parse::<Password>().is_err());
        }
        let password: Password = "correct horse".parse().unwrap();
        assert_eq!(format!("{password:?}"), "Password(…)");
    }

    #[test]
    fn a_client_id_has_1_to_64_characters_and_may_be_a_uuid() {
        assert!("".parse::<ClientId>().is_err());
        assert!("x".repeat(65).parse::<ClientId>().is_err());
    }

    #[test]
    fn a_new_client_id_is_a_uuid_that_sorts_by_time() {
        let at = |now| ClientId::new(Timestamp(now), [0xff; 10]);
        assert_eq!(at(0x0123_4567_89ab).as_str(), "01234567-89ab-7fff-bfff-ffffffffffff");
        assert!(at(1_700_000_000_000).as_str() < at(1_700_000_000_001).as_str());
        assert_eq!(at(-1), at(0));
        assert_ne!(at(0), ClientId::new(Timestamp(0), [0xfe; 10]));
    }

    proptest! {
        #[test]
        fn what_was_parsed_survives_the_wire(text in "\\PC{0,80}") {
            if let Ok(parsed) = text.parse::<MessageText>() {
                let json = serde_json::to_string(&parsed).unwrap();
                prop_assert_eq!(serde_json::from_str::<MessageText>(&json).unwrap(), parsed);
            }
        }
    }
}
