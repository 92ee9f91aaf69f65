//! A catalogue whose payloads are whatever a scenario says.

use schemars::JsonSchema;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::Error as _,
    ser::{Error as _, SerializeMap as _},
};
use serde_json::{Value, json};
use typed_socketio::{Binary, DataOrError, events};

/// Any JSON, in which `{ "$binary": "<hex>" }` stands for bytes.
#[derive(Clone, Debug, JsonSchema)]
pub(crate) struct Payload(pub(crate) Value);

impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write(&self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(Value::deserialize(deserializer)?).map(Self).map_err(D::Error::custom)
    }
}

fn write<S: Serializer>(value: &Value, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Value::Object(object) => match object.get("$binary").and_then(Value::as_str) {
            Some(hex) => bytes(hex).map_err(S::Error::custom)?.serialize(serializer),
            None => {
                let mut map = serializer.serialize_map(Some(object.len()))?;
                for (key, value) in object {
                    map.serialize_entry(key, &Payload(value.clone()))?;
                }
                map.end()
            }
        },
        Value::Array(values) => serializer.collect_seq(values.iter().cloned().map(Payload)),
        other => other.serialize(serializer),
    }
}

fn read(value: Value) -> serde_json::Result<Value> {
    Ok(match value {
        Value::Object(object) if object.contains_key("_placeholder") => {
            let Binary(bytes) = Binary::deserialize(Value::Object(object))?;
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            json!({ "$binary": hex })
        }
        Value::Object(object) => object
            .into_iter()
            .map(|(key, value)| Ok((key, read(value)?)))
            .collect::<serde_json::Result<_>>()?,
        Value::Array(values) => values.into_iter().map(read).collect::<serde_json::Result<_>>()?,
        other => other,
    })
}

fn bytes(hex: &str) -> Result<Binary, std::num::ParseIntError> {
    let pairs = (0..hex.len()).step_by(2).map(|at| &hex[at..at + 2]);
    pairs.map(|pair| u8::from_str_radix(pair, 16)).collect::<Result<Vec<_>, _>>().map(Binary)
}

macro_rules! payloads {
    ($($name:ident),+) => { $(
        #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub(crate) struct $name(pub(crate) Payload);
    )+ };
}

payloads!(Echo, Refuse, Late, Silent, Bounce, Greet, Question, Ignored);

events! {
    /// What the recorded server knows (`e2e/interop/oracle/stage.mjs`).
    pub(crate) catalogue Oracle { error: Payload, ack: DataOrError, binary: true }

    /// What a scenario's program sends.
    client Said {
        /// Answered with what it carries.
        "echo" => Echo -> Payload, null;
        /// Refused with what it carries.
        "refuse" => Refuse -> Payload, null;
        /// Answered after a quarter of a second.
        "late" => Late -> Payload, null;
        /// Never answered.
        "silent" => Silent -> Payload, null;
        /// Comes back as `said`.
        "bounce" => Bounce -> Payload, null;
        /// A name with more than letters.
        "grüß \"dich\" 🎉" => Greet -> Payload, null;
    }

    /// What the server of a scenario sends.
    server Heard {
        /// Anything.
        "said" => Said(Payload), null;
        /// A name with more than letters.
        "grüß \"dich\" 🎉" => Greeted(Payload), null;
    }

    /// What the server of a scenario asks.
    requests Asked {
        /// Answered with what it carries.
        "question" => Question -> Payload, null;
        /// Never answered.
        "ignored" => Ignored -> Payload, null;
    }
}
