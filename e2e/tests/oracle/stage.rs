//! Our end of the control connection to Node, and the record of a run.

use std::{
    process::Command,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use e2e::program::Running;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

use crate::script::{Part, Setup, Step};

/// The Node process that plays the servers, and the reference client.
pub(crate) struct Node {
    _running: Running,
    address: String,
}

impl Node {
    pub(crate) fn start() -> Result<Self> {
        let packages = e2e::interop_packages()?;
        let mut running = Running::start(Command::new("node").current_dir(packages).arg("oracle/main.mjs"))?;
        let address =
            running.wait_for("its address", |line| Some(line.strip_prefix("listening on ")?.to_owned()))?;
        Ok(Self { _running: running, address })
    }

    /// A server of its own for one run, with the reference as its client or without.
    pub(crate) async fn open(&self, setup: &Setup, reference: bool) -> Result<(Stage, u16)> {
        let (reader, writer) = TcpStream::connect(&self.address).await?.into_split();
        let (sender, replies) = unbounded_channel();
        let record = Record::default();
        tokio::spawn(listen(reader, sender, record.clone()));
        let mut stage = Stage { writer, replies, record };
        let mut setup = serde_json::to_value(setup)?;
        setup["reference"] = json!(reference);
        let reply = stage.ask(&json!({ "setup": setup })).await?;
        let port = reply["port"].as_u64().context("the server has no port")?;
        Ok((stage, u16::try_from(port)?))
    }
}

/// The server of one run. It ends with the value.
pub(crate) struct Stage {
    writer: OwnedWriteHalf,
    replies: UnboundedReceiver<Value>,
    pub(crate) record: Record,
}

impl Stage {
    /// Has Node carry out a step, and returns when it is done.
    pub(crate) async fn act(&mut self, step: &Step) -> Result<()> {
        self.ask(&json!({ "do": step })).await.map(drop)
    }

    async fn ask(&mut self, message: &Value) -> Result<Value> {
        self.writer.write_all(format!("{message}\n").as_bytes()).await?;
        let reply = tokio::time::timeout(Duration::from_secs(30), self.replies.recv()).await;
        let reply = reply.context("Node does not answer")?.context("Node is gone")?;
        match reply.get("failed").and_then(Value::as_str) {
            Some(why) => bail!("{why}"),
            None => Ok(reply),
        }
    }
}

async fn listen(reader: OwnedReadHalf, replies: UnboundedSender<Value>, record: Record) {
    let mut lines = BufReader::new(reader).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let Ok(message) = serde_json::from_str::<Value>(&line) else { return };
        if let Some(line) = message.get("heard").and_then(Value::as_str) {
            record.add(Part::Heard, line);
        } else if let Some(line) = message.get("told").and_then(Value::as_str) {
            record.add(Part::Told, line);
        } else if replies.send(message).is_err() {
            return;
        }
    }
}

/// What a run has shown so far; clones are the same record.
#[derive(Clone, Default)]
pub(crate) struct Record(Arc<Mutex<Lines>>);

#[derive(Default)]
struct Lines {
    heard: Vec<String>,
    told: Vec<String>,
    changed: Option<Instant>,
}

impl Record {
    pub(crate) fn add(&self, part: Part, line: &str) {
        let mut lines = self.lines();
        let line = line.to_owned();
        // How many pongs there are, and how often it tries, is a matter of time, not of behaviour.
        let repeats = match part {
            Part::Heard => line.ends_with(" 3") && lines.heard.last() == Some(&line),
            Part::Told => {
                line == "unreachable" && lines.told.iter().rfind(|line| !is_answer(line)) == Some(&line)
            }
        };
        if repeats {
            return;
        }
        lines.changed = Some(Instant::now());
        match part {
            Part::Heard => lines.heard.push(line),
            Part::Told => lines.told.push(line),
        }
    }

    /// How many lines there are: heard and told.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let lines = self.lines();
        (lines.heard.len(), lines.told.len())
    }

    /// What came after these counts.
    pub(crate) fn since(&self, (heard, told): (usize, usize)) -> (Vec<String>, Vec<String>) {
        let lines = self.lines();
        let mut heard = lines.heard[heard..].to_vec();
        // Two transports at once, during an upgrade: which of them is faster does not matter.
        heard.sort_by_key(|line| line.starts_with("websocket"));
        let mut told = lines.told[told..].to_vec();
        // Answers go to the task that asked, the rest to the task that listens: their order is open.
        told.sort_by_key(|line| is_answer(line));
        (heard, told)
    }

    /// How long nothing has been added.
    pub(crate) fn quiet(&self) -> Duration {
        self.lines().changed.map_or(Duration::MAX, |changed| changed.elapsed())
    }

    fn lines(&self) -> std::sync::MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_answer(line: &str) -> bool {
    line.contains("answer")
}
