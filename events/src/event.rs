//! The traits behind a catalogue; [`events!`](crate::events) makes one from a table.

use std::{fmt, future::Future};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{
    Deserialize, Serialize,
    de::{DeserializeOwned, Error as _, SeqAccess, value::SeqAccessDeserializer},
};
use serde_json::value::RawValue;

use crate::{
    ack::AckShape,
    binary,
    error::{DecodeError, PayloadError},
};

/// A whole protocol: the events of both directions. Made by [`events!`](crate::events).
pub trait Catalogue: Send + Sync + 'static {
    /// What clients send.
    type ClientEvent: EventEnum;
    /// What the server sends.
    type ServerEvent: EventEnum;
    /// What the server sends and wants answered; [`NoRequest`] if it asks nothing.
    type ServerRequest: EventEnum;
    /// How a request is refused.
    type Error: Serialize + DeserializeOwned + JsonSchema + fmt::Debug + Send + 'static;
    /// Where an ack has the answer, and where the refusal.
    type Ack: AckShape;
    /// Differs if two builds have different tables; empty if the table does not set it.
    const FINGERPRINT: &'static str = "";
    /// `major.minor`: the second number grows with additions, the first with everything else; see
    /// [`compatibility`](crate::documents::compatibility). Empty if the table does not set it.
    const VERSION: &'static str = "";
    /// Whether a payload may have [`Binary`](crate::Binary) in it.
    const BINARY: bool = false;
    /// Whether the server asks anything.
    const REQUESTS: bool = false;

    /// Every event, for documents and tests.
    fn events() -> Vec<EventSpec>;
}

/// A payload that gets an answer: from the server if a client sends it, from a client if the server
/// does.
pub trait Request: Serialize + DeserializeOwned + Send + 'static {
    /// What the ack carries.
    type Ack: Serialize + DeserializeOwned + Send + 'static;
    /// Its name on the wire.
    const NAME: &'static str;
    /// Whether the payload's elements are the arguments of the event. Otherwise the payload is the only
    /// one.
    const SPREAD: bool = false;
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
    /// Reads the event `name` from the arguments that follow the name, once and without a copy. Returns
    /// `None` and reads nothing if the catalogue has no such event.
    ///
    /// # Errors
    /// An argument does not fit, or there are fewer than the event has.
    fn read<'de, A: SeqAccess<'de>>(name: &str, arguments: &mut A) -> Result<Option<Self>, A::Error>;

    /// Reads a payload by its event's name.
    ///
    /// # Errors
    /// The name is not in the catalogue, or the payload does not fit it.
    fn decode(name: &str, payload: &RawValue) -> Result<Self, DecodeError>;

    /// The event's name on the wire.
    fn name(&self) -> &str;

    /// The payload as JSON; several arguments are one array.
    ///
    /// # Errors
    /// Only a hand-written `Serialize` of a payload can fail.
    fn payload(&self) -> serde_json::Result<Box<RawValue>>;
}

/// The requests of a catalogue in which the server asks nothing.
#[derive(Clone, Copy, Debug)]
pub enum NoRequest {}

impl EventEnum for NoRequest {
    fn read<'de, A: SeqAccess<'de>>(_: &str, _: &mut A) -> Result<Option<Self>, A::Error> {
        Ok(None)
    }

    fn decode(name: &str, _: &RawValue) -> Result<Self, DecodeError> {
        Err(DecodeError::UnknownEvent(name.to_owned()))
    }

    fn name(&self) -> &str {
        match *self {}
    }

    fn payload(&self) -> RawJson {
        match *self {}
    }
}

/// Something that answers events; [`Handle`] says which.
pub trait Handler: Sync {
    /// The error of a handler, before it becomes the refusal that goes over the wire.
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
    /// Whether the payload is a tuple of several arguments.
    pub spread: bool,
    /// The schema of its answer, if it gets one.
    pub ack: Option<fn(&mut SchemaGenerator) -> Schema>,
    /// A payload.
    pub example: fn() -> serde_json::Value,
    /// Decodes a payload and encodes it again, to prove that the example is valid.
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

/// A payload as JSON, or why it could not be written.
pub type RawJson = serde_json::Result<Box<RawValue>>;

/// The events of two enums as one; a name that both have is the first one's.
#[derive(Clone, Debug)]
pub enum Either<A, B> {
    /// An event of the first enum.
    First(A),
    /// An event of the second one.
    Second(B),
}

impl<A: EventEnum, B: EventEnum> EventEnum for Either<A, B> {
    fn read<'de, S: SeqAccess<'de>>(name: &str, arguments: &mut S) -> Result<Option<Self>, S::Error> {
        Ok(match A::read(name, arguments)? {
            Some(event) => Some(Self::First(event)),
            None => B::read(name, arguments)?.map(Self::Second),
        })
    }

    fn decode(name: &str, payload: &RawValue) -> Result<Self, DecodeError> {
        match A::decode(name, payload) {
            Err(DecodeError::UnknownEvent(_)) => B::decode(name, payload).map(Self::Second),
            found => found.map(Self::First),
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::First(event) => event.name(),
            Self::Second(event) => event.name(),
        }
    }

    fn payload(&self) -> RawJson {
        match self {
            Self::First(event) => event.payload(),
            Self::Second(event) => event.payload(),
        }
    }
}

/// Why the `dispatch` of an enum of events has no answer.
#[derive(Debug)]
pub enum DispatchError<E> {
    /// The handler refused.
    Refused(E),
    /// The handler's answer could not be written as JSON.
    Encode(serde_json::Error),
}

/// A payload that is the next argument or, if it is spread, all of them.
#[doc(hidden)]
pub fn payload<'de, T: Deserialize<'de>, A: SeqAccess<'de>, const SPREAD: bool>(
    arguments: &mut A,
) -> Result<T, A::Error> {
    if SPREAD {
        T::deserialize(SeqAccessDeserializer::new(arguments))
    } else {
        arguments.next_element()?.ok_or_else(|| A::Error::custom("an argument is missing"))
    }
}

/// The row of an event of the enum `E` that gets an answer.
#[doc(hidden)]
pub fn answered<E: EventEnum, T: Request<Ack = K> + JsonSchema, K: JsonSchema>(
    direction: Direction,
    doc: &'static [&'static str],
    example: fn() -> serde_json::Value,
) -> EventSpec {
    EventSpec {
        name: T::NAME,
        direction,
        doc,
        payload: |generator| generator.subschema_for::<T>(),
        spread: T::SPREAD,
        ack: Some(|generator| generator.subschema_for::<K>()),
        example,
        round_trip: |payload| round_trip::<E>(T::NAME, payload),
    }
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
    // An example of binary data has placeholders; it does not matter which bytes they stand for.
    let attachments = vec![Vec::new(); payload.get().matches("_placeholder").count()];
    let event = binary::reading(attachments, || T::decode(name, payload))?;
    assert_eq!(event.name(), name, "a row is filed under its own name");
    binary::writing(|| event.payload())
        .0
        .map_err(|error| DecodeError::Payload(PayloadError::new(error.to_string())))
}
