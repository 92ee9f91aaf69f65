//! What is kept of a socket, from its admission until it is gone.

use std::sync::{Arc, Mutex, PoisonError, atomic::Ordering};

use protocol::GroupId;
use socketioxide::{
    adapter::LocalAdapter,
    extract::SocketRef,
    handler::{DisconnectHandler, MessageHandler, Value},
    socket::{self, DisconnectReason},
};
use tokio::sync::OwnedRwLockReadGuard;

use super::{
    Gateway, Socket, answer,
    answer::Incoming,
    client_room, group_room,
    queue::{Pushed, Queue},
    user_room,
};
use crate::{error::Error, presence::Change, publisher::Client, session::Session};

pub(super) struct Connection {
    pub(super) session: Session,
    client: Client,
    gateway: Gateway,
    queue: Queue<Incoming>,
    phase: Mutex<Phase>,
}

enum Phase {
    /// Let in, but not told so yet. Nobody's membership changes until it is in its rooms.
    Admitted {
        groups: Vec<GroupId>,
        _unchanged: OwnedRwLockReadGuard<()>,
    },
    Connected,
    Gone,
}

impl Connection {
    pub(super) fn new(
        gateway: Gateway,
        session: Session,
        client: Client,
        groups: Vec<GroupId>,
        unchanged: OwnedRwLockReadGuard<()>,
    ) -> Arc<Self> {
        let phase = Mutex::new(Phase::Admitted { groups, _unchanged: unchanged });
        let capacity = gateway.0.app.limits.queued_events;
        Arc::new(Self { session, client, gateway, queue: Queue::held(capacity), phase })
    }

    /// The client was told that it is connected: rooms first, then everything else.
    pub(super) fn connected(self: &Arc<Self>, socket: SocketRef) {
        let mut phase = self.phase.lock().unwrap_or_else(PoisonError::into_inner);
        if let Phase::Admitted { groups, .. } = &*phase {
            let mut rooms = vec![user_room(self.session.user.id), client_room(self.client)];
            rooms.extend(groups.iter().copied().map(group_room));
            socket.join(rooms);
            let entry = Socket { socket, connection: self.clone() };
            self.gateway.sockets().insert(self.session.socket, entry);
            self.tell_presence(Change::Arrived(self.session.user.id, self.session.socket));
            *phase = Phase::Connected;
        }
        drop(phase);
        // Even if it is gone again: what it sent is carried out.
        self.work();
    }

    fn gone(&self) {
        let mut phase = self.phase.lock().unwrap_or_else(PoisonError::into_inner);
        if let Phase::Connected = std::mem::replace(&mut *phase, Phase::Gone) {
            self.gateway.sockets().remove(&self.session.socket);
            self.tell_presence(Change::Gone(self.session.user.id, self.session.socket));
        }
    }

    fn tell_presence(&self, change: Change) {
        // Nobody watches presence any more while the server ends.
        self.gateway.0.presence.send(change).ok();
    }

    fn receive(self: &Arc<Self>, incoming: Incoming) {
        match self.queue.push(incoming) {
            Pushed::First => self.work(),
            Pushed::Behind => {}
            Pushed::Full(incoming) => incoming.refuse(Error::rate_limited()),
        }
    }

    fn work(self: &Arc<Self>) {
        self.gateway.0.busy.fetch_add(1, Ordering::Relaxed);
        let connection = self.clone();
        tokio::spawn(async move {
            answer::carry_out(&connection.session, &connection.queue).await;
            connection.gateway.0.busy.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

/// Takes a connection's events as they arrive. An ordinary handler would be spawned for each, and
/// they would overtake each other.
pub(super) struct Inbox(pub(super) Arc<Connection>);

/// Marks the handlers of this gateway among those that socketioxide makes of closures.
pub(super) enum Ours {}

impl MessageHandler<LocalAdapter, Ours> for Inbox {
    fn call(&self, socket: Arc<socket::Socket>, value: Value, ack: Option<i64>) {
        self.0.receive(Incoming { socket, value, ack });
    }
}

impl DisconnectHandler<LocalAdapter, Ours> for Inbox {
    fn call_with_defer(
        &self,
        socket: Arc<socket::Socket>,
        reason: DisconnectReason,
        leave_rooms: fn(Arc<socket::Socket>),
    ) {
        tracing::debug!(user = %self.0.session.user.username, %reason, "socket gone");
        self.0.gone();
        leave_rooms(socket);
    }
}
