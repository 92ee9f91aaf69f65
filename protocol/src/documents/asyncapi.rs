//! The catalogue as an [AsyncAPI 3.0](https://www.asyncapi.com/docs/reference/specification/v3.0.0)
//! document.

use serde_json::{Map, Value, json};

use super::schemas::{self, DEFINITIONS, EventSchemas};
use crate::event::{Catalogue, Direction};

/// The document of a catalogue. Operations are told from the server's side, as AsyncAPI wants it:
/// it receives what clients send, and its ack is the operation's reply.
#[must_use]
pub fn asyncapi<C: Catalogue>() -> Value {
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
            components.insert(reply.clone(), ack_message(event, ack));
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
            "title": "Parlance",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Real-time chat over Socket.IO v5 (Engine.IO v4). Every client event may \
                carry an ack, answered with { data } or { error }; without one a refusal arrives as \
                the `error` event. Connect with auth { token } from POST /api/auth/login.",
            "license": { "name": "MIT OR Apache-2.0" },
        },
        "defaultContentType": "application/json",
        "servers": {
            "local": { "host": "127.0.0.1:8000", "pathname": "/socket.io/", "protocol": "socketio" },
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

fn ack_message(event: &EventSchemas, data: &Value) -> Value {
    let error = json!({ "$ref": format!("#{DEFINITIONS}/ErrorBody") });
    let payload = match event.spec.direction {
        Direction::Client => json!({
            "oneOf": [
                { "type": "object", "properties": { "data": data }, "required": ["data"] },
                { "type": "object", "properties": { "error": error }, "required": ["error"] },
            ],
        }),
        // Who does not want to answer the server stays silent.
        Direction::Server => data.clone(),
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
