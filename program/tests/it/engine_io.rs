//! What Engine.IO 4 and Socket.IO 5 say of a server, where socketioxide says something else.

use std::time::Duration;

use protocol::{limits, path};
use serde_json::json;
use tokio::{
    io::AsyncReadExt,
    time::{Instant, sleep, timeout},
};

use crate::{
    harness::{Polling, RawSocket, TestServer, patiently, register, request},
    lifecycle::{listening_with, scratch},
};

#[tokio::test]
async fn errors_have_numbers_for_codes() {
    let server = TestServer::start().await;
    for (query, code, message) in [
        ("EIO=4&transport=abc", 0, "Transport unknown"),
        ("EIO=4", 0, "Transport unknown"),
        ("EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAA", 1, "Session ID unknown"),
        ("EIO=4&transport=polling&sid=x", 1, "Session ID unknown"),
        ("EIO=4&transport=websocket&sid=AAAAAAAAAAAAAAAA", 1, "Session ID unknown"),
        ("EIO=4&transport=websocket", 3, "Bad request"),
        ("EIO=3&transport=polling", 5, "Unsupported protocol version"),
        ("transport=polling", 5, "Unsupported protocol version"),
    ] {
        let upgrade: &[(&str, &str)] = if query.contains("sid=AAAA") && query.contains("websocket") {
            &[
                ("connection", "upgrade"),
                ("upgrade", "websocket"),
                ("sec-websocket-version", "13"),
                ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ]
        } else {
            &[]
        };
        let url = format!("{}?{query}", path::SOCKET_IO);
        let answer = server.request("GET", &url, upgrade, "").await;
        let expected = json!({ "code": code, "message": message });
        assert_eq!((answer.status, answer.json::<serde_json::Value>()), (400, expected), "{query}");
    }
    let answer =
        server.request("POST", &format!("{}?EIO=4&transport=polling", path::SOCKET_IO), &[], "").await;
    let expected = json!({ "code": 2, "message": "Bad handshake method" });
    assert_eq!((answer.status, answer.json::<serde_json::Value>()), (400, expected));
    server.stop().await;
}

#[tokio::test]
async fn an_ack_id_that_cannot_be_answered_closes_the_connection() {
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    let mut socket = RawSocket::connect(&server, &ann).await;
    socket.send(r#"429223372036854775807["getUsers",{"userIds":[]}]"#).await;
    assert_eq!(socket.answer("439223372036854775807").await, json!({ "data": [] }));
    let too_large = "9223372036854775808";
    for id in [
        too_large.to_owned(),
        "18446744073709551616".to_owned(),
        "7".repeat(400),
        format!("/,{too_large}"),
        format!("{}{too_large}", "0".repeat(40)),
        // Socket.IO's own server reads white space between the number and the event.
        "7 ".to_owned(),
    ] {
        let event = format!(r#"42{id}["getUsers",{{"userIds":[]}}]"#);
        let mut socket = RawSocket::connect(&server, &ann).await;
        socket.send(&event).await;
        assert_eq!(timeout(Duration::from_secs(1), socket.closed()).await.unwrap(), Some(1008), "{id}");
        let polling = Polling::connect(&server, &ann).await;
        assert_eq!(polling.post(&event).await.status, 400);
        assert_eq!(polling.poll().await.status, 400);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_namespace_is_named_without_its_query() {
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    for connect in ["40/chat?x=1", "40/chat?x=1,", "40/chat?x=1,{\"token\":\"?\"}", "40/chat,", "40/chat"] {
        let mut socket = RawSocket::open(&server).await;
        socket.send(connect).await;
        assert_eq!(socket.text().await.unwrap(), r#"44/chat,{"message":"Invalid namespace"}"#, "{connect}");
        let polling = Polling::open(&server).await;
        assert_eq!(polling.post(connect).await.status, 200);
        assert_eq!(polling.poll().await.body, r#"44/chat,{"message":"Invalid namespace"}"#);
    }
    let mut socket = RawSocket::open(&server).await;
    socket.send(&format!("40/?x=1,{}", json!({ "token": ann.login.token }))).await;
    assert!(socket.text().await.unwrap().starts_with("40{"));
    server.stop().await;
}

#[tokio::test]
async fn a_frame_over_the_limit_is_answered_with_the_code_for_it() {
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    for frame in ["4".repeat(limits::FRAME_BYTES + 1), "4".repeat(4 * limits::FRAME_BYTES)] {
        let mut socket = RawSocket::connect(&server, &ann).await;
        socket.send(&frame).await;
        assert_eq!(socket.closed().await, Some(1009));
    }
    let polling = Polling::connect(&server, &ann).await;
    assert_eq!(polling.post(&"4".repeat(limits::FRAME_BYTES + 1)).await.status, 413);
    assert_eq!(polling.poll().await.status, 400);
    // A packet of the greatest length is read. It is no event, and closes the connection because of that.
    let mut socket = RawSocket::connect(&server, &ann).await;
    socket.send(&"4".repeat(limits::FRAME_BYTES)).await;
    assert_eq!(socket.closed().await, None);
    server.stop().await;
}

#[tokio::test]
async fn a_frame_that_is_refused_is_in_the_log_with_its_code() {
    let data_dir = scratch();
    let (mut running, _lines, addr) = listening_with(&data_dir, &["--log", "info"]).await;
    let mut stderr = running.stderr.take().unwrap();
    let reading = tokio::spawn(async move {
        let mut log = String::new();
        stderr.read_to_string(&mut log).await.unwrap();
        log
    });
    let ann = register(addr, "ann").await;
    for (frame, code) in
        [("4".repeat(limits::FRAME_BYTES + 1), 1009), (format!("42{}[\"x\"]", u64::MAX), 1008)]
    {
        let mut socket = RawSocket::connect_to(addr, &ann).await;
        socket.send(&frame).await;
        assert_eq!(socket.closed().await, Some(code));
    }
    let polling = format!("{}?EIO=4&transport=polling", path::SOCKET_IO);
    let open = request(addr, "GET", &polling, &[], "").await.body;
    let open: serde_json::Value = serde_json::from_str(open.strip_prefix('0').unwrap()).unwrap();
    let session = format!("{polling}&sid={}", open["sid"].as_str().unwrap());
    let plain = [("content-type", "text/plain;charset=UTF-8")];
    let large = "4".repeat(limits::FRAME_BYTES + 1);
    assert_eq!(request(addr, "POST", &session, &plain, &large).await.status, 413);
    let id = running.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    patiently(running.wait()).await.unwrap();
    let log = patiently(reading).await.unwrap();
    let lines = log.lines().filter(|line| line.contains("POST was refused") && line.contains("status=413"));
    assert_eq!(lines.count(), 1, "{log}");
    for fields in ["code=1009 reason=TooBig", "code=1008 reason=Policy"] {
        let lines = log.lines().filter(|line| line.contains("frame was refused") && line.contains(fields));
        assert_eq!(lines.count(), 1, "{fields}: {log}");
    }
}

#[tokio::test]
async fn the_first_ping_comes_after_the_interval_and_not_at_once() {
    let server = TestServer::start().await;
    let mut socket = RawSocket::open(&server).await;
    let silent = timeout(Duration::from_secs(2), socket.any_text()).await;
    assert!(silent.is_err(), "{silent:?}");
    let polling = Polling::open(&server).await;
    let silent = timeout(Duration::from_secs(1), polling.poll()).await;
    assert!(silent.is_err(), "{silent:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_connection_outlives_the_time_in_which_the_first_ping_is_to_be_answered() {
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    let mut socket = RawSocket::connect(&server, &ann).await;
    let ping = async { while socket.any_text().await.as_deref() != Some("2") {} };
    let start = Instant::now();
    timeout(Duration::from_secs(27), ping).await.unwrap();
    assert!(start.elapsed() > Duration::from_secs(23), "{:?}", start.elapsed());
    server.stop().await;
}

#[tokio::test]
async fn polling_is_over_with_an_upgrade() {
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    let polling = Polling::connect(&server, &ann).await;
    let mut socket = RawSocket::upgrade(&server, &polling.url).await;
    socket.send("2probe").await;
    assert_eq!(socket.any_text().await.unwrap(), "3probe");
    socket.send("5").await;
    assert_eq!(polling.poll().await.status, 400);
    assert_eq!(polling.post("3").await.status, 400);
    assert_eq!(socket.call(&json!(["getUsers", { "userIds": [] }])).await, json!({ "data": [] }));
    server.stop().await;
}

#[tokio::test]
async fn a_second_websocket_of_a_session_is_refused_and_the_first_goes_on() {
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    let polling = Polling::connect(&server, &ann).await;
    let mut socket = RawSocket::upgrade(&server, &polling.url).await;
    socket.send("2probe").await;
    socket.any_text().await.unwrap();
    socket.send("5").await;
    assert_eq!(socket.call(&json!(["getUsers", { "userIds": [] }])).await, json!({ "data": [] }));
    let url = polling.url.replace("polling", "websocket");
    let upgrade = [
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    assert_eq!(server.request("GET", &url, &upgrade, "").await.status, 400);
    assert_eq!(socket.call(&json!(["getUsers", { "userIds": [] }])).await, json!({ "data": [] }));
    server.stop().await;
}

#[tokio::test]
async fn a_websocket_of_another_version_is_refused_and_told_which_one_is_spoken() {
    let server = TestServer::start().await;
    let url = format!("{}?EIO=4&transport=websocket", path::SOCKET_IO);
    let wrong = [("sec-websocket-version", "8"), ("sec-websocket-key", "short"), ("upgrade", "h2c")];
    for (name, value) in wrong {
        let right = [
            ("connection", "upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        let headers = right.map(|(other, right)| (other, if other == name { value } else { right }));
        let answer = server.request("GET", &url, &headers, "").await;
        assert_eq!((answer.status, answer.header("sec-websocket-version")), (400, Some("13")), "{name}");
    }
    server.stop().await;
}

#[tokio::test]
async fn an_upgrade_without_a_probe_ends_its_session() {
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    let polling = Polling::connect(&server, &ann).await;
    let mut socket = RawSocket::upgrade(&server, &polling.url).await;
    socket.send("5").await;
    assert_eq!(socket.text().await, None);
    timeout(Duration::from_secs(1), async {
        while polling.poll().await.body != r#"{"code":1,"message":"Session ID unknown"}"# {
            sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .unwrap();
    server.stop().await;
}

#[tokio::test]
async fn an_upgrade_that_is_broken_off_ends_its_session() {
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    let polling = Polling::connect(&server, &ann).await;
    let mut socket = RawSocket::upgrade(&server, &polling.url).await;
    socket.send("2probe").await;
    socket.any_text().await.unwrap();
    drop(socket);
    let ended = async { while polling.poll().await.status == 200 {} };
    timeout(Duration::from_secs(2), ended).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn leaving_the_namespace_leaves_the_connection_open_for_another_time() {
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    let connect = format!("40{}", json!({ "token": ann.login.token }));
    let mut socket = RawSocket::connect(&server, &ann).await;
    socket.send("41").await;
    sleep(Duration::from_millis(200)).await;
    socket.send(&connect).await;
    // In between is what it was told before it left.
    while !socket.text().await.unwrap().starts_with("40{") {}
    assert_eq!(socket.call(&json!(["getUsers", { "userIds": [] }])).await, json!({ "data": [] }));
    server.stop().await;
}
