//! What a message must have to be a hit, and which messages the index proposes for it.

use std::ops::Range;

use super::{
    index::{self, Beginning, Term},
    words::{self, Words},
};
use crate::{error::Result, store::db::Db};
use protocol::{
    ErrorBody, Message, Span, UserId, limits,
    query::{Query, QueryError},
};

/// Words that the beginning of one may stand for; if there are more, others of what is wanted must do.
const COMPLETIONS: usize = 64;
/// The beginnings of words that the index has, in characters. See schema/8.sql.
const BEGINNING: usize = 3;

/// What a message must have, all of it.
pub(super) struct Wanted {
    phrases: Vec<Phrase>,
    sender: Option<UserId>,
    has_link: bool,
}

/// Words one behind the other; a single word is one, too.
struct Phrase {
    words: Words,
    /// The last one may go on.
    is_prefix: bool,
}

/// What to ask the index.
#[derive(Debug, PartialEq)]
pub(super) enum Lookup {
    /// In the language of the index.
    Match(String),
    /// It has nothing that is rare enough: every message must be looked at.
    Everything,
    /// No message in it fits.
    Nothing,
}

impl Wanted {
    pub(super) fn of(query: &Query, sender: Option<UserId>) -> Result<Self> {
        let phrase = |term: &protocol::query::Term| {
            let words = Words::of(&term.text);
            (words.len() > 0).then_some(Phrase { words, is_prefix: term.is_prefix })
        };
        let phrases: Vec<_> = query.terms.iter().filter_map(phrase).collect();
        let conditions = Query { terms: Vec::new(), ..query.clone() };
        if phrases.is_empty() && conditions == Query::default() {
            return Err(ErrorBody::from(QueryError::Nothing).into());
        }
        Ok(Self { phrases, sender, has_link: query.has_link })
    }

    /// If a message fits, what of its text was looked for.
    pub(super) fn matches(&self, message: &Message) -> Option<Vec<Span>> {
        let text = message.content.as_str();
        if message.is_deleted()
            || self.sender.is_some_and(|sender| sender != message.sender_id)
            || (self.has_link && !words::has_link(text))
        {
            return None;
        }
        if self.phrases.is_empty() {
            return Some(Vec::new());
        }
        let words = Words::of(text);
        let mut found: Vec<Range<usize>> = Vec::new();
        for phrase in &self.phrases {
            let before = found.len();
            found.extend(phrase.places(&words).take(limits::SEARCH_MATCHES));
            if found.len() == before {
                return None;
            }
        }
        found.sort_by_key(|place| place.start);
        let mut spans: Vec<Span> = Vec::new();
        for place in found {
            let (start, end) = words.span(place.start, place.end - 1);
            let [start, end] = [start, end].map(|at| u32::try_from(at).unwrap_or(u32::MAX));
            match spans.last_mut() {
                Some(last) if start < last.end => last.end = last.end.max(end),
                _ => spans.push(Span { start, end }),
            }
        }
        spans.truncate(limits::SEARCH_MATCHES);
        Some(spans)
    }

    pub(super) fn lookup(&self, db: &Db<'_>) -> Result<Lookup> {
        let mut all: Vec<Term> = Vec::new();
        all.extend(self.sender.map(|sender| Term::Word(words::of_sender(sender))));
        all.extend(self.has_link.then(|| Term::AnyOf(words::of_link())));
        for phrase in &self.phrases {
            let last = phrase.unfinished();
            let whole = phrase.words.in_index().filter(|word| Some(word.as_str()) != last.as_deref());
            all.extend(whole.map(Term::Word));
            let Some(beginning) = last else { continue };
            match index::beginning(db, &beginning, COMPLETIONS, first(&beginning, BEGINNING))? {
                Beginning::Term(term) => all.push(term),
                Beginning::Common => {}
                Beginning::Nothing => return Ok(Lookup::Nothing),
            }
        }
        Ok(if all.is_empty() { Lookup::Everything } else { Lookup::Match(index::asked(db, &all)) })
    }
}

impl Phrase {
    /// Where in a text it is.
    fn places(&self, text: &Words) -> impl Iterator<Item = Range<usize>> {
        let length = self.words.len();
        let last = (self.is_prefix && !self.words.get(length - 1).is_sign).then_some(length - 1);
        let fits = move |index: usize, at: usize| {
            let (wanted, is) = (self.words.get(index), text.get(at));
            wanted == is || (last == Some(index) && !is.is_sign && is.text.starts_with(wanted.text))
        };
        (0..(text.len() + 1).saturating_sub(length))
            .filter(move |at| (0..length).all(|index| fits(index, at + index)))
            .map(move |at| at..at + length)
    }

    /// The beginning of a word at its end. Signs are words by themselves.
    fn unfinished(&self) -> Option<String> {
        let last = self.words.get(self.words.len() - 1);
        let is_kept_whole = words::kept(last.text) == last.text;
        (self.is_prefix && !last.is_sign && is_kept_whole).then(|| last.text.to_owned())
    }
}

/// The first characters of a text that has so many.
fn first(text: &str, count: usize) -> Option<&str> {
    let (at, last) = text.char_indices().nth(count - 1)?;
    Some(&text[..at + last.len_utf8()])
}

#[cfg(test)]
mod tests {
    use protocol::text::Stored;
    use protocol::{MessageId, MessageText, Recipient, Seq};

    use super::*;

    const ANN: UserId = UserId::from_bytes([1; 16]);

    fn message(text: &str) -> Message {
        Message::new(
            MessageId::from_bytes([0; 16]),
            ANN,
            Recipient::User(ANN),
            Seq(1),
            MessageText::stored(text.to_owned()),
        )
    }

    fn wanted(query: &str) -> Wanted {
        Wanted::of(&Query::parse(query).unwrap(), None).unwrap()
    }

    /// The text with what fits in brackets; empty if it does not fit.
    fn marked(query: &str, text: &str) -> String {
        let Some(spans) = wanted(query).matches(&message(text)) else { return String::new() };
        let mut marked = String::new();
        for (at, c) in text.chars().chain([' ']).enumerate() {
            let at = at as u32;
            marked.extend(spans.iter().filter(|span| span.end == at).map(|_| ']'));
            marked.extend(spans.iter().filter(|span| span.start == at).map(|_| '['));
            marked.push(c);
        }
        marked.trim_end().to_owned()
    }

    #[test]
    fn all_words_must_be_there_and_the_last_may_be_a_beginning() {
        let text = "The Release notes of the day";
        assert_eq!(marked("the rel", text), "[The] [Release] notes of [the] day");
        assert_eq!(marked("rel the", text), "");
        assert_eq!(marked("release cake", text), "");
    }

    #[test]
    fn a_phrase_is_words_one_behind_the_other() {
        assert_eq!(
            marked("\"release notes\"", "release, notes: release-notes"),
            "[release, notes]: [release-notes]"
        );
        assert_eq!(marked("\"notes release\"", "release notes"), "");
        assert_eq!(marked("\"release not\"", "release notes"), "");
        assert_eq!(marked("foo-ba", "foo bar"), "[foo bar]");
    }

    #[test]
    fn parts_that_overlap_are_marked_as_one() {
        assert_eq!(marked("\"a b\" \"b c\"", "a b c"), "[a b c]");
        assert_eq!(wanted("x").matches(&message(&"x ".repeat(100))).unwrap().len(), limits::SEARCH_MATCHES);
    }

    #[test]
    fn any_part_of_a_row_of_signs_fits() {
        assert_eq!(marked("京都", "東京都庁"), "東[京都]庁");
        assert_eq!(marked("庁", "東京都庁"), "東京都[庁]");
        assert_eq!(marked("東都", "東京都庁"), "");
        assert_eq!(marked("학교", "오늘 학교에서"), "오늘 [학교]에서");
        assert_eq!(marked("สวัส", "คำว่าสวัสดี"), "คำว่า[สวัส]ดี");
        assert_eq!(marked("🎉", "done 🎉🎉"), "done [🎉][🎉]");
    }

    #[test]
    fn what_has_no_letter_is_no_word() {
        assert!(Wanted::of(&Query::parse("?!").unwrap(), None).is_err());
        assert_eq!(marked("?! cake", "cake"), "[cake]");
        assert_eq!(marked("?! has:link", "https://a.example"), "https://a.example");
    }
}
