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
mod incoming;
mod network;
mod payload;

use std::{collections::VecDeque, time::Duration};

use crate::{packet::Handshake, reason::DisconnectReason};
use incoming::failed_request;

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
            // It is about a transport or a request that was given up.
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

    fn hear(&mut self, now: Time) {
        self.heard = now;
        self.expected = None;
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

    fn act(&mut self, action: Action) {
        self.outputs.push_back(Output::Action(action));
    }
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
