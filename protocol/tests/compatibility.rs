//! Programs that were built from the last released catalogue go on working with this one.
//!
//! A release keeps its catalogue: `cargo test --package protocol -- --ignored release`.

use std::{fs, path::PathBuf};

use protocol::Chat;
use serde_json::{Value, json};
use typed_socketio::documents::compatibility::{check, snapshot};

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("generated/released/catalogue.json")
}

fn released() -> Value {
    let text = fs::read_to_string(file()).expect("the last release kept its catalogue");
    serde_json::from_str(&text).expect("it is JSON")
}

#[test]
fn the_catalogue_is_compatible_with_the_released_one_or_says_in_its_version_that_it_is_not() {
    if let Err(sentence) = check(&released(), &snapshot::<Chat>()) {
        panic!("{sentence}");
    }
}

/// A later catalogue in which a definition is different.
fn changed(change: impl FnOnce(&mut Value)) -> Value {
    let mut later = snapshot::<Chat>();
    change(&mut later["components"]["schemas"]);
    later
}

#[test]
fn removing_an_optional_field_names_the_event_and_the_field() {
    let later = changed(|definitions| {
        definitions["Message"]["properties"].as_object_mut().unwrap().remove("clientId").unwrap();
    });
    let sentence = check(&snapshot::<Chat>(), &later).unwrap_err();
    let line = "the event \"groupMessage\" that the server sends, field `clientId`: is gone";
    assert!(sentence.contains(line), "{sentence}");
    assert!(sentence.contains("would stop working"), "{sentence}");
}

#[test]
fn adding_an_optional_field_asks_for_the_second_number_only() {
    let later = changed(|definitions| {
        definitions["Message"]["properties"]["mood"] = json!({ "type": ["string", "null"] });
    });
    let sentence = check(&snapshot::<Chat>(), &later).unwrap_err();
    assert!(sentence.starts_with("something was added since version"), "{sentence}");
    let line = "the event \"groupMessage\" that the server sends, field `mood`: is new";
    assert!(sentence.contains(line), "{sentence}");
}

#[test]
#[ignore = "writes the file: a release does it"]
fn a_release_keeps_its_catalogue() {
    let snapshot = serde_json::to_string_pretty(&snapshot::<Chat>()).unwrap() + "\n";
    fs::write(file(), snapshot).unwrap();
}
