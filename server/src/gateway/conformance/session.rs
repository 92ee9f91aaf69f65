//! How a session goes on and ends: heartbeat, upgrade, close. These cases are in both suites.

use tokio::time::{Instant, sleep};

use super::{EchoServer, PING_INTERVAL, PING_TIMEOUT};

#[tokio::test]
async fn pings_come_over_http_at_their_interval() {
    for server in EchoServer::each().await {
        let polling = server.poll_session().await;
        let start = Instant::now();
        for _ in 0..3 {
            assert_eq!(polling.poll().await, (200, "2".to_owned()));
            assert_eq!(polling.post("3").await.0, 200);
        }
        assert!(start.elapsed() > 3 * PING_INTERVAL - PING_INTERVAL / 3, "{:?}", start.elapsed());
    }
}

#[tokio::test]
async fn pings_come_over_a_websocket_at_their_interval() {
    for server in EchoServer::each().await {
        let mut socket = server.open().await;
        let start = Instant::now();
        for _ in 0..3 {
            assert_eq!(socket.text().await, "2");
            socket.send("3").await;
        }
        assert!(start.elapsed() > 3 * PING_INTERVAL - PING_INTERVAL / 3, "{:?}", start.elapsed());
    }
}

#[tokio::test]
async fn who_does_not_answer_a_ping_over_http_has_no_session_any_more() {
    for server in EchoServer::each().await {
        let polling = server.poll_session().await;
        sleep(PING_INTERVAL + PING_TIMEOUT).await;
        assert_eq!(polling.poll().await.0, 400);
    }
}

#[tokio::test]
async fn who_does_not_answer_a_ping_over_a_websocket_is_cut_off() {
    for server in EchoServer::each().await {
        let mut socket = server.open().await;
        let start = Instant::now();
        socket.closed().await;
        assert!(start.elapsed() > PING_INTERVAL, "{:?}", start.elapsed());
    }
}

#[tokio::test]
async fn a_session_is_closed_over_http() {
    for server in EchoServer::each().await {
        let polling = server.poll_session().await;
        let close = async {
            sleep(PING_INTERVAL / 6).await;
            polling.post("1").await
        };
        let (polled, _) = tokio::join!(polling.poll(), close);
        assert_eq!(polled, (200, "6".to_owned()));
        assert_eq!(polling.poll().await.0, 400);
    }
}

#[tokio::test]
async fn a_session_is_closed_over_a_websocket() {
    for server in EchoServer::each().await {
        let mut socket = server.open().await;
        socket.send("1").await;
        socket.closed_at_once().await;
    }
}

#[tokio::test]
async fn a_poll_is_ended_without_words_when_the_websocket_takes_over() {
    for server in EchoServer::each().await {
        let polling = server.poll_session().await;
        let mut socket = polling.websocket().await.unwrap();
        socket.send("2probe").await;
        assert_eq!(socket.text().await, "3probe");
        assert_eq!(polling.poll().await, (200, "6".to_owned()));
        socket.send("5").await;
        assert_eq!(socket.text().await, "2", "it goes on");
    }
}

#[tokio::test]
async fn after_the_upgrade_http_and_other_websockets_are_refused_and_the_session_goes_on() {
    // One suite waits for the answer to the probe, the other does not.
    for waits in [true, false] {
        for server in EchoServer::each().await {
            let polling = server.poll_session().await;
            let mut socket = polling.websocket().await.unwrap();
            socket.send("2probe").await;
            if waits {
                assert_eq!(socket.text().await, "3probe");
            }
            socket.send("5").await;
            assert_eq!(polling.poll().await.0, 400);
            assert!(polling.websocket().await.is_err());
            if !waits {
                assert_eq!(socket.text().await, "3probe");
            }
            assert_eq!(socket.text().await, "2", "it goes on");
        }
    }
}
