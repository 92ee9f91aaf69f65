//! How a session begins. These cases are in both suites.

use serde_json::{Value, json};

use super::{EchoServer, PING_INTERVAL, PING_TIMEOUT};

/// What an OPEN packet says, without the session's id.
fn opened(packet: &str, upgrades: &Value) {
    let mut open: Value = serde_json::from_str(packet.strip_prefix('0').unwrap()).unwrap();
    let session = open.as_object_mut().unwrap().remove("sid").unwrap();
    assert!(session.as_str().is_some_and(|session| !session.is_empty()));
    let expected = json!({
        "upgrades": upgrades,
        "pingInterval": PING_INTERVAL.as_millis() as u64,
        "pingTimeout": PING_TIMEOUT.as_millis() as u64,
        "maxPayload": 1_000_000,
    });
    assert_eq!(open, expected);
}

#[tokio::test]
async fn a_session_is_opened_over_http() {
    for server in EchoServer::each().await {
        let (status, body) = server.request("GET", "EIO=4&transport=polling", "").await;
        assert_eq!(status, 200);
        opened(&body, &json!(["websocket"]));
    }
}

#[tokio::test]
async fn a_session_is_opened_over_a_websocket() {
    for server in EchoServer::each().await {
        let mut socket = server.websocket("EIO=4&transport=websocket").await.unwrap();
        opened(&socket.text().await, &json!([]));
    }
}

#[tokio::test]
async fn a_request_that_names_no_version_no_transport_or_another_method_is_refused() {
    for server in EchoServer::each().await {
        for (method, query) in [
            ("GET", "transport=polling"),
            ("GET", "EIO=abc&transport=polling"),
            ("GET", "EIO=4"),
            ("GET", "EIO=4&transport=abc"),
            ("POST", "EIO=4&transport=polling"),
            ("PUT", "EIO=4&transport=polling"),
        ] {
            assert_eq!(server.request(method, query, "").await.0, 400, "{method} {query}");
        }
    }
}

#[tokio::test]
async fn a_websocket_that_names_no_version_or_no_transport_is_refused() {
    for server in EchoServer::each().await {
        for query in ["transport=websocket", "EIO=abc&transport=websocket", "EIO=4", "EIO=4&transport=abc"] {
            assert!(server.websocket(query).await.is_err(), "{query}");
        }
    }
}
