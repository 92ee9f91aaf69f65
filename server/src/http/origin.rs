//! Which pages may use the server. CORS does not stop a WebSocket, and browsers send cookies by themselves,
//! so the origin of every request that acts is checked here.

use std::{collections::HashSet, sync::Arc};

use axum::{
    extract::{Request, State},
    http::{Method, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use protocol::{ErrorCode, session::path};

use super::answer::HttpError;
use crate::config::Origin;

pub(super) struct Origins {
    allowed: HashSet<String>,
}

impl Origins {
    pub(super) fn new(allowed: &[Origin]) -> Self {
        Self { allowed: allowed.iter().map(|origin| origin.as_str().to_owned()).collect() }
    }

    /// A program that is no browser sends no origin. A browser's must be the server's own or be
    /// named by its owner.
    fn allows(&self, request: &Request) -> bool {
        let Some(origin) = request.headers().get(header::ORIGIN) else { return true };
        let Ok(origin) = origin.to_str() else { return false };
        if origin.is_empty() || self.allowed.contains(&origin.to_ascii_lowercase()) {
            return true;
        }
        let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
        let host = host.or_else(|| request.uri().authority().map(|authority| authority.as_str()));
        host.is_some_and(|host| is_same(origin, host))
    }
}

pub(super) async fn check(State(origins): State<Arc<Origins>>, request: Request, next: Next) -> Response {
    let acts = request.method() != Method::GET && request.method() != Method::HEAD
        || request.uri().path().starts_with(path::SOCKET_IO.trim_end_matches('/'));
    if acts && !origins.allows(&request) {
        let sentence =
            "Pages of this origin may not use this server. Its owner can allow them with --allow-origin.";
        return HttpError::new(StatusCode::FORBIDDEN, ErrorCode::ForbiddenOrigin, sentence).into_response();
    }
    next.run(request).await
}

/// Whether a page of `origin` came from `host`. Behind a proxy the server does not see the
/// scheme, so a port that is the usual one of the origin's may be left out on either side.
fn is_same(origin: &str, host: &str) -> bool {
    let Ok(uri) = origin.parse::<Uri>() else { return false };
    let usual = match uri.scheme_str() {
        Some("http") => 80,
        Some("https") => 443,
        _ => return false,
    };
    let (Some(page), Ok(host)) = (uri.authority(), host.parse::<axum::http::uri::Authority>()) else {
        return false;
    };
    page.host().eq_ignore_ascii_case(host.host())
        && page.port_u16().unwrap_or(usual) == host.port_u16().unwrap_or(usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_the_same_host_and_port_is_the_servers_own() {
        for (origin, host) in [
            ("http://127.0.0.1:8000", "127.0.0.1:8000"),
            ("https://chat.example", "chat.example"),
            ("https://chat.example", "chat.example:443"),
            ("https://Chat.example:443", "chat.example"),
            ("http://[::1]:8000", "[::1]:8000"),
        ] {
            assert!(is_same(origin, host), "{origin} {host}");
        }
    }

    #[test]
    fn other_pages_are_not() {
        for (origin, host) in [
            ("http://127.0.0.1:8001", "127.0.0.1:8000"),
            ("http://localhost:8000", "127.0.0.1:8000"),
            ("https://evil.example", "chat.example"),
            ("https://chat.example.evil.example", "chat.example"),
            ("https://chat.example@evil.example", "chat.example"),
            ("null", "chat.example"),
            ("file://", "chat.example"),
        ] {
            assert!(!is_same(origin, host), "{origin} {host}");
        }
    }
}
