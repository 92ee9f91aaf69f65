//! What one uses: typed calls out. What comes in are the [`Notices`].

use std::{fmt, future::Future, marker::PhantomData, pin::Pin, sync::Arc, time::Duration};

use futures::channel::{
    mpsc::{UnboundedSender, unbounded},
    oneshot,
};
use protocol::{Call, Catalogue, Reply, binary};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::to_raw_value;

use crate::{
    connection::{self, CallFailure, Name, Payload},
    driver::{Auth, Command, Other, Others},
    notice::Notices,
    options::NamespaceOptions,
};

/// A connection to a server, or to one of its namespaces, that speaks the catalogue `C`. Clones
/// share it; it ends with the last of them.
pub struct Client<C> {
    pub(crate) handle: Arc<Handle>,
    pub(crate) catalogue: PhantomData<fn() -> C>,
}

impl<C> Clone for Client<C> {
    fn clone(&self) -> Self {
        Self { handle: self.handle.clone(), catalogue: PhantomData }
    }
}

impl<C> fmt::Debug for Client<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(&self.handle.namespace).finish()
    }
}

/// What the clones of a client share.
pub(crate) struct Handle {
    pub(crate) namespace: Name,
    pub(crate) commands: UnboundedSender<Command>,
    pub(crate) call_timeout: Duration,
    pub(crate) others: Arc<Others>,
    /// What it is known by among the others; the main namespace is none of them.
    pub(crate) auth: Option<Auth>,
}

impl Handle {
    /// Nobody may drive the connection any more; then nothing is answered either.
    pub(crate) fn command(&self, command: Command) {
        let _ = self.commands.unbounded_send(command);
    }

    fn call(&self, name: &'static str, payload: Payload) -> oneshot::Receiver<connection::Answer> {
        let (asker, answer) = oneshot::channel();
        self.command(Command::Call {
            namespace: self.namespace.clone(),
            name: Name::Borrowed(name),
            payload,
            timeout: self.call_timeout,
            asker,
        });
        answer
    }

    fn emit(&self, name: &'static str, payload: Payload, volatile: bool) {
        self.command(Command::Emit {
            namespace: self.namespace.clone(),
            name: Name::Borrowed(name),
            payload,
            volatile,
        });
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // A namespace that another client has taken over is not ours to leave.
        if self.auth.as_ref().is_none_or(|auth| self.others.remove(auth)) {
            self.command(Command::Disconnect { namespace: self.namespace.clone() });
        }
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
        // Sent here, not at the first poll, so that calls keep the order in which they were made.
        let sent = write::<C, _>(&event).map(|payload| self.handle.call(E::NAME, payload));
        read_answer::<C, E::Ack>(Box::pin(answer(sent.map_err(|error| error.to_string()))))
    }

    /// Sends an event and asks for no answer. A refusal arrives as the server's `error` event.
    pub fn emit<E: Call<Catalogue = C>>(&self, event: &E) {
        if let Ok(payload) = write::<C, _>(event) {
            self.handle.emit(E::NAME, payload, false);
        }
    }

    /// Sends an event if it can go out now, and drops it otherwise: for what is worth nothing
    /// later, as that somebody is typing.
    pub fn emit_volatile<E: Call<Catalogue = C>>(&self, event: &E) {
        if let Ok(payload) = write::<C, _>(event) {
            self.handle.emit(E::NAME, payload, true);
        }
    }

    /// Joins another namespace over the same connection, with a catalogue of its own. It is left,
    /// and its notices end, when the last clone of its client is dropped. A second client of the
    /// same namespace takes it over from the first: to have several, clone one.
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
        let auth = options.clone().shown(D::FINGERPRINT);
        let handle = Arc::new(Handle {
            namespace: namespace.clone(),
            commands: self.handle.commands.clone(),
            call_timeout: options.call_timeout,
            others: self.handle.others.clone(),
            auth: Some(auth.clone()),
        });
        handle.others.add(Other { namespace, auth, events });
        let client = Client { handle, catalogue: PhantomData };
        let notices = Notices::new(notices, Arc::downgrade(&client.handle));
        client.connect();
        (client, notices)
    }
}

impl<C> Client<C> {
    /// Connects now: after a refusal or a disconnect, or instead of waiting for the next try.
    pub fn connect(&self) {
        self.handle.command(Command::Connect { namespace: self.handle.namespace.clone() });
    }

    /// Leaves for good; what still waits fails. The connection ends with its last namespace.
    pub fn disconnect(&self) {
        self.handle.command(Command::Disconnect { namespace: self.handle.namespace.clone() });
    }

    /// Asks whether the connection still works: to be called right after a [`call`](Self::call), when
    /// the network may be gone, as after the browser's `offline` event. If nothing at all is heard
    /// of the server in this time, the connection is given up and made anew, as after a silence
    /// that lasted too long; the call fails with it.
    ///
    /// It sends nothing itself, as only the server sends pings, and does nothing where no call waits
    /// for its answer.
    pub fn probe(&self, within: Duration) {
        self.handle.command(Command::Probe { within });
    }

    /// Looks after the connection now: to be called when the machine has slept, a page is seen
    /// again or the network is back. A connection that has been silent for too long is given up
    /// and made anew, and a retry that waits is made at once.
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
    /// The answer is not what the catalogue says.
    #[error("an answer that does not fit the event: {0}")]
    Unreadable(String),
}

impl<E> From<CallFailure> for CallError<E> {
    fn from(failure: CallFailure) -> Self {
        Self::Failed(failure)
    }
}

/// A payload as it goes out. Catalogues without binary data have no code for it.
fn write<C: Catalogue, T: Serialize>(payload: &T) -> serde_json::Result<Payload> {
    if C::BINARY {
        let (json, attachments) = binary::writing(|| to_raw_value(payload));
        return Ok(Payload { json: json?, attachments });
    }
    to_raw_value(payload).map(Payload::from)
}

/// Reads something that came with attachments.
pub(crate) fn read<C: Catalogue, T>(attachments: Vec<Vec<u8>>, read: impl FnOnce() -> T) -> T {
    if C::BINARY { binary::reading(attachments, read) } else { read() }
}

fn read_payload<C: Catalogue, T: DeserializeOwned>(payload: Payload) -> Result<T, String> {
    read::<C, _>(payload.attachments, || read_as(payload.json.get()))
}

/// Compiled once for all calls with the same kind of answer.
async fn read_answer<C: Catalogue, T: DeserializeOwned>(
    answer: Pin<Box<impl Future<Output = Result<Payload, CallError<Payload>>>>>,
) -> Result<T, CallError<C::Error>> {
    match answer.await {
        Ok(data) => read_payload::<C, _>(data).map_err(CallError::Unreadable),
        Err(CallError::Refused(error)) => {
            Err(read_payload::<C, _>(error).map_or_else(CallError::Unreadable, CallError::Refused))
        }
        Err(CallError::Failed(failure)) => Err(CallError::Failed(failure)),
        Err(CallError::Unreadable(error)) => Err(CallError::Unreadable(error)),
    }
}

/// The answer or the refusal, before it is read: so this is compiled once for all calls.
async fn answer(
    sent: Result<oneshot::Receiver<connection::Answer>, String>,
) -> Result<Payload, CallError<Payload>> {
    let receiver = sent.map_err(CallError::Unreadable)?;
    let Payload { json, attachments } = receiver.await.unwrap_or(Err(CallFailure::Disconnected))?;
    match read_as(json.get()).map_err(CallError::Unreadable)? {
        Reply::Data(json) => Ok(Payload { json, attachments }),
        Reply::Error(json) => Err(CallError::Refused(Payload { json, attachments })),
    }
}

fn read_as<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}
