//! Traces for OpenTelemetry: the spans of requests and events, sent by OTLP over HTTP (protobuf).

use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::{
    Resource,
    trace::{SdkTracerProvider, Tracer},
};
use tracing::Subscriber;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, Targets},
    registry::LookupSpan,
};

use crate::config::OtlpUrl;

/// Where traces are taken, below the address of what takes them.
const PATH: &str = "/v1/traces";
/// How long the end of the program waits for the last of them.
const LAST: Duration = Duration::from_secs(3);

/// Spans on their way to whoever collects them. They wait in memory, 2,048 at most; further ones are lost.
pub(super) struct Traces(SdkTracerProvider);

impl Traces {
    pub(super) fn to(url: &OtlpUrl) -> Result<Self, String> {
        // An https address needs it. It fails if there is one already.
        tokio_rustls::rustls::crypto::ring::default_provider().install_default().ok();
        let endpoint = format!("{}{PATH}", url.as_str().trim_end_matches('/'));
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(endpoint)
            .build()
            .map_err(|error| format!("Parlance cannot send traces to the address in --otlp: {error}."))?;
        // Its name can be changed by OTEL_SERVICE_NAME.
        let mut about = Resource::builder();
        if std::env::var_os("OTEL_SERVICE_NAME").is_none() {
            about = about.with_service_name("parlance");
        }
        let about = about
            .with_attribute(opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(about).build()))
    }

    /// Takes the spans of ours, whatever is logged. Those of libraries could have secrets in them.
    pub(super) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let layer: OpenTelemetryLayer<S, Tracer> = tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("parlance"))
            .with_location(false)
            .with_threads(false);
        layer.with_filter(Targets::new().with_target("parlance", LevelFilter::DEBUG))
    }

    pub(super) fn end(&self) {
        if let Err(error) = self.0.shutdown_with_timeout(LAST) {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}
