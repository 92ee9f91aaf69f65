//! What a program uses: typed calls go out. What comes in are the [`Notices`].

use std::{fmt, future::Future, marker::PhantomData, pin::Pin, sync::Arc, time::Duration};

use futures::channel::{mpsc::unbounded, oneshot};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use typed_socketio::{AckShape, Call, Catalogue};

use crate::{
    connection::{self, CallFailure, Name, Payload},
    handle::{Command, Handle, Request},
    notice::Notices,
    options::NamespaceOptions,
    others::Other,
    payload::{read, write, write_event},
    reason::EmitError,
};

/// A connection to a server, or to one of its namespaces, that speaks the catalogue `C`. Clones
/// share it; it ends with the last of them.
pub struct Client<C> {
    handle: Arc<Handle>,
    catalogue: PhantomData<fn() -> C>,
}

impl<C> Client<C> {
    pub(crate) fn new(handle: Arc<Handle>) -> Self {
        Self { handle, catalogue: PhantomData }
    }
}

impl<C> Clone for Client<C> {
    fn clone(&self) -> Self {
        Self::new(self.handle.clone())
    }
}

impl<C> fmt::Debug for Client<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(&self.handle.namespace).finish()
    }
}

impl<C: Catalogue> Client<C> {
    /// Sends an event and waits for its answer.
    ///
    /// This call itself sends the event, not the first poll of the future that it returns: calls reach
    /// the server in the order in which they were made, also those made before there is a connection.
    /// Dropping the future takes nothing back: the server carries the event out all the same, and its
    /// answer is thrown away. Awaited or not, a call ends after
    /// [`Options::call_timeout`](crate::Options::call_timeout) at the latest.
    ///
    /// # Errors
    /// The server's refusal, or why there is no answer; see [`CallError`].
    pub fn call<E: Call<Catalogue = C>>(
        &self,
        event: E,
    ) -> impl Future<Output = Result<E::Ack, CallError<C::Error>>> + Send + use<C, E> {
        self.ask(Name::Borrowed(E::NAME), write_event::<C, E>(&event))
    }

    /// Sends an event and asks for no answer. How a refusal arrives depends on the server.
    ///
    /// # Errors
    /// It was not sent, because too much waits already or because it cannot be written.
    pub fn emit<E: Call<Catalogue = C>>(&self, event: &E) -> Result<(), EmitError> {
        self.handle.emit(Name::Borrowed(E::NAME), write_event::<C, E>(event)?, false)
    }

    /// Sends an event if it can go out now, and drops it otherwise. This is for what is worth nothing
    /// later, for example that somebody is typing.
    pub fn emit_volatile<E: Call<Catalogue = C>>(&self, event: &E) {
        if let Ok(payload) = write_event::<C, E>(event) {
            let _ = self.handle.emit(Name::Borrowed(E::NAME), payload, true);
        }
    }

    /// [`Self::call`] of an event that the catalogue does not have. The arguments are an array or a
    /// tuple: `client.call_by_name("add", &(1, 2))`.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub fn call_by_name<T, N, A>(
        &self,
        name: N,
        arguments: &A,
    ) -> impl Future<Output = Result<T, CallError<C::Error>>> + Send + use<C, T, N, A>
    where
        T: DeserializeOwned + Send + 'static,
        N: Into<Name>,
        A: Serialize + ?Sized,
    {
        self.ask(name.into(), write::<C, A>(arguments))
    }

    /// [`Self::emit`] of an event that the catalogue does not have.
    ///
    /// # Errors
    /// As [`Self::emit`].
    pub fn emit_by_name<A: Serialize + ?Sized>(
        &self,
        name: impl Into<Name>,
        arguments: &A,
    ) -> Result<(), EmitError> {
        self.handle.emit(name.into(), write::<C, A>(arguments)?, false)
    }

    fn ask<T: DeserializeOwned + Send + 'static>(
        &self,
        name: Name,
        payload: Result<Payload, EmitError>,
    ) -> impl Future<Output = Result<T, CallError<C::Error>>> + Send + use<C, T> {
        let sent = payload.and_then(|payload| self.handle.call(name, payload));
        read_answer::<C, T>(Box::pin(answer::<C::Ack>(sent)))
    }

    /// Joins another namespace over the same connection, with a catalogue of its own. It is left,
    /// and its notices end, when the last clone of its client is dropped. A second client of the
    /// same namespace takes its place: the first leaves, and its notices end. To have several, clone one.
    #[must_use]
    pub fn namespace<D: Catalogue>(
        &self,
        name: impl Into<Name>,
        options: NamespaceOptions,
    ) -> (Client<D>, Notices<D>) {
        let mut namespace = name.into();
        if !namespace.starts_with('/') {
            namespace = format!("/{namespace}").into();
        }
        let (events, notices) = unbounded();
        let auth = options.auth;
        let handle = Arc::new(Handle {
            namespace: namespace.clone(),
            requests: self.handle.requests.clone(),
            call_timeout: options.call_timeout,
            is_main: false,
            backlog: Arc::new(self.handle.backlog.another()),
        });
        let backlog = handle.backlog.clone();
        handle.request(Request::Add(Other { namespace, auth, events, backlog }));
        let client = Client::new(handle);
        let notices = Notices::new(notices, &client.handle);
        client.connect();
        (client, notices)
    }
}

impl<C> Client<C> {
    /// The id by which the server knows this connection (`socket.id` on a Node server), while there is
    /// one. Each connection has a new id. Tabs that share a connection have the same id: an event that
    /// the server sends to everybody except this id reaches none of them.
    #[must_use]
    pub fn id(&self) -> Option<String> {
        self.handle.backlog.id()
    }

    /// Connects now: after a refusal or a disconnect, or instead of waiting for the next try.
    pub fn connect(&self) {
        self.handle.command(Command::Connect { namespace: self.handle.namespace.clone() });
    }

    /// Leaves for good: it does not connect again by itself, and what still waits fails. The connection
    /// ends with its last namespace.
    pub fn disconnect(&self) {
        self.handle.command(Command::Disconnect { namespace: self.handle.namespace.clone() });
    }

    /// Asks whether the connection still works. Call it right after a [`call`](Self::call), when the
    /// network may be gone, for example after the browser's `offline` event. If nothing at all is heard
    /// from the server within this time, the connection is given up and made anew, as after a silence
    /// that lasted too long; the call fails with it.
    ///
    /// It sends nothing itself, because only the server sends pings, and it does nothing if no call
    /// waits for its answer.
    pub fn probe(&self, within: Duration) {
        self.handle.command(Command::Probe { within });
    }

    /// Checks the connection now. Call it when the machine has slept, a page is seen again or the
    /// network is back. A connection that has been silent for too long is given up and made anew, and a
    /// retry that waits is made at once.
    pub fn check(&self) {
        self.handle.command(Command::Check);
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
    /// The answer is not what the catalogue says, or the event could not be written and was not sent.
    #[error("an answer that does not fit the event: {0}")]
    Unreadable(String),
}

impl<E> From<CallFailure> for CallError<E> {
    fn from(failure: CallFailure) -> Self {
        Self::Failed(failure)
    }
}

/// A part of an ack, not read yet.
struct Part {
    json: Box<RawValue>,
    attachments: Vec<Vec<u8>>,
}

fn read_part<C: Catalogue, T: DeserializeOwned>(part: Part) -> Result<T, String> {
    read::<C, _>(part.attachments, || serde_json::from_str(part.json.get()))
        .map_err(|error| error.to_string())
}

/// Compiled once for all calls with the same kind of answer.
async fn read_answer<C: Catalogue, T: DeserializeOwned>(
    answer: Pin<Box<impl Future<Output = Result<Part, CallError<Part>>>>>,
) -> Result<T, CallError<C::Error>> {
    match answer.await {
        Ok(data) => read_part::<C, _>(data).map_err(CallError::Unreadable),
        Err(CallError::Refused(error)) => {
            Err(read_part::<C, _>(error).map_or_else(CallError::Unreadable, CallError::Refused))
        }
        Err(CallError::Failed(failure)) => Err(CallError::Failed(failure)),
        Err(CallError::Unreadable(error)) => Err(CallError::Unreadable(error)),
    }
}

/// The answer or the refusal, before it is read: so this is compiled once for all calls.
async fn answer<S: AckShape>(
    sent: Result<oneshot::Receiver<connection::Answer>, EmitError>,
) -> Result<Part, CallError<Part>> {
    let receiver = sent.map_err(|error| match error {
        EmitError::BufferFull => CallError::Failed(CallFailure::BufferFull),
        EmitError::Unwritable(_) => CallError::Unreadable(error.to_string()),
    })?;
    let payload = receiver.await.unwrap_or(Err(CallFailure::Disconnected))?;
    let arguments: Vec<&RawValue> = serde_json::from_str(payload.arguments().get())
        .map_err(|error| CallError::Unreadable(error.to_string()))?;
    let part = |json: &RawValue| Part { json: json.to_owned(), attachments: payload.attachments.clone() };
    match S::read(&arguments).map_err(CallError::Unreadable)? {
        Ok(answer) => Ok(part(answer)),
        Err(refusal) => Err(CallError::Refused(part(refusal))),
    }
}
