use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::*;
use crate::{DataOrError, events};

/// Two catalogues, an earlier and a later one, whose only event from a client is `Say`, and whose
/// only event from the server is `Said`.
macro_rules! snapshots {
    ($before:literal { $($old:tt)* } $after:literal { $($new:tt)* }) => {{
        mod before {
            use super::*;
            $($old)*
            events! {
                /// Earlier.
                pub(super) catalogue Talk { error: Refusal, ack: DataOrError, version: $before, }
                /// In.
                client In {
                    /// Says.
                    "say" => Say -> Answer, {};
                }
                /// Out.
                server Out {
                    /// Said.
                    "said" => Said(Said), {};
                }
            }
        }
        mod after {
            use super::*;
            $($new)*
            events! {
                /// Later.
                pub(super) catalogue Talk { error: Refusal, ack: DataOrError, version: $after, }
                /// In.
                client In {
                    /// Says.
                    "say" => Say -> Answer, {};
                }
                /// Out.
                server Out {
                    /// Said.
                    "said" => Said(Said), {};
                }
            }
        }
        (snapshot::<before::Talk>(), snapshot::<after::Talk>())
    }};
}

macro_rules! before_and_after {
    ($($both:tt)*) => {{
        let (before, after) = snapshots! { $($both)* };
        check(&before, &after)
    }};
}

/// As sorted lines.
macro_rules! unreadable_between {
    ($($both:tt)*) => {{
        let (before, after) = snapshots! { $($both)* };
        let mut lines: Vec<String> = unreadable(&before, &after).iter().map(ToString::to_string).collect();
        lines.sort_unstable();
        lines
    }};
}

macro_rules! types {
    ($($name:ident { $($field:ident: $kind:ty),* })+) => { $(
        #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
        pub(super) struct $name { $( pub(super) $field: $kind ),* }
    )+ };
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
enum Mood {
    Good,
    Bad,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
enum MoreMoods {
    Good,
    Bad,
    Mixed,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-open" = true))]
enum OpenMood {
    Good,
    Bad,
}

#[test]
fn the_same_needs_no_new_version() {
    let same = before_and_after!(
        "1.0" { types! { Say { text: String } Said { text: String } Answer {} Refusal { why: String } } }
        "1.0" { types! { Say { text: String } Said { text: String } Answer {} Refusal { why: String } } }
    );
    assert_eq!(same, Ok(()));
}

#[test]
fn an_optional_field_is_an_addition_that_asks_for_the_second_number() {
    let addition = before_and_after!(
        "1.0" { types! { Say { text: String } Said {} Answer {} Refusal {} } }
        "1.0" { types! { Say { text: String, tone: Option<u8> } Said { at: u64 } Answer { id: u64 } Refusal {} } }
    );
    assert_eq!(
        addition.unwrap_err(),
        "something was added since version 1.0: make it version 1.1\n\
         - the event \"say\" that clients send, field `tone`: is new\n\
         - the event \"say\" that clients send, field `ack.id`: is new\n\
         - the event \"said\" that the server sends, field `at`: is new"
    );
    let told = before_and_after!(
        "1.0" { types! { Say {} Said {} Answer {} Refusal {} } }
        "1.1" { types! { Say { tone: Option<u8> } Said {} Answer {} Refusal {} } }
    );
    assert_eq!(told, Ok(()));
}

#[test]
fn whatever_breaks_is_named_with_event_and_field() {
    let breaks = before_and_after!(
        "1.4" { types! {
            Say { text: Option<String>, tone: Option<u8>, mood: MoreMoods }
            Said { by: String, at: Option<u64>, mood: Mood }
            Answer { ids: Vec<Inner> } Inner { number: u32 } Refusal { why: String }
        } }
        "1.5" { types! {
            Say { text: String, size: u8, mood: Mood }
            Said { by: Option<String>, mood: MoreMoods }
            Answer { ids: Vec<Inner> } Inner { number: String } Refusal { code: u8 }
        } }
    );
    let sentence = breaks.unwrap_err();
    assert!(sentence.contains("keep them working, or make it version 2.0"), "{sentence}");
    let mut lines: Vec<&str> = sentence.lines().skip(1).collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "- the event \"said\" that the server sends, field `at`: is gone",
            "- the event \"said\" that the server sends, field `by`: may be left out now",
            "- the event \"said\" that the server sends, field `by`: was string, is null or string",
            "- the event \"said\" that the server sends, field `mood`: the value \"Mixed\" is new",
            "- the event \"say\" that clients send, field `ack.ids[].number`: was integer, is string",
            "- the event \"say\" that clients send, field `mood`: the value \"Mixed\" is gone",
            "- the event \"say\" that clients send, field `size`: is new and must be there",
            "- the event \"say\" that clients send, field `text`: must be there now",
            "- the event \"say\" that clients send, field `text`: was null or string, is string",
            "- the event \"say\" that clients send, field `tone`: is gone",
            "- the refusal of a request, field `why`: is gone",
        ]
    );
}

#[test]
fn a_list_that_says_that_it_grows_may_grow() {
    let growth = before_and_after!(
        "1.0" { types! { Say {} Said { mood: OpenMood } Answer {} Refusal {} } }
        "1.1" { types! { Say {} Said { mood: MoreMoods } Answer {} Refusal {} } }
    );
    assert_eq!(growth, Ok(()));
}

#[test]
fn an_event_that_is_gone_breaks_and_a_new_one_does_not() {
    let [empty, one] = [json!([]), json!([{ "name": "x", "from": "client", "payload": true, "ack": null }])]
        .map(|events| json!({ "version": "1.0", "events": events, "error": true, "components": {} }));
    assert!(check(&one, &empty).unwrap_err().contains("\"x\" that clients send: is gone"));
    assert!(check(&empty, &one).unwrap_err().contains("make it version 1.1"));
}

#[test]
fn a_newer_program_cannot_do_without_a_field_that_it_needs_and_can_without_any_other() {
    let optional = unreadable_between!(
        "1.0" { types! { Say {} Said { text: String } Answer {} Refusal {} } }
        "1.1" { types! { Say { tone: u8 } Said { text: String, at: Option<u64> } Answer { id: Option<u8> } Refusal {} } }
    );
    assert_eq!(optional, [""; 0]);
    let needed = unreadable_between!(
        "1.0" { types! { Say {} Said { mood: MoreMoods, by: Option<String> } Answer {} Refusal {} } }
        "1.1" { types! { Say {} Said { mood: Mood, by: String } Answer { id: u64 } Refusal { why: u8 } } }
    );
    assert_eq!(
        needed,
        [
            "the event \"said\" that the server sends, field `by`: must be there now",
            "the event \"said\" that the server sends, field `by`: was null or string, is string",
            "the event \"said\" that the server sends, field `mood`: the value \"Mixed\" is gone",
            "the event \"say\" that clients send, field `ack.id`: is new and must be there",
            "the refusal of a request, field `why`: is new and must be there",
        ]
    );
}

#[test]
fn a_server_serves_what_is_not_newer_and_of_the_same_first_number() {
    let version = |text| Version::parse(text).unwrap();
    for (client, served) in [("2.3", true), ("2.0", true), ("2.4", false), ("1.9", false), ("3.0", false)] {
        assert_eq!(version("2.3").serves(version(client)), served, "{client}");
    }
    for (client, needs, served) in [
        ("2.4", "2.3", true),
        ("2.4", "2.0", true),
        ("2.5", "2.4", false),
        ("2.2", "2.9", true),
        ("3.0", "2.0", false),
        ("1.9", "1.0", false),
    ] {
        assert_eq!(version("2.3").serves_from(version(client), version(needs)), served, "{client} {needs}");
    }
    assert!(["", "1", "1.x", "a6b3f5"].iter().all(|text| Version::parse(text).is_none()));
}
