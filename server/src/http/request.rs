//! Each request gets an id, and a span with it around what is done for it, so that a line of the log says which
//! request it concerns.

use std::{net::SocketAddr, sync::Arc, time::Instant};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::StatusCode,
    middleware::Next,
    response::Response,
};
use protocol::session::path;
use tracing::{Instrument, Span};

use crate::{
    client_address::is_proxy,
    config::Network,
    request_id::{RequestId, X_REQUEST_ID},
};

/// Identifies a request, and tells its id in the answer. The id is the proxy's, if the owner named that proxy.
pub(super) async fn identify(
    State(proxies): State<Arc<Vec<Network>>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let sent = is_proxy(&proxies, peer.ip()).then(|| RequestId::sent(request.headers())).flatten();
    let id = sent.unwrap_or_else(RequestId::random);
    request.extensions_mut().insert(id.clone());
    let span = span(&id, &request);
    let mut response = answer(request, next).instrument(span).await;
    if let Some(id) = id.header() {
        response.headers_mut().insert(X_REQUEST_ID, id);
    }
    response
}

/// The query is left out: there may be a session's id in it.
///
/// Sockets that poll make two requests for each message, and the page's files cannot fail: their spans are there
/// if somebody looks. All others are in every line, at any level.
fn span(id: &RequestId, request: &Request) -> Span {
    let (method, path) = (request.method(), request.uri().path());
    let is_asked = [path::HEALTH, path::READY].contains(&path) || path.starts_with("/api/");
    if is_asked {
        tracing::error_span!("request", request_id = %id, %method, path)
    } else {
        tracing::debug_span!("request", request_id = %id, %method, path)
    }
}

async fn answer(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_u16();
    // A server that is not ready says so to everybody who asks, and in the log once a minute.
    if response.status() == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::warn!(status, took = ?begun.elapsed(), "request failed");
    } else {
        tracing::debug!(status, took = ?begun.elapsed(), "request answered");
    }
    response
}
