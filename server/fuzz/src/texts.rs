//! What people type. A text that was accepted is accepted again, unchanged, and JSON carries it unaltered.
//! The same holds for what is made of it to compare names and passwords.
#![no_main]

use std::{fmt::Debug, str::FromStr};

use libfuzzer_sys::fuzz_target;
use parlance::fuzzing;
use protocol::{ClientId, GroupName, MessageText, Password, Username, query::Query, text::is_bidi_control};
use serde_json::{Value, from_value, to_value};

fuzz_target!(|typed: &str| {
    if let Some(text) = settled::<MessageText>(typed) {
        assert!(typed.contains(&text), "a message is trimmed, and not altered otherwise");
    }
    settled::<GroupName>(typed);
    settled::<ClientId>(typed);
    let _ = typed.parse::<Password>();
    let meant = fuzzing::password(typed);
    assert_eq!(fuzzing::password(&meant), meant, "a password is what it is");

    searched(typed);

    let Some(text) = settled::<Username>(typed) else { return };
    assert!(!text.contains(is_bidi_control));
    let username: Username = text.parse().expect("it is settled");
    let (folded, looks) = fuzzing::name(&username);
    assert!(looks.iter().all(|looks| !looks.is_empty()), "it looks like something");
    // Somebody who types the folded name means the same person.
    if let Some(folded) = folded
        && let Ok(again) = folded.parse::<Username>()
    {
        assert_eq!(fuzzing::name(&again).0.as_deref(), Some(&*folded));
    }
});

/// Whatever is searched for, what is marked is a part of the text.
fn searched(typed: &str) {
    let Ok(query) = Query::parse(typed) else { return };
    let words: Vec<_> = query.terms.iter().map(|term| term.text.as_str()).collect();
    let text = words.join(" ");
    let Some(spans) = fuzzing::search(&query, &text) else { return };
    let characters = text.chars().count() as u32;
    let mut before = 0;
    for (start, end) in spans {
        assert!(before <= start && start < end && end <= characters, "{start} to {end} of {characters}");
        before = end;
    }
}

/// The text, if it is one: to parse it again changes nothing, and JSON carries it unaltered.
fn settled<T>(typed: &str) -> Option<String>
where
    T: FromStr + serde::Serialize + serde::de::DeserializeOwned + PartialEq + Debug,
{
    let read = from_value::<T>(Value::from(typed));
    let Ok(parsed) = typed.parse::<T>() else {
        assert!(read.is_err(), "refused as a text, and accepted as JSON");
        return None;
    };
    assert_eq!(read.expect("accepted as a text"), parsed);
    let Ok(Value::String(text)) = to_value(&parsed) else { panic!("not a text as JSON") };
    let again = text.parse::<T>().ok();
    assert_eq!(again.as_ref(), Some(&parsed), "{text:?}");
    Some(text)
}
