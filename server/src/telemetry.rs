//! What the program says of itself while it runs: the log on stderr, and, if it was built for that, traces.

#[cfg(feature = "opentelemetry")]
mod otlp;

use std::io::{self, IsTerminal};

use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{
    EnvFilter, Layer, filter::ParseError, layer::SubscriberExt, util::SubscriberInitExt,
};

use crate::config::Config;

/// Lines that may wait for a slow log. Further lines are lost: neither a reader that stalls nor a full disk
/// may stop the server.
const LOG_LINES: usize = 8_192;

/// As long as it is held, what was said is written.
pub struct Telemetry {
    _written: WorkerGuard,
    #[cfg(feature = "opentelemetry")]
    traces: Option<otlp::Traces>,
}

impl Telemetry {
    /// Begins, for the whole process.
    ///
    /// # Errors
    /// A sentence for the person who started the program.
    pub fn start(config: &Config) -> Result<Self, String> {
        let (log, written) = log();
        let filter = filter(&config.log).map_err(|error| format!("--log {}: {error}", config.log))?;
        let lines = tracing_subscriber::fmt::layer()
            .with_writer(log)
            .with_ansi(io::stderr().is_terminal())
            // The subscriber would report on stderr that it cannot write to stderr, and end the program.
            .log_internal_errors(false)
            .with_filter(filter);
        let subscriber = tracing_subscriber::registry().with(lines);
        #[cfg(feature = "opentelemetry")]
        {
            let traces = config.otlp.as_ref().map(otlp::Traces::to).transpose()?;
            subscriber.with(traces.as_ref().map(otlp::Traces::layer)).init();
            Ok(Self { _written: written, traces })
        }
        #[cfg(not(feature = "opentelemetry"))]
        {
            subscriber.init();
            Ok(Self { _written: written })
        }
    }

    /// Sends what still waits to be sent.
    pub fn end(self) {
        #[cfg(feature = "opentelemetry")]
        if let Some(traces) = &self.traces {
            traces.end();
        }
    }
}

/// What to log. The libraries that read what clients send, and that pass it on to PostgreSQL, stay at
/// `info`: at more detailed levels they would write tokens, passwords and messages into the log.
fn filter(wanted: &str) -> Result<EnvFilter, ParseError> {
    let mut filter = EnvFilter::try_new(wanted)?;
    for library in [
        "socketioxide",
        "engineioxide",
        "socketioxide_core",
        "hyper",
        "hyper_util",
        "tungstenite",
        "tokio_postgres",
    ] {
        if let Ok(directive) = format!("{library}=info").parse() {
            filter = filter.add_directive(directive);
        }
    }
    Ok(filter)
}

/// The log on stderr, and what writes the rest of it at the end.
fn log() -> (NonBlocking, WorkerGuard) {
    NonBlockingBuilder::default().buffered_lines_limit(LOG_LINES).lossy(true).finish(io::stderr())
}
