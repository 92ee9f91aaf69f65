//! Traces arrive at what collects them.

use std::time::Duration;

use axum::{Router, body::Bytes, routing::post};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value},
    trace::v1::Span,
};
use prost::Message as _;
use tokio::{net::TcpListener, sync::mpsc};

use crate::{
    harness::{patiently, private, register},
    lifecycle::{listening_with, scratch},
};

/// What collects them, on a free port, and what it is sent.
async fn collector() -> (String, mpsc::UnboundedReceiver<ExportTraceServiceRequest>) {
    let (got, sent) = mpsc::unbounded_channel();
    let take = async move |body: Bytes| {
        got.send(ExportTraceServiceRequest::decode(body).unwrap()).ok();
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/v1/traces", post(take));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, sent)
}

fn text<'a>(attributes: &'a [KeyValue], name: &str) -> Option<&'a str> {
    let found = attributes.iter().find(|attribute| attribute.key == name)?;
    match found.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}

#[tokio::test]
async fn the_span_of_a_message_arrives_with_its_id_and_its_stages() {
    let (url, mut sent) = collector().await;
    let data_dir = scratch();
    // The log is off: traces do not depend on it.
    let options = ["--otlp", &url, "--log", "off"];
    let (mut running, _lines, addr) = listening_with(&data_dir, &options).await;
    let ann = register(addr, "ann").await;
    let message = ann.connect().await.call(private(ann.id(), "a canary", None)).await.unwrap();
    let pid = running.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    patiently(running.wait()).await.unwrap();

    let mut spans: Vec<Span> = Vec::new();
    while let Ok(Some(request)) = tokio::time::timeout(Duration::from_millis(500), sent.recv()).await {
        assert!(!format!("{request:?}").contains("a canary"), "no text of a message is sent");
        for resource in request.resource_spans {
            assert_eq!(text(&resource.resource.unwrap().attributes, "service.name"), Some("parlance"));
            spans.extend(resource.scope_spans.into_iter().flat_map(|scope| scope.spans));
        }
    }
    let id = message.id.to_string();
    let named = |name: &str| spans.iter().filter(|span| span.name == name).collect::<Vec<_>>();
    let event = named("event").into_iter().find(|span| text(&span.attributes, "message") == Some(&id));
    let event = event.unwrap_or_else(|| panic!("{id} is not among {spans:?}"));
    assert_eq!(text(&event.attributes, "event"), Some("privateMessage"));
    assert!(text(&event.attributes, "request_id").unwrap().ends_with("-1"));
    for stage in ["wait for the writer", "commit"] {
        let stages = named(stage);
        let ours: Vec<_> = stages.iter().filter(|span| span.parent_span_id == event.span_id).collect();
        assert_eq!(ours.len(), 1, "{stage} in {spans:?}");
        assert!(ours[0].start_time_unix_nano >= event.start_time_unix_nano);
    }
    assert!(named("publish").iter().any(|span| text(&span.attributes, "message") == Some(&id)));
}
