//! Messages of Engine.IO, which are echoed unchanged.

use tokio::time::sleep;
use tokio_tungstenite::tungstenite::Message;

use super::{EchoServer, PING_INTERVAL};

#[tokio::test]
async fn packets_come_back_over_http_as_they_were_posted() {
    let server = EchoServer::engine_io().await;
    for packets in ["4hello", "4test1\u{1e}4test2\u{1e}4test3", "4hello\u{1e}bAQIDBA=="] {
        let polling = server.poll_session().await;
        assert_eq!(polling.post(packets).await, (200, "ok".to_owned()));
        assert_eq!(polling.poll().await, (200, packets.to_owned()));
    }
}

#[tokio::test]
async fn what_is_no_packet_closes_a_session_over_http() {
    let polling = EchoServer::engine_io().await.poll_session().await;
    assert_eq!(polling.post("abc").await.0, 400);
    assert_eq!(polling.poll().await.0, 400);
}

#[tokio::test]
async fn two_polls_at_a_time_close_their_session() {
    let polling = EchoServer::engine_io().await.poll_session().await;
    let second = async {
        sleep(PING_INTERVAL / 6).await;
        polling.poll().await
    };
    let (first, second) = tokio::join!(polling.poll(), second);
    assert_eq!(first, (200, "1".to_owned()));
    assert!([400, 500].contains(&second.0), "{second:?}");
    assert_eq!(polling.poll().await.0, 400);
}

#[tokio::test]
async fn a_poll_that_is_broken_off_closes_its_session() {
    let server = EchoServer::engine_io().await;
    let polling = server.poll_session().await;
    let poll = server.begin("GET", &polling.query("polling"), "").await;
    sleep(PING_INTERVAL / 6).await;
    drop(poll);
    assert_eq!(polling.poll().await.0, 400);
}

#[tokio::test]
async fn a_packet_of_text_comes_back_over_a_websocket() {
    let mut socket = EchoServer::engine_io().await.open().await;
    socket.send("4hello").await;
    assert_eq!(socket.text().await, "4hello");
}

#[tokio::test]
async fn a_packet_of_bytes_comes_back_over_a_websocket() {
    let mut socket = EchoServer::engine_io().await.open().await;
    socket.send_binary(&[1, 2, 3, 4]).await;
    assert_eq!(socket.packet().await, Message::binary(&[1, 2, 3, 4][..]));
}

#[tokio::test]
async fn what_is_no_packet_closes_a_session_over_a_websocket() {
    let mut socket = EchoServer::engine_io().await.open().await;
    socket.send("abc").await;
    socket.closed_at_once().await;
}

#[tokio::test]
async fn messages_come_back_over_the_websocket_after_an_upgrade() {
    let polling = EchoServer::engine_io().await.poll_session().await;
    let mut socket = polling.websocket().await.unwrap();
    socket.send("2probe").await;
    assert_eq!(socket.text().await, "3probe");
    socket.send("5").await;
    socket.send("4hello").await;
    assert_eq!(socket.packet().await, Message::text("4hello"));
}
