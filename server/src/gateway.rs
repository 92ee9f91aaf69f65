//! Sockets. This folder is the only place that knows socketioxide.
//!
//! In the order of a socket's life: [`handshake`] takes its request, [`admission`] checks its token
//! and lets it in, [`connection`] is what is kept of it, [`queue`] keeps its events in their order,
//! [`answer`] carries them out and answers. [`Gateway`] delivers what the publisher and presence have
//! to say, and closes.

mod admission;
mod answer;
mod connection;
mod handshake;
mod queue;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Router, middleware};
use protocol::{EventEnum, GroupId, ServerEvent, UserId, limits, session::path};
use socketioxide::{
    ParserConfig, SocketIo, TransportType, extract::SocketRef, operators::BroadcastOperators,
};
use tokio::{
    sync::{RwLock, mpsc},
    time::{MissedTickBehavior, interval, sleep},
};

use self::{admission::Admit, connection::Connection};
use crate::{
    app::App,
    clock,
    presence::Change,
    publisher::{Audience, Carry, Client, Delivery, Step},
    session::SocketId,
};

/// Packets that wait for a slow socket. What is beyond is lost to it until it catches up by `seq`.
const OUTGOING: usize = 4096;
/// Bytes that a connection reads at once, and keeps for reading. Most of what clients send is shorter.
const READ_BUFFER: usize = 1024;
/// Attachments of a binary packet that are read before it is refused as one.
const ATTACHMENTS: usize = 8;

/// Every socket of this server. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Gateway(Arc<Shared>);

struct Shared {
    app: Arc<App>,
    io: SocketIo,
    sockets: Mutex<HashMap<SocketId, Socket>>,
    next: AtomicU64,
    presence: mpsc::UnboundedSender<Change>,
    /// Held for reading from the look into the store for somebody's groups until their socket is
    /// in the rooms of those, and for writing where the publisher changes rooms: so a change
    /// falls either before the look or after the joining, and none is missed.
    membership: Arc<RwLock<()>>,
    /// How many queues are being worked through.
    busy: AtomicUsize,
}

struct Socket {
    socket: SocketRef,
    connection: Arc<Connection>,
}

impl Gateway {
    /// The route on which Socket.IO is spoken, and the gateway behind it.
    pub(crate) fn new(app: Arc<App>, presence: mpsc::UnboundedSender<Change>) -> (Router, Self) {
        let parser = ParserConfig::common()
            .max_incoming_binaries(ATTACHMENTS)
            .max_incoming_binary_buf_size(limits::FRAME_BYTES);
        let (service, io) = SocketIo::builder()
            .req_path(path::SOCKET_IO.trim_end_matches('/'))
            .transports([TransportType::Polling, TransportType::Websocket])
            .max_payload(limits::FRAME_BYTES as u64)
            .ws_max_message_size(limits::FRAME_BYTES)
            .ws_max_frame_size(limits::FRAME_BYTES)
            .ws_read_buffer_size(READ_BUFFER)
            .max_buffer_size(OUTGOING)
            .with_parser(parser)
            .build_with_inner_svc(Router::new());
        let gateway = Self(Arc::new(Shared {
            app,
            io,
            sockets: Mutex::default(),
            next: AtomicU64::new(1),
            presence,
            membership: Arc::default(),
            busy: AtomicUsize::new(0),
        }));
        gateway.0.io.ns("/", Admit(gateway.clone()));
        let router = Router::new()
            .route_service(path::SOCKET_IO, service.clone())
            .route_service(path::SOCKET_IO.trim_end_matches('/'), service)
            .layer(middleware::map_request(handshake::slim));
        (router, gateway)
    }

    /// Disconnects those whose authorisation is over, once a second, for ever.
    pub(crate) async fn sweep(self) {
        let mut ticks = interval(Duration::from_secs(1));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.disconnect_expired();
        }
    }

    /// Closes every socket so that well-behaved clients come back to the next server. One that
    /// stalls takes long: give it a deadline.
    pub(crate) async fn close(&self) {
        self.0.io.close().await;
    }

    /// Waits until the events that had arrived are carried out.
    pub(crate) async fn idle(&self) {
        while self.0.busy.load(Ordering::Relaxed) > 0 {
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Disconnects those whose token expired or whose session was ended; clients do not come back
    /// by themselves.
    fn disconnect_expired(&self) {
        let now = clock::now();
        let sockets: Vec<_> = {
            let sockets = self.sockets();
            let expired = sockets.values().filter(|socket| socket.connection.session.expires_at() <= now);
            expired.map(|socket| (socket.socket.clone(), socket.connection.clone())).collect()
        };
        for (socket, connection) in sockets {
            let user = &connection.session.user.username;
            match socket.disconnect() {
                Ok(()) => {
                    tracing::info!(%user, "socket disconnected: its token expired or its session ended")
                }
                // Its buffer is full; the next sweep tries again.
                Err(error) => tracing::debug!(%user, %error, "socket not disconnected"),
            }
        }
    }

    async fn deliver(&self, delivery: Delivery) {
        let Delivery { to, event } = delivery;
        let room = |name: String| self.everybody().map(|sockets| sockets.to(name));
        let sockets = match to {
            Audience::Sockets(ref ids) => {
                emit(ids.iter().filter_map(|id| self.socket(*id)), &event);
                return;
            }
            Audience::User(user) => room(user_room(user)),
            Audience::UserExcept(user, id) => match self.socket(id) {
                Some(socket) => Some(socket.to(user_room(user))),
                None => room(user_room(user)),
            },
            Audience::Group(group) => room(group_room(group)),
            Audience::GroupExcept(group, user) => {
                room(group_room(group)).map(|sockets| sockets.except(user_room(user)))
            }
            Audience::Everyone(client) => room(client_room(client)),
            Audience::EveryoneExcept(client, user) => {
                room(client_room(client)).map(|sockets| sockets.except(user_room(user)))
            }
        };
        let Some(sockets) = sockets else { return };
        match event.payload() {
            // Encoded once, however many receive it.
            Ok(payload) => {
                if let Err(error) = sockets.emit(event.name(), &payload).await {
                    tracing::debug!(event = event.name(), ?to, %error, "not every socket could be told");
                }
            }
            Err(error) => tracing::error!(event = event.name(), %error, "an event could not be written"),
        }
    }

    /// Every socket; none once the gateway is closed.
    fn everybody(&self) -> Option<BroadcastOperators> {
        self.0.io.of("/")
    }

    fn socket(&self, id: SocketId) -> Option<SocketRef> {
        self.sockets().get(&id).map(|socket| socket.socket.clone())
    }

    fn sockets(&self) -> std::sync::MutexGuard<'_, HashMap<SocketId, Socket>> {
        self.0.sockets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Carry for Gateway {
    async fn carry(&self, step: Step) {
        match step {
            Step::Deliver(delivery) => self.deliver(delivery).await,
            Step::Join(user, group) => {
                let _changing = self.0.membership.write().await;
                if let Some(sockets) = self.everybody() {
                    let Ok(()) = sockets.within(user_room(user)).join(group_room(group)).await;
                }
            }
            Step::Leave(user, group) => {
                let _changing = self.0.membership.write().await;
                if let Some(sockets) = self.everybody() {
                    let Ok(()) = sockets.within(user_room(user)).leave(group_room(group)).await;
                }
            }
            Step::End(sessions) => {
                let _changing = self.0.membership.write().await;
                for socket in self.sockets().values() {
                    if sessions.contains(&socket.connection.session.id) {
                        socket.connection.session.end();
                    }
                }
                self.disconnect_expired();
            }
        }
    }
}

fn emit(sockets: impl Iterator<Item = SocketRef>, event: &ServerEvent) {
    match event.payload() {
        Ok(payload) => sockets.for_each(|socket| {
            // It is gone or too slow.
            socket.emit(event.name(), &payload).ok();
        }),
        Err(error) => tracing::error!(event = event.name(), %error, "an event could not be written"),
    }
}

fn user_room(user: UserId) -> String {
    format!("user:{user}")
}

fn client_room(client: Client) -> String {
    format!("clients:{client:?}")
}

fn group_room(group: GroupId) -> String {
    format!("group:{group}")
}
