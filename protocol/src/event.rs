//! The traits behind a catalogue; [`events!`](crate::events) makes one from a table.
//!
//! Nothing here knows of chat: a program with other events writes a table of its own.

use std::{fmt, future::Future};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::{
    binary,
    error::{Coded, ErrorBody, ErrorCode},
};

/// A whole protocol: the events of both directions. Made by [`events!`](crate::events).
pub trait Catalogue: Send + Sync + 'static {
    /// What clients send.
    type ClientEvent: EventEnum;
    /// What the server sends.
    type ServerEvent: EventEnum;
    /// What the server sends and wants answered; [`NoRequest`] where there is nothing.
    type ServerRequest: EventEnum;
    /// How a request is refused.
    type Error: Serialize + DeserializeOwned + JsonSchema + fmt::Debug + Send + 'static;
    /// Differs where two builds would misunderstand each other.
    const FINGERPRINT: &'static str;
    /// Whether a payload may have [`Binary`](crate::Binary) in it.
    const BINARY: bool = false;
    /// Whether the server asks anything.
    const REQUESTS: bool = false;

    /// Every event, for documents and tests.
    fn events() -> Vec<EventSpec>;
}

/// A payload that gets an answer: of a client by the server, or the other way round.
pub trait Request: Serialize + DeserializeOwned + Send + 'static {
    /// What the ack carries.
    type Ack: Serialize + DeserializeOwned + Send + 'static;
    /// Its name on the wire.
    const NAME: &'static str;
}

/// A payload that a client sends.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event that a client sends",
    label = "not the payload of a row under `client` in a catalogue"
)]
pub trait Call: Request {
    /// The catalogue that the event is in.
    type Catalogue: Catalogue;
}

/// All events of one direction as one enum.
pub trait EventEnum: Sized + Send + 'static {
    /// Reads a payload by its event's name.
    ///
    /// # Errors
    /// The name is not in the catalogue, or the payload does not fit it.
    fn decode(name: &str, payload: &RawValue) -> Result<Self, DecodeError>;

    /// The event's name on the wire.
    fn name(&self) -> &'static str;

    /// The payload as JSON.
    ///
    /// # Errors
    /// Only what a hand-written `Serialize` of a payload may fail with.
    fn payload(&self) -> serde_json::Result<Box<RawValue>>;
}

/// What the server asks in a catalogue in which it asks nothing.
#[derive(Clone, Copy, Debug)]
pub enum NoRequest {}

impl EventEnum for NoRequest {
    fn decode(name: &str, _: &RawValue) -> Result<Self, DecodeError> {
        Err(DecodeError::UnknownEvent(name.to_owned()))
    }

    fn name(&self) -> &'static str {
        match *self {}
    }

    fn payload(&self) -> RawJson {
        match *self {}
    }
}

/// Why an event could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The catalogue has no event of this name in this direction.
    #[error("There is no event `{0}`.")]
    UnknownEvent(String),
    /// The payload does not fit the event.
    #[error("{}", .0.message)]
    Payload(ErrorBody),
}

impl From<DecodeError> for ErrorBody {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::UnknownEvent(_) => Self::new(ErrorCode::UnknownEvent, error.to_string()),
            DecodeError::Payload(body) => body,
        }
    }
}

/// Something that answers events; [`Handle`] says which.
pub trait Handler: Sync {
    /// What a refusal is made of, before it becomes what goes over the wire.
    type Error: Send;
}

/// Answers the event `E`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no handler for the event `{E}`",
    label = "add `impl Handle<{E}> for {Self}`",
    note = "every row under `client` in the catalogue needs a handler on the server, every row under \
            `requests` one in the client's program"
)]
pub trait Handle<E: Request>: Handler {
    /// Does what the event asks for and answers it.
    fn handle(&self, event: E) -> impl Future<Output = Result<E::Ack, Self::Error>> + Send;
}

/// A row of a catalogue, for documents and tests.
#[derive(Clone, Copy)]
pub struct EventSpec {
    /// Its name on the wire.
    pub name: &'static str,
    /// Who sends it.
    pub direction: Direction,
    /// What it is for.
    pub doc: &'static [&'static str],
    /// The schema of its payload.
    pub payload: fn(&mut SchemaGenerator) -> Schema,
    /// The schema of its answer, for what gets one: of the ack's `data` for what clients send, of
    /// the whole ack for what the server asks.
    pub ack: Option<fn(&mut SchemaGenerator) -> Schema>,
    /// A payload.
    pub example: fn() -> serde_json::Value,
    /// Decodes and encodes a payload again, to prove that the example is one.
    pub round_trip: fn(&RawValue) -> Result<Box<RawValue>, DecodeError>,
}

/// Who sends an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// A client, to the server.
    Client,
    /// The server, to clients.
    Server,
}

/// Reads the payload of the event `name` and says precisely what is wrong with it.
///
/// A missing or `null` payload is read as `{}`, so that `emit("listGroups")` is enough.
///
/// # Errors
/// A code, a sentence and, where there is one, the field at fault.
pub fn decode_request<T: DeserializeOwned>(name: &str, payload: &RawValue) -> Result<T, DecodeError> {
    let json = match payload.get().trim_start() {
        "null" => "{}",
        json if json.starts_with('{') => json,
        _ => {
            let sentence = format!("The payload of `{name}` must be an object.");
            return Err(DecodeError::Payload(ErrorBody::new(ErrorCode::InvalidPayload, sentence)));
        }
    };
    let mut deserializer = serde_json::Deserializer::from_str(json);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let mut message = error.into_inner().to_string();
        if let Some(position) = message.rfind(" at line ") {
            message.truncate(position);
        }
        DecodeError::Payload(refusal(path, &message))
    })
}

fn refusal(path: String, message: &str) -> ErrorBody {
    if let Some(Coded(code, message)) = Coded::split(message) {
        return ErrorBody { code, message, field: Some(path) };
    }
    let missing = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
    let (field, message) = match missing {
        Some(field) if path == "." => (Some(field.to_owned()), format!("The field `{field}` is missing.")),
        _ if path == "." => (None, format!("The payload cannot be read: {message}.")),
        _ => (Some(path.clone()), format!("The field `{path}` cannot be read: {message}.")),
    };
    ErrorBody { code: ErrorCode::InvalidPayload, message, field }
}

/// Reads what the server sent. Short, because it is compiled into every page.
#[doc(hidden)]
pub fn decode_notification<T: DeserializeOwned>(payload: &RawValue) -> Result<T, DecodeError> {
    serde_json::from_str(payload.get())
        .map_err(|error| DecodeError::Payload(ErrorBody::new(ErrorCode::InvalidPayload, error.to_string())))
}

#[doc(hidden)]
pub fn decode_asked<T: DeserializeOwned>(_name: &str, payload: &RawValue) -> Result<T, DecodeError> {
    decode_notification(payload)
}

pub use crate::events;

/// A payload as JSON, or why it could not be written.
pub type RawJson = serde_json::Result<Box<RawValue>>;

/// Why [`dispatch`](crate::ClientEvent::dispatch) has no answer.
#[derive(Debug)]
pub enum DispatchError<E> {
    /// The handler refused.
    Refused(E),
    /// The handler's answer could not be written as JSON.
    Encode(serde_json::Error),
}

#[doc(hidden)]
pub fn encode<T: Serialize>(payload: &T) -> RawJson {
    serde_json::value::to_raw_value(payload)
}

#[doc(hidden)]
pub fn encode_ack<T: Serialize, E>(answer: Result<T, E>) -> Result<Box<RawValue>, DispatchError<E>> {
    encode(&answer.map_err(DispatchError::Refused)?).map_err(DispatchError::Encode)
}

#[doc(hidden)]
pub fn round_trip<T: EventEnum>(name: &str, payload: &RawValue) -> Result<Box<RawValue>, DecodeError> {
    // An example of binary data has placeholders; what they stand for is of no interest.
    let attachments = vec![Vec::new(); payload.get().matches("_placeholder").count()];
    let event = binary::reading(attachments, || T::decode(name, payload))?;
    assert_eq!(event.name(), name, "a row is filed under its own name");
    binary::writing(|| event.payload())
        .0
        .map_err(|error| DecodeError::Payload(ErrorBody::new(ErrorCode::Internal, error.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Chat, ClientEvent, Seq};

    fn raw(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).unwrap()
    }

    fn refused(name: &str, json: &str) -> ErrorBody {
        ClientEvent::decode(name, &raw(json)).unwrap_err().into()
    }

    #[test]
    fn every_example_is_a_payload_and_comes_back_the_same() {
        for event in Chat::events() {
            let example = (event.example)();
            let back = (event.round_trip)(&raw(&example.to_string())).unwrap();
            let back: serde_json::Value = serde_json::from_str(back.get()).unwrap();
            assert_eq!(back, example, "{}", event.name);
        }
    }

    #[test]
    fn a_missing_payload_is_an_empty_object() {
        for json in ["null", "{}"] {
            assert!(ClientEvent::decode("listGroups", &raw(json)).is_ok());
        }
    }

    #[test]
    fn a_payload_that_is_no_object_is_refused() {
        for json in ["7", "\"x\"", "[]", r#"["0192e4a0-7b3c-7000-8000-00000000000b","hi"]"#, "true"] {
            let body = refused("privateMessage", json);
            assert_eq!(body.code, ErrorCode::InvalidPayload);
            assert_eq!(body.message, "The payload of `privateMessage` must be an object.");
        }
    }

    #[test]
    fn a_refusal_names_the_field_and_the_reason() {
        let id = "0192e4a0-7b3c-7000-8000-00000000000b";
        let cases = [
            (
                format!(r#"{{"recipientId":"{id}"}}"#),
                ErrorCode::InvalidPayload,
                "content",
                "The field `content` is missing.",
            ),
            (
                format!(r#"{{"recipientId":"{id}","content":7}}"#),
                ErrorCode::InvalidPayload,
                "content",
                "The field `content` cannot be read: invalid type: integer `7`, expected a string.",
            ),
            (
                format!(r#"{{"recipientId":"{id}","content":""}}"#),
                ErrorCode::TextTooShort,
                "content",
                "A message must have at least 1 character.",
            ),
            (
                format!(r#"{{"recipientId":"{id}","content":"{}"}}"#, "x".repeat(4001)),
                ErrorCode::TextTooLong,
                "content",
                "A message must have at most 4000 characters; this one has 4001.",
            ),
            (
                r#"{"recipientId":"nobody","content":"hi"}"#.to_owned(),
                ErrorCode::UnknownUser,
                "recipientId",
                "There is no such person.",
            ),
        ];
        for (json, code, field, message) in cases {
            let body = refused("privateMessage", &json);
            assert_eq!(
                (body.code, body.field.as_deref(), body.message.as_str()),
                (code, Some(field), message)
            );
        }
    }

    #[test]
    fn an_unknown_event_is_refused_by_name() {
        let body = refused("userOnline", "{}");
        assert_eq!(
            (body.code, body.message.as_str()),
            (ErrorCode::UnknownEvent, "There is no event `userOnline`.")
        );
    }

    #[test]
    fn optional_fields_may_be_left_out() {
        let json = r#"{"conversation":{"group":"0192e4a0-7b3c-7000-8000-0000000000aa"},"after":3}"#;
        let Ok(ClientEvent::FetchHistory(fetch)) = ClientEvent::decode("fetchHistory", &raw(json)) else {
            panic!("not read")
        };
        assert_eq!((fetch.before, fetch.after, fetch.limit), (None, Some(Seq(3)), None));
    }
}
