//! Our client, doing what a scenario's program does and saying what it was told.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use client::{
    CallError, CallFailure, Client, DisconnectReason, NamespaceOptions, Notice, Notices, Options, Transports,
    backoff::Backoff, connection::Config, native,
};
use futures::StreamExt as _;
use protocol::{Call, Handle, Handler, Request as _};
use serde_json::Value;

use crate::{
    catalogue::{
        Asked, Bounce, Echo, Greet, Heard, Ignored, Late, Oracle, Payload, Question, Refuse, Silent,
    },
    script::{Part, Setup, Step},
    stage::Record,
};

/// The program. Its clients end with it.
pub(crate) struct OurClient {
    setup: Setup,
    options: Options,
    /// By namespace.
    clients: BTreeMap<String, Client<Oracle>>,
    record: Record,
}

impl OurClient {
    pub(crate) fn new(setup: &Setup, port: u16, record: Record) -> Self {
        let delay = Duration::from_millis(setup.delay);
        let options = Options::new(format!("http://127.0.0.1:{port}"))
            .call_timeout(Duration::from_millis(setup.call_timeout))
            .auth(auth(setup, "/"))
            .config(Config { backoff: Backoff { min: delay, max: delay }, ..Config::default() })
            .transports(match setup.transports {
                ["websocket"] => Transports::WebSocket,
                ["polling"] => Transports::Polling,
                ["websocket", "polling"] => Transports::WebSocketThenPolling,
                _ => Transports::PollingThenWebSocket,
            });
        Self { setup: setup.clone(), options, clients: BTreeMap::new(), record }
    }

    /// Carries out a step of the client's program.
    pub(crate) fn act(&mut self, step: &Step) -> Result<()> {
        let namespace = step.namespace();
        let Some(client) = self.clients.get(namespace) else {
            ensure!(step.does == "connect", "`{namespace}` is not connected to yet");
            return self.connect(namespace);
        };
        match step.does {
            "connect" => client.connect(),
            "disconnect" => client.disconnect(),
            does => {
                let payload = Payload(step.with["payload"].clone());
                let sender = Sender { client, namespace, does, record: &self.record };
                match step.with["event"].as_str() {
                    Some("echo") => sender.send(Echo(payload)),
                    Some("refuse") => sender.send(Refuse(payload)),
                    Some("late") => sender.send(Late(payload)),
                    Some("silent") => sender.send(Silent(payload)),
                    Some("bounce") => sender.send(Bounce(payload)),
                    Some(Greet::NAME) => sender.send(Greet(payload)),
                    other => bail!("the catalogue has no {other:?}"),
                }?;
            }
        }
        Ok(())
    }

    fn connect(&mut self, namespace: &str) -> Result<()> {
        let (client, notices) = if namespace == "/" {
            native::connect(self.options.clone())
        } else {
            let main = self.clients.get("/").context("the first to connect to is the main namespace")?;
            let options = NamespaceOptions::default()
                .call_timeout(Duration::from_millis(self.setup.call_timeout))
                .auth(auth(&self.setup, namespace));
            main.namespace(namespace.to_owned(), options)
        };
        tokio::spawn(tell(notices, namespace.to_owned(), self.record.clone()));
        self.clients.insert(namespace.to_owned(), client);
        Ok(())
    }
}

/// What to join a namespace with: one for each connect; the last one is repeated.
fn auth(setup: &Setup, namespace: &str) -> impl Fn() -> Option<Value> + Send + Sync + 'static {
    let auths = setup.auths.get(namespace).cloned().unwrap_or_default();
    let connects = AtomicUsize::new(0);
    move || {
        let connect = connects.fetch_add(1, Ordering::Relaxed);
        auths.get(connect).or(auths.last()).cloned()
    }
}

/// A line of the record; the main namespace is not named.
fn told(namespace: &str, line: &str) -> String {
    if namespace == "/" { line.to_owned() } else { format!("{namespace} {line}") }
}

struct Sender<'a> {
    client: &'a Client<Oracle>,
    namespace: &'a str,
    does: &'a str,
    record: &'a Record,
}

impl Sender<'_> {
    fn send<E: Call<Catalogue = Oracle, Ack = Payload>>(self, event: E) -> Result<()> {
        match self.does {
            "emit" => self.client.emit(&event)?,
            "emitVolatile" => self.client.emit_volatile(&event),
            "call" => self.call(event),
            other => bail!("the client cannot {other}"),
        }
        Ok(())
    }

    fn call<E: Call<Catalogue = Oracle, Ack = Payload>>(self, event: E) {
        let answer = self.client.call(event);
        let record = self.record.clone();
        let namespace = self.namespace.to_owned();
        tokio::spawn(async move {
            let line = match answer.await {
                Ok(Payload(data)) => format!(r#"answer {{"data":{data}}}"#),
                Err(CallError::Refused(Payload(error))) => format!(r#"answer {{"error":{error}}}"#),
                Err(CallError::Failed(CallFailure::TimedOut)) => "no answer: timed out".to_owned(),
                Err(CallError::Failed(CallFailure::Disconnected)) => "no answer: disconnected".to_owned(),
                Err(other) => format!("no answer: {other:?}"),
            };
            record.add(Part::Told, &told(&namespace, &line));
        });
    }
}

struct Program;

impl Handler for Program {
    type Error = ();
}

impl Handle<Question> for Program {
    async fn handle(&self, Question(payload): Question) -> Result<Payload, ()> {
        Ok(payload)
    }
}

impl Handle<Ignored> for Program {
    async fn handle(&self, _: Ignored) -> Result<Payload, ()> {
        Err(())
    }
}

/// Writes down what the program is told, in the words of the reference.
async fn tell(mut notices: Notices<Oracle>, namespace: String, record: Record) {
    let mut connected = false;
    while let Some(notice) = notices.next().await {
        let line = match notice {
            Notice::Connected => "connected".to_owned(),
            Notice::Joined => unreachable!("nobody shares it"),
            Notice::Disconnected { reason, .. } if connected => {
                format!("disconnected: {}", in_their_words(&reason))
            }
            // Ours confirms a goodbye also where there was nothing to leave yet.
            Notice::Disconnected { reason: DisconnectReason::Client, .. } => continue,
            Notice::Disconnected { .. } => "unreachable".to_owned(),
            Notice::Refused { message, data } => {
                format!("refused: {message} {}", data.map_or("nothing".to_owned(), |data| data.to_string()))
            }
            Notice::Event(event) => {
                let (Heard::Said(Payload(payload)) | Heard::Greeted(Payload(payload))) = &event;
                format!("event {} {payload}", event.name())
            }
            Notice::Request(request, responder) => {
                let (Asked::Question(Question(Payload(payload))) | Asked::Ignored(Ignored(Payload(payload)))) =
                    &request;
                let line = format!("event {} {payload}", request.name());
                if !matches!(request, Asked::Ignored(_)) {
                    let answered = responder.answer(request.dispatch(&Program)).await;
                    assert!(answered.is_ok(), "the program answers everything: {answered:?}");
                }
                line
            }
            Notice::Unreadable { event, .. } => format!("event {event}"),
        };
        connected = match line.as_str() {
            "connected" => true,
            other => connected && !other.starts_with("disconnected"),
        };
        let line = if line == "unreachable" { line } else { told(&namespace, &line) };
        record.add(Part::Told, &line);
    }
}

fn in_their_words(reason: &DisconnectReason) -> &'static str {
    match reason {
        DisconnectReason::Client => "io client disconnect",
        DisconnectReason::Server => "io server disconnect",
        DisconnectReason::PingTimeout => "ping timeout",
        DisconnectReason::ConnectTimeout => "timeout",
        DisconnectReason::Transport(_) => "transport",
        DisconnectReason::Protocol(_) => "parse error",
        DisconnectReason::Overflow => "more than the program reads",
    }
}
