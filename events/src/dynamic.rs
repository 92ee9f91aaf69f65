//! Events by name, for a server whose events no table lists.

use serde::de::SeqAccess;
use serde_json::{Value, value::RawValue};

use crate::{
    ack::{NoError, Plain},
    binary,
    error::{DecodeError, PayloadError},
    event::{Catalogue, EventEnum, EventSpec, NoRequest, RawJson},
};

/// The catalogue of all events that there can be.
#[derive(Clone, Copy, Debug)]
pub enum Dynamic {}

impl Catalogue for Dynamic {
    type ClientEvent = DynamicEvent;
    type ServerEvent = DynamicEvent;
    type ServerRequest = NoRequest;
    type Error = NoError;
    type Ack = Plain;
    const BINARY: bool = true;

    fn events() -> Vec<EventSpec> {
        Vec::new()
    }
}

/// Any event.
#[derive(Clone, Debug, PartialEq)]
pub struct DynamicEvent {
    /// Its name.
    pub name: String,
    /// Everything that it carries. Bytes are replaced by `{"_placeholder":true,"num":0}`, where the
    /// number is their place among the attachments.
    pub arguments: Vec<Value>,
    /// Bytes.
    pub attachments: Vec<Vec<u8>>,
}

impl EventEnum for DynamicEvent {
    fn read<'de, A: SeqAccess<'de>>(name: &str, arguments: &mut A) -> Result<Option<Self>, A::Error> {
        let mut all = Vec::new();
        while let Some(argument) = arguments.next_element()? {
            all.push(argument);
        }
        Ok(Some(Self { name: name.to_owned(), arguments: all, attachments: binary::unclaimed() }))
    }

    fn decode(name: &str, payload: &RawValue) -> Result<Self, DecodeError> {
        let argument = serde_json::from_str(payload.get())
            .map_err(|error| DecodeError::Payload(PayloadError::new(error.to_string())))?;
        Ok(Self { name: name.to_owned(), arguments: vec![argument], attachments: binary::unclaimed() })
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn payload(&self) -> RawJson {
        match &self.arguments[..] {
            [only] => serde_json::value::to_raw_value(only),
            all => serde_json::value::to_raw_value(all),
        }
    }
}
