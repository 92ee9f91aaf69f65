//! People who are not logged in: every event and every route.

use protocol::{Catalogue, Chat, ErrorCode, event::Direction, path};
use serde_json::{Value, json};

use crate::harness::{RawSocket, TestServer};

#[tokio::test]
async fn no_event_of_somebody_who_is_not_logged_in_is_carried_out() {
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    for event in <Chat as Catalogue>::events() {
        if event.direction != Direction::Client {
            continue;
        }
        let frame = format!("421{}", json!([event.name, (event.example)()]));
        // Before CONNECT, and after one that was refused.
        for connect in [None, Some("40"), Some(r#"40{"token":"nonsense"}"#)] {
            let mut socket = RawSocket::open(&server).await;
            if let Some(connect) = connect {
                socket.send(connect).await;
            }
            // The server may have closed it already.
            socket.try_send(&frame).await.ok();
            while let Some(answer) = socket.text().await {
                assert!(
                    answer == "1" || answer.starts_with("44"),
                    "{} after {connect:?}: {answer}",
                    event.name
                );
                if connect.is_some() {
                    break;
                }
            }
        }
    }
    let mut device = RawSocket::connect(&server, &ann).await;
    let groups = device.call(&json!(["findGroups", {}])).await;
    assert_eq!(groups, json!({ "data": [] }), "nobody made the group of the example");
    server.stop().await;
}

/// Every route: its method, its path, and what somebody without a token and a cookie is answered.
const ROUTES: &[(&str, &str, u16)] = &[
    ("POST", path::REGISTER, 400),
    ("POST", path::LOGIN, 400),
    ("POST", path::REFRESH, 401),
    ("POST", path::LOGOUT, 401),
    ("POST", path::LOGOUT_ALL, 401),
    ("GET", path::HEALTH, 200),
    ("GET", path::READY, 200),
    ("GET", "/api/asyncapi.json", 200),
    ("GET", "/api/parlance.d.ts", 200),
];

#[tokio::test]
async fn every_route_is_open_or_asks_for_a_login() {
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    for (method, path, status) in ROUTES {
        for token in ["", "Bearer nonsense", "Basic YW5uOnBhc3N3b3Jk", "Bearer "] {
            let headers = [("content-type", "application/json"), ("authorization", token)];
            let answer = server.request(method, path, &headers, "").await;
            assert_eq!(answer.status, *status, "{method} {path} {token}");
            assert!(!answer.body.contains(&ann.login.token));
            if *status == 401 {
                let body: Value = answer.json();
                assert_eq!(body["error"]["code"], json!(ErrorCode::Unauthorized));
            }
        }
    }
    ann.connect().await.is_up().await;
    server.stop().await;
}

#[tokio::test]
async fn every_route_has_a_row_here() {
    // The routes as the router's source has them.
    let source = include_str!("../../../server/src/http.rs");
    let routes = source.matches(".route(").count();
    // One is for every other address below /api.
    assert_eq!(routes, ROUTES.len() + 1, "a route was added: say here who may use it");
}
