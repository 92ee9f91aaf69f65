//! The JSON Schemas of a catalogue, and the fingerprint made of them.

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::event::{Catalogue, Direction, EventSpec};

/// A catalogue's events with the schemas of what they carry.
pub struct Schemas {
    /// The events, as the table has them.
    pub events: Vec<EventSchemas>,
    /// The types that the events refer to, by name.
    pub definitions: Map<String, Value>,
}

/// An event with the schemas of what it carries.
pub struct EventSchemas {
    /// The row.
    pub spec: EventSpec,
    /// Its payload.
    pub payload: Value,
    /// Its answer.
    pub ack: Option<Value>,
}

/// Where AsyncAPI keeps the types that are referred to.
pub(crate) const DEFINITIONS: &str = "/components/schemas";

/// Collects the schemas of a catalogue and of the `also` types.
#[must_use]
pub fn collect<C: Catalogue>(also: &[fn(&mut SchemaGenerator)]) -> Schemas {
    let mut generator = SchemaSettings::draft07()
        .with(|settings| settings.definitions_path = DEFINITIONS.into())
        .into_generator();
    let events = C::events()
        .into_iter()
        .map(|spec| EventSchemas {
            spec,
            payload: draft07((spec.payload)(&mut generator)),
            ack: spec.ack.map(|ack| draft07(ack(&mut generator))),
        })
        .collect();
    generator.subschema_for::<C::Error>();
    for add in also {
        add(&mut generator);
    }
    Schemas { events, definitions: generator.take_definitions(true) }
}

/// Rewrites a tuple that has no name of its own: the generator transforms named types only.
fn draft07(schema: Schema) -> Value {
    let mut value = schema.to_value();
    if let Some(items) = value.as_object_mut().and_then(|object| object.remove("prefixItems")) {
        value["items"] = items;
    }
    value
}

/// The schema of a catalogue's refusals: a reference, where the type has a name of its own.
pub(crate) fn error<C: Catalogue>() -> Value {
    let settings = SchemaSettings::draft07().with(|settings| settings.definitions_path = DEFINITIONS.into());
    settings.into_generator().subschema_for::<C::Error>().to_value()
}

/// Adds a type that no event refers to; for the list that [`collect`] takes.
pub fn definition<T: JsonSchema>(generator: &mut SchemaGenerator) {
    generator.subschema_for::<T>();
}

/// A hash of names, directions and shapes. Documentation is no part of it.
#[must_use]
pub fn fingerprint<C: Catalogue>() -> String {
    let schemas = collect::<C>(&[]);
    let mut shape: Vec<Value> = schemas
        .events
        .iter()
        .map(|event| {
            let client = event.spec.direction == Direction::Client;
            serde_json::json!([event.spec.name, client, event.payload, event.ack])
        })
        .collect();
    shape.push(Value::Object(schemas.definitions));
    let mut shape = Value::Array(shape);
    strip_documentation(&mut shape);
    Uuid::new_v5(&Uuid::NAMESPACE_OID, shape.to_string().as_bytes()).simple().to_string()
}

pub(super) fn strip_documentation(value: &mut Value) {
    match value {
        Value::Object(object) => {
            // A property may be called `description`, too. Its value is a schema, and no text.
            if object.get("description").is_some_and(Value::is_string) {
                object.remove("description");
            }
            object.remove("title");
            object.values_mut().for_each(strip_documentation);
        }
        Value::Array(array) => array.iter_mut().for_each(strip_documentation),
        _ => {}
    }
}
