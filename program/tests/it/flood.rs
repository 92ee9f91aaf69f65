//! Clients that ask for much in a moment: what is answered to them is bounded, and whoever reads gets all of it.

use std::time::Duration;

use futures::future::join;
use protocol::limits;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::{
    harness::{Person, Polling, RawSocket, TestServer},
    lifecycle::{listening_with, scratch},
    log::{ended, log_of},
    memory::resident,
};

const POLICY: Option<u16> = Some(1008);

/// Connects to a namespace whose name ends after so many bytes of the packet.
fn to_namespace(bytes: usize) -> String {
    format!("40/{},", "x".repeat(bytes - 4))
}

/// The memory of a process, in MB, a moment after it was flooded.
async fn stays_small(id: u32, before: u64) {
    sleep(Duration::from_millis(500)).await;
    let after = resident(id);
    assert!(after < before + 30, "{before} MB became {after} MB");
}

#[tokio::test]
async fn a_namespace_with_an_endless_name_closes_the_connection() {
    let server = TestServer::start().await;
    let longest = to_namespace(limits::NAMESPACE_BYTES);
    let answer = format!("44{}{}", &longest[2..], r#"{"message":"Invalid namespace"}"#);
    let too_long = to_namespace(limits::NAMESPACE_BYTES + 1);
    let mut socket = RawSocket::open(&server).await;
    socket.send(&longest).await;
    assert_eq!(socket.text().await.unwrap(), answer);
    let without_end = too_long.replace(',', "x");
    for connect in [too_long, without_end, to_namespace(900_000)] {
        let mut socket = RawSocket::open(&server).await;
        socket.send(&connect).await;
        assert_eq!(socket.closed().await, POLICY);
        let polling = Polling::open(&server).await;
        assert_eq!(polling.post(&longest).await.status, 200);
        assert_eq!(polling.poll().await.body, answer);
        assert_eq!(polling.post(&format!("{longest}\x1e{connect}")).await.status, 400);
        assert_eq!(polling.poll().await.status, 400);
    }
    server.stop().await;
}

#[tokio::test]
async fn whoever_reads_nothing_and_names_namespaces_costs_no_memory() {
    let data_dir = scratch();
    let (mut running, _lines, addr) = listening_with(&data_dir, &["--log", "error"]).await;
    let id = running.id().unwrap();
    for bytes in [900_000, 500] {
        let before = resident(id);
        let mut socket = RawSocket::open_slow(addr).await;
        let connect = to_namespace(bytes);
        for _ in 0..200 {
            if socket.try_send(&connect).await.is_err() {
                break;
            }
        }
        stays_small(id, before).await;
    }
    running.kill().await.unwrap();
}

#[tokio::test]
async fn pings_of_whoever_reads_nothing_cost_no_memory() {
    let data_dir = scratch();
    let (mut running, _lines, addr) = listening_with(&data_dir, &["--log", "error"]).await;
    let id = running.id().unwrap();
    let before = resident(id);
    let mut socket = RawSocket::open_slow(addr).await;
    // Each has the longest payload of a ping, under a mask of zeros.
    let mut ping = vec![0x89, 0x80 | 125, 0, 0, 0, 0];
    ping.resize(6 + 125, b'x');
    let pings = ping.repeat(1_000);
    for _ in 0..600 {
        if socket.try_send_bytes(&pings).await.is_err() {
            break;
        }
    }
    stays_small(id, before).await;
    running.kill().await.unwrap();
}

#[tokio::test]
async fn a_connection_is_closed_when_its_client_was_refused_too_often() {
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    let good = format!("40{}", json!({ "token": ann.login.token }));
    let mut socket = RawSocket::open(&server).await;
    for _ in 0..2 {
        for attempt in 1..limits::CONNECTS_A_CONNECTION {
            let connect = ["40", r#"40{"token":"x"}"#, "40/chat,"][attempt as usize % 3];
            socket.send(connect).await;
            // Events of the time before may come first.
            while !is_refusal(socket.text().await.unwrap()) {}
        }
        // The last attempt succeeds, and then as many are left as before.
        socket.send(&good).await;
        assert!(socket.text().await.unwrap().starts_with("40{"));
        socket.send("41").await;
    }
    for _ in 0..=limits::CONNECTS_A_CONNECTION {
        socket.try_send("40").await.ok();
    }
    assert_eq!(socket.closed().await, POLICY);
    let attempts = |count| vec!["40"; count as usize].join("\x1e");
    let polling = Polling::open(&server).await;
    assert_eq!(polling.post(&attempts(limits::CONNECTS_A_CONNECTION)).await.status, 200);
    assert!(polling.poll().await.body.starts_with("44"));
    assert_eq!(polling.post("40").await.status, 400);
    assert_eq!(polling.poll().await.status, 400);
    let polling = Polling::open(&server).await;
    assert_eq!(polling.post(&attempts(limits::CONNECTS_A_CONNECTION + 1)).await.status, 400);
    server.stop().await;
}

#[tokio::test]
async fn an_address_that_was_refused_too_often_has_one_attempt_for_a_connection() {
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    let mut refused = 0;
    let last = loop {
        let mut socket = RawSocket::open(&server).await;
        let before = refused;
        for _ in 0..limits::CONNECTS_A_CONNECTION {
            if socket.try_send("40").await.is_err() || !socket.text().await.is_some_and(is_refusal) {
                break;
            }
            refused += 1;
        }
        assert!(refused > before, "the first attempt is always answered");
        assert!(refused < 2 * limits::REFUSED_CONNECTS_AT_ONCE);
        // A few more are allowed while time passes.
        if refused - before < limits::CONNECTS_A_CONNECTION / 2 {
            break refused;
        }
    };
    assert!(last > limits::REFUSED_CONNECTS_AT_ONCE);
    // Whoever shows a token is let in.
    RawSocket::connect(&server, &ann).await;
    server.stop().await;
}

fn is_refusal(frame: String) -> bool {
    frame.starts_with("44")
}

#[tokio::test]
async fn the_log_has_few_lines_about_many_refused_attempts_and_says_how_many_they_were() {
    const ATTEMPTS: u64 = 150;
    let data_dir = scratch();
    let mut running = listening_with(&data_dir, &["--log", "info"]).await;
    let (log, addr) = (log_of(&mut running), running.2);
    for _ in 0..ATTEMPTS {
        let mut socket = RawSocket::open_slow(addr).await;
        socket.send("40").await;
        assert!(is_refusal(socket.text().await.unwrap()));
    }
    let log = ended(running, log).await;
    let lines: Vec<_> = log.lines().filter(|line| line.contains("refused")).collect();
    assert!(lines.len() < 30, "{}", lines.len());
    let own = lines.iter().filter(|line| line.contains("connection refused")).count() as u64;
    assert!(own >= u64::from(limits::REFUSALS_LOGGED_AT_ONCE));
    let unlogged = lines.iter().map(|line| {
        let count = line.split("unlogged=").nth(1).unwrap().split(' ').next().unwrap();
        count.parse::<u64>().unwrap()
    });
    assert_eq!(own + unlogged.sum::<u64>(), ATTEMPTS);
}

/// Long messages with acks, which ann sends to ben.
fn burst(ben: &Person, count: usize) -> Vec<String> {
    let text = "漢".repeat(*limits::MESSAGE_CHARS.end());
    let message = json!(["privateMessage", { "recipientId": ben.id(), "content": text }]);
    (0..count).map(|id| format!("42{id}{message}")).collect()
}

#[tokio::test]
async fn a_burst_of_long_messages_over_polling_is_answered_wholly() {
    const MESSAGES: usize = 100;
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let polling = Polling::connect(&server, &ann).await;
    let burst = burst(&ben, MESSAGES);
    let posting = async {
        // As much as a payload may have at most.
        for some in burst.chunks(75) {
            assert_eq!(polling.post(&some.join("\x1e")).await.status, 200);
        }
    };
    let reading = async {
        let (mut acks, mut copies) = (0, 0);
        while acks < MESSAGES || copies < MESSAGES {
            let answer = polling.poll().await;
            assert_eq!(answer.status, 200, "after {acks} acks and {copies} copies: {}", answer.body);
            for packet in answer.body.split('\x1e') {
                if let Some(ack) = packet.strip_prefix(&format!("43{acks}[")) {
                    assert!(ack.starts_with(r#"{"data":"#), "{ack}");
                    acks += 1;
                } else if packet.starts_with(r#"42["messageSent""#) {
                    copies += 1;
                }
            }
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(Duration::from_secs(60), join(posting, reading)).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn a_burst_of_long_messages_is_answered_wholly_to_whoever_reads_slowly() {
    const MESSAGES: usize = 100;
    let server = TestServer::start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let (mut reader, mut writer) = RawSocket::connect_slow(server.addr, &ann).await.split();
    let burst = burst(&ben, MESSAGES);
    let writing = async {
        for packet in burst {
            writer.send(&packet).await;
        }
    };
    let reading = async {
        let (mut acks, mut copies) = (0, 0);
        while acks < MESSAGES || copies < MESSAGES {
            let frame = reader.text().await;
            let frame = frame.unwrap_or_else(|| panic!("closed after {acks} acks and {copies} copies"));
            if let Some(ack) = frame.strip_prefix(&format!("43{acks}")) {
                let answer: Value = serde_json::from_str(ack).unwrap();
                assert!(answer[0]["data"].is_object(), "{answer}");
                acks += 1;
            } else if frame.starts_with(r#"42["messageSent""#) {
                copies += 1;
            }
            // 4 Mbit/s.
            sleep(Duration::from_micros(2 * frame.len() as u64)).await;
        }
    };
    timeout(Duration::from_secs(60), join(writing, reading)).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn an_ack_has_the_digits_that_were_asked_for() {
    let server = TestServer::start().await;
    let ann = server.person("ann").await;
    for id in ["01", "00", "0007"] {
        let event = format!(r#"42{id}["getUsers",{{"userIds":[]}}]"#);
        let mut socket = RawSocket::connect(&server, &ann).await;
        socket.send(&event).await;
        assert_eq!(socket.closed().await, POLICY, "{id}");
        let polling = Polling::connect(&server, &ann).await;
        assert_eq!(polling.post(&event).await.status, 400, "{id}");
    }
    let mut socket = RawSocket::connect(&server, &ann).await;
    socket.send(r#"420["getUsers",{"userIds":[]}]"#).await;
    assert_eq!(socket.answer("430").await, json!({ "data": [] }));
    server.stop().await;
}
