//! Reading an event into a catalogue's types: once, and straight out of the frame.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error as _, IgnoredAny, SeqAccess, Visitor},
};
use serde_json::value::{RawValue, to_raw_value};
use typed_socketio::{Catalogue, DecodeError, EventEnum, PayloadError};

use crate::{
    client,
    connection::{Received, as_one},
    packet::PacketError,
};

/// An event of the catalogue `C`.
pub(super) enum Incoming<C: Catalogue> {
    Event(C::ServerEvent),
    Request(C::ServerRequest),
    Unreadable { event: String, arguments: Box<RawValue>, error: DecodeError },
}

/// Reads an event. Its bytes are taken out of it.
///
/// # Errors
/// It is no JSON.
pub(super) fn read<C: Catalogue>(event: &mut Received) -> Result<Incoming<C>, PacketError> {
    let attachments = std::mem::take(&mut event.attachments);
    // Bytes are handed out once; several arguments may have to be read a second time, as one array.
    let again = if C::BINARY && !attachments.is_empty() && event.parts()?.1.len() > 1 {
        attachments.clone()
    } else {
        Vec::new()
    };
    let error = match client::read::<C, _>(attachments, || read_array(event.array())) {
        Ok(incoming) => return Ok(incoming),
        Err(error) => error,
    };
    // Whatever is unusual about it, there is time to find out.
    let (name, arguments) = event.parts()?;
    let found = client::read::<C, _>(again, || decode(&name, &as_one(&arguments)));
    Ok(found.unwrap_or_else(|found| {
        let error = match found {
            DecodeError::Payload(_) if arguments.len() == 1 => {
                DecodeError::Payload(PayloadError::new(error.to_string()))
            }
            found => found,
        };
        let arguments = to_raw_value(&arguments).unwrap_or_default();
        Incoming::Unreadable { event: name, arguments, error }
    }))
}

fn decode<C: Catalogue>(name: &str, payload: &RawValue) -> Result<Incoming<C>, DecodeError> {
    if C::REQUESTS {
        match C::ServerRequest::decode(name, payload) {
            Err(DecodeError::UnknownEvent(_)) => {}
            found => return found.map(Incoming::Request),
        }
    }
    C::ServerEvent::decode(name, payload).map(Incoming::Event)
}

/// `["name",…]`.
fn read_array<C: Catalogue>(array: &str) -> serde_json::Result<Incoming<C>> {
    let mut deserializer = serde_json::Deserializer::from_str(array);
    let incoming = Array(PhantomData).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(incoming)
}

struct Array<C>(PhantomData<C>);

#[derive(Deserialize)]
#[serde(transparent)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de, C: Catalogue> DeserializeSeed<'de> for Array<C> {
    type Value = Incoming<C>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, C: Catalogue> Visitor<'de> for Array<C> {
    type Value = Incoming<C>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        let Name(name) = array.next_element()?.ok_or_else(|| A::Error::custom("no name"))?;
        let request = if C::REQUESTS { C::ServerRequest::read(&name, &mut array)? } else { None };
        let incoming = match request {
            Some(request) => Incoming::Request(request),
            None => C::ServerEvent::read(&name, &mut array)?
                .map(Incoming::Event)
                .ok_or_else(|| A::Error::custom("unknown event"))?,
        };
        match array.next_element::<IgnoredAny>()? {
            None => Ok(incoming),
            Some(_) => Err(A::Error::custom("more arguments")),
        }
    }
}
