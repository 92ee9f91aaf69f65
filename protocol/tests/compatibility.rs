//! Programs that were built from the last released catalogue go on working with this one.
//!
//! A release keeps its catalogue: `cargo test --package protocol -- --ignored release`.

use std::{fs, path::PathBuf};

use protocol::{Chat, version::NEEDS};
use serde_json::{Value, json};
use typed_socketio::documents::compatibility::{Version, check, snapshot, unreadable};

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

#[test]
fn a_program_says_from_which_server_on_it_can_read_what_is_said() {
    let released = released();
    let version = Version::parse(released["version"].as_str().unwrap()).unwrap();
    let needs = Version::parse(NEEDS).unwrap();
    let lines: String = needed_since(&released).iter().map(|one| format!("\n- {one}")).collect();
    assert!(
        lines.is_empty() || needs > version,
        "programs of this catalogue cannot read what servers of version {version} say: let them do without it (a field \
         with a default), or make `NEEDS` the version of this catalogue{lines}"
    );
}

fn needed_since(earlier: &Value) -> Vec<String> {
    unreadable(earlier, &snapshot::<Chat>()).iter().map(ToString::to_string).collect()
}

#[test]
fn what_programs_need_and_earlier_servers_do_not_say_is_named() {
    let mut earlier = snapshot::<Chat>();
    assert_eq!(needed_since(&earlier), [""; 0]);
    let message = &mut earlier["components"]["schemas"]["Message"]["properties"];
    message.as_object_mut().unwrap().remove("rev").unwrap();
    let line = "the event \"groupMessage\" that the server sends, field `rev`: is new and must be there";
    assert!(needed_since(&earlier).iter().any(|one| one == line), "{:?}", needed_since(&earlier));
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
