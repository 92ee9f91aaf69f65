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

/// Says that the server runs.
pub(super) async fn health() -> Response {
    let health = Health { status: "ok", version: env!("CARGO_PKG_VERSION"), protocol: FINGERPRINT };
    json(StatusCode::OK, &health)
}

/// Says whether the server can keep what it is sent.
pub(super) async fn ready(State(app): State<Arc<App>>) -> Result<Response, HttpError> {
    #[derive(Serialize)]
    struct Ready {
        status: &'static str,
    }
    app.store.is_ready().await.map_err(HttpError::unavailable)?;
    Ok(json(StatusCode::OK, &Ready { status: "ready" }))
}
