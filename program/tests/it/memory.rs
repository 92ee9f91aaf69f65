//! What connections take: little, also of what they were told.

use std::time::Duration;

use futures::future::join_all;
use protocol::limits;
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::{
    harness::{Device, Person, RawSocket, private, register, to_group},
    lifecycle::{listening, listening_with, scratch},
};

/// How long it takes until memory that is no longer used is given back to the system.
const GIVING_BACK: Duration = Duration::from_secs(30);

/// The largest text that a message may have, in bytes.
fn long_text() -> String {
    "\u{1F600}".repeat(*limits::MESSAGE_CHARS.end())
}

/// Sends more to a person than fits into any buffer.
pub(crate) async fn say_much(from: &Device, to: &Person, count: usize) {
    let text = long_text();
    for _ in 0..count {
        from.call(private(to.id(), &text, None)).await.unwrap();
    }
}

/// Megabytes of memory that a process has.
pub(crate) fn resident(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

#[tokio::test]
async fn requests_of_a_socket_that_does_not_read_wait_and_cost_no_memory() {
    let data_dir = scratch();
    let (mut running, _lines, addr) = listening(&data_dir).await;
    let ann = register(addr, "ann").await;
    let anns = ann.connect().await;
    say_much(&anns, &ann, 200).await;
    let id = running.id().unwrap();
    let before = resident(id);
    let mut slow = RawSocket::connect_slow(addr, &ann).await;
    let asked = json!(["fetchHistory", { "conversation": { "user": ann.id() }, "limit": 200 }]);
    for number in 0..250 {
        slow.send(&format!("42{number}{asked}")).await;
    }
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(3) {
        let now = resident(id);
        assert!(now < before + 30, "{before} MB became {now} MB");
        sleep(Duration::from_millis(100)).await;
    }
    anns.is_up().await;
    // As soon as it reads, it is answered.
    for number in 0..250 {
        slow.answer(&format!("43{number}")).await;
    }
    running.kill().await.unwrap();
}

#[tokio::test]
async fn long_answers_leave_nothing_behind_in_their_connections() {
    let data_dir = scratch();
    let options = ["--rate-limit", "off"];
    let (mut running, _lines, addr) = listening_with(&data_dir, &options).await;
    let ann = register(addr, "ann").await;
    say_much(&ann.connect().await, &ann, 16).await;
    let long = json!(["fetchHistory", { "conversation": { "user": ann.id() }, "limit": 200 }]);
    let mut sockets = Vec::new();
    for _ in 0..200 {
        sockets.push(RawSocket::connect_to(addr, &ann).await);
    }
    let id = running.id().unwrap();
    let before = resident(id);
    for socket in &mut sockets {
        assert_eq!(socket.call(&long).await["data"]["messages"].as_array().unwrap().len(), 16);
    }
    // 200 pages of 256 KB.
    let after = resident(id);
    assert!(after < before + 20, "{before} MB became {after} MB");
    running.kill().await.unwrap();
}

#[tokio::test]
async fn what_a_group_is_told_leaves_nothing_behind_in_the_connections_of_its_members() {
    let data_dir = scratch();
    let (mut running, _lines, addr) = listening_with(&data_dir, &["--rate-limit", "off"]).await;
    let ann = register(addr, "ann").await;
    let anns = ann.connect().await;
    let lunch = anns.create_group("Lunch").await;
    let mut sockets = Vec::new();
    for _ in 0..300 {
        sockets.push(RawSocket::connect_to(addr, &ann).await);
    }
    let id = running.id().unwrap();
    let before = resident(id);
    // Each socket is told 400 KB twice: of few long messages, and of many short ones.
    for (count, text) in [(25, long_text()), (400, "x".repeat(1_000))] {
        let said = (0..count).map(|_| anns.call(to_group(&lunch, &text)));
        assert!(join_all(said).await.iter().all(Result::is_ok));
        for socket in &mut sockets {
            for _ in 0..count {
                while !socket.text().await.unwrap().starts_with("42[\"groupMessage\"") {}
            }
        }
        let start = Instant::now();
        while resident(id) >= before + 20 {
            assert!(start.elapsed() < GIVING_BACK, "{before} MB became {} MB", resident(id));
            sleep(Duration::from_millis(100)).await;
        }
    }
    running.kill().await.unwrap();
}
