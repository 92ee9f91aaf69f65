//! A line of the log says which request it concerns.

use protocol::path;
use tokio::{
    io::{AsyncReadExt, BufReader},
    task::JoinHandle,
};

use crate::{
    harness::{answer_of, credentials, patiently, private, register, request},
    lifecycle::{Running, listening_with, scratch},
};

/// Ends a server and returns what it logged.
pub(crate) async fn ended((mut running, _lines, _): Running, log: JoinHandle<String>) -> String {
    let id = running.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    patiently(running.wait()).await.unwrap();
    patiently(log).await.unwrap()
}

/// What a server logs, once it has ended. It must be read meanwhile.
pub(crate) fn log_of(running: &mut Running) -> JoinHandle<String> {
    let mut stderr = BufReader::new(running.0.stderr.take().unwrap());
    tokio::spawn(async move {
        let mut log = String::new();
        stderr.read_to_string(&mut log).await.unwrap();
        log
    })
}

/// The only line with all of these.
pub(crate) fn line<'a>(log: &'a str, parts: &[&str]) -> &'a str {
    let mut lines = log.lines().filter(|line| parts.iter().all(|part| line.contains(part)));
    let found = lines.next().unwrap_or_else(|| panic!("{parts:?} is not in the log:\n{log}"));
    assert_eq!(lines.next(), None, "{parts:?} is there twice");
    found
}

#[tokio::test]
async fn a_request_and_an_event_of_a_socket_are_found_by_their_ids() {
    let data_dir = scratch();
    let mut running = listening_with(&data_dir, &["--log", "parlance=debug"]).await;
    let (log, addr) = (log_of(&mut running), running.2);
    let ann = register(addr, "ann").await;
    let wrong = answer_of(addr, path::LOGIN, &credentials("ann", "not her password")).await;
    let id = wrong.header("x-request-id").unwrap().to_owned();
    assert_eq!(id.len(), 32);
    let phone = ann.connect().await;
    let message = phone.call(private(ann.id(), "hello", None)).await.unwrap();
    let nobody = protocol::UserId::from_bytes([9; 16]);
    phone.call(private(nobody, "hello", None)).await.unwrap_err();
    drop(phone);
    let page = request(addr, "GET", "/api/nothing?canary=in-a-query", &[], "").await;
    let page_id = page.header("x-request-id").unwrap().to_owned();

    let log = ended(running, log).await;
    line(&log, &[&id, "login failed", "path=\"/api/auth/login\""]);
    line(&log, &[&id, "request answered", "status=401", "took="]);
    let answered = line(&log, &["event answered", &message.id.to_string()]);
    for part in ["event=\"privateMessage\"", "socket=1", &format!("user={}", ann.id())] {
        assert!(answered.contains(part), "{answered}");
    }
    // The event's id begins with that of the request by which the socket was opened.
    let of_event = answered.split("request_id=").nth(1).unwrap().split(' ').next().unwrap();
    let of_socket = of_event.strip_suffix("-1").unwrap();
    line(&log, &["connect{", of_socket, "connected"]);
    line(&log, &[&format!("{of_socket}-2"), "event refused", "code=unknownUser"]);
    line(&log, &[&page_id, "path=\"/api/nothing\"", "request answered"]);
    assert!(!log.contains("canary"), "queries are not logged");
}

#[tokio::test]
async fn the_id_of_a_proxy_is_taken_over_if_the_owner_named_the_proxy() {
    let data_dir = scratch();
    for (trusted, sent, taken) in [
        ("127.0.0.1", "of-the-proxy.7", true),
        ("127.0.0.1", "not \"plain\"", false),
        ("127.0.0.2", "of-a-stranger", false),
    ] {
        let (mut running, _lines, addr) = listening_with(&data_dir, &["--trusted-proxies", trusted]).await;
        let answer = request(addr, "GET", path::HEALTH, &[("x-request-id", sent)], "").await;
        assert_eq!(answer.header("x-request-id") == Some(sent), taken, "{sent} from {trusted}");
        running.kill().await.unwrap();
    }
}

#[tokio::test]
async fn what_is_ordinary_is_not_logged_unless_somebody_asked_for_it() {
    let data_dir = scratch();
    let mut running = listening_with(&data_dir, &[]).await;
    let (log, addr) = (log_of(&mut running), running.2);
    let ann = register(addr, "ann").await;
    ann.connect().await.say(&ann, "hello").await;
    request(addr, "GET", path::HEALTH, &[], "").await;
    let log = ended(running, log).await;
    assert!(!log.contains("answered") && !log.contains("privateMessage"), "{log}");
    line(&log, &["request{request_id=", "registered"]);
}
