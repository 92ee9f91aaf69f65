//! A scenario: what the program and the server do, as data that both players carry out.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;
use serde_json::{Value, json};

/// What is played, once by each client.
#[derive(Clone)]
pub(crate) struct Scenario {
    /// The behaviour, as a sentence.
    pub(crate) name: &'static str,
    pub(crate) setup: Setup,
    pub(crate) steps: Vec<Step>,
    pub(crate) differences: Vec<Difference>,
}

/// What is settled before the first step.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Setup {
    /// Options of the server.
    pub(crate) server: Value,
    /// The server breaks off every attempt to open a WebSocket, as some proxies do.
    pub(crate) refuse_web_socket: bool,
    /// What the client authenticates with in a namespace: one for each connect; the last one is
    /// repeated.
    pub(crate) auths: BTreeMap<&'static str, Vec<Value>>,
    pub(crate) transports: &'static [&'static str],
    /// Milliseconds before it connects again.
    pub(crate) delay: u64,
    /// Milliseconds that a call waits for its answer.
    pub(crate) call_timeout: u64,
}

/// One thing that somebody does.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Step {
    pub(crate) who: Who,
    pub(crate) does: &'static str,
    #[serde(flatten)]
    pub(crate) with: BTreeMap<&'static str, Value>,
    /// How long nothing must happen before the next step.
    #[serde(skip)]
    pub(crate) quiet: Duration,
}

/// Who does something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Who {
    Client,
    Server,
    /// Time passes.
    Nobody,
}

/// Where our client differs from the reference on purpose.
#[derive(Clone)]
pub(crate) struct Difference {
    /// The row of the table that says why.
    pub(crate) row: &'static str,
    /// The step, counted from 1.
    pub(crate) step: usize,
    pub(crate) part: Part,
    /// What is recorded of ours.
    pub(crate) ours: Vec<String>,
}

/// What is recorded of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// What the server received.
    Heard,
    /// What the program was told.
    Told,
}

pub(crate) fn scenario(name: &'static str, steps: impl IntoIterator<Item = Step>) -> Scenario {
    let setup = Setup {
        server: json!({}),
        refuse_web_socket: false,
        auths: BTreeMap::new(),
        transports: &["websocket"],
        delay: 30,
        call_timeout: 20_000,
    };
    Scenario { name, setup, steps: steps.into_iter().collect(), differences: Vec::new() }
}

impl Scenario {
    /// What the namespace `/` is connected with, one for each connect; the last one is repeated.
    pub(crate) fn auth(self, auths: impl IntoIterator<Item = Value>) -> Self {
        self.auth_of("/", auths)
    }

    /// What another namespace is joined with.
    pub(crate) fn auth_of(mut self, namespace: &'static str, auths: impl IntoIterator<Item = Value>) -> Self {
        self.setup.auths.insert(namespace, auths.into_iter().collect());
        self
    }

    pub(crate) fn transports(mut self, transports: &'static [&'static str]) -> Self {
        self.setup.transports = transports;
        self
    }

    /// The server breaks off every attempt to open a WebSocket.
    pub(crate) fn without_web_socket(mut self) -> Self {
        self.setup.refuse_web_socket = true;
        self
    }

    pub(crate) fn server(mut self, options: Value) -> Self {
        self.setup.server = options;
        self
    }

    pub(crate) fn call_timeout(mut self, milliseconds: u64) -> Self {
        self.setup.call_timeout = milliseconds;
        self
    }

    /// In this step the server hears something else from ours than from the reference.
    pub(crate) fn heard_differs<const N: usize>(
        self,
        row: &'static str,
        step: usize,
        ours: [&str; N],
    ) -> Self {
        self.differs(row, step, Part::Heard, &ours)
    }

    /// In this step ours tells its program something else than the reference does.
    pub(crate) fn told_differs<const N: usize>(
        self,
        row: &'static str,
        step: usize,
        ours: [&str; N],
    ) -> Self {
        self.differs(row, step, Part::Told, &ours)
    }

    fn differs(mut self, row: &'static str, step: usize, part: Part, ours: &[&str]) -> Self {
        let ours = ours.iter().map(|line| (*line).to_owned()).collect();
        self.differences.push(Difference { row, step, part, ours });
        self
    }
}

// What the client's program does.

pub(crate) fn connect() -> Step {
    client("connect", [])
}

pub(crate) fn disconnect() -> Step {
    client("disconnect", [])
}

pub(crate) fn emit(event: &str, payload: Value) -> Step {
    client("emit", [("event", json!(event)), ("payload", payload)])
}

/// Emits an event that is worth nothing later.
pub(crate) fn emit_volatile(event: &str, payload: Value) -> Step {
    client("emitVolatile", [("event", json!(event)), ("payload", payload)])
}

/// Emits an event and waits for its ack.
pub(crate) fn call(event: &str, payload: Value) -> Step {
    client("call", [("event", json!(event)), ("payload", payload)])
}

// What the server does.

pub(crate) fn server_emits(event: &str, args: Value) -> Step {
    server("emit", [("event", json!(event)), ("args", args)])
}

/// It emits an event and asks for an ack.
pub(crate) fn server_asks(event: &str, args: Value) -> Step {
    server("ask", [("event", json!(event)), ("args", args)])
}

/// It sends this as an Engine.IO message, whatever it is.
pub(crate) fn server_sends(text: &str) -> Step {
    server("send", [("text", json!(text))])
}

/// It sends the client away from the namespace.
pub(crate) fn server_disconnects() -> Step {
    server("disconnect", [("close", json!(false))])
}

/// It sends the client away and closes the connection.
pub(crate) fn server_closes() -> Step {
    server("disconnect", [("close", json!(true))])
}

/// It closes the connection without a word of Socket.IO.
pub(crate) fn server_closes_engine() -> Step {
    server("closeEngine", [])
}

/// It pings no more.
pub(crate) fn server_falls_silent() -> Step {
    server("fallSilent", [])
}

/// The network breaks, and works again.
pub(crate) fn cut() -> Step {
    server("cut", [])
}

/// The network breaks.
pub(crate) fn offline() -> Step {
    server("goOffline", [])
}

/// The network works again.
pub(crate) fn online() -> Step {
    server("comeBack", [])
}

/// Time passes.
pub(crate) fn wait(milliseconds: u64) -> Step {
    step(Who::Nobody, "wait", []).quiet(milliseconds)
}

impl Step {
    pub(crate) fn in_namespace(mut self, namespace: &str) -> Self {
        self.with.insert("namespace", json!(namespace));
        self
    }

    /// The next step comes when nothing has happened for so long.
    pub(crate) fn quiet(mut self, milliseconds: u64) -> Self {
        self.quiet = Duration::from_millis(milliseconds);
        self
    }

    /// The next step comes at once, before there can be a reaction.
    pub(crate) fn at_once(self) -> Self {
        self.quiet(0)
    }

    /// The namespace that it happens in.
    pub(crate) fn namespace(&self) -> &str {
        self.with.get("namespace").and_then(Value::as_str).unwrap_or("/")
    }
}

fn client<const N: usize>(does: &'static str, with: [(&'static str, Value); N]) -> Step {
    step(Who::Client, does, with)
}

fn server<const N: usize>(does: &'static str, with: [(&'static str, Value); N]) -> Step {
    step(Who::Server, does, with)
}

fn step<const N: usize>(who: Who, does: &'static str, with: [(&'static str, Value); N]) -> Step {
    Step { who, does, with: BTreeMap::from(with), quiet: Duration::from_millis(100) }
}
