//! Our client, doing what a scenario's program does and saying what it was told.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::{Result, bail, ensure};
use client::{
    CallError, CallFailure, Client, DisconnectReason, Notice, Notices, Options, backoff::Backoff,
    connection::Config, native,
};
use futures::StreamExt as _;
use protocol::{Call, EventEnum as _};

use crate::{
    catalogue::{Bounce, Echo, Greet, Late, Oracle, Payload, Refuse, Silent},
    script::{Part, Setup, Step},
    stage::Record,
};

/// The program. Its client ends with it.
pub(crate) struct Ours {
    options: Options,
    client: Option<Client<Oracle>>,
    record: Record,
}

impl Ours {
    pub(crate) fn new(setup: &Setup, port: u16, record: Record) -> Self {
        let delay = Duration::from_millis(setup.delay);
        let options = Options::new(format!("http://127.0.0.1:{port}"))
            .call_timeout(Duration::from_millis(setup.call_timeout))
            .config(Config {
                backoff: Backoff { min: delay, max: delay },
                connect_timeout: Duration::from_millis(setup.connect_timeout),
                ..Config::default()
            });
        Self { options: authenticated(options, setup), client: None, record }
    }

    /// Carries out a step of the client's program.
    pub(crate) fn act(&mut self, step: &Step) -> Result<()> {
        ensure!(step.namespace() == "/", "one namespace, until there are more");
        match (step.does, &self.client) {
            ("connect", None) => {
                let (client, notices) = native::connect(self.options.clone());
                tokio::spawn(tell(notices, self.record.clone()));
                self.client = Some(client);
            }
            ("connect", Some(client)) => client.connect(),
            ("disconnect", Some(client)) => client.disconnect(),
            ("emit" | "call", Some(client)) => {
                let payload = Payload(step.with["payload"].clone());
                let sender = Sender { client, wants_ack: step.does == "call", record: &self.record };
                match step.with["event"].as_str() {
                    Some("echo") => sender.send(Echo(payload)),
                    Some("refuse") => sender.send(Refuse(payload)),
                    Some("late") => sender.send(Late(payload)),
                    Some("silent") => sender.send(Silent(payload)),
                    Some("bounce") => sender.send(Bounce(payload)),
                    Some(Greet::NAME) => sender.send(Greet(payload)),
                    other => bail!("the catalogue has no {other:?}"),
                }
            }
            _ => bail!("the client cannot {step:?}"),
        }
        Ok(())
    }
}

fn authenticated(options: Options, setup: &Setup) -> Options {
    let Some(auths) = setup.auths.get("/") else { return options };
    let tokens: Vec<_> =
        auths.iter().map(|auth| auth["token"].as_str().unwrap_or_default().to_owned()).collect();
    let connects = Arc::new(AtomicUsize::new(0));
    options.token(move || tokens[connects.fetch_add(1, Ordering::Relaxed).min(tokens.len() - 1)].clone())
}

struct Sender<'a> {
    client: &'a Client<Oracle>,
    wants_ack: bool,
    record: &'a Record,
}

impl Sender<'_> {
    fn send<E: Call<Catalogue = Oracle, Ack = Payload>>(self, event: E) {
        if !self.wants_ack {
            return self.client.emit(&event);
        }
        let answer = self.client.call(event);
        let record = self.record.clone();
        tokio::spawn(async move {
            let line = match answer.await {
                Ok(Payload(data)) => format!(r#"answer {{"data":{data}}}"#),
                Err(CallError::Refused(Payload(error))) => format!(r#"answer {{"error":{error}}}"#),
                Err(CallError::Failed(CallFailure::TimedOut)) => "no answer: timed out".to_owned(),
                Err(CallError::Failed(CallFailure::Disconnected)) => "no answer: disconnected".to_owned(),
                Err(other) => format!("no answer: {other:?}"),
            };
            record.add(Part::Told, &line);
        });
    }
}

/// Writes down what the program is told, in the words of the reference.
async fn tell(mut notices: Notices<Oracle>, record: Record) {
    let mut connected = false;
    while let Some(notice) = notices.next().await {
        let line = match notice {
            Notice::Connected => "connected".to_owned(),
            Notice::Disconnected { reason, .. } if connected => {
                format!("disconnected: {}", in_their_words(&reason))
            }
            // Ours confirms a goodbye also where there was nothing to leave yet.
            Notice::Disconnected { reason: DisconnectReason::Client, .. } => continue,
            Notice::Disconnected { .. } => "unreachable".to_owned(),
            Notice::Refused { message } => format!("refused: {message} nothing"),
            Notice::Event(event) => {
                let payload = event.payload().map_or_else(|error| error.to_string(), |json| json.to_string());
                format!("event {} {payload}", event.name())
            }
            Notice::Unreadable { event, .. } => format!("event {event}"),
        };
        connected = match line.as_str() {
            "connected" => true,
            other => connected && !other.starts_with("disconnected"),
        };
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
    }
}
