use proptest::prelude::*;

use super::*;

fn parsed(text: &str) -> Query {
    Query::parse(text).unwrap()
}

fn sentence(text: &str) -> String {
    Query::parse(text).unwrap_err().to_string()
}

fn terms(text: &str) -> Vec<(String, bool)> {
    parsed(text).terms.into_iter().map(|term| (term.text, term.is_prefix)).collect()
}

fn term(text: &str, is_prefix: bool) -> (String, bool) {
    (text.to_owned(), is_prefix)
}

#[test]
fn the_last_word_may_be_the_beginning_of_one() {
    assert_eq!(terms("  release  not "), [term("release", false), term("not", true)]);
    assert_eq!(terms("release not from:ann"), [term("release", false), term("not", false)]);
}

#[test]
fn a_phrase_stays_together_whichever_marks_were_typed() {
    for text in ["\"release notes\" soon", "“release notes” soon", "„release notes“soon"] {
        assert_eq!(terms(text), [term("release notes", false), term("soon", true)], "{text}");
    }
    assert_eq!(terms("so\"on time\""), [term("so", false), term("on time", false)]);
}

#[test]
fn conditions_are_read_in_any_case_and_order() {
    let query = parsed("From:ann cake IN:\"Release party\" has:LINK after:2026-01-31 BEFORE:2026-03-01");
    assert_eq!(query.from.as_deref(), Some("ann"));
    assert_eq!(query.within.as_deref(), Some("Release party"));
    assert!(query.has_link);
    let days = (query.after.unwrap().since_1970(), query.before.unwrap().since_1970());
    assert_eq!(days, (20_484, 20_513));
    assert_eq!(query.terms.len(), 1);
}

#[test]
fn a_key_that_is_not_known_is_a_word() {
    for word in ["https://example.org", "12:30", "to:ann", "x:y:z", ":", "from", "inn:x"] {
        assert_eq!(terms(word), [term(word, true)]);
    }
    // Only the first colon ends a key.
    assert_eq!(parsed("from:in:x").from.as_deref(), Some("in:x"));
}

#[test]
fn what_cannot_be_understood_is_refused_with_a_sentence() {
    for (text, expected) in [
        ("", "Write a word to search for."),
        (" \n ", "Write a word to search for."),
        ("\"\"", "Write a word to search for."),
        ("a \"b c", "A quotation mark is missing at the end of “b c”."),
        ("in:\"b", "A quotation mark is missing at the end of “b”."),
        ("From: x", "Something is missing behind “from:”."),
        ("in:\"\"", "Something is missing behind “in:”."),
        ("from:a from:b", "“from:” may be there only once."),
        ("has:cake", "“has:” can be followed by “link” only."),
        ("before:tomorrow", "“before:” needs a day, written like 2026-01-31."),
    ] {
        assert_eq!(sentence(text), expected, "{text}");
    }
    let body = ErrorBody::from(QueryError::Nothing);
    assert_eq!((body.code, body.field.as_deref()), (ErrorCode::InvalidQuery, Some("query")));
}

#[test]
fn a_query_has_256_characters_and_16_terms() {
    assert!(Query::parse(&"é".repeat(256)).is_ok());
    assert_eq!(sentence(&"é".repeat(257)), "A search must have at most 256 characters; this one has 257.");
    assert!(Query::parse(&"x ".repeat(16)).is_ok());
    assert_eq!(sentence(&"x ".repeat(17)), "A search may have at most 16 words and conditions.");
}

#[test]
fn only_days_that_exist_are_days() {
    for (text, day) in
        [("1970-01-01", 0), ("2000-02-29", 11_016), ("2024-02-29", 19_782), ("9999-12-31", 2_932_896)]
    {
        assert_eq!(Day::parse(text).map(Day::since_1970), Some(day), "{text}");
    }
    for text in [
        "2026-02-29",
        "1900-02-29",
        "2026-13-01",
        "2026-00-01",
        "2026-01-00",
        "2026-1-31",
        "2026-01-31-1",
        "+026-01-01",
        "1969-12-31",
        "",
        "2026",
        "2026-01-3１",
    ] {
        assert_eq!(Day::parse(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_within_its_limits(text in "(\\PC|[ \":\n“]|from:|IN:|before:2026-01-3|has:link){0,40}") {
        match Query::parse(&text) {
            Ok(query) => {
                prop_assert!(query.terms.len() <= limits::SEARCH_TERMS);
                prop_assert!(query.terms.iter().all(|term| !term.text.is_empty()));
                let prefixes = query.terms.iter().rev().skip(1).filter(|term| term.is_prefix).count();
                prop_assert_eq!(prefixes, 0);
            }
            Err(error) => prop_assert!(error.to_string().ends_with('.')),
        }
    }

    #[test]
    fn plain_words_are_found_again_as_they_were(words in prop::collection::vec("[a-zé東]{1,8}", 1..=16)) {
        let read: Vec<String> = terms(&words.join(" ")).into_iter().map(|(text, _)| text).collect();
        prop_assert_eq!(read, words);
    }

    #[test]
    fn days_follow_each_other(year in 1970..=9999, month in 1..=12, day in 1..=27) {
        let number = |day: i32| Day::parse(&format!("{year:04}-{month:02}-{day:02}")).unwrap().since_1970();
        prop_assert_eq!(number(day + 1), number(day) + 1);
    }
}
