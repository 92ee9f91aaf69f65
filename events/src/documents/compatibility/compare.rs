//! Two JSON Schemas side by side.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::Difference;

/// Who reads what is described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    /// A program of the earlier catalogue reads what a later one writes.
    Earlier,
    /// A program of the later catalogue reads what an earlier one writes.
    Later,
}

pub(super) struct Compare<'a> {
    earlier: &'a Value,
    later: &'a Value,
    event: String,
    /// The pairs of named types that are being compared, so that a recursive one ends.
    open: Vec<(String, String, Reader)>,
    differences: Vec<Difference>,
}

impl<'a> Compare<'a> {
    pub(super) fn new(earlier: &'a Value, later: &'a Value) -> Self {
        Self { earlier, later, event: String::new(), open: Vec::new(), differences: Vec::new() }
    }

    pub(super) fn begin(&mut self, event: &str) {
        event.clone_into(&mut self.event);
    }

    pub(super) fn note(&mut self, field: &str, what: impl Into<String>, breaks: bool) {
        let difference =
            Difference { event: self.event.clone(), field: field.to_owned(), what: what.into(), breaks };
        if !self.differences.contains(&difference) {
            self.differences.push(difference);
        }
    }

    pub(super) fn into_differences(self) -> Vec<Difference> {
        self.differences
    }

    pub(super) fn schemas(&mut self, old: &Value, new: &Value, reader: Reader, path: &str) {
        let names = (name(old), name(new));
        if let (Some(one), Some(other)) = names {
            let pair = (one.to_owned(), other.to_owned(), reader);
            if self.open.contains(&pair) {
                return;
            }
            self.open.push(pair);
            self.resolved(old, new, reader, path);
            self.open.pop();
        } else {
            self.resolved(old, new, reader, path);
        }
    }

    fn resolved(&mut self, old: &Value, new: &Value, reader: Reader, path: &str) {
        let (old, new) = (resolve(self.earlier, old), resolve(self.later, new));
        if let (Some(before), Some(now)) = (words(old), words(new)) {
            return self.words(&before, &now, is_open(old), reader, path);
        }
        if old == new && !old.to_string().contains("$ref") {
            return;
        }
        let (before, now) = (types(old), types(new));
        let (written, read) = if reader == Reader::Later { (&before, &now) } else { (&now, &before) };
        if !written.iter().all(|kind| read.contains(kind) || (kind == "integer" && read.contains("number"))) {
            let list = |kinds: &BTreeSet<String>| kinds.iter().cloned().collect::<Vec<_>>().join(" or ");
            return self.note(path, format!("was {}, is {}", list(&before), list(&now)), true);
        }
        if old.get("format") != new.get("format") {
            self.note(path, format!("was of the format {}, is {}", old["format"], new["format"]), true);
        }
        self.fields(old, new, reader, path);
        self.choices(old, new, reader, path);
        match (&old["items"], &new["items"]) {
            (Value::Array(before), Value::Array(now)) if before.len() == now.len() => {
                for (index, (old, new)) in before.iter().zip(now).enumerate() {
                    self.schemas(old, new, reader, &join(path, &format!("[{index}]")));
                }
            }
            (Value::Array(_), _) | (_, Value::Array(_)) => {
                self.note(path, "has another number of elements", true);
            }
            (Value::Null, _) | (_, Value::Null) => {}
            (old, new) => self.schemas(old, new, reader, &join(path, "[]")),
        }
        if let (Value::Object(_), Value::Object(_)) =
            (&old["additionalProperties"], &new["additionalProperties"])
        {
            self.schemas(
                &old["additionalProperties"],
                &new["additionalProperties"],
                reader,
                &join(path, "*"),
            );
        }
    }

    fn words(
        &mut self,
        old: &BTreeSet<String>,
        new: &BTreeSet<String>,
        open: bool,
        reader: Reader,
        path: &str,
    ) {
        for gone in old.difference(new) {
            self.note(path, format!("the value {gone} is gone"), reader == Reader::Later);
        }
        for added in new.difference(old) {
            self.note(path, format!("the value {added} is new"), reader == Reader::Earlier && !open);
        }
    }

    fn fields(&mut self, old: &Value, new: &Value, reader: Reader, path: &str) {
        let empty = Map::new();
        let before = old["properties"].as_object().unwrap_or(&empty);
        let now = new["properties"].as_object().unwrap_or(&empty);
        for (field, schema) in before {
            let path = join(path, field);
            let Some(later) = now.get(field) else {
                self.note(&path, "is gone", true);
                continue;
            };
            match (requires(old, field), requires(new, field)) {
                (false, true) => self.note(&path, "must be there now", reader == Reader::Later),
                (true, false) => self.note(&path, "may be left out now", reader == Reader::Earlier),
                _ => {}
            }
            self.schemas(schema, later, reader, &path);
        }
        for field in now.keys().filter(|field| !before.contains_key(*field)) {
            let needed = requires(new, field) && reader == Reader::Later;
            let what = if needed { "is new and must be there" } else { "is new" };
            self.note(&join(path, field), what, needed);
        }
    }

    /// Compares alternatives, which are identified by their contents.
    fn choices(&mut self, old: &Value, new: &Value, reader: Reader, path: &str) {
        let (before, now) = (alternatives(old), alternatives(new));
        for (label, schema) in &before {
            match now.iter().find(|(other, _)| other == label) {
                Some((_, later)) => self.schemas(schema, later, reader, path),
                None => self.note(path, format!("the alternative {label} is gone"), reader == Reader::Later),
            }
        }
        for (label, _) in now.iter().filter(|(label, _)| !before.iter().any(|(other, _)| other == label)) {
            self.note(path, format!("the alternative {label} is new"), reader == Reader::Earlier);
        }
    }
}

fn name(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()
}

/// What a reference stands for.
fn resolve<'a>(snapshot: &'a Value, schema: &'a Value) -> &'a Value {
    let referred = name(schema).or_else(|| match schema["allOf"].as_array().map(Vec::as_slice) {
        Some([only]) => name(only),
        _ => None,
    });
    match referred.and_then(|reference| snapshot.pointer(reference.trim_start_matches('#'))) {
        Some(target) => resolve(snapshot, target),
        None => schema,
    }
}

fn join(path: &str, field: &str) -> String {
    if path.is_empty() || field.starts_with('[') {
        format!("{path}{field}")
    } else {
        format!("{path}.{field}")
    }
}

fn requires(schema: &Value, field: &str) -> bool {
    schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == field))
}

fn is_open(schema: &Value) -> bool {
    schema["x-open"] == true
}

/// The words of a list of words, which schemars writes in two ways.
fn words(schema: &Value) -> Option<BTreeSet<String>> {
    let own = |schema: &Value| -> Option<Vec<String>> {
        if let Some(word) = schema.get("const") {
            return Some(vec![word.to_string()]);
        }
        Some(schema.get("enum")?.as_array()?.iter().map(Value::to_string).collect())
    };
    if let Some(words) = own(schema) {
        return Some(words.into_iter().collect());
    }
    let choices = schema.get("oneOf").or_else(|| schema.get("anyOf"))?.as_array()?;
    choices.iter().map(own).collect::<Option<Vec<_>>>().map(|all| all.into_iter().flatten().collect())
}

fn types(schema: &Value) -> BTreeSet<String> {
    match &schema["type"] {
        Value::String(kind) => BTreeSet::from([kind.clone()]),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => BTreeSet::new(),
    }
}

fn alternatives(schema: &Value) -> Vec<(String, &Value)> {
    let choices = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array);
    choices.into_iter().flatten().map(|choice| (label(choice), choice)).collect()
}

fn label(choice: &Value) -> String {
    if let Some(reference) = name(choice) {
        return reference.rsplit('/').next().unwrap_or_default().to_owned();
    }
    match choice["required"].as_array() {
        Some(fields) if !fields.is_empty() => Value::from(fields.clone()).to_string(),
        _ => match words(choice) {
            Some(words) => words.into_iter().collect::<Vec<_>>().join(" or "),
            None => choice["type"].to_string(),
        },
    }
}
