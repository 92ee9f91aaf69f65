//! Who may connect: the CONNECT packet's token and fingerprint.

use std::{
    fmt,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
};

use protocol::{Catalogue, Chat, ConnectAuth, ErrorCode};
use socketioxide::{
    adapter::LocalAdapter,
    handler::{ConnectHandler, Value},
    socket::Socket,
};

use super::{
    Gateway,
    connection::{Connection, Inbox, Ours},
};
use crate::{
    error::{Error, Result},
    publisher::Client,
    session::{Session, SocketId},
};

pub(super) struct Admit(pub(super) Gateway);

impl Clone for Admit {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

type Admitted<'a> = Pin<Box<dyn Future<Output = Result<(), Box<dyn fmt::Display + Send>>> + Send + 'a>>;

impl ConnectHandler<LocalAdapter, Ours> for Admit {
    /// Before the client is told that it is connected. The inbox is ready when it is told, so
    /// that no event of a fast client is lost.
    fn call_middleware<'a>(&'a self, socket: Arc<Socket>, auth: &'a Option<Value>) -> Admitted<'a> {
        Box::pin(async move {
            match self.admit(auth.as_ref()).await {
                Ok(connection) => {
                    socket.on_fallback(Inbox(connection.clone()));
                    socket.on_disconnect(Inbox(connection.clone()));
                    socket.extensions.insert(connection);
                    Ok(())
                }
                Err(error) => {
                    let refusal = error.into_body("connect").to_refusal();
                    tracing::info!(refusal, "connection refused");
                    Err(Box::new(refusal) as _)
                }
            }
        })
    }

    fn call(&self, socket: Arc<Socket>, _: Option<Value>) {
        if let Some(connection) = socket.extensions.remove::<Arc<Connection>>() {
            connection.connected(socket.into());
        }
    }
}

impl Admit {
    async fn admit(&self, auth: Option<&Value>) -> Result<Arc<Connection>> {
        let Gateway(shared) = &self.0;
        let auth = read(auth)?;
        let client = match auth.protocol {
            None => Client::Other,
            Some(fingerprint) if fingerprint == Chat::FINGERPRINT => Client::Current,
            Some(_) => {
                let sentence = "A new version of Parlance is here. Reload the page.";
                return Err(Error::refused(ErrorCode::ProtocolMismatch, sentence));
            }
        };
        let claimed = shared.app.tokens.verify(&auth.token)?;
        let unchanged = shared.membership.clone().read_owned().await;
        let Some(admission) = shared.app.store.admit(&claimed).await? else {
            return Err(Error::unauthorized("Your session was ended. Log in again."));
        };
        let socket = SocketId(shared.next.fetch_add(1, Ordering::Relaxed));
        let session = Session::new(shared.app.clone(), &claimed, admission.user, socket);
        Ok(Connection::new(self.0.clone(), session, client, admission.groups, unchanged))
    }
}

fn read(auth: Option<&Value>) -> Result<ConnectAuth> {
    auth.and_then(Value::as_str)
        .and_then(|json| serde_json::from_str(json).ok())
        .ok_or_else(|| Error::unauthorized("Log in first: this connection shows no token."))
}
