//! Socket.IO over an [`Engine`], without I/O: namespaces, events, acks, and reconnecting.
//!
//! [`Connection`] has no clock, socket, task or random source of its own. A driver tells it what
//! happened and what time it is (any clock that starts anywhere and never goes back), then asks it
//! what to do until there is nothing more:
//!
//! ```
//! use typed_socketio_client::{
//!     connection::{Command, Config, Connection, Output},
//!     engine::{Action, Input},
//! };
//! use std::time::Duration;
//!
//! let mut connection: Connection<()> = Connection::new(Config::default(), 7);
//! connection.command(Duration::ZERO, Command::Connect { namespace: "/".into() });
//! let Some(Output::Action(Action::Open { query })) = connection.poll_output() else { panic!() };
//! assert_eq!(query, "EIO=4&transport=websocket");
//! connection.handle(Duration::from_millis(1), Input::Opened);
//! assert!(connection.poll_output().is_none());
//! ```

mod config;
mod exchange;
mod incoming;
mod link;
mod namespace;
mod observe;
mod outgoing;

use std::{
    borrow::Cow,
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use serde_json::value::RawValue;

use crate::{
    engine::{self, Action, Engine, Input, earlier},
    packet::Body,
};
use incoming::Partial;
use namespace::{Namespace, Outgoing, Stage};
use outgoing::count;

pub(crate) use exchange::OVERHEAD;
pub(crate) use observe::{Observer, as_one};

pub use crate::{
    engine::Time,
    reason::{CallFailure, DisconnectReason},
};
pub use config::Config;
pub use exchange::{AckId, Answer, Command, Event, Name, Payload, Received};
pub use observe::{Direction, Observed};

/// What the driver is to do.
#[derive(Debug)]
pub enum Output<A> {
    /// Something on the network.
    Action(Action),
    /// Say what CONNECT carries when it joins a namespace: [`Connection::handle_auth`].
    Authenticate {
        /// The namespace's name.
        namespace: Name,
    },
    /// Tell the program.
    Event {
        /// Which namespace it is about.
        namespace: Name,
        /// What happened.
        event: Event,
    },
    /// A call has its answer, or will never have one.
    Answer {
        /// Who asked.
        asker: A,
        /// The answer.
        answer: Answer,
    },
}

/// Whether there is a connection; the engine knows the rest.
#[derive(Debug)]
enum Link {
    /// Nobody wants a connection.
    Idle,
    Opening,
    Open,
    /// Waits for the next try.
    Waiting {
        until: Time,
    },
}

/// See the [module](self). `A` is a value by which the program knows who asked; it is given back with
/// the answer.
#[derive(Debug)]
pub struct Connection<A> {
    config: Config,
    random: fastrand::Rng,
    engine: Engine,
    link: Link,
    /// When the server must have let us in; `None` once it has.
    deadline: Option<Time>,
    /// When the server let us in; `None` before that.
    admitted_at: Option<Time>,
    failures: u32,
    /// How often a namespace was joined, on this connection and those before it.
    joins: Arc<AtomicU32>,
    /// In the order in which they were wanted first.
    namespaces: Vec<Namespace<A>>,
    partial: Option<Partial>,
    observer: Option<Observer>,
    outputs: VecDeque<Output<A>>,
}

impl<A> Connection<A> {
    /// A connection that nobody asked for yet. The seed spreads its back-off.
    #[must_use]
    pub fn new(config: Config, seed: u64) -> Self {
        Self {
            engine: Engine::new(config.transports, config.connect_timeout / 2, seed),
            config,
            random: fastrand::Rng::with_seed(seed),
            link: Link::Idle,
            deadline: None,
            admitted_at: None,
            failures: 0,
            joins: Arc::default(),
            namespaces: Vec::new(),
            partial: None,
            observer: None,
            outputs: VecDeque::new(),
        }
    }

    /// Counts on from the connections that the same program had before: an ack that one of them was to
    /// carry does not go out on this one.
    pub(crate) fn follow_on(&mut self, joins: Arc<AtomicU32>) {
        self.joins = joins;
    }

    pub(crate) fn observe(&mut self, observer: Option<Observer>) {
        self.observer = observer;
    }

    // What the program wants.

    /// Does what the program asks for, as far as it can be done now.
    pub fn command(&mut self, now: Time, command: Command<A>) {
        match command {
            Command::Connect { namespace } => self.connect(now, namespace),
            Command::Disconnect { namespace } => self.disconnect(now, &namespace),
            Command::Emit { namespace, name, payload, volatile } => {
                let index = self.namespace(namespace);
                let ready = self.namespaces[index].stage == Stage::Joined && self.engine.is_writable();
                if ready || !volatile {
                    // Without an ack nobody waits for the outcome; a full buffer drops it.
                    let _ = self.submit(index, Outgoing { name, payload, call: None });
                }
            }
            Command::Call { namespace, name, payload, timeout, asker } => {
                let index = self.namespace(namespace);
                let call = self.namespaces[index].ask(asker, now.saturating_add(timeout));
                if let Err(failure) = self.submit(index, Outgoing { name, payload, call: Some(call) }) {
                    self.namespaces[index].answer(call, Err(failure), &mut self.outputs);
                }
            }
            Command::Acknowledge { namespace, ack, payload } => {
                if let Some(index) = self.find(&namespace)
                    && self.namespaces[index].stage == Stage::Joined
                    && self.namespaces[index].joined == ack.joined
                {
                    let payload = payload.unwrap_or_default();
                    let args = serde_json::from_str::<Vec<&RawValue>>(payload.arguments().get());
                    let body = Body::Ack {
                        id: ack.number,
                        args: args.unwrap_or_default().into_iter().map(Cow::Borrowed).collect(),
                        attachments: count(&payload.attachments),
                    };
                    self.send(index, body, payload.attachments.clone());
                }
            }
            Command::Reject { namespace, joined, error } => {
                let is_ours = |index: usize| {
                    let namespace = &self.namespaces[index];
                    namespace.stage == Stage::Joined && namespace.joined == joined
                };
                if self.find(&namespace).is_some_and(is_ours) {
                    self.discard(now, DisconnectReason::Protocol(error));
                }
            }
            Command::Refresh => {}
            Command::Check => {
                self.handle_timeout(now);
                if matches!(self.link, Link::Waiting { .. }) {
                    self.open(now);
                }
            }
            Command::Probe { within } => {
                self.handle_timeout(now);
                if self.namespaces.iter().any(Namespace::awaits_answer) {
                    self.engine.expect(now.saturating_add(within));
                }
            }
        }
        self.settle(now);
    }

    /// Leaves every namespace, and with the last one the connection.
    pub fn close(&mut self, now: Time) {
        for index in 0..self.namespaces.len() {
            let name = self.namespaces[index].name.clone();
            self.disconnect(now, &name);
        }
        self.settle(now);
    }

    /// The answer to [`Output::Authenticate`]: the object that CONNECT carries.
    pub fn handle_auth(&mut self, now: Time, namespace: &str, auth: Option<&RawValue>) {
        if let Some(index) = self.find(namespace)
            && self.namespaces[index].stage == Stage::Asked
        {
            self.namespaces[index].stage = Stage::Joining;
            self.namespaces[index].joined = self.joins.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
            self.send(index, Body::Connect(auth.map(Cow::Borrowed)), vec![]);
            self.settle(now);
        }
    }

    // What happened.

    /// Something happened on the network.
    pub fn handle(&mut self, now: Time, input: Input) {
        self.engine.handle(now, input);
        self.settle(now);
    }

    /// Some time passed; the driver calls this when [`Self::next_timeout`] is reached.
    pub fn handle_timeout(&mut self, now: Time) {
        self.engine.handle_timeout(now);
        self.settle(now);
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            self.deadline = None;
            if !self.namespaces.iter().any(|namespace| namespace.stage == Stage::Joined) {
                self.drop_link(now, DisconnectReason::ConnectTimeout);
            }
        }
        if matches!(self.link, Link::Waiting { until } if until <= now) {
            self.open(now);
        }
        for namespace in &mut self.namespaces {
            namespace.fail_late(now, &mut self.outputs);
        }
        self.settle(now);
    }

    // What to do.

    /// The next thing to do; to be asked until there is none.
    pub fn poll_output(&mut self) -> Option<Output<A>> {
        self.outputs.pop_front()
    }

    /// When [`Self::handle_timeout`] wants to be called.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Time> {
        let retry = if let Link::Waiting { until } = self.link { Some(until) } else { None };
        let connection = earlier(earlier(self.engine.next_timeout(), self.deadline), retry);
        self.namespaces.iter().fold(connection, |first, namespace| earlier(first, namespace.next_deadline()))
    }

    /// Whether there is no connection, none in the making, and nothing left to say to the server.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        matches!(self.link, Link::Idle) && self.engine.is_idle()
    }

    fn connect(&mut self, now: Time, name: Name) {
        let index = self.namespace(name);
        if self.namespaces[index].stage == Stage::Left {
            self.namespaces[index].stage = Stage::Wanted;
        }
        match self.link {
            Link::Idle | Link::Waiting { .. } => self.open(now),
            Link::Open => self.authenticate(now),
            Link::Opening => {}
        }
    }

    fn disconnect(&mut self, now: Time, name: &str) {
        let Some(index) = self.find(name) else { return };
        let stage = self.namespaces[index].stage;
        if stage == Stage::Joined {
            self.send(index, Body::Disconnect, vec![]);
        }
        self.namespaces[index].fail_all(&mut self.outputs);
        if stage != Stage::Left {
            self.leave(now, index, Event::Disconnected { reason: DisconnectReason::Client, retry_at: None });
        }
    }

    /// Handles what the engine says.
    fn settle(&mut self, now: Time) {
        while let Some(output) = self.engine.poll_output() {
            match output {
                engine::Output::Action(action) => self.outputs.push_back(Output::Action(action)),
                engine::Output::Event(engine::Event::Opened) => {
                    self.link = Link::Open;
                    self.authenticate(now);
                }
                engine::Output::Event(engine::Event::Message(frame)) => {
                    if let Err(error) = self.receive(now, frame) {
                        self.drop_link(now, DisconnectReason::Protocol(error));
                    }
                }
                engine::Output::Event(engine::Event::Closed(reason)) => self.lost(now, reason),
            }
        }
    }

    fn tell(&mut self, index: usize, event: Event) {
        if self.observer.is_some()
            && let Event::Received { event, .. } = &event
            && let Ok((name, arguments)) = event.parts()
        {
            self.look(Direction::Server, index, &name, arguments);
        }
        self.outputs.push_back(Output::Event { namespace: self.namespaces[index].name.clone(), event });
    }

    fn look(&self, direction: Direction, index: usize, event: &str, arguments: Vec<&RawValue>) {
        if let Some(Observer(observe)) = &self.observer {
            let payload = &*as_one(&arguments);
            observe(Observed { direction, namespace: &self.namespaces[index].name, event, payload });
        }
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.namespaces.iter().position(|namespace| namespace.name == name)
    }

    fn namespace(&mut self, name: Name) -> usize {
        self.find(&name).unwrap_or_else(|| {
            self.namespaces.push(Namespace::new(name));
            self.namespaces.len() - 1
        })
    }
}

#[cfg(test)]
mod tests;
