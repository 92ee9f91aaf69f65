//! What a program hears.

use std::{
    fmt,
    marker::PhantomData,
    pin::Pin,
    sync::Weak,
    task::{Context, Poll},
    time::Duration,
};

use futures::{Stream, channel::mpsc::UnboundedReceiver};
use protocol::{Catalogue, DecodeError, EventEnum};
use serde_json::value::RawValue;

use crate::{
    client::Handle,
    connection::{AckId, Command, DisconnectReason, Event, Time},
};

/// What a program is told.
pub enum Notice<C: Catalogue> {
    /// The server let us in.
    Connected,
    /// The connection is gone, or a try to make one failed.
    Disconnected {
        /// Why.
        reason: DisconnectReason,
        /// How long until it tries again; never by itself, where the server or the program
        /// ended it.
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
    /// The server sent an event.
    Event(C::ServerEvent),
    /// The server sent an event that the catalogue does not have, or not so.
    Unreadable {
        /// Its name.
        event: String,
        /// What is wrong with it.
        error: DecodeError,
    },
}

impl<C: Catalogue<ServerEvent: fmt::Debug>> fmt::Debug for Notice<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connected => f.write_str("Connected"),
            Self::Disconnected { reason, retry_in } => write!(f, "Disconnected({reason}, {retry_in:?})"),
            Self::Refused { message, .. } => write!(f, "Refused({message})"),
            Self::Event(event) => event.fmt(f),
            Self::Unreadable { event, error } => write!(f, "Unreadable({event}: {error})"),
        }
    }
}

/// The stream of what happens. It ends when the last [`Client`](crate::Client) is dropped.
pub struct Notices<C> {
    events: UnboundedReceiver<(Time, Event)>,
    /// Answers what the server wants answered; weak, as listening keeps no connection alive.
    handle: Weak<Handle>,
    catalogue: PhantomData<fn() -> C>,
}

impl<C> Notices<C> {
    pub(crate) fn new(events: UnboundedReceiver<(Time, Event)>, handle: Weak<Handle>) -> Self {
        Self { events, handle, catalogue: PhantomData }
    }

    /// Says that an event was handed over.
    fn acknowledge(&self, ack: AckId) {
        if let Some(handle) = self.handle.upgrade() {
            let namespace = handle.namespace.clone();
            handle.command(Command::Acknowledge { namespace, ack, payload: None });
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
        let Some((now, event)) = std::task::ready!(Pin::new(&mut self.events).poll_next(context)) else {
            return Poll::Ready(None);
        };
        Poll::Ready(Some(match event {
            Event::Connected => Notice::Connected,
            Event::Disconnected { reason, retry_at } => {
                Notice::Disconnected { reason, retry_in: retry_at.map(|at| at.saturating_sub(now)) }
            }
            Event::Refused { message, data } => Notice::Refused { message, data },
            Event::Received { name, payload, ack } => match C::ServerEvent::decode(&name, &payload.json) {
                Ok(event) => {
                    if let Some(ack) = ack {
                        self.acknowledge(ack);
                    }
                    Notice::Event(event)
                }
                Err(error) => Notice::Unreadable { event: name, error },
            },
        }))
    }
}
