//! What a connection keeps of the request that it began with.

use axum::{
    extract::Request,
    http::{
        HeaderMap, HeaderValue, Uri,
        header::{CONTENT_TYPE, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE},
    },
};

/// The version of WebSocket that we speak, the only one of its RFC.
pub(super) const VERSION: &str = "13";

/// Whether a request asks for a WebSocket in the way that RFC 6455 (section 4.2.1) wants. engineioxide looks only
/// whether there is a key.
pub(super) fn asks_for_websocket(headers: &HeaderMap) -> bool {
    let value =
        |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or_default();
    let is_key = |key: &str| {
        key.len() == 24
            && key.strip_suffix("==").is_some_and(|key| {
                key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
            })
    };
    value(UPGRADE).split(',').any(|protocol| protocol.trim().eq_ignore_ascii_case("websocket"))
        && value(SEC_WEBSOCKET_VERSION).trim() == VERSION
        && is_key(value(SEC_WEBSOCKET_KEY).trim())
}

/// Reduces a request to what Engine.IO reads, in memory of its own.
///
/// engineioxide keeps a connection's first request for as long as the connection lives. Its address and its
/// headers are slices of the 16 KiB into which hyper read the request. One remaining slice would keep all of
/// that: more than half of what an idle connection took.
pub(super) async fn slim(mut request: Request) -> Request {
    let mut headers = HeaderMap::with_capacity(2);
    for name in [SEC_WEBSOCKET_KEY, CONTENT_TYPE] {
        let value = request.headers().get(&name).map(HeaderValue::as_bytes);
        if let Some(Ok(value)) = value.map(HeaderValue::from_bytes) {
            headers.insert(name, value);
        }
    }
    *request.headers_mut() = headers;
    if let Ok(address) = Uri::try_from(request.uri().to_string()) {
        *request.uri_mut() = address;
    }
    request
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[test]
    fn a_websocket_is_asked_for_with_its_version_and_a_key_of_16_bytes() {
        let asks = |upgrade: &'static str, version: &'static str, key: &'static str| {
            let pairs = [(UPGRADE, upgrade), (SEC_WEBSOCKET_VERSION, version), (SEC_WEBSOCKET_KEY, key)];
            asks_for_websocket(
                &pairs.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect(),
            )
        };
        let key = "dGhlIHNhbXBsZSBub25jZQ==";
        assert!(
            asks("websocket", "13", key) && asks("WebSocket", "13", key) && asks("x, websocket", "13", key)
        );
        for upgrade in ["", "h2c", "websockets"] {
            assert!(!asks(upgrade, "13", key), "{upgrade}");
        }
        for version in ["", "8", "12", "013", "13, 8"] {
            assert!(!asks("websocket", version, key), "{version}");
        }
        for key in
            ["", "x", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ=x", "dGhlIHNhbXBsZSBub25j ZQ=="]
        {
            assert!(!asks("websocket", "13", key), "{key}");
        }
    }

    #[tokio::test]
    async fn what_engine_io_reads_stays_and_nothing_else() {
        let request = Request::get("/socket.io/?EIO=4&transport=websocket")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
            .header("cookie", "parlance=1")
            .body(Body::empty())
            .unwrap();
        let key = request.headers()[SEC_WEBSOCKET_KEY].as_bytes().as_ptr();
        let slim = slim(request).await;
        assert_eq!(slim.uri(), "/socket.io/?EIO=4&transport=websocket");
        assert_eq!(slim.headers().len(), 1);
        assert_eq!(slim.headers()[SEC_WEBSOCKET_KEY], "dGhlIHNhbXBsZSBub25jZQ==");
        assert_ne!(slim.headers()[SEC_WEBSOCKET_KEY].as_bytes().as_ptr(), key, "a copy");
    }
}
