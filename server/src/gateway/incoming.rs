//! An event as it arrived, before it is carried out.

use std::{
    borrow::Cow,
    fmt,
    time::{Duration, Instant},
};

use protocol::{ClientEvent, ClientId, ErrorBody, ErrorCode, ErrorEvent, EventEnum, limits};
use serde::{
    Deserialize,
    de::{Deserializer, IgnoredAny, SeqAccess, Visitor},
};
use serde_json::{json, value::RawValue};
use socketioxide::handler::Value;

use crate::session::Session;

/// Characters that are kept of the name of an event that is too long.
const NAME: usize = 64;

/// An event as it arrived.
pub(super) struct Incoming {
    pub(super) value: Value,
    pub(super) ack: Option<i64>,
    arrived: Instant,
    /// The event is refused with this, whatever it is.
    refusal: Option<ErrorBody>,
}

impl Incoming {
    pub(super) fn new(value: Value, ack: Option<i64>) -> Self {
        if bytes(&value) <= limits::EVENT_BYTES {
            return Self { value, ack, arrived: Instant::now(), refusal: None };
        }
        let sentence = format!("An event may have at most {} bytes.", limits::EVENT_BYTES);
        let refusal = Some(ErrorBody::new(ErrorCode::InvalidPayload, sentence));
        let packet = Packet::read(&value);
        let name: String = packet.event.chars().take(NAME).collect();
        // All that is kept of it is what its sender is told.
        let kept = match packet.client_id() {
            Some(id) => json!([name, { "clientId": id }]),
            None => json!([name]),
        };
        let value = Value::Str(kept.to_string().into(), None);
        Self { value, ack, arrived: Instant::now(), refusal }
    }

    /// Its name, as far as it has one.
    pub(super) fn name(&self) -> Cow<'_, str> {
        Packet::read(&self.value).event
    }

    /// How long ago it arrived.
    pub(super) fn age(&self) -> Duration {
        self.arrived.elapsed()
    }

    /// What the client is told if it asked for no ack.
    pub(super) fn error(&self, refusal: ErrorBody) -> ErrorEvent {
        let packet = Packet::read(&self.value);
        let ErrorBody { code, message, field: _ } = refusal;
        ErrorEvent { code, message, event: packet.event.to_string(), client_id: packet.client_id() }
    }

    pub(super) fn bytes(&self) -> usize {
        bytes(&self.value)
    }

    pub(super) fn decode(&self, session: &Session) -> Result<ClientEvent, ErrorBody> {
        let packet = Packet::read(&self.value);
        session.app.limits.events.take(session.user.id).map_err(|error| error.into_body(&packet.event))?;
        if let Some(refusal) = &self.refusal {
            return Err(refusal.clone());
        }
        if let Value::Str(_, Some(attachments)) = &self.value
            && !attachments.is_empty()
        {
            let sentence = format!("The payload of `{}` must not have binary parts.", packet.event);
            return Err(ErrorBody::new(ErrorCode::InvalidPayload, sentence));
        }
        Ok(ClientEvent::decode(&packet.event, packet.payload.unwrap_or(RawValue::NULL))?)
    }
}

/// Bytes of a value with all its parts.
fn bytes(value: &Value) -> usize {
    match value {
        Value::Str(text, None) => text.len(),
        Value::Str(text, Some(parts)) => text.len() + parts.iter().map(|part| part.len()).sum::<usize>(),
        Value::Bytes(bytes) => bytes.len(),
    }
}

/// `["event", payload, …]`: what follows the payload has no meaning.
#[derive(Default)]
struct Packet<'a> {
    event: Cow<'a, str>,
    payload: Option<&'a RawValue>,
}

impl<'a> Packet<'a> {
    /// A packet that cannot be read is an event without a name, which is refused as unknown.
    fn read(value: &'a Value) -> Self {
        value.as_str().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
    }

    /// The `clientId` of the payload, even if the rest of it is wrong.
    fn client_id(&self) -> Option<ClientId> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Named {
            client_id: ClientId,
        }
        // serde would read a list as well, by position.
        let payload = self.payload.filter(|payload| payload.get().starts_with('{'))?;
        serde_json::from_str::<Named>(payload.get()).ok().map(|named| named.client_id)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Packet<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Elements;

        impl<'de> Visitor<'de> for Elements {
            type Value = Packet<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an event's name and payload")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Packet<'de>, A::Error> {
                let event = elements.next_element()?.unwrap_or_default();
                let payload = elements.next_element()?;
                while elements.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Packet { event, payload })
            }
        }

        deserializer.deserialize_seq(Elements)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &'static str) -> (String, Option<String>) {
        let value = Value::Str(json.into(), None);
        let packet = Packet::read(&value);
        (packet.event.into_owned(), packet.payload.map(|payload| payload.get().to_owned()))
    }

    #[test]
    fn a_packet_is_a_name_a_payload_and_what_nobody_asked_for() {
        assert_eq!(read(r#"["a"]"#), ("a".to_owned(), None));
        assert_eq!(read(r#"["a",{"b":1}]"#), ("a".to_owned(), Some(r#"{"b":1}"#.to_owned())));
        assert_eq!(read(r#"["a",null,[2]]"#), ("a".to_owned(), Some("null".to_owned())));
        assert_eq!(read("[7]"), (String::new(), None));
    }

    #[test]
    fn an_error_names_the_client_id_even_of_a_payload_that_does_not_fit() {
        let client_id = |json: &'static str| {
            Packet::read(&Value::Str(json.into(), None)).client_id().map(|id| id.to_string())
        };
        assert_eq!(client_id(r#"["a",{"clientId":"x","content":7}]"#), Some("x".to_owned()));
        for none in [r#"["a",{"clientId":7}]"#, r#"["a",{}]"#, r#"["a",["x"]]"#, r#"["a",null]"#, r#"["a"]"#]
        {
            assert_eq!(client_id(none), None);
        }
    }
}
