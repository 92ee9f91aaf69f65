//! What a connection keeps of the request that it began with.

use axum::{
    extract::Request,
    http::{
        HeaderMap, HeaderValue, Uri,
        header::{CONTENT_TYPE, SEC_WEBSOCKET_KEY},
    },
};

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
