//! How events and payloads are read.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize,
    de::{self, DeserializeOwned, Deserializer, Error as _, IgnoredAny, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::{
    error::{DecodeError, PayloadError},
    event::EventEnum,
};

/// Reads an event from its packet's JSON, `["name",…]`: once, and without a copy.
///
/// # Errors
/// The packet is no JSON, the event is not one of these, or a payload does not fit;
/// [`EventEnum::decode`] says more.
pub fn read_event<E: EventEnum>(packet: &str) -> serde_json::Result<E> {
    let mut deserializer = serde_json::Deserializer::from_str(packet);
    let event = deserializer.deserialize_seq(Packet(PhantomData))?;
    deserializer.end()?;
    Ok(event)
}

struct Packet<E>(PhantomData<E>);

#[derive(Deserialize)]
#[serde(transparent)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de, E: EventEnum> Visitor<'de> for Packet<E> {
    type Value = E;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut packet: A) -> Result<E, A::Error> {
        let Name(name) = packet.next_element()?.ok_or_else(|| A::Error::custom("an event without a name"))?;
        let event = E::read(&name, &mut packet)?.ok_or_else(|| A::Error::custom("an unknown event"))?;
        match packet.next_element::<IgnoredAny>()? {
            None => Ok(event),
            Some(_) => Err(A::Error::custom("more arguments than the event has")),
        }
    }
}

/// Reads what a client sent as the event `name` and says precisely what is wrong with it: for servers,
/// and for other JSON that people write by hand.
///
/// A missing or `null` payload is read as `{}` where an object is expected, so that
/// `emit("listGroups")` is enough. An array is not taken for an object with its fields in order.
///
/// # Errors
/// A sentence and, where there is one, the field at fault.
pub fn decode_request<T: DeserializeOwned>(name: &str, payload: &RawValue) -> Result<T, DecodeError> {
    let json = match payload.get().trim_start() {
        json if json.starts_with('{') || !wants_object::<T>() => json,
        "null" => "{}",
        _ => {
            let sentence = format!("The payload of `{name}` must be an object.");
            return Err(DecodeError::Payload(PayloadError::new(sentence)));
        }
    };
    let mut deserializer = serde_json::Deserializer::from_str(json);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let mut reason = error.into_inner().to_string();
        if let Some(position) = reason.rfind(" at line ") {
            reason.truncate(position);
        }
        DecodeError::Payload(explain(path, reason))
    })
}

fn explain(path: String, reason: String) -> PayloadError {
    let missing = reason.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
    let (field, message) = match missing {
        Some(field) if path == "." => (Some(field.to_owned()), format!("The field `{field}` is missing.")),
        _ if path == "." => (None, format!("The payload cannot be read: {reason}.")),
        _ => (Some(path.clone()), format!("The field `{path}` cannot be read: {reason}.")),
    };
    PayloadError { field, message, reason }
}

/// Reads what a server sent. Short, because it is compiled into every page.
#[doc(hidden)]
pub fn decode_sent<T: DeserializeOwned>(_name: &str, payload: &RawValue) -> Result<T, DecodeError> {
    serde_json::from_str(payload.get())
        .map_err(|error| DecodeError::Payload(PayloadError::new(error.to_string())))
}

/// Whether a type asks serde for an object. A type that reads whatever the data is does not.
fn wants_object<T: DeserializeOwned>() -> bool {
    matches!(T::deserialize(Probe), Err(Wanted::Object))
}

struct Probe;

#[derive(Debug)]
enum Wanted {
    Object,
    Other,
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl std::error::Error for Wanted {}

impl de::Error for Wanted {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Other
    }
}

impl<'de> Deserializer<'de> for Probe {
    type Error = Wanted;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Wanted> {
        Err(Wanted::Other)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Wanted> {
        Err(Wanted::Object)
    }

    fn deserialize_map<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Wanted> {
        Err(Wanted::Object)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Wanted> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct seq tuple tuple_struct enum identifier ignored_any
    }
}
