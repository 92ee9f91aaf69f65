//! What a program hears.

mod incoming;

use std::{
    fmt,
    marker::PhantomData,
    pin::Pin,
    sync::{Arc, Weak},
    task::{Context, Poll},
    time::Duration,
};

use futures::{Stream, channel::mpsc::UnboundedReceiver};
use serde_json::value::RawValue;
use typed_socketio::{
    Catalogue, DecodeError, EventEnum, binary,
    event::{DispatchError, Either},
};

use crate::{
    backlog::Backlog,
    connection::{AckId, Command, DisconnectReason, Event, Payload, Received, Time},
    handle::Handle,
};
use incoming::Unreadable;

/// What a program is told.
pub enum Notice<C: Catalogue> {
    /// The server let us in.
    Connected,
    /// A connection that was there already is ours now, too: other tabs share it. What the server
    /// said at its start is not repeated.
    Joined,
    /// The connection is gone, or a try to make one failed.
    Disconnected {
        /// Why.
        reason: DisconnectReason,
        /// How long until it tries again; `None` if it does not try by itself, because the server or the
        /// program ended it.
        retry_in: Option<Duration>,
    },
    /// The server refused to let us in. It is not tried again before
    /// [`Client::connect`](crate::Client::connect).
    Refused {
        /// The server's sentence.
        message: String,
        /// What it said besides.
        data: Option<Box<RawValue>>,
    },
    /// The server sent an event. If it asked for an ack, it got one without arguments.
    Event(C::ServerEvent),
    /// The server asks something, and waits for the answer. A catalogue without a section `requests`
    /// has no such notice, and this arm may be left out.
    Request(C::ServerRequest, Responder<C>),
    /// The server sent an event that the catalogue does not have, or has in another form. It gets no
    /// ack.
    Unreadable {
        /// Its name.
        event: String,
        /// A JSON array of what it carries. Bytes are placeholders in it.
        arguments: Box<RawValue>,
        /// What is wrong with it.
        error: DecodeError,
    },
}

impl<C: Catalogue<ServerEvent: fmt::Debug>> fmt::Debug for Notice<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connected => f.write_str("Connected"),
            Self::Joined => f.write_str("Joined"),
            Self::Disconnected { reason, retry_in } => write!(f, "Disconnected({reason}, {retry_in:?})"),
            Self::Refused { message, .. } => write!(f, "Refused({message})"),
            Self::Event(event) => event.fmt(f),
            Self::Request(request, _) => write!(f, "Request({})", request.name()),
            Self::Unreadable { event, error, .. } => write!(f, "Unreadable({event}: {error})"),
        }
    }
}

/// Answers one thing that the server asked:
///
/// ```ignore
/// Notice::Request(question, responder) => responder.answer(question.dispatch(&program)).await?,
/// ```
///
/// If it is dropped, there is no answer, and the server waits until its own time-out.
pub struct Responder<C> {
    handle: Weak<Handle>,
    /// `None` where the server wants no answer after all.
    ack: Option<AckId>,
    catalogue: PhantomData<fn() -> C>,
}

impl<C> fmt::Debug for Responder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Responder").field(&self.ack).finish()
    }
}

impl<C> Responder<C> {
    fn acknowledge(self, payload: Option<Payload>) {
        if let (Some(ack), Some(handle)) = (self.ack, self.handle.upgrade()) {
            let namespace = handle.namespace.clone();
            handle.command(Command::Acknowledge { namespace, ack, payload });
        }
    }
}

impl<C: Catalogue> Responder<C> {
    /// Waits for the answer and sends it, as the ack's only argument. If the connection on which the
    /// server asked is gone by then, the answer is dropped.
    ///
    /// # Errors
    /// The handler's refusal. Then nothing is sent, because Socket.IO has no form for it.
    pub async fn answer<E>(
        self,
        answer: impl Future<Output = Result<Box<RawValue>, DispatchError<E>>>,
    ) -> Result<(), DispatchError<E>> {
        let payload = if C::BINARY {
            let (json, attachments) = binary::writing_in(answer).await;
            only(&json?, attachments)
        } else {
            only(&answer.await?, Vec::new())
        };
        self.acknowledge(Some(payload));
        Ok(())
    }
}

/// The ack's only argument.
fn only(answer: &RawValue, attachments: Vec<Vec<u8>>) -> Payload {
    let mut payload = Payload::of(&[answer]).unwrap_or_default();
    payload.attachments = attachments;
    payload
}

/// The stream of what happens. It ends when the last [`Client`](crate::Client) is dropped.
pub struct Notices<C> {
    events: UnboundedReceiver<(Time, Event)>,
    /// For the answers to the server; weak, because listening does not keep the connection alive.
    handle: Weak<Handle>,
    backlog: Arc<Backlog>,
    catalogue: PhantomData<fn() -> C>,
}

impl<C> Notices<C> {
    pub(crate) fn new(events: UnboundedReceiver<(Time, Event)>, handle: &Arc<Handle>) -> Self {
        let backlog = handle.backlog.clone();
        Self { events, handle: Arc::downgrade(handle), backlog, catalogue: PhantomData }
    }
}

impl<C: Catalogue> Notices<C> {
    /// `None` where it is no JSON: then the connection ends.
    fn read(&self, mut event: Received, ack: Option<AckId>) -> Option<Notice<C>> {
        let responder = Responder { handle: self.handle.clone(), ack, catalogue: PhantomData };
        match incoming::read::<C>(&mut event) {
            Ok(Ok(Either::First(request))) => Some(Notice::Request(request, responder)),
            Ok(Ok(Either::Second(event))) => {
                responder.acknowledge(None);
                Some(Notice::Event(event))
            }
            Ok(Err(Unreadable { event, arguments, error })) => {
                Some(Notice::Unreadable { event, arguments, error })
            }
            Err(error) => {
                if let Some(handle) = self.handle.upgrade() {
                    let (namespace, joined) = (handle.namespace.clone(), event.joined);
                    handle.command(Command::Reject { namespace, joined, error: error.to_string() });
                }
                None
            }
        }
    }
}

impl<C> fmt::Debug for Notices<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Notices")
    }
}

impl<C: Catalogue> Stream for Notices<C> {
    type Item = Notice<C>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Notice<C>>> {
        loop {
            let Some((now, event)) = std::task::ready!(Pin::new(&mut self.events).poll_next(context)) else {
                return Poll::Ready(None);
            };
            self.backlog.read(&event);
            let notice = match event {
                Event::Connected { .. } => Some(Notice::Connected),
                Event::Joined { .. } => Some(Notice::Joined),
                Event::Disconnected { reason, retry_at } => {
                    Some(Notice::Disconnected { reason, retry_in: retry_at.map(|at| at.saturating_sub(now)) })
                }
                Event::Refused { message, data } => Some(Notice::Refused { message, data }),
                Event::Received { event, ack } => self.read(event, ack),
            };
            if let Some(notice) = notice {
                return Poll::Ready(Some(notice));
            }
        }
    }
}
