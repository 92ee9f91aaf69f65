//! Whether the server runs, and whether it can do its work. These are two addresses, because a restart does
//! not heal what keeps it from its work.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use protocol::version::FINGERPRINT;
use serde::Serialize;

use super::answer::{HttpError, json};
use crate::app::App;

#[derive(Serialize)]
struct Health {
    status: &'static str,
    version: &'static str,
    protocol: &'static str,
}

#[derive(Serialize)]
struct Ready {
    status: &'static str,
    /// Left out if the server is alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<Cluster>,
}

#[derive(Serialize)]
struct Cluster {
    nodes: u64,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'static str>,
}

/// Says that the server runs.
pub(super) async fn health() -> Response {
    let health = Health { status: "ok", version: env!("CARGO_PKG_VERSION"), protocol: FINGERPRINT };
    json(StatusCode::OK, &health)
}

/// Says whether the server can keep what it is sent, and how its cluster looks. A server that does not hear the others
/// is ready nevertheless: its clients ask for what they miss.
pub(super) async fn ready(State(app): State<Arc<App>>) -> Result<Response, HttpError> {
    app.store.is_ready().await.map_err(HttpError::unavailable)?;
    let cluster = app.peers.status().map(|status| Cluster {
        nodes: status.nodes,
        status: if status.is_apart { "apart" } else { "together" },
        message: status.is_apart.then_some(
            "Redis does not answer, or another server is not heard. What other servers do arrives some seconds late.",
        ),
    });
    Ok(json(StatusCode::OK, &Ready { status: "ready", cluster }))
}
