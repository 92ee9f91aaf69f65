//! Takes a connection's events as they arrive, and has them carried out.

use std::sync::{Arc, atomic::Ordering};

use socketioxide::{
    adapter::LocalAdapter,
    handler::{DisconnectHandler, MessageHandler, Value},
    socket::{DisconnectReason, Socket},
};

use super::{answer, connection::Connection, incoming::Incoming, transport::Transport};

/// Takes a connection's events as they arrive. An ordinary handler would be spawned for each event, and
/// events would overtake each other.
///
/// The socket owns the handler, and the handler the connection; the connection keeps the socket only once
/// that is connected. So when socketioxide drops a socket silently, because its CONNECT could not be
/// answered, the connection is dropped with it.
#[derive(Clone)]
pub(super) struct Inbox(Arc<InboxGuard>);

struct InboxGuard(Arc<Connection>);

impl Inbox {
    pub(super) fn new(connection: Arc<Connection>) -> Self {
        Self(Arc::new(InboxGuard(connection)))
    }

    pub(super) fn transport(&self) -> &Transport {
        &self.0.0.transport
    }

    pub(super) fn connected(&self, socket: Arc<Socket>) {
        self.0.0.connected(socket);
        // Even if it is gone again, the events that it sent are carried out.
        self.work();
    }

    fn receive(&self, incoming: Incoming) {
        let connection = &self.0.0;
        let bytes = incoming.bytes();
        let pushed = connection.queue.push(incoming, bytes);
        if pushed.full {
            connection.transport.full();
            // The worker may have taken everything before it could see that, and look no more.
            connection.makes_room();
        }
        if pushed.first {
            self.work();
        }
    }

    fn work(&self) {
        let connection = self.0.0.clone();
        connection.gateway.0.busy.fetch_add(1, Ordering::SeqCst);
        tokio::spawn(async move {
            answer::carry_out(&connection).await;
            connection.gateway.0.busy.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

impl Drop for InboxGuard {
    fn drop(&mut self) {
        self.0.gone();
    }
}

/// Marks the handlers of this gateway among those that socketioxide makes of closures.
pub(super) enum HandlerMarker {}

impl MessageHandler<LocalAdapter, HandlerMarker> for Inbox {
    fn call(&self, _: Arc<Socket>, value: Value, ack: Option<i64>) {
        self.receive(Incoming::new(value, ack));
    }
}

impl DisconnectHandler<LocalAdapter, HandlerMarker> for Inbox {
    fn call_with_defer(&self, socket: Arc<Socket>, reason: DisconnectReason, leave_rooms: fn(Arc<Socket>)) {
        let connection = &self.0.0;
        let session = &connection.session;
        tracing::debug!(user = %session.user.username, socket = session.socket.0, %reason, "socket gone");
        connection.gone();
        leave_rooms(socket);
        if reason == DisconnectReason::ClientNSDisconnect {
            connection.closes_unless_used();
        }
    }
}
