//! Requests: any method and header with any body, to every address. None may cause an internal error.
#![no_main]

mod common;

use std::{sync::LazyLock, time::Duration};

use axum::{body::Body, http::Request};
use common::{Bytes, data_dir};
use libfuzzer_sys::fuzz_target;
use parlance::fuzzing::Web;
use protocol::path;

static WEB: LazyLock<Web> = LazyLock::new(|| Web::new(&data_dir("http")));

const PATHS: [&str; 14] = [
    path::REGISTER,
    path::LOGIN,
    path::REFRESH,
    path::LOGOUT,
    path::LOGOUT_ALL,
    path::HEALTH,
    path::READY,
    "/",
    "/api/asyncapi.json",
    "/socket.io/?EIO=4&transport=polling",
    "/socket.io/?EIO=4&transport=websocket",
    "/socket.io/?EIO=4&transport=polling&sid=",
    "/socket.io/?",
    "",
];
const METHODS: [&str; 6] = ["GET", "POST", "PUT", "OPTIONS", "HEAD", "DELETE"];
const HEADERS: [&str; 14] = [
    "content-type",
    "cookie",
    "authorization",
    "origin",
    "host",
    "x-forwarded-for",
    "x-forwarded-proto",
    "forwarded",
    "accept-encoding",
    "if-none-match",
    "range",
    "upgrade",
    "connection",
    "sec-websocket-key",
];

fuzz_target!(|bytes: &[u8]| {
    let mut bytes = Bytes(bytes);
    let mut path = (*bytes.one_of(&PATHS)).to_owned();
    if path.is_empty() || path.ends_with(['=', '?']) {
        path += &bytes.text();
    }
    let mut request = Request::builder().method(*bytes.one_of(&METHODS)).uri(path);
    for _ in 0..bytes.byte() % 4 {
        let name = *bytes.one_of(&HEADERS);
        request = request.header(name, bytes.text().as_bytes());
    }
    let Ok(request) = request.body(Body::from(bytes.0.to_vec())) else { return };
    if let Some((status, body)) = WEB.ask(request, Duration::from_secs(5)) {
        // Without a built page the answer is 503, and none is built for this.
        assert_ne!(status, 500, "{}", String::from_utf8_lossy(&body));
    }
});
