//! What the process takes of the machine, under the names that Prometheus' own libraries use.

use prometheus_client::registry::Registry;

/// On other systems than Linux nothing is said.
#[cfg(not(target_os = "linux"))]
pub(super) fn register(_: &mut Registry) {}

#[cfg(target_os = "linux")]
pub(super) fn register(registry: &mut Registry) {
    use procfs::process::Process;
    use prometheus_client::{
        metrics::{counter::ConstCounter, gauge::ConstGauge},
        registry::Unit,
    };

    let Ok(process) = Process::myself() else { return };
    if let Ok(stat) = process.stat() {
        let bytes = i64::try_from(stat.rss * procfs::page_size()).unwrap_or(i64::MAX);
        registry.register_with_unit("resident_memory", "Memory in use", Unit::Bytes, ConstGauge::new(bytes));
        let seconds = (stat.utime + stat.stime) as f64 / procfs::ticks_per_second() as f64;
        registry.register_with_unit("cpu", "Processor time", Unit::Seconds, ConstCounter::new(seconds));
    }
    if let Ok(open) = process.fd_count() {
        let open = i64::try_from(open).unwrap_or(i64::MAX);
        registry.register("open_fds", "Open files and sockets", ConstGauge::new(open));
    }
}
