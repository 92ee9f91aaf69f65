//! Namespaces and events of Socket.IO.

use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;

use super::{CONNECT_TIMEOUT, EchoServer, PING_INTERVAL, WebSocket};

/// A socket that is connected to the main namespace.
async fn connected() -> WebSocket {
    let mut socket = EchoServer::socket_io().await.open().await;
    socket.send("40").await;
    assert!(socket.text().await.starts_with("40{"));
    assert_eq!(socket.text().await, r#"42["auth",{}]"#);
    socket
}

#[tokio::test]
async fn a_namespace_is_connected_to_and_hears_the_payload() {
    let server = EchoServer::socket_io().await;
    for (connect, connected, auth) in [
        ("40", "40", r#"42["auth",{}]"#),
        (r#"40{"token":"123"}"#, "40", r#"42["auth",{"token":"123"}]"#),
        ("40/custom,", "40/custom,", r#"42/custom,["auth",{}]"#),
        (r#"40/custom,{"token":"abc"}"#, "40/custom,", r#"42/custom,["auth",{"token":"abc"}]"#),
    ] {
        let mut socket = server.open().await;
        socket.send(connect).await;
        let answer = socket.text().await;
        let answer: serde_json::Value =
            serde_json::from_str(answer.strip_prefix(connected).unwrap()).unwrap();
        assert!(answer["sid"].is_string() && answer.as_object().unwrap().len() == 1, "{answer}");
        assert_eq!(socket.text().await, auth);
    }
}

#[tokio::test]
async fn an_unknown_namespace_is_refused() {
    let mut socket = EchoServer::socket_io().await.open().await;
    socket.send("40/random").await;
    assert_eq!(socket.text().await, r#"44/random,{"message":"Invalid namespace"}"#);
}

#[tokio::test]
async fn a_first_packet_that_is_none_closes_the_connection() {
    let mut socket = EchoServer::socket_io().await.open().await;
    socket.send("4abc").await;
    socket.closed_at_once().await;
}

#[tokio::test]
async fn who_connects_to_nothing_is_cut_off() {
    let mut socket = EchoServer::socket_io().await.open().await;
    let start = Instant::now();
    // Its pings are answered, so that it is not closed because of them.
    while socket.text().await == "2" {
        socket.send("3").await;
    }
    socket.closed().await;
    assert!(start.elapsed() > CONNECT_TIMEOUT - PING_INTERVAL, "{:?}", start.elapsed());
}

#[tokio::test]
async fn the_connection_stays_when_the_main_namespace_is_left() {
    let mut socket = connected().await;
    socket.send("41").await;
    assert_eq!(socket.text().await, "2");
}

#[tokio::test]
async fn one_namespace_is_left_and_the_other_goes_on() {
    let mut socket = connected().await;
    assert_eq!(socket.text().await, "2");
    socket.send("40/custom").await;
    assert!(socket.text().await.starts_with("40/custom,{"));
    assert_eq!(socket.text().await, r#"42/custom,["auth",{}]"#);
    socket.send("41/custom").await;
    socket.send(r#"42["message","message to main namespace"]"#).await;
    assert_eq!(socket.text().await, r#"42["message-back","message to main namespace"]"#);
}

#[tokio::test]
async fn events_come_back_with_all_their_arguments() {
    let mut socket = connected().await;
    for (event, back) in [
        (r#"42["message",1,"2",{"3":[true]}]"#, r#"42["message-back",1,"2",{"3":[true]}]"#),
        (r#"42456["message-with-ack",1,"2",{"3":[false]}]"#, r#"43456[1,"2",{"3":[false]}]"#),
    ] {
        socket.send(event).await;
        assert_eq!(socket.packet().await, Message::text(back));
    }
}

#[tokio::test]
async fn events_come_back_with_their_attachments_behind_them() {
    const PLACEHOLDERS: &str = r#"{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#;
    let mut socket = connected().await;
    for (event, back) in
        [(r#"452-["message","#, r#"452-["message-back","#), (r#"452-789["message-with-ack","#, "462-789[")]
    {
        socket.send(&format!("{event}{PLACEHOLDERS}")).await;
        socket.send_binary(&[1, 2, 3]).await;
        socket.send_binary(&[4, 5, 6]).await;
        assert_eq!(socket.packet().await, Message::text(format!("{back}{PLACEHOLDERS}")));
        assert_eq!(socket.packet().await, Message::binary(&[1, 2, 3][..]));
        assert_eq!(socket.packet().await, Message::binary(&[4, 5, 6][..]));
    }
}

#[tokio::test]
async fn what_is_no_packet_closes_the_connection() {
    for packet in ["4abc", "42{}", r#"42abc["message-with-ack",1,"2",{"3":[false]}]"#] {
        let mut socket = connected().await;
        socket.send(packet).await;
        socket.closed_at_once().await;
    }
}
