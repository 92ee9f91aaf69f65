//! An [Engine.IO v4](https://socket.io/docs/v4/engine-io-protocol/) client without I/O: messages
//! over a WebSocket, or over HTTP long-polling where there is none.
//!
//! [`Engine`] is told what happened on the network ([`Input`]) and what time it is, and says what
//! to do there ([`Action`]) and what arrived ([`Event`]). It never has more than one WebSocket, one
//! GET and one POST at a time.
//!
//! Polling is a GET that the server answers when it has something to say, again and again, and a POST
//! for what we say. An upgrade replaces it by a WebSocket. Once the WebSocket is open, we ask over it
//! whether the server is there (`2probe`, `3probe`). Then we wait for the last GET and POST, so that no
//! message overtakes another, and `5` says that from now on everything comes over the WebSocket.

mod exchange;
mod payload;

use std::{collections::VecDeque, time::Duration};

use crate::{
    packet::{EnginePacket, Handshake, PacketError},
    reason::DisconnectReason,
};

pub use exchange::{Action, Event, Frame, Input, Output, Transports};

/// A point in time: what the driver's clock says.
pub type Time = Duration;

/// How long the last packets of a connection may take before it is dropped.
pub const GOODBYE_LIMIT: Duration = Duration::from_secs(5);

/// How many messages one response of polling may bring.
pub const MESSAGES_PER_RESPONSE: usize = 100_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transport {
    WebSocket,
    Polling,
}

#[derive(Debug)]
enum State {
    Idle,
    /// The first transport is being opened, or its handshake is awaited.
    Opening {
        /// What to try if this one fails, or does not bring a handshake until then.
        next: Option<(Transport, Time)>,
    },
    Open,
    /// The last packets are on their way.
    Closing {
        until: Time,
        /// The closing packet was sent over polling.
        said: bool,
        /// Somebody wants a new connection already.
        reopen: bool,
    },
}

/// The WebSocket that is to replace polling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Upgrade {
    None,
    /// The WebSocket is being opened, or the probe is on its way.
    Probing {
        until: Time,
    },
    /// The server is there; the last GET and POST are waited for.
    Pausing,
}

/// See the [module](self).
#[derive(Debug)]
pub struct Engine {
    transports: Transports,
    patience: Duration,
    /// Makes the URLs of polling different, so that no cache between us and the server answers them.
    stamp: u64,
    state: State,
    /// What messages go over.
    transport: Transport,
    upgrade: Upgrade,
    /// A WebSocket is open or being opened.
    socket: bool,
    get: bool,
    post: bool,
    handshake: Handshake,
    /// When something was last heard from the server.
    heard: Time,
    /// When the server must have said something, if somebody asked for that.
    expected: Option<Time>,
    /// What waits for the POST or the upgrade before it.
    waiting: Vec<Frame>,
    /// Polling was needed the last time.
    polling_first: bool,
    outputs: VecDeque<Output>,
}

impl Engine {
    /// An engine that is at rest. If a transport has not brought a handshake after `patience`, the
    /// other one is tried, if there is one; `seed` is any number.
    #[must_use]
    pub fn new(transports: Transports, patience: Duration, seed: u64) -> Self {
        Self {
            transports,
            patience,
            stamp: seed,
            state: State::Idle,
            transport: Transport::WebSocket,
            upgrade: Upgrade::None,
            socket: false,
            get: false,
            post: false,
            handshake: Handshake::default(),
            heard: Time::ZERO,
            expected: None,
            waiting: Vec::new(),
            polling_first: false,
            outputs: VecDeque::new(),
        }
    }

    // What the layer above wants.

    /// Makes a connection, if there is none; if one is closing, waits for its end first.
    pub fn open(&mut self, now: Time) {
        match &mut self.state {
            State::Idle => {
                let (first, second) = match self.transports {
                    Transports::WebSocket => (Transport::WebSocket, None),
                    Transports::Polling => (Transport::Polling, None),
                    Transports::WebSocketThenPolling if !self.polling_first => {
                        (Transport::WebSocket, Some(Transport::Polling))
                    }
                    _ => (Transport::Polling, Some(Transport::WebSocket)),
                };
                self.begin(first, second.map(|second| (second, now.saturating_add(self.patience))));
            }
            State::Closing { reopen, .. } => *reopen = true,
            State::Opening { .. } | State::Open => {}
        }
    }

    /// Sends a message. Does nothing unless the connection is open.
    pub fn send(&mut self, frame: Frame) {
        if !matches!(self.state, State::Open) {
        } else if self.transport == Transport::WebSocket {
            self.act(Action::Send(frame));
        } else {
            self.waiting.push(frame);
            self.flush();
        }
    }

    /// Whether a message that is sent now goes out at once.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        let polling = !self.post && self.upgrade != Upgrade::Pausing;
        matches!(self.state, State::Open) && (self.transport == Transport::WebSocket || polling)
    }

    /// How many bytes wait for an earlier POST or for the upgrade.
    pub(crate) fn unsent_bytes(&self) -> usize {
        self.waiting.iter().map(Frame::bytes).sum()
    }

    /// Whether there is no connection and none in the making, and nothing left to say.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        matches!(self.state, State::Idle)
    }

    /// Closes the connection as soon as what was sent has gone out.
    pub fn close(&mut self, now: Time) {
        match &mut self.state {
            State::Open => {
                self.state =
                    State::Closing { until: now.saturating_add(GOODBYE_LIMIT), said: false, reopen: false };
                if matches!(self.upgrade, Upgrade::Probing { .. }) {
                    self.give_up_upgrade();
                }
                self.proceed(now);
            }
            State::Opening { .. } => self.abort(),
            State::Closing { reopen, .. } => *reopen = false,
            State::Idle => {}
        }
    }

    /// If nothing at all is heard from the server until then, the connection is taken for dead.
    pub fn expect(&mut self, until: Time) {
        if matches!(self.state, State::Open) {
            self.expected = earlier(self.expected, Some(until));
        }
    }

    /// Drops the connection and tells nothing more about it.
    pub fn abort(&mut self) {
        for _ in 0..self.outputs.len() {
            if let Some(output @ Output::Action(_)) = self.outputs.pop_front() {
                self.outputs.push_back(output);
            }
        }
        self.drop_transports();
        self.state = State::Idle;
    }

    // What happened.

    /// Something happened on the network.
    pub fn handle(&mut self, now: Time, input: Input) {
        match input {
            Input::Opened if self.socket => {
                if matches!(self.upgrade, Upgrade::Probing { .. }) {
                    self.act(Action::Send(Frame::Text("2probe".into())));
                }
            }
            Input::Frame(frame) if self.socket => {
                self.hear(now);
                match self.upgrade {
                    Upgrade::None => {
                        if let Err(reason) = self.receive(now, frame) {
                            self.fail(now, reason);
                        }
                    }
                    Upgrade::Probing { .. } if frame == Frame::Text("3probe".into()) => {
                        self.upgrade = Upgrade::Pausing;
                        self.proceed(now);
                    }
                    // Nothing else may come before the upgrade.
                    Upgrade::Probing { .. } => self.give_up_upgrade(),
                    Upgrade::Pausing => {}
                }
            }
            Input::Closed(reason) if self.socket => {
                self.socket = false;
                if self.upgrade == Upgrade::None {
                    self.fail(now, DisconnectReason::Transport(reason));
                } else {
                    self.give_up_upgrade();
                    self.proceed(now);
                }
            }
            Input::Got(result) if std::mem::take(&mut self.get) => match result {
                Ok(body) => self.receive_all(now, &body),
                Err(error) => {
                    let opening = matches!(self.state, State::Opening { .. });
                    self.fail(now, failed_request(error, opening));
                }
            },
            Input::Posted(result) if std::mem::take(&mut self.post) => match result {
                Ok(()) => {
                    self.hear(now);
                    self.proceed(now);
                }
                Err(error) => self.fail(now, DisconnectReason::Transport(error)),
            },
            // Late news of something that was given up.
            _ => {}
        }
    }

    /// Some time passed; to be called when [`Self::next_timeout`] is reached.
    pub fn handle_timeout(&mut self, now: Time) {
        match self.state {
            State::Opening { next: Some((_, until)) } if until <= now => {
                self.fail(now, DisconnectReason::ConnectTimeout);
            }
            State::Open if self.silent_from() <= now => self.end(DisconnectReason::PingTimeout),
            State::Closing { until, .. } if until <= now => self.rest(now),
            _ => {}
        }
        if matches!(self.upgrade, Upgrade::Probing { until } if until <= now) {
            self.give_up_upgrade();
        }
    }

    // What to do.

    /// The next thing to do or to hear; to be asked until there is none.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Self::handle_timeout`] wants to be called.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Time> {
        let state = match self.state {
            State::Idle => None,
            State::Opening { next } => next.map(|(_, until)| until),
            State::Open => Some(self.silent_from()),
            State::Closing { until, .. } => Some(until),
        };
        let upgrade = if let Upgrade::Probing { until } = self.upgrade { Some(until) } else { None };
        earlier(state, upgrade)
    }

    fn silent_from(&self) -> Time {
        let silent = self.heard.saturating_add(self.handshake.silence_limit());
        self.expected.map_or(silent, |expected| expected.min(silent))
    }

    fn begin(&mut self, transport: Transport, next: Option<(Transport, Time)>) {
        self.state = State::Opening { next };
        self.transport = transport;
        self.handshake = Handshake::default();
        match transport {
            Transport::WebSocket => self.open_socket(),
            Transport::Polling => self.poll(),
        }
    }

    fn open_socket(&mut self) {
        self.socket = true;
        let query = self.query("websocket");
        self.act(Action::Open { query });
    }

    fn poll(&mut self) {
        self.get = true;
        let query = self.query("polling");
        self.act(Action::Get { query });
    }

    fn post(&mut self, body: String) {
        self.post = true;
        let query = self.query("polling");
        self.act(Action::Post { query, body });
    }

    fn query(&mut self, transport: &str) -> String {
        let mut query = format!("EIO=4&transport={transport}");
        if transport == "polling" {
            self.stamp = self.stamp.wrapping_add(1);
            query += &format!("&t={}", self.stamp);
        }
        if !self.handshake.sid.is_empty() {
            query += "&sid=";
            query += &self.handshake.sid;
        }
        query
    }

    fn hear(&mut self, now: Time) {
        self.heard = now;
        self.expected = None;
    }

    fn receive_all(&mut self, now: Time, body: &str) {
        self.hear(now);
        if matches!(self.state, State::Opening { .. }) && payload::is_of_protocol_3(body) {
            return self.fail(now, DisconnectReason::Protocol(PacketError::EarlierProtocol.to_string()));
        }
        if matches!(self.state, State::Opening { .. }) && !body.starts_with(|c: char| c.is_ascii_digit()) {
            return self.fail(now, no_greeting(body));
        }
        for frame in payload::read(body) {
            let frame = frame.map_err(|error| DisconnectReason::Protocol(error.to_string()));
            if let Err(reason) = frame.and_then(|frame| self.receive(now, frame)) {
                return self.fail(now, reason);
            }
            if self.outputs.len() > MESSAGES_PER_RESPONSE {
                return self.fail(now, DisconnectReason::Protocol("too many messages at once".into()));
            }
        }
        match self.state {
            State::Opening { .. } => {
                self.fail(now, DisconnectReason::Protocol("something else than a greeting".into()));
            }
            _ => self.proceed(now),
        }
    }

    /// A frame of the transport in use.
    fn receive(&mut self, now: Time, frame: Frame) -> Result<(), DisconnectReason> {
        let packet = match &frame {
            Frame::Text(text) => {
                EnginePacket::decode(text).map_err(|error| DisconnectReason::Protocol(error.to_string()))?
            }
            Frame::Binary(_) => EnginePacket::Message(""),
        };
        match (packet, &self.state) {
            (EnginePacket::Open(handshake), State::Opening { .. }) => self.greet(now, handshake),
            (EnginePacket::Message(_), State::Open) => {
                self.outputs.push_back(Output::Event(Event::Message(frame)));
            }
            (EnginePacket::Ping(_), _) => self.send(Frame::Text("3".into())),
            (EnginePacket::Close, _) => {
                return Err(DisconnectReason::Transport("closed by the server".into()));
            }
            // What does not belong to this state is late or premature, and harmless.
            _ => {}
        }
        Ok(())
    }

    fn greet(&mut self, now: Time, handshake: Handshake) {
        let upgrade = handshake.upgrades;
        self.handshake = handshake;
        self.hear(now);
        self.state = State::Open;
        self.outputs.push_back(Output::Event(Event::Opened));
        self.polling_first = self.transport == Transport::Polling;
        if self.polling_first && upgrade && self.transports != Transports::Polling {
            self.upgrade = Upgrade::Probing { until: now.saturating_add(self.patience) };
            self.open_socket();
        }
    }

    /// Goes one step further after a request has ended, or if none will be made.
    fn proceed(&mut self, now: Time) {
        if self.upgrade == Upgrade::Pausing && !self.get && !self.post {
            self.upgrade = Upgrade::None;
            self.transport = Transport::WebSocket;
            self.polling_first = false;
            self.act(Action::Send(Frame::Text("5".into())));
            for frame in std::mem::take(&mut self.waiting) {
                self.act(Action::Send(frame));
            }
        }
        if self.transport == Transport::Polling {
            self.flush();
            let open = matches!(self.state, State::Open);
            if open && !self.get && self.upgrade != Upgrade::Pausing {
                self.poll();
            }
        }
        if let State::Closing { said, .. } = &mut self.state
            && self.waiting.is_empty()
            && self.upgrade == Upgrade::None
            && !self.post
        {
            if self.transport == Transport::Polling && !std::mem::replace(said, true) {
                self.post("1".into());
            } else {
                self.rest(now);
            }
        }
    }

    fn flush(&mut self) {
        if !self.post && self.upgrade != Upgrade::Pausing && !self.waiting.is_empty() {
            let limit = usize::try_from(self.handshake.max_payload).unwrap_or(usize::MAX);
            let body = payload::write(&mut self.waiting, limit);
            self.post(body);
        }
    }

    /// Goes on with polling.
    fn give_up_upgrade(&mut self) {
        self.upgrade = Upgrade::None;
        if std::mem::take(&mut self.socket) {
            self.act(Action::Close);
        }
    }

    /// The transport is useless: tries the other one, or says that there is none.
    fn fail(&mut self, now: Time, reason: DisconnectReason) {
        match self.state {
            State::Opening { next: Some((transport, _)) } => {
                self.drop_transports();
                self.begin(transport, None);
            }
            State::Closing { .. } => self.rest(now),
            State::Idle => {}
            _ => self.end(reason),
        }
    }

    fn end(&mut self, reason: DisconnectReason) {
        self.drop_transports();
        self.state = State::Idle;
        self.outputs.push_back(Output::Event(Event::Closed(reason)));
    }

    /// Everything is sent: comes to rest.
    fn rest(&mut self, now: Time) {
        let reopen = matches!(self.state, State::Closing { reopen: true, .. });
        self.drop_transports();
        self.state = State::Idle;
        if reopen {
            self.open(now);
        }
    }

    fn drop_transports(&mut self) {
        self.upgrade = Upgrade::None;
        self.waiting.clear();
        if std::mem::take(&mut self.socket) {
            self.act(Action::Close);
        }
        if std::mem::take(&mut self.get) | std::mem::take(&mut self.post) {
            self.act(Action::Abort);
        }
    }

    fn act(&mut self, action: Action) {
        self.outputs.push_back(Output::Action(action));
    }
}

/// What answers is no Socket.IO server, or Socket.IO is at another path.
fn no_greeting(instead: &str) -> DisconnectReason {
    let instead: String = instead.chars().take(80).collect();
    DisconnectReason::Protocol(format!("no greeting of Socket.IO, but {instead:?}; is the address right?"))
}

/// Why a GET has no packets.
fn failed_request(error: String, opening: bool) -> DisconnectReason {
    // Engine.IO's own refusals are JSON with a code.
    let is_refused = |status: &str| status.starts_with('4') && !error.contains("\"code\"");
    if opening && error.get(..3).is_some_and(|status| status.parse::<u16>().is_ok() && is_refused(status)) {
        return no_greeting(&error);
    }
    // What every Engine.IO server says to a protocol that it does not know.
    if error.contains("Unsupported protocol version") {
        return DisconnectReason::Protocol("a refusal of Engine.IO protocol 4 (Socket.IO 3 or later)".into());
    }
    DisconnectReason::Transport(error)
}

/// The first of two points in time, where there are any.
pub(crate) fn earlier(one: Option<Time>, other: Option<Time>) -> Option<Time> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests;
