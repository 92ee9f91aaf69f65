//! What somebody types to search: words, phrases and conditions such as `from:name`.
//!
//! Both ends read queries with it: the server before it searches, a page while somebody types.

use std::iter::Peekable;

use crate::{
    error::{ErrorBody, ErrorCode},
    limits,
};

/// A query that was understood. How its words are compared with a text is up to the server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// What must be in the text, all of it.
    pub terms: Vec<Term>,
    /// The name of who wrote it.
    pub from: Option<String>,
    /// The name of the group or the person that the conversation is with.
    pub within: Option<String>,
    /// Only before this day.
    pub before: Option<Day>,
    /// Only after this day.
    pub after: Option<Day>,
    /// Only with a link.
    pub has_link: bool,
}

/// A word or a phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// As it was typed, without quotation marks.
    pub text: String,
    /// Whether its last word may be the beginning of one: it is the last that was typed, and not quoted.
    pub is_prefix: bool,
}

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(i32);

impl Day {
    /// How many days it is after 1 January 1970.
    #[must_use]
    pub const fn since_1970(self) -> i32 {
        self.0
    }

    /// Reads `2026-01-31`. None if there is no such day between the years 1970 and 9999.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut number = |digits: usize| {
            let part = parts.next().filter(|part| part.len() == digits)?;
            part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<i32>().ok())?
        };
        let (year, month, day) = (number(4)?, number(2)?, number(2)?);
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            2 if is_leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        if parts.next().is_some() || year < 1970 || !(1..=days).contains(&day) {
            return None;
        }
        // A year that begins in March has its leap day at the end.
        let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
        let days_before = year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
        Some(Self(days_before - 719_468))
    }
}

/// Why a query cannot be understood. `Display` is a sentence for the person who typed it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// Longer than [`limits::SEARCH_QUERY_CHARS`].
    #[error("A search must have at most {} characters; this one has {has}.", limits::SEARCH_QUERY_CHARS)]
    TooLong {
        /// How many there are.
        has: usize,
    },
    /// More than [`limits::SEARCH_TERMS`].
    #[error("A search may have at most {} words and conditions.", limits::SEARCH_TERMS)]
    TooMany,
    /// Nothing that could be searched for.
    #[error("Write a word to search for.")]
    Nothing,
    /// A quotation mark without a second one.
    #[error("A quotation mark is missing at the end of “{0}”.")]
    Unclosed(String),
    /// A key such as `from:` with nothing behind it.
    #[error("Something is missing behind “{0}:”.")]
    Missing(&'static str),
    /// The same key twice.
    #[error("“{0}:” may be there only once.")]
    Twice(&'static str),
    /// What is behind `before:` or `after:` is no day.
    #[error("“{0}:” needs a day, written like 2026-01-31.")]
    NoDay(&'static str),
    /// What is behind `has:` is not known.
    #[error("“has:” can be followed by “link” only.")]
    UnknownHas,
}

impl From<QueryError> for ErrorBody {
    fn from(error: QueryError) -> Self {
        Self::invalid_query(error.to_string())
    }
}

impl ErrorBody {
    /// The refusal of a query, with its reason.
    #[must_use]
    pub fn invalid_query(sentence: String) -> Self {
        Self { code: ErrorCode::InvalidQuery, message: sentence, field: Some("query".to_owned()) }
    }
}

/// The keys that a query knows. Any other word with a colon is a word.
const KEYS: [&str; 5] = ["from", "in", "before", "after", "has"];

impl Query {
    /// Reads a query.
    ///
    /// # Errors
    /// It is too long, empty, or has a condition that makes no sense.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let has = text.chars().count();
        if has > limits::SEARCH_QUERY_CHARS {
            return Err(QueryError::TooLong { has });
        }
        let mut query = Self::default();
        let mut letters = text.chars().peekable();
        let mut read = 0;
        while let Some(piece) = Piece::read(&mut letters)? {
            read += 1;
            if read > limits::SEARCH_TERMS {
                return Err(QueryError::TooMany);
            }
            query.last_is_whole();
            query.add(piece)?;
        }
        if query == Self::default() { Err(QueryError::Nothing) } else { Ok(query) }
    }

    /// Something follows the last word, which is complete therefore.
    fn last_is_whole(&mut self) {
        if let Some(last) = self.terms.last_mut() {
            last.is_prefix = false;
        }
    }

    fn add(&mut self, Piece { key, text, is_quoted }: Piece) -> Result<(), QueryError> {
        let Some(key) = key else {
            self.terms.extend((!text.is_empty()).then_some(Term { text, is_prefix: !is_quoted }));
            return Ok(());
        };
        if text.is_empty() {
            return Err(QueryError::Missing(key));
        }
        let day = || Day::parse(&text).ok_or(QueryError::NoDay(key));
        let was_there = match key {
            "from" => self.from.replace(text).is_some(),
            "in" => self.within.replace(text).is_some(),
            "before" => self.before.replace(day()?).is_some(),
            "after" => self.after.replace(day()?).is_some(),
            _ if text.eq_ignore_ascii_case("link") => {
                self.has_link = true;
                false
            }
            _ => return Err(QueryError::UnknownHas),
        };
        if was_there { Err(QueryError::Twice(key)) } else { Ok(()) }
    }
}

/// A word, a phrase or a condition, as it was typed.
struct Piece {
    key: Option<&'static str>,
    text: String,
    is_quoted: bool,
}

impl Piece {
    fn read(letters: &mut Peekable<impl Iterator<Item = char>>) -> Result<Option<Self>, QueryError> {
        while letters.next_if(|c| c.is_whitespace()).is_some() {}
        let mut key = None;
        let mut text = String::new();
        while let Some(&c) = letters.peek() {
            if c.is_whitespace() {
                break;
            }
            if is_quotation_mark(c) {
                // A phrase ends the word before it.
                if !text.is_empty() {
                    break;
                }
                let text = quoted(letters)?;
                return Ok(Some(Self { key, text, is_quoted: true }));
            }
            letters.next();
            let known = || KEYS.into_iter().find(|known| known.eq_ignore_ascii_case(&text));
            if c == ':'
                && key.is_none()
                && let Some(known) = known()
            {
                key = Some(known);
                text.clear();
            } else {
                text.push(c);
            }
        }
        Ok((key.is_some() || !text.is_empty()).then_some(Self { key, text, is_quoted: false }))
    }
}

fn quoted(letters: &mut impl Iterator<Item = char>) -> Result<String, QueryError> {
    let mut text = String::new();
    // The opening mark.
    letters.next();
    for c in letters {
        if is_quotation_mark(c) {
            return Ok(text.trim().to_owned());
        }
        text.push(c);
    }
    Err(QueryError::Unclosed(text))
}

/// The plain mark, and those that keyboards of telephones put in its place.
fn is_quotation_mark(c: char) -> bool {
    matches!(c, '"' | '\u{201c}'..='\u{201f}' | '\u{ff02}')
}

#[cfg(test)]
mod tests;
