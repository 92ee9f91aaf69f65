//! What is kept of a socket, from its admission until it is gone.

use std::{
    collections::HashSet,
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use protocol::{GroupId, limits, version::Version};
use socketioxide::socket::Socket;
use tokio::time::sleep;

use super::{
    Gateway, client_room, group_room,
    incoming::Incoming,
    queue::{Amount, Queue},
    transport::Transport,
    user_room,
};
use crate::{
    delivery::Client, metrics::DisconnectReason, presence::Change, request_id::RequestId, session::Session,
};

/// How long a client that is sent away has to read why. Then it is cut off: it is gone within two seconds,
/// even if it reads nothing.
const FAREWELL: Duration = Duration::from_millis(1_500);
/// How long a connection may stay open that has left the namespace and does not come back.
const UNUSED: Duration = Duration::from_secs(45);

pub(super) struct Connection {
    pub(super) session: Session,
    /// The version of the catalogue that its client shows.
    version: Option<Version>,
    pub(super) transport: Arc<Transport>,
    pub(super) queue: Queue<Incoming>,
    pub(super) gateway: Gateway,
    /// Which opened it.
    pub(super) request: RequestId,
    /// Events that were begun.
    events: AtomicU64,
    /// Engine.IO's name of the connection.
    engine_session: String,
    phase: Mutex<Phase>,
    /// How the person's groups changed since [`begins_to_move`](Self::begins_to_move).
    moved: Mutex<Option<Vec<Moved>>>,
}

/// A change of somebody's groups.
#[derive(Clone, Copy)]
pub(super) struct Moved {
    pub(super) group: GroupId,
    /// False if they left it.
    pub(super) joined: bool,
}

enum Phase {
    /// Being let in. No lock is held meanwhile. Changes of the person's groups that the publisher reports are
    /// kept in `moved` and applied last: each is newer than the groups that were read, or already in them.
    Admitted {
        groups: HashSet<GroupId>,
        moved: Vec<Moved>,
    },
    Connected {
        socket: Arc<Socket>,
        groups: HashSet<GroupId>,
        /// The kind of client for which it is told who comes and goes.
        client: Client,
    },
    Gone,
}

impl Connection {
    pub(super) fn new(
        gateway: Gateway,
        session: Session,
        version: Option<Version>,
        transport: Arc<Transport>,
        request: RequestId,
        engine_session: String,
    ) -> Arc<Self> {
        let phase = Mutex::new(Phase::Admitted { groups: HashSet::new(), moved: Vec::new() });
        let most = Amount { items: gateway.0.app.limits.queued_events, bytes: limits::QUEUED_BYTES };
        let queue = Queue::held(most);
        Arc::new(Self {
            session,
            version,
            transport,
            queue,
            gateway,
            request,
            events: AtomicU64::new(0),
            engine_session,
            phase,
            moved: Mutex::new(None),
        })
    }

    /// Sets the groups that its person was in a moment ago.
    pub(super) fn belongs_to(&self, those: Vec<GroupId>) {
        if let Phase::Admitted { groups, .. } = &mut *self.phase() {
            *groups = those.into_iter().collect();
        }
    }

    /// The client was told that it is connected: it joins its rooms first, then everything else follows.
    pub(super) fn connected(self: &Arc<Self>, socket: Arc<Socket>) {
        let mut phase = self.phase();
        if let Phase::Admitted { groups, moved } = &mut *phase {
            let (mut groups, moved) = (mem::take(groups), mem::take(moved));
            for Moved { group, joined } in moved {
                if joined {
                    groups.insert(group);
                } else {
                    groups.remove(&group);
                }
            }
            let client = self.client();
            let mut rooms = vec![user_room(self.session.user.id), client_room(client)];
            rooms.extend(groups.iter().copied().map(group_room));
            socket.join(rooms);
            self.gateway.0.connections.join(self, groups.iter().copied());
            self.transport.used(true);
            self.tell_presence(Change::Arrived(self.session.user.id, self.session.socket, client));
            *phase = Phase::Connected { socket, groups, client };
        }
        drop(phase);
        if self.session.is_over() {
            self.send_away();
        }
    }

    /// What kind of client it is now.
    pub(super) fn client(&self) -> Client {
        match self.version {
            _ if self.session.watches() => Client::Watching,
            Some(_) => Client::Current,
            None => Client::Other,
        }
    }

    /// Whether its client knows what this version of the catalogue has added.
    pub(super) fn knows(&self, version: Version) -> bool {
        self.version.is_some_and(|shown| shown >= version)
    }

    /// An event was carried out, which may have changed what kind of client it is. Events are carried out even if the
    /// socket is gone: then it may be watching people whom nobody would take from it any more.
    pub(super) fn carried_out(&self) {
        match &mut *self.phase() {
            Phase::Connected { socket, client, .. } if *client != self.client() => {
                socket.leave(client_room(*client));
                *client = self.client();
                socket.join(client_room(*client));
                self.tell_presence(Change::Changed(self.session.user.id, self.session.socket, *client));
            }
            Phase::Gone => self.session.app.online.forget(self.session.socket),
            Phase::Admitted { .. } | Phase::Connected { .. } => {}
        }
    }

    /// Its person joined or left a group.
    pub(super) fn moved(self: &Arc<Self>, change: Moved) {
        match &mut *self.phase() {
            Phase::Admitted { moved, .. } => moved.push(change),
            Phase::Connected { socket, groups, .. } => {
                if let Some(moved) = &mut *self.moving() {
                    moved.push(change);
                }
                self.moves(socket, groups, change);
            }
            Phase::Gone => {}
        }
    }

    fn moves(self: &Arc<Self>, socket: &Socket, groups: &mut HashSet<GroupId>, change: Moved) {
        let Moved { group, joined } = change;
        if joined {
            socket.join(group_room(group));
            groups.insert(group);
            self.gateway.0.connections.join(self, [group]);
        } else {
            self.gateway.0.connections.leave(self, group);
            groups.remove(&group);
            socket.leave(group_room(group));
        }
    }

    /// The person's groups are about to be read anew. False if they are being read already, because the socket is
    /// just being let in.
    pub(super) fn begins_to_move(&self) -> bool {
        match *self.phase() {
            Phase::Admitted { .. } => false,
            Phase::Connected { .. } | Phase::Gone => {
                *self.moving() = Some(Vec::new());
                true
            }
        }
    }

    /// These are the person's groups. What was reported while they were read is newer, or already in them.
    pub(super) fn belongs_to_now(self: &Arc<Self>, those: Arc<HashSet<GroupId>>) {
        let Phase::Connected { socket, groups, .. } = &mut *self.phase() else { return };
        let changes = self.moving().take().unwrap_or_default();
        let differs: Vec<GroupId> = groups.symmetric_difference(&those).copied().collect();
        let differs = differs.into_iter().map(|group| Moved { group, joined: those.contains(&group) });
        for change in differs.chain(changes) {
            self.moves(socket, groups, change);
        }
    }

    pub(super) fn gone(&self) {
        let groups = match mem::replace(&mut *self.phase(), Phase::Gone) {
            Phase::Admitted { .. } => HashSet::new(),
            Phase::Connected { groups, .. } => {
                self.tell_presence(Change::Gone(self.session.user.id, self.session.socket));
                groups
            }
            Phase::Gone => return,
        };
        self.gateway.0.connections.remove(self, &groups);
        self.session.app.limits.sockets.give_back(self.session.user.id);
        self.session.app.online.forget(self.session.socket);
        // Nobody reads answers any more, so they need not wait.
        self.transport.used(false);
    }

    /// The client has left the namespace. The connection stays, as the protocol wants, but not without end.
    pub(super) fn closes_unless_used(self: &Arc<Self>) {
        let connection = self.clone();
        tokio::spawn(async move {
            sleep(UNUSED).await;
            if !connection.transport.is_used() {
                connection.gateway.0.engine.leave(&connection.transport, &connection.engine_session);
            }
        });
    }

    /// Disconnects a client whose authorisation is over. Its events that have not begun are not carried out.
    pub(super) fn send_away(self: &Arc<Self>) {
        self.session.end();
        self.queue.clear();
        let Some(socket) = self.socket() else { return };
        let user = &self.session.user.username;
        tracing::info!(%user, socket = self.session.socket.0, "socket disconnected: its token expired or its session ended");
        self.session.app.metrics.disconnected(DisconnectReason::SessionOver);
        // Nothing more is said to it, however long its farewell takes.
        self.gone();
        socket.leave_all();
        // If too much waits for it, it learns only that the connection ends.
        socket.disconnect().ok();
        let engine = &self.gateway.0.engine;
        engine.leave(&self.transport, &self.engine_session);
        let (engine, connection) = (engine.clone(), self.clone());
        tokio::spawn(async move {
            sleep(FAREWELL).await;
            engine.cut(&connection.transport, &connection.engine_session);
        });
    }

    /// Disconnects a client that does not read. When it comes back it asks for what it missed. If something
    /// were left out and the connection stayed, the client could not know that it missed anything.
    pub(super) fn give_up(&self) {
        self.cut(DisconnectReason::SlowReader, "it does not read what it is sent");
    }

    /// Disconnects one of somebody who has more than they may, with those at other servers. If the client comes back
    /// it is told why it is not let in.
    pub(super) fn is_surplus(&self) {
        self.cut(DisconnectReason::TooMany, "its person has too many, with those at other servers");
    }

    fn cut(&self, reason: DisconnectReason, why: &str) {
        if self.gateway.0.engine.cut(&self.transport, &self.engine_session) {
            let user = &self.session.user.username;
            tracing::info!(%user, socket = self.session.socket.0, "socket disconnected: {why}");
            self.session.app.metrics.disconnected(reason);
        }
    }

    pub(super) fn socket(&self) -> Option<Arc<Socket>> {
        match &*self.phase() {
            Phase::Connected { socket, .. } => Some(socket.clone()),
            Phase::Admitted { .. } | Phase::Gone => None,
        }
    }

    fn moving(&self) -> MutexGuard<'_, Option<Vec<Moved>>> {
        self.moved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn phase(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell_presence(&self, change: Change) {
        // Fails only while the server ends, when nobody watches presence any more.
        self.gateway.0.presence.send(change).ok();
    }

    /// The number of the event that begins.
    pub(super) fn counted(&self) -> u64 {
        self.events.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The next event to be carried out. None if none waits, or if no further event is carried out.
    pub(super) fn next(&self) -> Option<Incoming> {
        if self.session.is_over() || self.gateway.is_over() {
            self.queue.clear();
        }
        let next = self.queue.pop();
        self.makes_room();
        next
    }

    /// Has more read from the client if there is room for it.
    pub(super) fn makes_room(&self) {
        if self.transport.is_full() && !self.gateway.0.engine.is_stopping() && self.queue.has_room() {
            self.transport.empty();
        }
    }
}

/// One of somebody who is being let in, at a gateway of its own.
#[cfg(test)]
pub(super) async fn being_let_in(test_app: &crate::testing::TestApp) -> Arc<Connection> {
    let session = test_app.session("ann").await;
    let (presence, _changes) = tokio::sync::mpsc::unbounded_channel();
    let (_routes, gateway) = Gateway::new(test_app.app.clone(), presence);
    let transport = Transport::new();
    let connection =
        Connection::new(gateway, session, None, transport, RequestId::random(), "a session".to_owned());
    connection.gateway.0.connections.add(&connection);
    connection
}

#[cfg(test)]
mod tests {
    use protocol::{Handle, WatchPresence};

    use super::*;
    use crate::testing::TestApp;

    #[tokio::test]
    async fn a_socket_that_is_gone_watches_nobody_whatever_is_still_carried_out() {
        let test_app = TestApp::new();
        let connection = being_let_in(&test_app).await;
        let Connection { session, .. } = &*connection;
        let watch = || session.handle(WatchPresence { user_ids: vec![session.user.id] });

        watch().await.unwrap();
        connection.carried_out();
        assert!(test_app.online.watched(session.socket).is_some());
        connection.gone();
        watch().await.unwrap();
        connection.carried_out();
        assert!(test_app.online.watched(session.socket).is_none());
    }
}
