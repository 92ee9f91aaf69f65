//! How the cluster looks from this server. A server that is alone has none of it.

use prometheus_client::{
    metrics::{counter::ConstCounter, gauge::ConstGauge},
    registry::{Registry, Unit},
};

use super::{Direction, gauge};
use crate::cluster::Status;

pub(super) fn register(status: &Status, registry: &mut Registry) {
    let cluster = registry.sub_registry_with_prefix("cluster");
    cluster.register("nodes", "Servers, this one included", gauge(status.nodes));
    let help =
        "1 if Redis does not answer, or a server that writes to the database is not heard, otherwise 0";
    cluster.register("apart", help, gauge(u64::from(status.is_apart)));
    let help = "How long the last that this server said took to come back to it over Redis";
    cluster.register_with_unit("lag", help, Unit::Seconds, ConstGauge::new(status.lag.as_secs_f64()));
    let queues = super::Family::<Direction, super::Gauge>::default();
    for (direction, bytes) in [("incoming", status.incoming_bytes), ("outgoing", status.outgoing_bytes)] {
        super::set(&queues.get_or_create(&Direction { direction }), bytes);
    }
    cluster.register_with_unit("queue", "What waits for Redis, and what was heard", Unit::Bytes, queues);
    for (name, help, count) in [
        ("heard", "News of other servers", status.heard),
        ("missed", "Times that news of another server was missed", status.missed),
        ("dropped", "News for other servers that there was no room for", status.dropped),
        ("catch_ups", "Times that clients were told to ask what changed", status.catch_ups),
    ] {
        cluster.register(name, help, ConstCounter::new(count));
    }
}
