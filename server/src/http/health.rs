//! Whether the server can serve: it must be able to read its store.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use protocol::documents::FINGERPRINT;
use serde::Serialize;

use super::answer::{HttpError, json};
use crate::app::App;

#[derive(Serialize)]
struct Health {
    status: &'static str,
    version: &'static str,
    protocol: &'static str,
}

pub(super) async fn health(State(app): State<Arc<App>>) -> Result<Response, HttpError> {
    app.store.is_well().await.map_err(HttpError::unavailable)?;
    let health = Health { status: "ok", version: env!("CARGO_PKG_VERSION"), protocol: FINGERPRINT };
    Ok(json(StatusCode::OK, &health))
}
