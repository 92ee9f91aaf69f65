//! Finding messages by what is written in them. What a query may say is in [`query`].

pub mod query;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    id::{ConversationId, MessageId},
    message::Message,
};

/// Searches the messages of all of your conversations, or of one, newest first.
///
/// The query consists of words, all of which must be in the message. The last one may be the beginning of a
/// word. Case, accents and the width of letters do not matter. Beside words it may have:
///
/// - `"a phrase"`: these words, one behind the other
/// - `from:name`: who wrote it; `from:me` for your own
/// - `in:name`: the group or the person that the conversation is with; `in:"two words"` if the name has a space
/// - `before:2026-01-31` and `after:2026-01-31`: only on earlier, only on later days
/// - `has:link`: only with a link
///
/// A query that cannot be understood is answered `invalidQuery`, with a sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchMessages {
    /// What to search for, at most 256 characters and 16 words, phrases and conditions.
    pub query: String,
    /// Only in this conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationId>,
    /// The `next` of the page before; left out for the first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<MessageId>,
    /// How many at most: 1 to 50, 20 if left out; a number outside of that is moved to its nearest end.
    #[serde(
        default,
        deserialize_with = "crate::number::page_length",
        skip_serializing_if = "Option::is_none"
    )]
    pub limit: Option<u32>,
    /// Minutes by which your clock is ahead of UTC, at most 14 hours in either direction: it says when a
    /// day begins for `before:` and `after:`. 0 if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub utc_offset: Option<i32>,
}

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FoundMessages {
    /// The messages, newest first.
    pub hits: Vec<Hit>,
    /// Where the next page begins; left out if there is nothing more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<MessageId>,
    /// The search took too long and was ended before it had looked at everything: there may be older
    /// messages that fit. A query with more conditions finds them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub incomplete: bool,
}

/// A message that a search found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Hit {
    /// The message.
    pub message: Message,
    /// Which parts of its text fit the query, in their order, without overlaps: the first 32.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matches: Vec<Span>,
}

/// A part of a text, counted in characters (Unicode scalar values).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Span {
    /// How many characters are before it.
    pub start: u32,
    /// How many characters are before what follows it.
    pub end: u32,
}

/// What matters of letters to somebody who looks for them: no accents, and one spelling where languages have two. The
/// letters are small ones, with their accents behind them (NFKD); afterwards they can be put together again (NFC). The
/// character 0 is left out.
pub fn without_accents(letters: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    let plain = |c| match c {
        'ß' => ['s', 's'],
        'æ' => ['a', 'e'],
        'œ' => ['o', 'e'],
        'ø' => ['o', '\0'],
        'ł' => ['l', '\0'],
        'đ' => ['d', '\0'],
        'ı' => ['i', '\0'],
        'ς' => ['σ', '\0'],
        c => [c, '\0'],
    };
    letters.filter(|c| !is_accent(*c)).flat_map(plain).filter(|c| *c != '\0')
}

/// What stands at a letter without being one: accents, and the vowel points of Hebrew and Arabic. Marks of other
/// scripts are letters to those who read them.
fn is_accent(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{487}' | '\u{591}'..='\u{5bd}' | '\u{5bf}'
        | '\u{5c1}'..='\u{5c2}' | '\u{5c4}'..='\u{5c5}' | '\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{640}'
        | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}
