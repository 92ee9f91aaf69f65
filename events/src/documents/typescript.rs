//! The catalogue as TypeScript, in the form that `socket.io-client` documents.
//!
//! It is made from the JSON Schemas, so that it cannot contradict the AsyncAPI document.

use std::fmt::Write as _;

use schemars::SchemaGenerator;
use serde_json::{Map, Value};

use super::schemas::{self, EventSchemas, Schemas};
use crate::{
    ack::AckShape as _,
    event::{Catalogue, Direction},
};

/// The declaration file of a catalogue. It begins with `head`. It also has the `also` types, which no
/// event refers to ([`schemas::definition`]).
#[must_use]
pub fn typescript<C: Catalogue>(head: &str, also: &[fn(&mut SchemaGenerator)]) -> String {
    let schemas = schemas::collect::<C>(also);
    let mut out = head.to_owned();
    out += &C::Ack::typescript_types(&type_of(&schemas::error::<C>(), ""));
    write_events::<C>(
        &mut out,
        &schemas,
        Direction::Client,
        "ClientToServerEvents",
        "What a client may send.",
    );
    write_events::<C>(
        &mut out,
        &schemas,
        Direction::Server,
        "ServerToClientEvents",
        "What the server sends.",
    );
    for (name, schema) in &schemas.definitions {
        write_doc(&mut out, "", schema.get("description").and_then(Value::as_str).unwrap_or_default());
        let _ = writeln!(out, "export type {name} = {};\n", type_of(schema, ""));
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn write_events<C: Catalogue>(
    out: &mut String,
    schemas: &Schemas,
    direction: Direction,
    name: &str,
    doc: &str,
) {
    let _ = writeln!(out, "/** {doc} */\nexport interface {name} {{");
    for event in schemas.events.iter().filter(|event| event.spec.direction == direction) {
        write_doc(out, "  ", &event.spec.doc.concat());
        let _ = writeln!(out, "  {}: {};", key(event.spec.name), signature::<C>(event, &schemas.definitions));
    }
    out.push_str("}\n\n");
}

/// A name that is no identifier stands in quotes.
fn key(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.chars().all(plain) && !name.starts_with(|c: char| c.is_ascii_digit()) {
        name.to_owned()
    } else {
        Value::from(name).to_string()
    }
}

fn signature<C: Catalogue>(event: &EventSchemas, definitions: &Map<String, Value>) -> String {
    let mut parameters = parameters(event, definitions);
    match (&event.ack, event.spec.direction) {
        (None, _) => {}
        (Some(ack), Direction::Server) => {
            parameters.push(format!("ack: (answer: {}) => void", type_of(ack, "  ")));
        }
        (Some(ack), Direction::Client) => {
            let error = type_of(&schemas::error::<C>(), "  ");
            let callback = C::Ack::typescript(&type_of(ack, "  "), &error);
            parameters.push(format!("ack?: ({callback}) => void"));
        }
    }
    format!("({}) => void", parameters.join(", "))
}

fn parameters(event: &EventSchemas, definitions: &Map<String, Value>) -> Vec<String> {
    if event.spec.spread {
        let payload = event
            .payload
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|reference| definitions.get(reference.rsplit('/').next()?));
        let items = payload.unwrap_or(&event.payload).get("items").and_then(Value::as_array);
        let types = items.into_iter().flatten().map(|item| type_of(item, "  "));
        return types.enumerate().map(|(index, item)| format!("argument{}: {item}", index + 1)).collect();
    }
    let payload = type_of(&event.payload, "  ");
    let nothing_is_required = definitions.get(&payload).is_some_and(|schema| {
        schema.get("type").is_some_and(|kind| kind == "object")
            && schema.get("required").is_none_or(|all| all.as_array().is_some_and(Vec::is_empty))
    });
    // `socket.emit("listGroups")` is enough, and so is `socket.emitWithAck("listGroups", {})`.
    let optional = nothing_is_required && event.spec.direction == Direction::Client;
    vec![format!("payload{}: {payload}", if optional { "?" } else { "" })]
}

fn write_doc(out: &mut String, indent: &str, doc: &str) {
    if !doc.is_empty() {
        let doc = doc
            .trim()
            .split('\n')
            .map(str::trim)
            .collect::<Vec<_>>()
            .join(&format!("\n{indent} * "))
            .replace("* \n", "*\n");
        let _ = writeln!(out, "{indent}/** {doc} */");
    }
}

fn type_of(schema: &Value, indent: &str) -> String {
    let Some(object) = schema.as_object() else { return "unknown".to_owned() };
    if let Some(reference) = object.get("$ref").and_then(Value::as_str) {
        return reference.rsplit('/').next().unwrap_or("unknown").to_owned();
    }
    if let Some([only]) = object.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
        return type_of(only, indent);
    }
    if let Some(constant) = object.get("const") {
        return constant.to_string();
    }
    if let Some(values) = object.get("enum").and_then(Value::as_array) {
        return union(values.iter().map(Value::to_string));
    }
    let choices = ["oneOf", "anyOf"].iter().find_map(|key| object.get(*key)?.as_array());
    let properties = object.get("properties").and_then(Value::as_object);
    match (properties, choices) {
        (Some(_), Some(choices)) => {
            format!("{} & ({})", record(object, indent), alternatives(choices, indent))
        }
        (Some(_), None) => record(object, indent),
        (None, Some(choices)) => alternatives(choices, indent),
        (None, None) => plain(object, indent),
    }
}

fn plain(object: &Map<String, Value>, indent: &str) -> String {
    let name = match object.get("type") {
        Some(Value::String(name)) => name.as_str(),
        // `["string", "null"]`: an optional field, which is left out where it has no value.
        Some(Value::Array(names)) => {
            names.iter().filter_map(Value::as_str).find(|name| *name != "null").unwrap_or("unknown")
        }
        _ => "unknown",
    };
    match name {
        "string" if object.get("format").is_some_and(|format| format == "binary") => {
            "ArrayBuffer | Uint8Array".to_owned()
        }
        "integer" | "number" => "number".to_owned(),
        "array" if object.get("items").is_some_and(Value::is_array) => {
            let items = object["items"].as_array().into_iter().flatten().map(|item| type_of(item, indent));
            format!("[{}]", items.collect::<Vec<_>>().join(", "))
        }
        "array" => {
            format!("{}[]", object.get("items").map_or("unknown".to_owned(), |items| type_of(items, indent)))
        }
        "object" => "Record<string, never>".to_owned(),
        name => name.to_owned(),
    }
}

fn record(object: &Map<String, Value>, indent: &str) -> String {
    let Some(properties) = object.get("properties").and_then(Value::as_object) else { return String::new() };
    let required: Vec<&str> = object
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let inner = format!("{indent}  ");
    let mut out = "{\n".to_owned();
    for (name, schema) in properties {
        write_doc(&mut out, &inner, schema.get("description").and_then(Value::as_str).unwrap_or_default());
        let mark = if required.contains(&name.as_str()) { "" } else { "?" };
        let _ = writeln!(out, "{inner}{name}{mark}: {};", type_of(schema, &inner));
    }
    out + indent + "}"
}

/// Alternatives that are objects exclude each other's keys, so that `message.groupId` may be asked
/// of any message.
fn alternatives(choices: &[Value], indent: &str) -> String {
    let keys = |choice: &Value| -> Vec<String> {
        choice
            .get("properties")
            .and_then(Value::as_object)
            .map(|p| p.keys().cloned().collect())
            .unwrap_or_default()
    };
    let all: Vec<String> = choices.iter().flat_map(keys).collect();
    union(choices.iter().filter(|choice| choice.get("type").is_none_or(|t| t != "null")).map(|choice| {
        let own = keys(choice);
        if own.is_empty() {
            return type_of(choice, indent);
        }
        let mut fields: Vec<String> =
            own.iter().map(|key| format!("{key}: {}", type_of(&choice["properties"][key], indent))).collect();
        fields.extend(all.iter().filter(|key| !own.contains(key)).map(|key| format!("{key}?: never")));
        format!("{{ {} }}", fields.join("; "))
    }))
}

fn union(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(" | ")
}
