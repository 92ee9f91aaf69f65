//! An entry point for the fuzzer of what people type.

use protocol::{Message, MessageId, MessageText, Recipient, Seq, UserId, query::Query, text::Stored};

use super::{wanted::Wanted, words};

const ANN: UserId = UserId::from_bytes([1; 16]);

/// Looks for a query in a text, and says which characters fit. The words of both are plain for FTS5.
#[must_use]
pub fn search(query: &Query, text: &str) -> Option<Vec<(u32, u32)>> {
    let is_plain = |c: char| !c.is_ascii() || c.is_ascii_lowercase() || c.is_ascii_digit() || c == ' ';
    assert!(words::for_index(ANN, text).chars().all(is_plain), "no syntax goes into the index");
    let message = Message::new(
        MessageId::from_bytes([0; 16]),
        ANN,
        Recipient::User(ANN),
        Seq(1),
        MessageText::stored(text.to_owned()),
    );
    let spans = Wanted::of(query, None).ok()?.matches(&message)?;
    Some(spans.into_iter().map(|span| (span.start, span.end)).collect())
}
