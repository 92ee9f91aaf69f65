//! Carrying out events and answering them: no failure is silent.

use std::{collections::VecDeque, future::poll_fn, panic::AssertUnwindSafe, pin::Pin, sync::Arc, task::Poll};

use futures::FutureExt;
use protocol::{ClientEvent, ErrorBody, EventEnum, Reply, ServerEvent, event::DispatchError};
use serde_json::value::RawValue;
use socketioxide::{
    extract::AckSender,
    handler::{FromMessageParts, Value},
    socket::Socket,
};
use tokio::task::yield_now;
use tracing::Instrument;

use super::{
    connection::Connection,
    incoming::Incoming,
    request::EventRequest,
    transport::{Charge, LONG},
};
use crate::{error::Error, handlers::message::overlaps, session::Session, store::panic_text};

type Answer = Result<Box<RawValue>, Error>;

/// Messages of one socket that may be on their way to the disk at the same time.
const OVERLAPPING: usize = 64;
/// Bytes of a message beside what its sender wrote, as the sender is told of it.
const BESIDE: usize = 1024;

/// What is counted as the name of an event that could not be read.
const UNKNOWN: &str = "unknown";

/// Carries out one socket's events in their order, until none waits.
///
/// A client that does not read its answers gets nothing more done.
pub(super) async fn carry_out(connection: &Connection) {
    let session = &connection.session;
    let transport = &connection.transport;
    let mut begun = VecDeque::new();
    // What the answers of those that are begun may take, so that all of it finds room.
    let mut reserved = 0;
    loop {
        if begun.is_empty() {
            // Who has nothing to carry out waits for nothing: the server would wait for them when it stops.
            if connection.queue.rest() {
                return;
            }
            transport.room().await;
        }
        let may_begin = begun.is_empty() || (begun.len() < OVERLAPPING && transport.has_room_for(reserved));
        match if may_begin { connection.next() } else { None } {
            Some(incoming) => match incoming.decode(session) {
                Ok(event) if overlaps(&event) => {
                    reserved += told(&incoming);
                    let request = EventRequest::new(connection, event.name());
                    let work = dispatch(session, event, &request);
                    begun.push_back(InFlight::new(session, incoming, request, work).await);
                }
                decoded => {
                    while let Some(earlier) = begun.pop_front() {
                        earlier.answer(connection).await;
                    }
                    reserved = 0;
                    transport.room().await;
                    let (request, answer) = match decoded {
                        Ok(event) => {
                            let request = EventRequest::new(connection, event.name());
                            let answer = dispatch(session, event, &request).await;
                            (request, answer)
                        }
                        Err(refusal) => (EventRequest::new(connection, UNKNOWN), Err(refusal.into())),
                    };
                    connection.carried_out();
                    incoming.answer(connection, &request, answer).await;
                }
            },
            None => {
                if let Some(first) = begun.pop_front() {
                    reserved -= told(&first.incoming);
                    first.answer(connection).await;
                }
            }
        }
    }
}

/// Bytes that a message may take on the way to its own sender, who is told of it twice: in the answer, and as all their
/// sockets are. What was written is never longer than what came, where characters may be escaped.
fn told(message: &Incoming) -> usize {
    2 * (message.bytes() + BESIDE)
}

/// An event that has its place among the writes and is not answered yet.
struct InFlight<W> {
    incoming: Incoming,
    request: EventRequest,
    work: Pin<Box<W>>,
    answer: Poll<Answer>,
}

impl<W: Future<Output = Answer>> InFlight<W> {
    /// Runs it until its handler says that its place is taken, or until it is finished. Polling it once is
    /// not enough: if the store's queue is full, it still waits for its place.
    async fn new(session: &Session, incoming: Incoming, request: EventRequest, work: W) -> Self {
        let mut work = Box::pin(work);
        session.is_write_queued();
        let answer = poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Pending if !session.is_write_queued() => Poll::Pending,
            polled => Poll::Ready(polled),
        });
        let answer = answer.await;
        Self { incoming, request, work, answer }
    }

    async fn answer(self, connection: &Connection) {
        let answer = match self.answer {
            Poll::Ready(answer) => answer,
            Poll::Pending => self.work.await,
        };
        self.incoming.answer(connection, &self.request, answer).await;
    }
}

/// Carries an event out, within its span.
fn dispatch<'a>(
    session: &'a Session,
    event: ClientEvent,
    request: &EventRequest,
) -> impl Future<Output = Answer> + use<'a> {
    guarded(event.dispatch(session)).instrument(request.span.clone())
}

/// A panic in one event must not stop the socket's later events. This is no `async fn`: it would keep room for the work
/// twice, 1.4 KB that are moved with every event.
fn guarded(
    work: impl Future<Output = Result<Box<RawValue>, DispatchError<Error>>>,
) -> impl Future<Output = Answer> {
    AssertUnwindSafe(work).catch_unwind().map(|outcome| match outcome {
        Ok(Ok(data)) => Ok(data),
        Ok(Err(DispatchError::Refused(error))) => Err(error),
        Ok(Err(DispatchError::Encode(error))) => Err(Error::Json(error)),
        Err(panic) => Err(Error::Panicked(panic_text(&*panic))),
    })
}

impl Incoming {
    /// Waits until the client has read most of what it was told, and answers.
    async fn answer(self, connection: &Connection, request: &EventRequest, answer: Answer) {
        let answer = answer.map_err(|error| request.refusal(connection, error));
        let refusal = answer.as_ref().err().map(|refusal| refusal.code);
        let took = self.age();
        connection.session.app.metrics.answered(request.event, refusal, took);
        request.span.in_scope(|| match refusal {
            None => tracing::debug!(?took, "event answered"),
            Some(code) => tracing::debug!(?took, named = %self.name(), %code, "event refused"),
        });
        connection.transport.room().await;
        let Some(socket) = connection.socket() else {
            // The event is carried out. The client learns the answer when it sends the event again.
            return;
        };
        let sent = match (self.ack, answer) {
            (Some(id), answer) => self.acknowledge(connection, &socket, id, answer),
            (None, Ok(_)) => Ok(false),
            (None, Err(refusal)) => self.report(connection, refusal),
        };
        let behind = sent.unwrap_or_else(|error| {
            request.span.in_scope(|| tracing::debug!(%error, "an answer was not sent"));
            connection.give_up();
            false
        });
        if behind {
            yield_now().await;
        }
    }

    /// Returns whether the socket should get a turn to write.
    fn acknowledge(
        &self,
        connection: &Connection,
        socket: &Arc<Socket>,
        id: i64,
        answer: Result<Box<RawValue>, ErrorBody>,
    ) -> Result<bool, Box<dyn std::error::Error>> {
        let reply = Reply::from(answer);
        // A packet is `43`, the number and the reply in brackets.
        let bytes = format!("43{id}[]").len() + reply_bytes(&reply)?;
        if bytes >= LONG {
            let reply = serde_json::to_string(&reply)?;
            return Ok(connection.emit_shared(&format!("43{id}[{reply}]").into()));
        }
        // The answer has waited for room, so it is taken.
        let behind = connection.transport.charge(bytes) == Charge::Behind;
        // This is the only way to an `AckSender`. It does not look at the value.
        let mut unread = Value::Str("".into(), None);
        let ack = AckSender::from_message_parts(socket, &mut unread, &self.ack)?;
        ack.send(&reply)?;
        Ok(behind)
    }

    /// The same.
    fn report(
        &self,
        connection: &Connection,
        refusal: ErrorBody,
    ) -> Result<bool, Box<dyn std::error::Error>> {
        let event = ServerEvent::Error(self.error(refusal));
        Ok(connection.emit(event.name(), &event.payload()?))
    }
}

/// Bytes of a reply as JSON.
fn reply_bytes(reply: &Reply<Box<RawValue>>) -> serde_json::Result<usize> {
    Ok(match reply {
        Reply::Data(data) => data.get().len() + r#"{"data":}"#.len(),
        Reply::Error(_) => serde_json::to_string(reply)?.len(),
    })
}

#[cfg(test)]
mod tests {
    use protocol::{ErrorCode, ListGroups, limits};

    use super::*;
    use crate::{gateway::connection::being_let_in, testing::TestApp};

    #[tokio::test]
    async fn whoever_reads_nothing_is_waited_for_only_while_there_is_something_to_carry_out() {
        let test_app = TestApp::new();
        let connection = being_let_in(&test_app).await;
        connection.transport.used(true);
        connection.transport.charge(limits::OUTGOING_BYTES);
        assert!(carry_out(&connection).now_or_never().is_some());

        let push = || {
            let listed = Value::Str(r#"["listGroups",{}]"#.into(), None);
            connection.queue.push(Incoming::new(listed, None), 1)
        };
        assert!(push().first);
        let mut working = std::pin::pin!(carry_out(&connection));
        assert!(working.as_mut().now_or_never().is_none(), "there is no room for an answer");
        assert!(!push().first);
        connection.transport.left(limits::OUTGOING_BYTES, 1);
        working.await;
        assert!(push().first, "everything is carried out");
    }

    #[tokio::test]
    async fn a_panic_is_answered_as_internal_and_tells_nothing() {
        let refusal = guarded(async { panic!("a secret") }).await.unwrap_err().into_body("x");
        assert_eq!(refusal.code, ErrorCode::Internal);
        assert!(!refusal.message.contains("secret"));
    }

    #[tokio::test]
    async fn a_fault_of_the_server_is_answered_as_internal() {
        let test_app = TestApp::new();
        let ann = test_app.session("ann").await;
        test_app.store.close().await;
        let asked = ClientEvent::ListGroups(ListGroups::default());
        let refusal = guarded(asked.dispatch(&ann)).await.unwrap_err().into_body("listGroups");
        assert_eq!(refusal.code, ErrorCode::Internal);
    }
}
