//! The catalogue as an [AsyncAPI 3.0](https://www.asyncapi.com/docs/reference/specification/v3.0.0)
//! document.

use serde_json::{Map, Value, json};

use super::schemas::{self, EventSchemas};
use crate::{
    ack::AckShape,
    event::{Catalogue, Direction},
};

/// What a document says besides the events.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The program's name.
    pub title: &'a str,
    /// The program's version.
    pub version: &'a str,
    /// How to connect, and what else one must know. Markdown.
    pub description: &'a str,
    /// The name of the licence.
    pub license: &'a str,
    /// Where a server is: `127.0.0.1:8000`.
    pub host: &'a str,
    /// Where Socket.IO is on it: `/socket.io/`.
    pub path: &'a str,
}

/// The document of a catalogue. Operations are described from the server's side, as AsyncAPI wants it:
/// the server receives what clients send, and its ack is the operation's reply.
#[must_use]
pub fn asyncapi<C: Catalogue>(about: &About<'_>) -> Value {
    let schemas = schemas::collect::<C>(&[]);
    let (mut messages, mut operations, mut components) = (Map::new(), Map::new(), Map::new());
    for event in &schemas.events {
        let id = identifier(event);
        messages.insert(id.clone(), json!({ "$ref": format!("#/components/messages/{id}") }));
        components.insert(id.clone(), message(event));
        let mut operation = json!({
            "action": if event.spec.direction == Direction::Client { "receive" } else { "send" },
            "channel": { "$ref": "#/channels/socket" },
            "summary": doc(event),
            "messages": [{ "$ref": format!("#/channels/socket/messages/{id}") }],
        });
        if let Some(ack) = &event.ack {
            let reply = format!("{id}Ack");
            messages.insert(reply.clone(), json!({ "$ref": format!("#/components/messages/{reply}") }));
            components.insert(reply.clone(), ack_message::<C>(event, ack));
            operation["reply"] = json!({
                "channel": { "$ref": "#/channels/socket" },
                "messages": [{ "$ref": format!("#/channels/socket/messages/{reply}") }],
            });
        }
        operations.insert(id, operation);
    }
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": about.title,
            "version": about.version,
            "description": about.description,
            "license": { "name": about.license },
        },
        "defaultContentType": "application/json",
        "servers": {
            "local": { "host": about.host, "pathname": about.path, "protocol": "socketio" },
        },
        "channels": {
            "socket": { "address": "/", "description": "The namespace `/`.", "messages": messages },
        },
        "operations": operations,
        "components": { "messages": components, "schemas": Value::Object(schemas.definitions) },
    })
}

/// Operation and message ids are unique over both directions; event names need not be.
fn identifier(event: &EventSchemas) -> String {
    let direction = match event.spec.direction {
        Direction::Client => "client",
        Direction::Server => "server",
    };
    format!("{direction}.{}", event.spec.name)
}

fn message(event: &EventSchemas) -> Value {
    json!({
        "name": event.spec.name,
        "summary": doc(event),
        "payload": event.payload,
        "examples": [{ "payload": (event.spec.example)() }],
    })
}

fn ack_message<C: Catalogue>(event: &EventSchemas, answer: &Value) -> Value {
    let mut arguments = match event.spec.direction {
        Direction::Client => {
            let error = schemas::error::<C>();
            C::Ack::schemas(answer.clone(), error)
        }
        // A client that refuses to answer sends nothing, so there is no refusal to describe.
        Direction::Server => vec![answer.clone()],
    };
    let payload = match (arguments.len(), arguments.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            arguments.extend(last);
            json!({ "type": "array", "items": arguments })
        }
    };
    json!({
        "name": event.spec.name,
        "summary": format!("The ack of `{}`.", event.spec.name),
        "payload": payload,
    })
}

fn doc(event: &EventSchemas) -> String {
    event.spec.doc.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}
