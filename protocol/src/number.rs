//! Numbers with a meaning: a place in a conversation, its revision, a point in time.

use std::fmt;

use schemars::JsonSchema;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, Unexpected, Visitor},
};

/// A message's place in its conversation: 1, 2, 3, … without gaps. The only order there is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl Seq {
    /// Before the first message; also "nothing read yet".
    pub const ZERO: Self = Self(0);

    /// The place after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// How many messages there are after `other`, up to and including this one.
    #[must_use]
    pub const fn since(self, other: Self) -> u64 {
        self.0.saturating_sub(other.0)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A conversation's revision: how many changes there were. A new message, a correction, a deletion, a
/// reaction and a pin are a change each. 1, 2, 3, … without gaps.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Rev(pub u64);

impl Rev {
    /// Before the first change.
    pub const ZERO: Self = Self(0);

    /// The revision after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// Milliseconds since the Unix epoch, UTC. To be displayed, never to order by.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// Reads how many of something a page may have at most. A number that this type cannot hold becomes the nearest one
/// that it can: the server moves it further, to the limits of the page.
pub(crate) fn page_length<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    struct Length(u32);

    impl<'de> Deserialize<'de> for Length {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_u64(Number).map(Self)
        }
    }

    struct Number;

    impl Visitor<'_> for Number {
        type Value = u32;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a whole number")
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<u32, E> {
            Ok(u32::try_from(number).unwrap_or(u32::MAX))
        }

        fn visit_i64<E: de::Error>(self, number: i64) -> Result<u32, E> {
            Ok(u32::try_from(number.max(0)).unwrap_or(u32::MAX))
        }

        /// JSON has no integers of its own: 1e10 is one, and so is what is too long for 64 bits.
        fn visit_f64<E: de::Error>(self, number: f64) -> Result<u32, E> {
            match number.fract() == 0.0 {
                true => Ok(number as u32),
                false => Err(E::invalid_type(Unexpected::Float(number), &self)),
            }
        }
    }

    Ok(Option::<Length>::deserialize(deserializer)?.map(|Length(length)| length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Page {
        #[serde(default, deserialize_with = "page_length")]
        limit: Option<u32>,
    }

    #[test]
    fn a_length_that_is_too_small_or_too_large_is_moved_and_what_is_no_whole_number_is_refused() {
        for (json, length) in [
            ("7", 7),
            ("0", 0),
            ("-1", 0),
            ("-0", 0),
            ("1e2", 100),
            ("4294967296", u32::MAX),
            ("18446744073709551615", u32::MAX),
            ("-9223372036854775808", 0),
            ("1e30", u32::MAX),
            ("-1e30", 0),
        ] {
            let page: Page = serde_json::from_str(&format!(r#"{{"limit":{json}}}"#)).unwrap();
            assert_eq!(page.limit, Some(length), "{json}");
        }
        for none in ["{}", r#"{"limit":null}"#] {
            assert_eq!(serde_json::from_str::<Page>(none).unwrap().limit, None);
        }
        for wrong in ["1.5", "\"7\"", "true", "[]", "{}"] {
            assert!(serde_json::from_str::<Page>(&format!(r#"{{"limit":{wrong}}}"#)).is_err(), "{wrong}");
        }
    }
}
