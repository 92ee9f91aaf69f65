//! `/metrics`, at an address of its own.

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};

use crate::{app::App, gateway::Gateway, metrics::Load};

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(crate) fn router(app: Arc<App>, gateway: Gateway) -> Router {
    Router::new().route("/metrics", get(metrics)).with_state((app, gateway))
}

async fn metrics(State((app, gateway)): State<(Arc<App>, Gateway)>) -> Response {
    let ready = app.store.is_ready().await.is_ok();
    let load = Load { ready, cluster: app.peers.status(), ..gateway.load() };
    match app.metrics.render(&load) {
        Ok(text) => ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "the metrics could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
