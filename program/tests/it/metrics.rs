//! `/metrics`.

use std::net::SocketAddr;

use protocol::{GroupId, JoinGroup};

use crate::harness::{TestServer, request};

#[tokio::test]
async fn what_people_do_is_counted_and_told_at_an_address_of_its_own() {
    let server =
        TestServer::start_with(|config| config.metrics = Some(SocketAddr::from(([127, 0, 0, 1], 0)))).await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let phone = ann.connect().await;
    phone.say(&ben, "Hello").await;
    phone.call(JoinGroup { group_id: GroupId::from_bytes([9; 16]) }).await.unwrap_err();

    let answer = request(server.metrics_addr.unwrap(), "GET", "/metrics", &[], "").await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").unwrap().starts_with("application/openmetrics-text"));
    for line in [
        r#"parlance_events_total{event="privateMessage",outcome="ok"} 1"#,
        r#"parlance_events_total{event="joinGroup",outcome="unknownGroup"} 1"#,
        r#"parlance_ack_seconds_count{event="privateMessage"} 1"#,
        "parlance_messages_total 1",
        r#"parlance_connections{transport="websocket"} 1"#,
        "parlance_people_online 1",
        "parlance_ready 1",
    ] {
        assert!(answer.body.lines().any(|one| one == line), "{line} is not in\n{}", answer.body);
    }
    assert!(!answer.body.contains("ann"), "nobody is named");
    // Everybody can reach the server's own address.
    assert!(!server.get("/metrics").await.body.contains("parlance_"));
}
