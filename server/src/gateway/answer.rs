//! Carrying out one event and answering it: no failure is silent.

use std::{borrow::Cow, fmt, panic::AssertUnwindSafe, sync::Arc};

use futures::FutureExt;
use protocol::{
    ClientEvent, ClientId, ErrorBody, ErrorCode, ErrorEvent, EventEnum, Reply, ServerEvent,
    event::DispatchError,
};
use serde::{
    Deserialize,
    de::{Deserializer, IgnoredAny, SeqAccess, Visitor},
};
use serde_json::value::RawValue;
use socketioxide::{
    extract::AckSender,
    handler::{FromMessageParts, Value},
    socket::Socket,
};

use crate::{error::Error, session::Session, store::panic_text};

/// An event as it arrived.
pub(super) struct Incoming {
    pub(super) socket: Arc<Socket>,
    pub(super) value: Value,
    pub(super) ack: Option<i64>,
}

type Answer = Result<Box<RawValue>, ErrorBody>;

pub(super) async fn carry_out(session: &Session, incoming: Incoming) {
    let event = incoming.event_name();
    let answer = match incoming.decode(session) {
        Ok(event) => dispatch(session, event).await,
        Err(refusal) => Err(refusal),
    };
    if let Err(refusal) = &answer {
        tracing::debug!(user = %session.user.username, event, code = %refusal.code, "event refused");
    }
    incoming.answer(answer, &event);
}

async fn dispatch(session: &Session, event: ClientEvent) -> Answer {
    let name = event.name();
    // One event's panic must not take the socket's later ones with it.
    let result = AssertUnwindSafe(event.dispatch(session)).catch_unwind().await;
    let error = match result {
        Ok(Ok(data)) => return Ok(data),
        Ok(Err(DispatchError::Refused(error))) => error,
        Ok(Err(DispatchError::Encode(error))) => Error::Json(error),
        Err(panic) => Error::Panicked(panic_text(&*panic)),
    };
    Err(error.into_body(name))
}

impl Incoming {
    pub(super) fn event_name(&self) -> String {
        self.packet().map(|packet| packet.event.into_owned()).unwrap_or_default()
    }

    fn decode(&self, session: &Session) -> Result<ClientEvent, ErrorBody> {
        let Some(packet) = self.packet() else {
            return Err(ErrorBody::new(ErrorCode::InvalidPayload, "The event cannot be read."));
        };
        session.app.limits.events.take(session.user.id).map_err(|error| error.into_body(&packet.event))?;
        if let Value::Str(_, Some(attachments)) = &self.value
            && !attachments.is_empty()
        {
            let sentence = format!("The payload of `{}` must not have binary parts.", packet.event);
            return Err(ErrorBody::new(ErrorCode::InvalidPayload, sentence));
        }
        Ok(ClientEvent::decode(&packet.event, packet.payload.unwrap_or(RawValue::NULL))?)
    }

    pub(super) fn answer(self, answer: Answer, event: &str) {
        let sent = match (self.ack, answer) {
            (Some(_), answer) => self.acknowledge(Reply::from(answer)),
            (None, Ok(_)) => Ok(()),
            (None, Err(ErrorBody { code, message, field: _ })) => {
                let event = event.to_owned();
                let error = ErrorEvent { code, message, event, client_id: self.client_id() };
                self.emit(ServerEvent::Error(error))
            }
        };
        if let Err(error) = sent {
            // It is gone or too slow. What it sent is done; it finds out when it sends it again.
            tracing::debug!(event, %error, "the answer was not sent");
        }
    }

    fn acknowledge(mut self, reply: Reply<Box<RawValue>>) -> Result<(), Box<dyn std::error::Error>> {
        let ack = AckSender::from_message_parts(&self.socket, &mut self.value, &self.ack)?;
        Ok(ack.send(&reply)?)
    }

    fn emit(self, event: ServerEvent) -> Result<(), Box<dyn std::error::Error>> {
        Ok(self.socket.emit(event.name(), &event.payload()?)?)
    }

    /// The `clientId` of the payload, even if the rest of it is wrong.
    fn client_id(&self) -> Option<ClientId> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Named {
            client_id: ClientId,
        }
        let payload = self.packet()?.payload?;
        serde_json::from_str::<Named>(payload.get()).ok().map(|named| named.client_id)
    }

    fn packet(&self) -> Option<Packet<'_>> {
        serde_json::from_str(self.value.as_str()?).ok()
    }
}

/// `["event", payload, …]`: what follows the payload has no meaning.
struct Packet<'a> {
    event: Cow<'a, str>,
    payload: Option<&'a RawValue>,
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

    fn read(json: &str) -> (String, Option<String>) {
        let packet: Packet<'_> = serde_json::from_str(json).unwrap();
        (packet.event.into_owned(), packet.payload.map(|payload| payload.get().to_owned()))
    }

    #[test]
    fn a_packet_is_a_name_a_payload_and_what_nobody_asked_for() {
        assert_eq!(read(r#"["a"]"#), ("a".to_owned(), None));
        assert_eq!(read(r#"["a",{"b":1}]"#), ("a".to_owned(), Some(r#"{"b":1}"#.to_owned())));
        assert_eq!(read(r#"["a",null,[2]]"#), ("a".to_owned(), Some("null".to_owned())));
    }
}
