//! What the server counts and measures, for Prometheus. `--metrics ADDR` serves it, see [`http`](crate::http).
//!
//! Names and units follow Prometheus' conventions; the text is OpenMetrics 1.0. What only has a value at this
//! moment (connections, bytes that wait) is read when somebody asks, see [`Load`].

mod cluster;
mod process;

use std::{
    fmt::{self, Write as _},
    time::Duration,
};

use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder, text},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
        info::Info,
    },
    registry::{Registry, Unit},
};
use protocol::ErrorCode;

use crate::{cluster::Status, domain_event::DomainEvent};

/// Every name begins with this.
const PREFIX: &str = "parlance";

/// What is counted as it happens. Cheap to count, from any thread.
pub(crate) struct Metrics {
    events: Family<EventOutcome, Counter>,
    acks: Family<EventName, Histogram, fn() -> Histogram>,
    disconnects: Family<Disconnect, Counter>,
    syncs: Family<SyncResult, Counter>,
    store: StoreMetrics,
}

/// What the store's writer counts. Clones count together.
#[derive(Clone)]
pub(crate) struct StoreMetrics {
    messages: Counter,
    changes: Counter,
    batch_writes: Histogram,
    commit_seconds: Histogram,
}

/// What the gateway and the store hold at this moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Load {
    pub(crate) websockets: u64,
    pub(crate) polling: u64,
    pub(crate) people: u64,
    /// Bytes of events that wait to be carried out, and of packets that wait for slow clients.
    pub(crate) incoming_bytes: u64,
    pub(crate) outgoing_bytes: u64,
    /// Whether the store can keep what it is sent.
    pub(crate) ready: bool,
    /// None if the server is alone.
    pub(crate) cluster: Option<Status>,
}

/// Why the server ended a connection.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub(crate) enum DisconnectReason {
    /// The client does not read what it is sent.
    SlowReader,
    /// Its token expired or its session was ended.
    SessionOver,
    /// Its person has too many, with those at other servers.
    TooMany,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct EventName {
    event: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct EventOutcome {
    event: &'static str,
    outcome: Outcome,
}

/// `ok`, or the code of the refusal.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
struct Outcome(Option<ErrorCode>);

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Disconnect {
    reason: DisconnectReason,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct SyncResult {
    result: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Transport {
    transport: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Direction {
    direction: &'static str,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            events: Family::default(),
            acks: Family::new_with_constructor(|| Histogram::new(seconds())),
            disconnects: Family::default(),
            syncs: Family::default(),
            store: StoreMetrics::default(),
        }
    }
}

impl Default for StoreMetrics {
    fn default() -> Self {
        Self {
            messages: Counter::default(),
            changes: Counter::default(),
            batch_writes: Histogram::new(exponential_buckets(1.0, 2.0, 10)),
            commit_seconds: Histogram::new(seconds()),
        }
    }
}

impl Metrics {
    /// With what this store counts.
    pub(crate) fn new(store: StoreMetrics) -> Self {
        Self { store, ..Self::default() }
    }

    /// An event was carried out or refused, so long after it had arrived. `event` is a name of the catalogue,
    /// so that nobody can make up new ones.
    pub(crate) fn answered(&self, event: &'static str, refusal: Option<ErrorCode>, took: Duration) {
        self.events.get_or_create(&EventOutcome { event, outcome: Outcome(refusal) }).inc();
        self.acks.get_or_create(&EventName { event }).observe(took.as_secs_f64());
    }

    pub(crate) fn disconnected(&self, reason: DisconnectReason) {
        self.disconnects.get_or_create(&Disconnect { reason }).inc();
    }

    /// Somebody asked what they missed.
    pub(crate) fn synchronised(&self, missed: bool) {
        let result = if missed { "changed" } else { "unchanged" };
        self.syncs.get_or_create(&SyncResult { result }).inc();
    }

    /// Everything as text.
    pub(crate) fn render(&self, load: &Load) -> Result<String, fmt::Error> {
        let mut ours = Registry::with_prefix(PREFIX);
        self.register(&mut ours);
        load.register(&mut ours);
        let mut process = Registry::with_prefix("process");
        process::register(&mut process);
        let mut text = String::new();
        text::encode_registry(&mut text, &ours)?;
        text::encode_registry(&mut text, &process)?;
        text::encode_eof(&mut text)?;
        Ok(text)
    }

    /// The names are written here and nowhere else, except in the dashboard, which a test compares.
    fn register(&self, registry: &mut Registry) {
        let version = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "What runs", version);
        registry.register("events", "Events of clients, by outcome", self.events.clone());
        let help = "From the arrival of an event to its answer";
        registry.register_with_unit("ack", help, Unit::Seconds, self.acks.clone());
        let help = "Connections that the server ended, by reason";
        registry.register("disconnects", help, self.disconnects.clone());
        let help = "Answers to clients that asked what they missed";
        registry.register("syncs", help, self.syncs.clone());
        self.store.register(registry);
    }
}

impl StoreMetrics {
    /// So many writes were committed together, within this time.
    pub(crate) fn committed(&self, writes: usize, took: Duration) {
        self.batch_writes.observe(u32::try_from(writes).map_or(f64::MAX, f64::from));
        self.commit_seconds.observe(took.as_secs_f64());
    }

    /// This was committed.
    pub(crate) fn happened(&self, event: &DomainEvent) {
        match event {
            DomainEvent::MessageSent(_) => self.messages.inc(),
            DomainEvent::MessageChanged(_) => self.changes.inc(),
            _ => 0,
        };
    }

    fn register(&self, registry: &mut Registry) {
        let Self { messages, changes, batch_writes, commit_seconds } = self;
        registry.register("messages", "Messages that were committed", messages.clone());
        let help = "Corrections, deletions, reactions and pins that were committed";
        registry.register("changes", help, changes.clone());
        registry.register("batch_writes", "Writes that shared a commit", batch_writes.clone());
        let help = "A batch of writes with its commit";
        registry.register_with_unit("commit", help, Unit::Seconds, commit_seconds.clone());
    }
}

impl Load {
    fn register(&self, registry: &mut Registry) {
        let connections: Family<Transport, Gauge> = Family::default();
        for (transport, count) in [("websocket", self.websockets), ("polling", self.polling)] {
            set(&connections.get_or_create(&Transport { transport }), count);
        }
        registry.register("connections", "Connected sockets", connections);
        registry.register("people_online", "People with at least one socket", gauge(self.people));
        let queues: Family<Direction, Gauge> = Family::default();
        for (direction, bytes) in [("incoming", self.incoming_bytes), ("outgoing", self.outgoing_bytes)] {
            set(&queues.get_or_create(&Direction { direction }), bytes);
        }
        let help = "What waits to be carried out, and what waits for slow clients";
        registry.register_with_unit("queue", help, Unit::Bytes, queues);
        let help = "1 if the store can keep what it is sent, otherwise 0";
        registry.register("ready", help, gauge(u64::from(self.ready)));
        if let Some(status) = &self.cluster {
            cluster::register(status, registry);
        }
    }
}

fn gauge(value: u64) -> Gauge {
    let gauge = Gauge::default();
    set(&gauge, value);
    gauge
}

fn set(gauge: &Gauge, value: u64) {
    gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
}

/// From a quarter of a millisecond to four seconds.
fn seconds() -> impl Iterator<Item = f64> {
    exponential_buckets(0.000_25, 2.0, 15)
}

impl EncodeLabelValue for Outcome {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        match self.0 {
            None => encoder.write_str("ok"),
            Some(code) => write!(encoder, "{code}"),
        }
    }
}

impl EncodeLabelValue for DisconnectReason {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        encoder.write_str(match self {
            Self::SlowReader => "slow_reader",
            Self::SessionOver => "session_over",
            Self::TooMany => "too_many",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics() -> Metrics {
        let metrics = Metrics::default();
        metrics.answered("joinGroup", None, Duration::from_millis(3));
        metrics.answered("joinGroup", Some(ErrorCode::UnknownGroup), Duration::from_millis(1));
        metrics.disconnected(DisconnectReason::SlowReader);
        metrics.synchronised(false);
        metrics.store.messages.inc();
        metrics.store.committed(7, Duration::from_millis(2));
        metrics
    }

    fn cluster() -> Status {
        Status {
            nodes: 3,
            is_apart: true,
            lag: Duration::from_millis(2),
            outgoing_bytes: 7,
            incoming_bytes: 0,
            heard: 8,
            missed: 0,
            catch_ups: 1,
            dropped: 0,
        }
    }

    #[test]
    fn what_happened_is_in_the_text() {
        let cluster = Some(cluster());
        let load = Load { websockets: 4, outgoing_bytes: 5, ready: true, cluster, ..Load::default() };
        let text = metrics().render(&load).unwrap();
        for line in [
            r#"parlance_events_total{event="joinGroup",outcome="ok"} 1"#,
            r#"parlance_events_total{event="joinGroup",outcome="unknownGroup"} 1"#,
            r#"parlance_ack_seconds_count{event="joinGroup"} 2"#,
            "parlance_messages_total 1",
            "parlance_changes_total 0",
            r#"parlance_disconnects_total{reason="slow_reader"} 1"#,
            r#"parlance_syncs_total{result="unchanged"} 1"#,
            r#"parlance_batch_writes_bucket{le="8.0"} 1"#,
            "parlance_commit_seconds_count 1",
            r#"parlance_connections{transport="websocket"} 4"#,
            r#"parlance_queue_bytes{direction="outgoing"} 5"#,
            "parlance_ready 1",
            "parlance_cluster_nodes 3",
            "parlance_cluster_apart 1",
            "parlance_cluster_lag_seconds 0.002",
            r#"parlance_cluster_queue_bytes{direction="outgoing"} 7"#,
            "parlance_cluster_heard_total 8",
            "parlance_cluster_catch_ups_total 1",
        ] {
            assert!(text.lines().any(|one| one == line), "{line} is not in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
        let alone = metrics().render(&Load::default()).unwrap();
        assert!(!alone.contains("parlance_cluster"));
    }

    #[test]
    fn the_dashboard_names_only_metrics_that_exist() {
        let dashboard = include_str!("../../deploy/grafana/parlance.json");
        let _: serde_json::Value = serde_json::from_str(dashboard).unwrap();
        let load = Load { cluster: Some(cluster()), ..Load::default() };
        let text = metrics().render(&load).unwrap();
        let is_name = |one: char| one.is_ascii_alphanumeric() || one == '_';
        let words = dashboard.split(|one| !is_name(one));
        let named: Vec<&str> =
            words.filter(|word| word.starts_with("parlance_") || word.starts_with("process_")).collect();
        assert!(named.len() > 10, "{named:?}");
        for name in named {
            let is_there = text.lines().any(|line| line.split(['{', ' ']).next() == Some(name));
            assert!(is_there, "the dashboard asks for {name}, which is not in\n{text}");
        }
    }
}
