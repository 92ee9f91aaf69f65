//! The documents that are generated from the catalogue.

use axum::{http::header, response::IntoResponse};
use protocol::documents::{ASYNCAPI, TYPESCRIPT};

pub(super) async fn asyncapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], ASYNCAPI)
}

pub(super) async fn typescript() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], TYPESCRIPT)
}
