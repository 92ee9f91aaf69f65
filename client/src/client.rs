//! What one uses: typed calls out, typed notices in.

use std::{
    fmt,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures::{
    Stream,
    channel::{
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded},
        oneshot,
    },
};
use protocol::{Call, Catalogue, DecodeError, EventEnum, Reply};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    connection::{CallFailure, Config, DisconnectReason, Event, Time},
    driver::{Auth, Command, Setup},
};

/// How to reach a server.
#[derive(Clone)]
pub struct Options {
    url: String,
    token: Option<Arc<dyn Fn() -> String + Send + Sync>>,
    call_timeout: Duration,
    config: Config,
}

impl Options {
    /// The server at this address: `http://127.0.0.1:8000`, `wss://chat.example`, …
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            token: None,
            call_timeout: Duration::from_secs(20),
            config: Config::default(),
        }
    }

    /// Connects with `{ token }`. The function is asked anew for each connection, so that it can
    /// return a token that was renewed meanwhile. The catalogue's fingerprint is added to it.
    #[must_use]
    pub fn token(mut self, token: impl Fn() -> String + Send + Sync + 'static) -> Self {
        self.token = Some(Arc::new(token));
        self
    }

    /// How long a call waits for its ack, the time that it waits for a connection included.
    /// 20 seconds by default.
    #[must_use]
    pub fn call_timeout(mut self, timeout: Duration) -> Self {
        self.call_timeout = timeout;
        self
    }

    /// How the connection behaves.
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Makes a client and what its driver needs.
    pub(crate) fn build<C: Catalogue>(self, seed: u64) -> (Client<C>, Notices<C>, Setup) {
        let (commands, receiver) = unbounded();
        let (events, notices) = unbounded();
        let Self { url, token, call_timeout, config } = self;
        let auth: Auth = Arc::new(move || {
            let token = token.as_ref().map(|token| token());
            serde_json::value::to_raw_value(&Shown { protocol: C::FINGERPRINT, token }).ok()
        });
        let setup = Setup { url: websocket_url(&url), config, seed, auth, commands: receiver, events };
        (
            Client { commands, call_timeout, catalogue: PhantomData },
            Notices { events: notices, catalogue: PhantomData },
            setup,
        )
    }
}

/// What a connection begins with.
#[derive(Serialize)]
struct Shown {
    protocol: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

fn websocket_url(url: &str) -> String {
    let url = match url.split_once("://") {
        Some(("http" | "ws", rest)) => format!("ws://{rest}"),
        Some(("https" | "wss", rest)) => format!("wss://{rest}"),
        _ => format!("ws://{url}"),
    };
    format!("{}{}?EIO=4&transport=websocket", url.trim_end_matches('/'), protocol::path::SOCKET_IO)
}

/// A connection to a server that speaks the catalogue `C`. Clones share the connection, which ends
/// with the last of them.
pub struct Client<C> {
    commands: UnboundedSender<Command>,
    call_timeout: Duration,
    catalogue: PhantomData<fn() -> C>,
}

impl<C> Clone for Client<C> {
    fn clone(&self) -> Self {
        Self { commands: self.commands.clone(), call_timeout: self.call_timeout, catalogue: PhantomData }
    }
}

impl<C> fmt::Debug for Client<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}

impl<C: Catalogue> Client<C> {
    /// Sends an event and waits for its answer. Calls are handled by the server in the order in
    /// which they were made, also those made before there is a connection.
    ///
    /// # Errors
    /// The server's refusal, or why there is no answer; see [`CallError`].
    pub fn call<E: Call<Catalogue = C>>(
        &self,
        event: E,
    ) -> impl Future<Output = Result<E::Ack, CallError<C::Error>>> + Send + use<C, E> {
        let (answer, receiver) = oneshot::channel();
        // Sent here, not at the first poll, so that calls keep the order in which they were made.
        let sent = serde_json::value::to_raw_value(&event).map(|payload| {
            let call = Command::Call { name: E::NAME.into(), payload, timeout: self.call_timeout, answer };
            self.commands.unbounded_send(call)
        });
        async move {
            if let Err(error) = sent {
                return Err(CallError::Unreadable(error.to_string()));
            }
            let answer = receiver.await.unwrap_or(Err(CallFailure::Disconnected))?;
            // The shape is read apart from the payload, so that it is compiled once for all calls.
            match read_as::<Reply<&RawValue, &RawValue>>(answer.get()) {
                Ok(Reply::Data(data)) => read_as(data.get()).map_err(CallError::Unreadable),
                Ok(Reply::Error(error)) => {
                    Err(read_as(error.get()).map_or_else(CallError::Unreadable, CallError::Refused))
                }
                Err(error) => Err(CallError::Unreadable(error)),
            }
        }
    }

    /// Sends an event and asks for no answer. A refusal arrives as the server's `error` event.
    pub fn emit<E: Call<Catalogue = C>>(&self, event: &E) {
        if let Ok(payload) = serde_json::value::to_raw_value(event) {
            let _ = self.commands.unbounded_send(Command::Emit { name: E::NAME.into(), payload });
        }
    }

    /// Connects now: after a refusal or a disconnect, or instead of waiting for the next try.
    pub fn connect(&self) {
        let _ = self.commands.unbounded_send(Command::Connect);
    }

    /// Ends the connection for good; what still waits fails.
    pub fn disconnect(&self) {
        let _ = self.commands.unbounded_send(Command::Disconnect);
    }
}

/// Why a call has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError<E> {
    /// The server refused; nothing was changed.
    #[error("{0}")]
    Refused(E),
    /// There is no answer. The server may or may not have done it.
    #[error("{0}")]
    Failed(CallFailure),
    /// The answer is not what the catalogue says.
    #[error("an answer that does not fit the event: {0}")]
    Unreadable(String),
}

impl<E> From<CallFailure> for CallError<E> {
    fn from(failure: CallFailure) -> Self {
        Self::Failed(failure)
    }
}

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
        /// How long until it tries again; never by itself, where the server or the program
        /// ended it.
        retry_in: Option<Duration>,
    },
    /// The server refused to let us in. It is not tried again before [`Client::connect`].
    Refused {
        /// The server's sentence.
        message: String,
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
            Self::Joined => f.write_str("Joined"),
            Self::Disconnected { reason, retry_in } => write!(f, "Disconnected({reason}, {retry_in:?})"),
            Self::Refused { message } => write!(f, "Refused({message})"),
            Self::Event(event) => event.fmt(f),
            Self::Unreadable { event, error } => write!(f, "Unreadable({event}: {error})"),
        }
    }
}

/// The stream of what happens. It ends when the last [`Client`] is dropped.
pub struct Notices<C> {
    events: UnboundedReceiver<(Time, Event)>,
    catalogue: PhantomData<fn() -> C>,
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
            Event::Joined => Notice::Joined,
            Event::Disconnected { reason, retry_at } => {
                Notice::Disconnected { reason, retry_in: retry_at.map(|at| at.saturating_sub(now)) }
            }
            Event::Refused { message } => Notice::Refused { message },
            Event::Received { name, payload, .. } => read(name, &payload),
        }))
    }
}

fn read_as<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

fn read<C: Catalogue>(event: String, payload: &RawValue) -> Notice<C> {
    match C::ServerEvent::decode(&event, payload) {
        Ok(event) => Notice::Event(event),
        Err(error) => Notice::Unreadable { event, error },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_be_written_in_any_usual_way() {
        for url in ["http://localhost:8000", "ws://localhost:8000/", "localhost:8000"] {
            assert_eq!(websocket_url(url), "ws://localhost:8000/socket.io/?EIO=4&transport=websocket");
        }
        assert!(websocket_url("https://chat.example").starts_with("wss://chat.example/socket.io/"));
    }
}
