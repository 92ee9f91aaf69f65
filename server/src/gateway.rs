//! Sockets. This folder is the only place that knows socketioxide.
//!
//! In the order of a socket's life: [`engine`] takes its HTTP requests, of which [`handshake`] keeps only
//! what is needed; [`mod@poll`] is a request that waits for packets. [`transport`] counts what waits for the
//! client. [`wire`] is the stream under a WebSocket and looks at its frames ([`frame`]) and packets
//! ([`packet`]). [`admission`] checks the token and lets the socket in; [`refusals`] is what the log says of others.
//! [`connection`] is what is kept of a socket, [`connections`] are all of them. [`inbox`] takes a socket's events ([`incoming`]), [`queue`] keeps
//! them in their order, and [`answer`] carries them out and answers; for the log
//! each is a [`mod@request`]. [`catch_up`] looks at all of them again. [`Gateway`] delivers what the publisher and presence say, and closes.
//! `conformance` has the protocols' own test suites.

mod admission;
mod answer;
mod catch_up;
#[cfg(test)]
mod conformance;
mod connection;
mod connections;
mod engine;
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
    cell::LazyCell,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::Router;
use protocol::{EventEnum, GroupId, ServerEvent, UserId, limits, session::path};
use serde_json::value::RawValue;
use socketioxide::{ParserConfig, SocketIo, SocketIoBuilder, TransportType, operators::BroadcastOperators};
use tokio::{
    sync::mpsc,
    task::yield_now,
    time::{MissedTickBehavior, interval, sleep, timeout},
};

use self::{
    admission::Admit,
    catch_up::Looks,
    connection::{Connection, Moved, event_bytes, event_packet},
    connections::Connections,
    engine::Engine,
    transport::LONG,
};
use crate::{
    app::App,
    delivery::{Audience, Client, Delivery, FanOut, GatewayCommand, Together},
    metrics::Load,
    presence::Change,
};

/// Packets that may wait for a slow client. The limit that counts is in bytes, see [`transport`].
const OUTGOING: usize = 4096;
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

    async fn deliver(&self, delivery: Delivery) {
        let Delivery { to, event } = delivery;
        let name = event.name();
        let Some(payload) = payload(&event) else { return };
        let behind = match to {
            Audience::Sockets(_) | Audience::User(_) | Audience::UserExcept(..) => {
                self.sockets(&to).iter().filter(|one| one.emit(name, &payload)).count() > 0
            }
            Audience::Group(group) => self.tell_group(group, None, name, &payload).await,
            Audience::GroupExcept(group, user) => self.tell_group(group, Some(user), name, &payload).await,
            Audience::Everyone(client) => self.tell_everyone(client, None, name, &payload).await,
            Audience::EveryoneExcept(client, user) => {
                self.tell_everyone(client, Some(user), name, &payload).await
            }
        };
        // The sockets write before they are told more: each with one call, and before their queues are full.
        if behind {
            yield_now().await;
        }
    }

    /// Tells the sockets for which nothing waits. So at most one such event waits for a slow client.
    fn deliver_volatile(&self, delivery: &Delivery) {
        let Some(payload) = payload(&delivery.event) else { return };
        for one in self.sockets(&delivery.to) {
            if one.transport.is_drained() {
                one.emit(delivery.event.name(), &payload);
            }
        }
    }

    /// The same. What is told one by one is told to those for which nothing waits before the first of it.
    fn deliver_together(&self, Together { to, event, since, singly }: &Together) {
        let Some(together) = payload(event) else { return };
        let singly = LazyCell::new(|| {
            let one = |(about, event): &(_, ServerEvent)| Some((*about, event.name(), payload(event)?));
            singly.iter().filter_map(one).collect::<Vec<(UserId, _, _)>>()
        });
        for one in self.sockets(to).iter().filter(|one| one.transport.is_drained()) {
            if one.knows(*since) {
                one.emit(event.name(), &together);
                continue;
            }
            for (_, name, payload) in singly.iter().filter(|(about, ..)| *about != one.session.user.id) {
                one.emit(name, payload);
            }
        }
    }

    fn sockets(&self, to: &Audience) -> Vec<Arc<Connection>> {
        let connections = &self.0.connections;
        let (mut sockets, except) = match to {
            Audience::Sockets(ids) => (ids.iter().filter_map(|id| connections.get(*id)).collect(), None),
            Audience::User(user) => (connections.of(*user), None),
            Audience::UserExcept(user, socket) => {
                let mut sockets = connections.of(*user);
                sockets.retain(|one| one.session.socket != *socket);
                (sockets, None)
            }
            Audience::Group(group) => (connections.within(*group), None),
            Audience::GroupExcept(group, user) => (connections.within(*group), Some(*user)),
            Audience::Everyone(client) => (connections.all_of(*client), None),
            Audience::EveryoneExcept(client, user) => (connections.all_of(*client), Some(*user)),
        };
        sockets.retain(|one| except != Some(one.session.user.id));
        sockets
    }

    async fn tell_group(
        &self,
        group: GroupId,
        except: Option<UserId>,
        name: &str,
        payload: &RawValue,
    ) -> bool {
        let bytes = event_bytes(name, payload);
        let mut behind = false;
        self.0.connections.each_in(group, |one| {
            if except != Some(one.session.user.id) {
                behind |= one.charge(bytes);
            }
        });
        self.tell_room(group_room(group), except, name, payload).await;
        behind
    }

    async fn tell_everyone(
        &self,
        client: Client,
        except: Option<UserId>,
        name: &str,
        payload: &RawValue,
    ) -> bool {
        let mut everyone = self.0.connections.all_of(client);
        // Sockets that are being let in are in no room yet. They receive nothing, so nothing is counted.
        everyone.retain(|one| except != Some(one.session.user.id) && one.socket().is_some());
        let bytes = event_bytes(name, payload);
        if bytes >= LONG {
            let packet = event_packet(name, payload);
            for one in everyone {
                one.emit_shared(&packet);
            }
            return true;
        }
        for one in everyone {
            one.charge(bytes);
        }
        self.tell_room(client_room(client), except, name, payload).await;
        true
    }

    /// Encodes the packet once, however many receive it. Sockets that were told too much were given up
    /// before.
    async fn tell_room(&self, room: String, except: Option<UserId>, name: &str, payload: &RawValue) {
        let Some(sockets) = self.everybody() else { return };
        let sockets = sockets.to(room);
        let sockets = match except {
            Some(user) => sockets.except(user_room(user)),
            None => sockets,
        };
        if let Err(error) = sockets.emit(name, payload).await {
            tracing::debug!(event = name, %error, "not every socket could be told");
        }
    }

    /// Every socket; none once the gateway is closed.
    fn everybody(&self) -> Option<BroadcastOperators> {
        self.0.io.of("/")
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
