//! Whether programs that were built from an earlier catalogue go on working with this one.
//!
//! [`snapshot`] is what a release commits; [`check`] compares a later catalogue with it. An addition
//! (an event, a field that may be left out) needs a higher second number of the catalogue's version. A
//! change that breaks programs needs a higher first number:
//!
//! ```
//! # use typed_socketio::{documents::compatibility::{check, snapshot}, events};
//! # events! {
//! #     pub catalogue Clock { version: "1.0", }
//! #     client Ask {}
//! #     server Tell {
//! #         /// What time it is.
//! #         "time" => Time(u64), 7;
//! #     }
//! # }
//! // In a test, with the file that the last release committed in the place of the first.
//! check(&snapshot::<Clock>(), &snapshot::<Clock>()).unwrap();
//! ```
//!
//! What breaks depends on who reads. The present server reads what clients send, so it must not ask for
//! anything that older clients do not send. Older clients read what the server sends, so it must not
//! leave out anything that they wait for, and not say anything that they do not know, except fields,
//! which a reader skips. A list of words that grows on purpose says so with `#[schemars(extend("x-open"
//! = true))]`, and its type reads unknown words (`#[serde(other)]`).

mod compare;

use serde_json::{Value, json};

use super::schemas;
use crate::event::{Catalogue, Direction};
use compare::{Compare, Reader};

/// A difference between two catalogues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which event, in words: `the event "groupMessage" that clients send`.
    pub event: String,
    /// The field, from the payload or the ack on; empty for an event as a whole.
    pub field: String,
    /// What is different.
    pub what: String,
    /// Whether programs that were built from the earlier one stop working.
    pub breaks: bool,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { event, field, what, .. } = self;
        match field.as_str() {
            "" => write!(f, "{event}: {what}"),
            field => write!(f, "{event}, field `{field}`: {what}"),
        }
    }
}

/// A catalogue's version and shapes, for [`check`] at a later time.
#[must_use]
pub fn snapshot<C: Catalogue>() -> Value {
    let schemas = schemas::collect::<C>(&[]);
    let events: Vec<Value> = schemas
        .events
        .iter()
        .map(|event| {
            let from = if event.spec.direction == Direction::Client { "client" } else { "server" };
            json!({ "name": event.spec.name, "from": from, "payload": event.payload, "ack": event.ack })
        })
        .collect();
    let mut snapshot = json!({
        "version": C::VERSION,
        "events": events,
        "error": schemas::error::<C>(),
        "components": { "schemas": schemas.definitions },
    });
    schemas::strip_documentation(&mut snapshot);
    snapshot
}

/// What is different between an earlier [`snapshot`] and a later one.
#[must_use]
pub fn differences(earlier: &Value, later: &Value) -> Vec<Difference> {
    let mut compare = Compare::new(earlier, later);
    let events = |snapshot: &Value| snapshot["events"].as_array().cloned().unwrap_or_default();
    let same = |one: &Value, other: &Value| one["name"] == other["name"] && one["from"] == other["from"];
    let (before, now) = (events(earlier), events(later));
    for old in &before {
        compare.begin(&title(old));
        let Some(new) = now.iter().find(|new| same(old, new)) else {
            compare.note("", "is gone", true);
            continue;
        };
        let (sent, answered) = match old["from"] == "client" {
            true => (Reader::Later, Reader::Earlier),
            false => (Reader::Earlier, Reader::Later),
        };
        compare.schemas(&old["payload"], &new["payload"], sent, "");
        match (&old["ack"], &new["ack"]) {
            (Value::Null, Value::Null) => {}
            (Value::Null, _) | (_, Value::Null) => compare.note("ack", "is there in one of them only", true),
            (old, new) => compare.schemas(old, new, answered, "ack"),
        }
    }
    for new in now.iter().filter(|new| !before.iter().any(|old| same(old, new))) {
        compare.begin(&title(new));
        compare.note("", "is new", false);
    }
    compare.begin("the refusal of a request");
    compare.schemas(&earlier["error"], &later["error"], Reader::Earlier, "");
    compare.into_differences()
}

/// What a server of the earlier catalogue says and a program of the later one cannot read, for example a message without
/// a field that the program needs. If there is nothing, a newer program can use an older server, and does without what
/// was added.
#[must_use]
pub fn unreadable(earlier: &Value, later: &Value) -> Vec<Difference> {
    let mut compare = Compare::new(earlier, later);
    let events = |snapshot: &Value| snapshot["events"].as_array().cloned().unwrap_or_default();
    let now = events(later);
    for old in &events(earlier) {
        let Some(new) = now.iter().find(|new| new["name"] == old["name"] && new["from"] == old["from"])
        else {
            continue;
        };
        compare.begin(&title(old));
        let (field, said) = if old["from"] == "client" { ("ack", "ack") } else { ("", "payload") };
        compare.schemas(&old[said], &new[said], Reader::Later, field);
    }
    compare.begin("the refusal of a request");
    compare.schemas(&earlier["error"], &later["error"], Reader::Later, "");
    compare.into_differences().into_iter().filter(|difference| difference.breaks).collect()
}

fn title(event: &Value) -> String {
    let from = if event["from"] == "client" { "clients send" } else { "the server sends" };
    format!("the event {} that {from}", event["name"])
}

/// Compares the snapshot of the last release with the present one.
///
/// # Errors
/// The sentence says which number of the version must go up, and for which events and fields.
pub fn check(released: &Value, present: &Value) -> Result<(), String> {
    let differences = differences(released, present);
    let breaks: Vec<_> = differences.iter().filter(|difference| difference.breaks).collect();
    let version = |snapshot: &Value| Version::parse(snapshot["version"].as_str().unwrap_or_default());
    let (Some(old), Some(new)) = (version(released), version(present)) else {
        return Err("a catalogue's version must be `major.minor`, for example `1.0`".to_owned());
    };
    let list = |all: &[&Difference]| -> String { all.iter().map(|one| format!("\n- {one}")).collect() };
    if !breaks.is_empty() && new.major <= old.major {
        let wanted = Version { major: old.major + 1, minor: 0 };
        return Err(format!(
            "programs built from version {old} would stop working: keep them working, or make it version \
             {wanted}{}",
            list(&breaks)
        ));
    }
    if !differences.is_empty() && new <= old {
        let wanted = Version { minor: old.minor + 1, ..old };
        let all: Vec<_> = differences.iter().collect();
        return Err(format!(
            "something was added since version {old}: make it version {wanted}{}",
            list(&all)
        ));
    }
    Ok(())
}

/// A catalogue's version, as `1.2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Grows with what breaks.
    pub major: u32,
    /// Grows with additions.
    pub minor: u32,
}

impl Version {
    /// Reads `1.2`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.split_once('.')?;
        Some(Self { major: major.parse().ok()?, minor: minor.parse().ok()? })
    }

    /// Whether a server of this version serves a client that was built from `client`: everything
    /// that the client knows is there, and as the client knows it.
    #[must_use]
    pub fn serves(self, client: Self) -> bool {
        self.serves_from(client, client)
    }

    /// The same for a client that can also use servers that are older than itself, from the version `needs` on, and
    /// does without what they lack: see [`unreadable`].
    #[must_use]
    pub fn serves_from(self, client: Self, needs: Self) -> bool {
        self.major == client.major && self >= needs.min(client)
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests;
