//! A Socket.IO connection without I/O.
//!
//! [`Connection`] has no clock, socket, task or random source of its own. A driver tells it what
//! happened and what time it is (any clock that starts anywhere and never goes back), then asks it
//! what to do until there is nothing more:
//!
//! ```
//! use client::connection::{Config, Connection, Output};
//! use std::time::Duration;
//!
//! let mut connection: Connection<()> = Connection::new(Config::default(), 7);
//! connection.connect(Duration::ZERO);
//! assert!(matches!(connection.poll_output(), Some(Output::Open)));
//! connection.handle_opened(Duration::from_millis(1));
//! assert!(connection.poll_output().is_none());
//! assert_eq!(connection.next_timeout(), Some(Duration::from_secs(20)));
//! ```

use std::{borrow::Cow, collections::VecDeque, time::Duration};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    backoff::Backoff,
    packet::{Body, EnginePacket, MAIN_NAMESPACE, Packet},
};

/// A point in time: what the driver's clock says.
pub type Time = Duration;

/// How a connection behaves.
#[derive(Clone, Debug)]
pub struct Config {
    /// How long opening, handshake and CONNECT may take together.
    pub connect_timeout: Duration,
    /// How long it waits before it tries again.
    pub backoff: Backoff,
    /// How many events may wait for a connection. One more is refused.
    pub send_buffer: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { connect_timeout: Duration::from_secs(20), backoff: Backoff::default(), send_buffer: 1_000 }
    }
}

/// What the driver is to do.
#[derive(Debug)]
pub enum Output<A> {
    /// Open a transport. There is never more than one.
    Open,
    /// Say what to authenticate with: [`Connection::handle_auth`].
    Authenticate,
    /// Send a text frame.
    Send(String),
    /// Close the transport, and report nothing more of it.
    Close,
    /// Tell the program.
    Event(Event),
    /// A call has its answer, or will never have one.
    Answer {
        /// Who asked.
        asker: A,
        /// With what.
        result: Result<Box<RawValue>, CallFailure>,
    },
}

/// What the program is told.
#[derive(Debug)]
pub enum Event {
    /// The server let us in. What was buffered goes out now.
    Connected,
    /// A connection that others share was there already; [`Connection`] itself never says so.
    Joined,
    /// The connection is gone, or could not be made.
    Disconnected {
        /// Why.
        reason: DisconnectReason,
        /// When it tries again; never, where the server or the program ended it.
        retry_at: Option<Time>,
    },
    /// The server refused to let us in; it is not tried again by itself.
    Refused {
        /// The server's sentence.
        message: String,
    },
    /// The server sent an event.
    Received {
        /// Its name.
        name: String,
        /// Its first payload; `null` when it had none.
        payload: Box<RawValue>,
        /// The number to answer with, where the server asked: [`Connection::acknowledge`].
        ack: Option<u64>,
    },
}

/// Why a connection ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DisconnectReason {
    /// The program asked for it.
    #[error("disconnected by the program")]
    Client,
    /// The server told us to go.
    #[error("disconnected by the server")]
    Server,
    /// The server was silent for longer than it promised.
    #[error("the server no longer answers")]
    PingTimeout,
    /// The transport could not be opened in time, or the server did not greet.
    #[error("the server did not answer in time")]
    ConnectTimeout,
    /// The transport closed or failed.
    #[error("the connection was lost: {0}")]
    Transport(String),
    /// The server sent something that is no packet.
    #[error("the server sent {0}")]
    Protocol(String),
}

/// Why a call has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallFailure {
    /// The time-out passed. The server may or may not have done it.
    #[error("no answer in time")]
    TimedOut,
    /// The connection was lost before the answer came. The server may or may not have done it.
    #[error("the connection was lost before the answer came")]
    Disconnected,
    /// There is no connection and too many events wait for one already.
    #[error("too many events wait for a connection")]
    BufferFull,
}

#[derive(Debug)]
enum State {
    /// Nobody wants a connection.
    Idle,
    /// The transport is being opened, or the handshake is on its way.
    Opening {
        deadline: Time,
    },
    /// The driver was asked for auth, or CONNECT was sent.
    Joining {
        deadline: Time,
        asked: bool,
        silence: Duration,
        heard: Time,
    },
    Connected {
        silence: Duration,
        heard: Time,
    },
    /// Waits for the next try.
    Waiting {
        until: Time,
    },
}

#[derive(Debug)]
struct Waiting {
    name: String,
    payload: Box<RawValue>,
    call: Option<u64>,
}

#[derive(Debug)]
struct Pending<A> {
    call: u64,
    asker: A,
    deadline: Time,
    /// It went out on the present connection.
    sent: bool,
}

/// See the [module](self). `A` is whatever the program knows an asker by; it is given back with the
/// answer.
#[derive(Debug)]
pub struct Connection<A> {
    config: Config,
    random: fastrand::Rng,
    state: State,
    failures: u32,
    outputs: VecDeque<Output<A>>,
    buffer: VecDeque<Waiting>,
    /// In the order of their numbers.
    calls: Vec<Pending<A>>,
    next_call: u64,
}

impl<A> Connection<A> {
    /// A connection that nobody asked for yet. The seed spreads its back-off.
    #[must_use]
    pub fn new(config: Config, seed: u64) -> Self {
        Self {
            config,
            random: fastrand::Rng::with_seed(seed),
            state: State::Idle,
            failures: 0,
            outputs: VecDeque::new(),
            buffer: VecDeque::new(),
            calls: Vec::new(),
            next_call: 0,
        }
    }

    // What the program wants.

    /// Connects now, also where a retry waits. Harmless when connected or connecting.
    pub fn connect(&mut self, now: Time) {
        if matches!(self.state, State::Idle | State::Waiting { .. }) {
            self.state = State::Opening { deadline: now + self.config.connect_timeout };
            self.outputs.push_back(Output::Open);
        }
    }

    /// Ends the connection for good; what is buffered fails.
    pub fn disconnect(&mut self, now: Time) {
        if matches!(self.state, State::Connected { .. }) {
            self.send(&Packet::main(Body::Disconnect));
        }
        if !matches!(self.state, State::Idle) {
            self.end(now, DisconnectReason::Client);
        }
    }

    /// Sends an event that asks for no ack, as soon as there is a connection.
    ///
    /// # Errors
    /// [`CallFailure::BufferFull`].
    pub fn emit(&mut self, name: &str, payload: Box<RawValue>) -> Result<(), CallFailure> {
        self.submit(Waiting { name: name.to_owned(), payload, call: None })
    }

    /// Sends an event and waits for its ack, from now on for `timeout`. The asker comes back with
    /// an [`Output::Answer`], exactly once.
    pub fn call(&mut self, now: Time, name: &str, payload: Box<RawValue>, timeout: Duration, asker: A) {
        let call = self.next_call;
        self.next_call += 1;
        self.calls.push(Pending { call, asker, deadline: now + timeout, sent: false });
        if let Err(failure) = self.submit(Waiting { name: name.to_owned(), payload, call: Some(call) }) {
            self.answer(call, Err(failure));
        }
    }

    /// Answers an event that the server asked an ack for.
    pub fn acknowledge(&mut self, ack: u64, payload: Option<&RawValue>) {
        if matches!(self.state, State::Connected { .. }) {
            let args = payload.into_iter().map(Cow::Borrowed).collect();
            self.send(&Packet::main(Body::Ack { id: ack, args, attachments: None }));
        }
    }

    // What happened.

    /// The transport is open.
    pub fn handle_opened(&mut self, _now: Time) {
        // The server speaks first. The deadline of the whole attempt goes on.
    }

    /// The answer to [`Output::Authenticate`].
    pub fn handle_auth(&mut self, auth: Option<&RawValue>) {
        if let State::Joining { asked: asked @ true, .. } = &mut self.state {
            *asked = false;
            self.send(&Packet::main(Body::Connect(auth.map(Cow::Borrowed))));
        }
    }

    /// A text frame arrived.
    pub fn handle_text(&mut self, now: Time, frame: &str) {
        match &mut self.state {
            State::Connected { heard, .. } | State::Joining { heard, .. } => *heard = now,
            State::Opening { .. } => {}
            State::Idle | State::Waiting { .. } => return,
        }
        if let Err(error) = self.handle_packet(now, frame) {
            self.fail(now, DisconnectReason::Protocol(error));
        }
    }

    /// A binary frame arrived.
    pub fn handle_binary(&mut self, now: Time) {
        self.fail(now, DisconnectReason::Protocol("a binary frame, which this protocol has none of".into()));
    }

    /// The transport is closed or could not be opened.
    pub fn handle_closed(&mut self, now: Time, reason: &str) {
        if !matches!(self.state, State::Idle | State::Waiting { .. }) {
            self.lost(now, DisconnectReason::Transport(reason.to_owned()));
        }
    }

    /// Some time passed; the driver calls this when [`Self::next_timeout`] is reached.
    pub fn handle_timeout(&mut self, now: Time) {
        match self.state {
            State::Waiting { until } if until <= now => self.connect(now),
            State::Opening { deadline } | State::Joining { deadline, .. } if deadline <= now => {
                self.fail(now, DisconnectReason::ConnectTimeout);
            }
            State::Connected { silence, heard } if heard + silence <= now => {
                self.fail(now, DisconnectReason::PingTimeout);
            }
            _ => {}
        }
        for call in self.calls_that(|pending| pending.deadline <= now) {
            self.buffer.retain(|waiting| waiting.call != Some(call));
            self.answer(call, Err(CallFailure::TimedOut));
        }
    }

    // What to do.

    /// The next thing to do; to be asked until there is none.
    pub fn poll_output(&mut self) -> Option<Output<A>> {
        self.outputs.pop_front()
    }

    /// When [`Self::handle_timeout`] wants to be called.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Time> {
        let state = match self.state {
            State::Idle => None,
            State::Opening { deadline } | State::Joining { deadline, .. } => Some(deadline),
            State::Connected { silence, heard } => Some(heard + silence),
            State::Waiting { until } => Some(until),
        };
        // Calls are few; the browser has a handful in flight.
        let call = self.calls.iter().map(|pending| pending.deadline).min();
        [state, call].into_iter().flatten().min()
    }

    fn handle_packet(&mut self, now: Time, frame: &str) -> Result<(), String> {
        match EnginePacket::decode(frame).map_err(|error| error.to_string())? {
            EnginePacket::Open(handshake) => {
                if let State::Opening { deadline } = self.state {
                    let silence = handshake.silence_limit();
                    self.state = State::Joining { deadline, asked: true, silence, heard: now };
                    self.outputs.push_back(Output::Authenticate);
                }
            }
            EnginePacket::Ping(text) => self.outputs.push_back(Output::Send(EnginePacket::pong(text))),
            EnginePacket::Close => self.fail(now, DisconnectReason::Transport("closed by the server".into())),
            EnginePacket::Message(text) => {
                let packet = Packet::decode(text).map_err(|error| error.to_string())?;
                if packet.namespace == MAIN_NAMESPACE {
                    self.handle_body(now, packet.body)?;
                }
            }
            EnginePacket::Pong(_) | EnginePacket::Upgrade | EnginePacket::Noop => {}
        }
        Ok(())
    }

    fn handle_body(&mut self, now: Time, body: Body<'_>) -> Result<(), String> {
        match (body, &self.state) {
            (Body::Connect(_), State::Joining { silence, heard, .. }) => {
                self.state = State::Connected { silence: *silence, heard: *heard };
                self.failures = 0;
                self.outputs.push_back(Output::Event(Event::Connected));
                for waiting in std::mem::take(&mut self.buffer) {
                    self.transmit(&waiting);
                }
            }
            (Body::ConnectError(data), State::Joining { .. }) => {
                let message = refusal(data.as_deref());
                self.close(now);
                self.state = State::Idle;
                self.outputs.push_back(Output::Event(Event::Refused { message }));
            }
            (Body::Disconnect, State::Connected { .. }) => self.end(now, DisconnectReason::Server),
            (
                Body::Event { attachments: Some(1..), .. } | Body::Ack { attachments: Some(1..), .. },
                State::Connected { .. },
            ) => return Err("a binary event, which this protocol has none of".into()),
            (Body::Event { name, args, ack, .. }, State::Connected { .. }) => {
                let payload = args.into_iter().next().map_or_else(null, Cow::into_owned);
                self.outputs.push_back(Output::Event(Event::Received {
                    name: name.into_owned(),
                    payload,
                    ack,
                }));
            }
            // An ack that comes after its time-out, or twice, is nobody's.
            (Body::Ack { id, args, .. }, State::Connected { .. })
                if self.find(id).is_some_and(|index| self.calls[index].sent) =>
            {
                let answer = args.into_iter().next().map_or_else(null, Cow::into_owned);
                self.answer(id, Ok(answer));
            }
            // What does not belong to this state is late or premature, and harmless.
            _ => {}
        }
        Ok(())
    }

    fn submit(&mut self, event: Waiting) -> Result<(), CallFailure> {
        if matches!(self.state, State::Connected { .. }) {
            self.transmit(&event);
        } else if self.buffer.len() < self.config.send_buffer {
            self.buffer.push_back(event);
        } else {
            return Err(CallFailure::BufferFull);
        }
        Ok(())
    }

    fn transmit(&mut self, event: &Waiting) {
        if let Some(index) = event.call.and_then(|call| self.find(call)) {
            self.calls[index].sent = true;
        }
        self.send(&Packet::main(Body::Event {
            name: Cow::Borrowed(&event.name),
            args: vec![Cow::Borrowed(&event.payload)],
            ack: event.call,
            attachments: None,
        }));
    }

    fn send(&mut self, packet: &Packet<'_>) {
        self.outputs.push_back(Output::Send(packet.encode()));
    }

    fn find(&self, call: u64) -> Option<usize> {
        self.calls.binary_search_by_key(&call, |pending| pending.call).ok()
    }

    fn calls_that(&self, choose: impl Fn(&Pending<A>) -> bool) -> Vec<u64> {
        self.calls.iter().filter(|pending| choose(pending)).map(|pending| pending.call).collect()
    }

    fn answer(&mut self, call: u64, result: Result<Box<RawValue>, CallFailure>) {
        if let Some(index) = self.find(call) {
            let asker = self.calls.remove(index).asker;
            self.outputs.push_back(Output::Answer { asker, result });
        }
    }

    /// The transport is useless and must be closed; tries again.
    fn fail(&mut self, now: Time, reason: DisconnectReason) {
        if !matches!(self.state, State::Idle | State::Waiting { .. }) {
            self.outputs.push_back(Output::Close);
            self.lost(now, reason);
        }
    }

    /// The transport is gone; tries again.
    fn lost(&mut self, now: Time, reason: DisconnectReason) {
        self.fail_sent_calls();
        let until = now + self.config.backoff.delay(self.failures, &mut self.random);
        self.failures = self.failures.saturating_add(1);
        self.state = State::Waiting { until };
        self.outputs.push_back(Output::Event(Event::Disconnected { reason, retry_at: Some(until) }));
    }

    /// Somebody ended it on purpose; does not try again.
    fn end(&mut self, now: Time, reason: DisconnectReason) {
        self.close(now);
        self.state = State::Idle;
        if reason == DisconnectReason::Client {
            self.buffer.clear();
            for call in self.calls_that(|_| true) {
                self.answer(call, Err(CallFailure::Disconnected));
            }
        }
        self.outputs.push_back(Output::Event(Event::Disconnected { reason, retry_at: None }));
    }

    fn close(&mut self, _now: Time) {
        if !matches!(self.state, State::Waiting { .. } | State::Idle) {
            self.outputs.push_back(Output::Close);
        }
        self.failures = 0;
        self.fail_sent_calls();
    }

    /// Calls that went out have lost their answer; those that still wait go out later.
    fn fail_sent_calls(&mut self) {
        for call in self.calls_that(|pending| pending.sent) {
            self.answer(call, Err(CallFailure::Disconnected));
        }
    }
}

fn null() -> Box<RawValue> {
    RawValue::NULL.to_owned()
}

/// Servers put the sentence under `message`, or send it bare.
fn refusal(data: Option<&RawValue>) -> String {
    #[derive(Deserialize)]
    struct Object {
        message: String,
    }
    let json = data.map_or("", RawValue::get);
    serde_json::from_str::<Object>(json)
        .map(|object| object.message)
        .or_else(|_| serde_json::from_str::<String>(json))
        .unwrap_or_else(|_| "The server refused the connection.".to_owned())
}

#[cfg(test)]
mod tests;
