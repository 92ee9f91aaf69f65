//! Who may connect: the CONNECT packet's token and version.

use std::{
    fmt,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
};

use protocol::{ConnectAuth, ErrorBody, ErrorCode, decode_request, limits};
use serde_json::value::RawValue;
use socketioxide::{
    adapter::LocalAdapter,
    handler::{ConnectHandler, Value},
    socket::Socket,
};
use tracing::Instrument;

use super::{
    Gateway,
    connection::Connection,
    inbox::{HandlerMarker, Inbox},
    transport::Transport,
};
use crate::{
    error::{Error, Result},
    handlers::sync::may_watch,
    ids::SocketId,
    request_id::RequestId,
    session::Session,
};

pub(super) struct Admit(pub(super) Gateway);

impl Clone for Admit {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

type Admitted<'a> = Pin<Box<dyn Future<Output = Result<(), Box<dyn fmt::Display + Send>>> + Send + 'a>>;

impl ConnectHandler<LocalAdapter, HandlerMarker> for Admit {
    /// Runs before the client is told that it is connected. The queue is ready by then, so that no event of a
    /// fast client is lost.
    fn call_middleware<'a>(&'a self, socket: Arc<Socket>, auth: &'a Option<Value>) -> Admitted<'a> {
        Box::pin(async move {
            let request = socket.req_parts().extensions.get::<RequestId>().cloned();
            let request = request.unwrap_or_else(RequestId::random);
            // Somebody connects seldom enough: every line says by which request.
            let span = tracing::error_span!("connect", request_id = %request);
            match self.admit(&socket, request, auth.as_ref()).instrument(span.clone()).await {
                Ok(inbox) => {
                    inbox.transport().is_let_in();
                    socket.on_fallback(inbox.clone());
                    socket.on_disconnect(inbox.clone());
                    socket.extensions.insert(inbox);
                    Ok(())
                }
                Err(error) => {
                    let _in_it = span.enter();
                    let refusal = error.into_body("connect").to_refusal();
                    let Gateway(shared) = &self.0;
                    if let Some(unlogged) = shared.engine.refusals().line() {
                        tracing::info!(refusal, unlogged, "connection refused");
                    }
                    let parts = &socket.req_parts().extensions;
                    if let (Some(address), Some(transport)) = (parts.get(), parts.get::<Arc<Transport>>())
                        && shared.app.limits.refused_connects.take(*address).is_err()
                    {
                        transport.has_asked_enough();
                    }
                    Err(Box::new(refusal) as _)
                }
            }
        })
    }

    fn call(&self, socket: Arc<Socket>, _: Option<Value>) {
        if let Some(inbox) = socket.extensions.remove::<Inbox>() {
            inbox.connected(socket);
        }
    }
}

impl Admit {
    async fn admit(&self, socket: &Socket, request: RequestId, auth: Option<&Value>) -> Result<Inbox> {
        let Gateway(shared) = &self.0;
        let auth = read(auth)?;
        let mismatch = |shown: &str| {
            let sentence = match protocol::version::is_newer(shown) {
                // Servers are being upgraded, and this one was not yet.
                true => "This server has an older version of Parlance. Try again in a moment.",
                false => "A new version of Parlance is here. Reload the page.",
            };
            Error::refused(ErrorCode::ProtocolMismatch, sentence)
        };
        let version = match auth.protocol {
            None => None,
            Some(shown) => {
                let served = protocol::served(&shown, auth.needs.as_deref());
                Some(served.ok_or_else(|| mismatch(&shown))?)
            }
        };
        if shared.engine.is_stopping() {
            return Err(Error::refused(
                ErrorCode::Internal,
                "The server is stopping. Try again in a moment.",
            ));
        }
        let claimed = shared.app.tokens.verify(&auth.token)?;
        shared.app.limits.connects_of_session.take(claimed.session)?;
        let ended = || Error::unauthorized("Your session was ended. Log in again.");
        let live = shared.app.store.session(claimed.session).await?;
        let user = live.map(|live| live.user).filter(|user| user.id == claimed.user).ok_or_else(ended)?;
        // Whoever has a token of a session that was ended must not use up what its owner may do.
        shared.app.limits.connects.take(claimed.user)?;
        let id = SocketId(shared.next.fetch_add(1, Ordering::Relaxed));
        let session = Session::new(shared.app.clone(), &claimed, user, id);
        let transport = socket.req_parts().extensions.get::<Arc<Transport>>().cloned();
        let transport = transport.unwrap_or_else(Transport::new);
        let connection =
            Connection::new(self.0.clone(), session, version, transport, request, socket.id.to_string());
        // First the connection is listed where the publisher finds it, then its groups are read. So no change
        // is missed, and neither waits for the other.
        if !shared.app.limits.sockets.take(claimed.user) {
            let sentence = format!(
                "You are connected {} times already. Close some windows, then try again.",
                limits::SOCKETS_A_PERSON
            );
            return Err(Error::refused(ErrorCode::RateLimited, &sentence));
        }
        shared.connections.add(&connection);
        let inbox = Inbox::new(connection.clone());
        let admission = shared.app.store.admit(&claimed).await?.ok_or_else(ended)?;
        if connection.session.is_over() {
            return Err(ended());
        }
        connection.belongs_to(admission.groups);
        tracing::debug!(user = %connection.session.user.id, socket = id.0, "connected");
        if let Some(watch) = auth.watch {
            may_watch(watch.len(), "watch")?;
            connection.session.watch(watch);
        }
        Ok(inbox)
    }
}

fn read(auth: Option<&Value>) -> Result<ConnectAuth> {
    let nobody = || Error::unauthorized("Log in first: this connection shows no token.");
    let json: Option<&RawValue> =
        auth.and_then(Value::as_str).and_then(|json| serde_json::from_str(json).ok());
    decode_request("connect", json.ok_or_else(nobody)?).map_err(|error| {
        let body = ErrorBody::from(error);
        // Whoever shows a token need not log in again because of another field.
        match body.field.as_deref() {
            None | Some("token") => nobody(),
            Some(_) => body.into(),
        }
    })
}
