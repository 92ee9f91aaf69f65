//! Carrying out events and answering them: no failure is silent.

use std::{
    borrow::Cow, collections::VecDeque, fmt, future::poll_fn, panic::AssertUnwindSafe, pin::Pin, sync::Arc,
    task::Poll,
};

use futures::FutureExt;
use protocol::{
    ClientEvent, ClientId, ErrorBody, ErrorCode, ErrorEvent, EventEnum, Reply, ServerEvent,
    event::DispatchError, limits,
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

use super::{connection::Connection, transport::LONG};
use crate::{error::Error, session::Session, store::panic_text};

/// An event as it arrived.
pub(super) struct Incoming {
    value: Value,
    ack: Option<i64>,
    /// The event is refused with this, whatever it is.
    refusal: Option<ErrorBody>,
}

type Answer = Result<Box<RawValue>, ErrorBody>;

/// Messages of one socket that may be on their way to the disk at the same time.
const OVERLAPPING: usize = 64;
/// Characters that are kept of the name of an event that is too long.
const NAME: usize = 64;

/// Carries out one socket's events in their order, until none waits.
///
/// A client that does not read its answers gets nothing more done.
pub(super) async fn carry_out(connection: &Connection) {
    let session = &connection.session;
    let mut begun = VecDeque::new();
    loop {
        let next = if begun.len() < OVERLAPPING { connection.next() } else { None };
        match next {
            Some(incoming) => match incoming.decode(session) {
                Ok(event) if overlaps(&event) => {
                    begun.push_back(InFlight::new(session, incoming, dispatch(session, event)).await);
                }
                decoded => {
                    while let Some(earlier) = begun.pop_front() {
                        earlier.answer(connection).await;
                    }
                    let answer = match decoded {
                        Ok(event) => dispatch(session, event).await,
                        Err(refusal) => Err(refusal),
                    };
                    connection.carried_out();
                    incoming.answer(connection, answer).await;
                }
            },
            None => match begun.pop_front() {
                Some(first) => first.answer(connection).await,
                None if connection.queue.rest() => return,
                None => {}
            },
        }
    }
}

/// Whether an event may begin before the earlier ones are finished, so that one batch of the store can hold
/// many events of one socket. Sending reads nothing, and the store writes in the order in which it is asked.
fn overlaps(event: &ClientEvent) -> bool {
    matches!(event, ClientEvent::SendPrivateMessage(_) | ClientEvent::SendGroupMessage(_))
}

/// An event that has its place among the writes and is not answered yet.
struct InFlight<W> {
    incoming: Incoming,
    work: Pin<Box<W>>,
    answer: Poll<Answer>,
}

impl<W: Future<Output = Answer>> InFlight<W> {
    /// Runs it until its handler says that its place is taken, or until it is finished. Polling it once is
    /// not enough: if the store's queue is full, it still waits for its place.
    async fn new(session: &Session, incoming: Incoming, work: W) -> Self {
        let mut work = Box::pin(work);
        session.is_write_queued();
        let answer = poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Pending if !session.is_write_queued() => Poll::Pending,
            polled => Poll::Ready(polled),
        });
        let answer = answer.await;
        Self { incoming, work, answer }
    }

    async fn answer(self, connection: &Connection) {
        let answer = match self.answer {
            Poll::Ready(answer) => answer,
            Poll::Pending => self.work.await,
        };
        self.incoming.answer(connection, answer).await;
    }
}

async fn dispatch(session: &Session, event: ClientEvent) -> Answer {
    let name = event.name();
    guarded(name, event.dispatch(session)).await
}

/// A panic in one event must not stop the socket's later events.
async fn guarded(
    event: &'static str,
    work: impl Future<Output = Result<Box<RawValue>, DispatchError<Error>>>,
) -> Answer {
    let error = match AssertUnwindSafe(work).catch_unwind().await {
        Ok(Ok(data)) => return Ok(data),
        Ok(Err(DispatchError::Refused(error))) => error,
        Ok(Err(DispatchError::Encode(error))) => Error::Json(error),
        Err(panic) => Error::Panicked(panic_text(&*panic)),
    };
    Err(error.into_body(event))
}

impl Incoming {
    pub(super) fn new(value: Value, ack: Option<i64>) -> Self {
        if bytes(&value) <= limits::EVENT_BYTES {
            return Self { value, ack, refusal: None };
        }
        let sentence = format!("An event may have at most {} bytes.", limits::EVENT_BYTES);
        let refusal = Some(ErrorBody::new(ErrorCode::InvalidPayload, sentence));
        let name: String = Packet::read(&value).event.chars().take(NAME).collect();
        Self { value: Value::Str(serde_json::json!([name]).to_string().into(), None), ack, refusal }
    }

    pub(super) fn bytes(&self) -> usize {
        bytes(&self.value)
    }

    fn decode(&self, session: &Session) -> Result<ClientEvent, ErrorBody> {
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

    /// Waits until the client has read most of what it was told, and answers.
    async fn answer(self, connection: &Connection, answer: Answer) {
        connection.transport.room().await;
        let Some(socket) = connection.socket() else {
            // The event is carried out. The client learns the answer when it sends the event again.
            return;
        };
        if let Err(refusal) = &answer {
            let event = Packet::read(&self.value).event;
            tracing::debug!(socket = %socket.id, %event, code = %refusal.code, "event refused");
        }
        let sent = match (self.ack, answer) {
            (Some(id), answer) => self.acknowledge(connection, &socket, id, answer),
            (None, Ok(_)) => Ok(()),
            (None, Err(refusal)) => self.report(connection, refusal),
        };
        if let Err(error) = sent {
            tracing::debug!(socket = %socket.id, %error, "an answer was not sent");
            connection.give_up();
        }
    }

    fn acknowledge(
        &self,
        connection: &Connection,
        socket: &Arc<Socket>,
        id: i64,
        answer: Answer,
    ) -> Result<(), Box<dyn std::error::Error>> {
        let reply = Reply::from(answer);
        // A packet is `43`, the number and the reply in brackets.
        let bytes = format!("43{id}[]").len() + reply_bytes(&reply)?;
        if bytes >= LONG {
            let reply = serde_json::to_string(&reply)?;
            connection.emit_shared(&format!("43{id}[{reply}]").into());
            return Ok(());
        }
        // The answer has waited for room, so it is taken.
        connection.transport.charge(bytes);
        // This is the only way to an `AckSender`. It does not look at the value.
        let mut unread = Value::Str("".into(), None);
        let ack = AckSender::from_message_parts(socket, &mut unread, &self.ack)?;
        Ok(ack.send(&reply)?)
    }

    fn report(&self, connection: &Connection, refusal: ErrorBody) -> Result<(), Box<dyn std::error::Error>> {
        let event = ServerEvent::Error(Packet::read(&self.value).error(refusal));
        connection.emit(event.name(), &event.payload()?);
        Ok(())
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

/// Bytes of a reply as JSON.
fn reply_bytes(reply: &Reply<Box<RawValue>>) -> serde_json::Result<usize> {
    Ok(match reply {
        Reply::Data(data) => data.get().len() + r#"{"data":}"#.len(),
        Reply::Error(_) => serde_json::to_string(reply)?.len(),
    })
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

    fn error(&self, ErrorBody { code, message, field: _ }: ErrorBody) -> ErrorEvent {
        ErrorEvent { code, message, event: self.event.to_string(), client_id: self.client_id() }
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
    use protocol::ListGroups;

    use super::*;
    use crate::testing::TestApp;

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

    #[tokio::test]
    async fn a_panic_is_answered_as_internal_and_tells_nothing() {
        let refusal = guarded("x", async { panic!("a secret") }).await.unwrap_err();
        assert_eq!(refusal.code, ErrorCode::Internal);
        assert!(!refusal.message.contains("secret"));
    }

    #[tokio::test]
    async fn a_fault_of_the_server_is_answered_as_internal() {
        let test_app = TestApp::new();
        let ann = test_app.session("ann").await;
        test_app.store.close().await;
        let refusal = dispatch(&ann, ClientEvent::ListGroups(ListGroups::default())).await.unwrap_err();
        assert_eq!(refusal.code, ErrorCode::Internal);
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
