//! Sockets. This folder is the only place that knows socketioxide.
//!
//! In the order of a socket's life: [`engine`] takes its HTTP requests, of which [`handshake`] keeps only
//! what is needed; [`mod@poll`] is a request that waits for packets. [`transport`] counts what waits for the
//! client. [`wire`] is the stream under a WebSocket and looks at its frames ([`frame`]) and packets
//! ([`packet`]). [`admission`] checks the token and lets the socket in; [`refusals`] is what the log says of others.
//! [`connection`] is what is kept of a socket, [`connections`] are all of them. [`inbox`] takes a socket's events
//! ([`incoming`]), [`queue`] keeps them in their order, and [`answer`] carries them out and answers; for the log
//! each is a [`mod@request`]. [`mod@emit`] is an event on its way to one socket, [`fan_out`] on its way to many.
//! [`catch_up`] reads anew who is in which group. [`Gateway`] sweeps all sockets, and closes.
//! `conformance` has the protocols' own test suites.

mod admission;
mod answer;
mod catch_up;
#[cfg(test)]
mod conformance;
mod connection;
mod connections;
mod emit;
mod engine;
mod fan_out;
mod frame;
#[cfg(fuzzing)]
pub(crate) mod fuzzing;
mod handshake;
mod inbox;
mod incoming;
mod on_drop;
mod packet;
mod poll;
mod queue;
mod refusals;
mod request;
mod transport;
mod wire;

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::Router;
use protocol::{EventEnum, GroupId, ServerEvent, UserId, limits, session::path};
use serde_json::value::RawValue;
use socketioxide::{ParserConfig, SocketIo, SocketIoBuilder, TransportType};
use tokio::{
    sync::mpsc,
    task::yield_now,
    time::{MissedTickBehavior, interval, sleep, timeout},
};

use self::{admission::Admit, catch_up::Looks, connection::Moved, connections::Connections, engine::Engine};
use crate::{
    app::App,
    delivery::{Client, FanOut, GatewayCommand},
    ids::SessionId,
    metrics::Load,
    presence::Change,
};

/// Packets that may wait for a slow client. The limit that counts is in bytes, see [`transport`]. socketioxide would drop
/// what is beyond it; what waits takes memory, and not this number.
const OUTGOING: usize = 16 * 1024;
const _: () = assert!(OUTGOING > transport::MOST_PACKETS, "a client is given up before its queue is full");
/// Bytes of a connection's read buffer. Most of what clients send is shorter.
const READ_BUFFER: usize = 1024;
/// Attachments of a binary packet that are read. The packet is then refused, because no event is binary.
const ATTACHMENTS: usize = 8;
/// How long a connection may be open before a client connects over it.
const UNCONNECTED: Duration = Duration::from_secs(20);
/// After so many turns, `flushed` sleeps between two looks.
const TURNS: u32 = 32;
/// A group with at least so many sockets is large.
const MANY: usize = 64;

/// When the server stops: how long it may take to carry out the events that have arrived, to finish those
/// that have begun, to write the answers, and to close.
const CARRYING_OUT: Duration = Duration::from_secs(4);
const ENDING: Duration = Duration::from_secs(1);
const WRITING: Duration = Duration::from_secs(1);
const CLOSING: Duration = Duration::from_secs(1);

/// Every socket of this server. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Gateway(Arc<Shared>);

struct Shared {
    app: Arc<App>,
    io: SocketIo,
    engine: Engine,
    connections: Connections,
    next: AtomicU64,
    presence: mpsc::UnboundedSender<Change>,
    /// Whose groups are read anew.
    looks: Looks,
    /// How many queues are being worked through.
    busy: AtomicUsize,
    /// No further event is begun.
    over: AtomicBool,
}

impl Gateway {
    /// The route on which Socket.IO is spoken, and the gateway behind it.
    pub(crate) fn new(app: Arc<App>, presence: mpsc::UnboundedSender<Change>) -> (Router, Self) {
        let (service, io) = settings().build_with_inner_svc(Router::new());
        let gateway = Self(Arc::new(Shared {
            app,
            io,
            engine: Engine::new(service),
            connections: Connections::default(),
            next: AtomicU64::new(1),
            presence,
            looks: Looks::default(),
            busy: AtomicUsize::new(0),
            over: AtomicBool::new(false),
        }));
        gateway.0.io.ns("/", Admit(gateway.clone()));
        (gateway.0.engine.router(), gateway)
    }

    /// Once a second, disconnects those whose authorisation is over, those who do not read, and the latest of those
    /// who are connected to several servers more often than they may be. Never ends.
    pub(crate) async fn sweep(self) {
        let mut ticks = interval(Duration::from_secs(1));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            for connection in self.0.connections.all() {
                if connection.session.is_over() {
                    connection.send_away();
                } else if connection.transport.is_stalled() {
                    connection.give_up();
                }
            }
            self.0.engine.refusals().tell_rest();
            for (user, surplus) in self.0.app.limits.sockets.surplus() {
                self.0.connections.of(user).iter().rev().take(surplus).for_each(|one| one.is_surplus());
            }
        }
    }

    /// Accepts nothing more, carries out the events that have arrived, answers them, and closes every
    /// connection, so that well-behaved clients come back to the next server. It takes at most seven seconds,
    /// even if clients stall. Events that have not begun by then are not carried out, because nobody could be
    /// told of them.
    pub(crate) async fn close(&self) {
        self.0.engine.stop();
        for connection in self.0.connections.all() {
            connection.transport.full();
        }
        if timeout(CARRYING_OUT, self.idle()).await.is_err() {
            tracing::warn!("some events were not carried out in time");
        }
        self.0.over.store(true, Ordering::SeqCst);
        timeout(ENDING, self.idle()).await.ok();
        timeout(WRITING, self.written()).await.ok();
        if timeout(CLOSING, self.0.io.close()).await.is_err() {
            tracing::warn!("some sockets did not close in time");
        }
        for connection in self.0.connections.all() {
            connection.transport.cut();
        }
        self.0.engine.refusals().tell_last();
    }

    /// What the sockets hold at this moment.
    pub(crate) fn load(&self) -> Load {
        let mut load = Load { people: self.0.connections.people(), ..Load::default() };
        for connection in self.0.connections.all() {
            let transports = match connection.transport.is_wired() {
                true => &mut load.websockets,
                false => &mut load.polling,
            };
            *transports += 1;
            load.incoming_bytes += connection.queue.bytes();
            load.outgoing_bytes += connection.transport.queued_bytes();
        }
        load
    }

    /// Whether no further event is begun.
    fn is_over(&self) -> bool {
        self.0.over.load(Ordering::SeqCst)
    }

    /// Waits until the events that had arrived are carried out.
    async fn idle(&self) {
        while self.0.busy.load(Ordering::SeqCst) > 0 {
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until everything that sockets were told is written.
    async fn written(&self) {
        while !self.0.connections.all().iter().all(|connection| connection.transport.is_drained()) {
            sleep(Duration::from_millis(5)).await;
        }
    }

    fn moved(&self, user: UserId, change: Moved) {
        let connections = self.0.connections.of(user);
        for connection in &connections {
            connection.moved(change);
        }
        if !connections.is_empty() && self.0.app.peers.are_there() {
            self.look_at_soon(user);
        }
    }
}

impl FanOut for Gateway {
    fn is_large(&self, group: GroupId) -> bool {
        self.0.connections.count_in(group) >= MANY
    }

    /// Looks again when all sockets that write had their turn. If that does not help, because they wait for a
    /// processor, it looks again after a while.
    async fn flushed(&self, group: GroupId) {
        let mut turns = 0;
        while self.0.connections.any_in(group, |one| one.transport.is_going_out()) {
            turns += 1;
            if turns < TURNS { yield_now().await } else { sleep(Duration::from_millis(1)).await }
        }
    }

    async fn execute(&self, command: GatewayCommand) {
        match command {
            GatewayCommand::Deliver(delivery) => self.deliver(delivery).await,
            GatewayCommand::DeliverVolatile(delivery) => self.deliver_volatile(&delivery),
            GatewayCommand::DeliverTogether(together) => self.deliver_together(&together),
            GatewayCommand::JoinRoom(user, group) => self.moved(user, Moved { group, joined: true }),
            GatewayCommand::LeaveRoom(user, group) => self.moved(user, Moved { group, joined: false }),
            GatewayCommand::Disconnect(sessions) => {
                let sessions: HashSet<SessionId> = sessions.into_iter().collect();
                for connection in self.0.connections.all() {
                    if sessions.contains(&connection.session.id) {
                        connection.send_away();
                    }
                }
            }
        }
    }
}

/// How socketioxide is set up.
fn settings() -> SocketIoBuilder {
    let parser = ParserConfig::common()
        .max_incoming_binaries(ATTACHMENTS)
        .max_incoming_binary_buf_size(limits::FRAME_BYTES);
    SocketIo::builder()
        .req_path(path::SOCKET_IO.trim_end_matches('/'))
        .transports([TransportType::Polling, TransportType::Websocket])
        .max_payload(limits::FRAME_BYTES as u64)
        .ws_max_message_size(limits::FRAME_BYTES)
        .ws_max_frame_size(limits::FRAME_BYTES)
        .ws_read_buffer_size(READ_BUFFER)
        .max_buffer_size(OUTGOING)
        .connect_timeout(UNCONNECTED)
        .with_parser(parser)
}

/// An event's payload as JSON. None if it could not be written, which is in the log then.
fn payload(event: &ServerEvent) -> Option<Box<RawValue>> {
    match event.payload() {
        Ok(payload) => Some(payload),
        Err(error) => {
            tracing::error!(event = event.name(), %error, "an event could not be written");
            None
        }
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
