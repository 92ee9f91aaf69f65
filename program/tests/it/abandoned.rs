//! Connections that are begun and left alone: the memory that they took goes back to the system.

use std::{net::SocketAddr, time::Duration};

use futures::{
    future::join_all,
    stream::{self, StreamExt},
};
use protocol::path;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::sleep,
};

use crate::{
    harness::{patiently, request},
    lifecycle::{listening_with, scratch},
    memory::resident,
};

/// Sessions that only poll, and as many that begin to change to a WebSocket.
const SESSIONS: usize = 5_000;
const AT_ONCE: usize = 100;
/// Long enough that they end, and that what they leave behind is found to be free.
const REST: Duration = Duration::from_secs(60);
/// How much memory there may be at rest, of what there was before: a tenth more, and this.
const MORE_MB: u64 = 8;

#[tokio::test]
#[ignore = "takes three minutes; `cargo xtask soak` runs it"]
async fn ten_thousand_abandoned_handshakes_leave_no_memory_behind() {
    let data_dir = scratch();
    let (mut running, _lines, addr) = listening_with(&data_dir, &["--rate-limit", "off"]).await;
    join_all((0..10).map(|_| polling(addr))).await;
    sleep(Duration::from_secs(1)).await;
    let id = running.id().unwrap();
    let before = resident(id);
    for round in 1..=2 {
        let begun = stream::iter(0..SESSIONS).map(|_| polling(addr)).buffer_unordered(AT_ONCE);
        assert_eq!(begun.count().await, SESSIONS);
        let upgrading = stream::iter(0..SESSIONS).map(|_| upgrading(addr)).buffer_unordered(AT_ONCE);
        let upgrading: Vec<_> = upgrading.collect().await;
        let most = resident(id);
        drop(upgrading);
        sleep(REST).await;
        let after = resident(id);
        println!("round {round}: {before} MB before, {most} MB with all of them, {after} MB at rest");
        assert!(most > allowed(before), "they take so little that nothing is measured: {most} MB");
        assert!(after <= allowed(before), "{before} MB became {after} MB");
    }
    running.kill().await.unwrap();
}

fn allowed(before: u64) -> u64 {
    before * 11 / 10 + MORE_MB
}

/// Begins a session over polling; its address.
async fn polling(addr: SocketAddr) -> String {
    let url = format!("{}?EIO=4&transport=polling", path::SOCKET_IO);
    let open = request(addr, "GET", &url, &[], "").await;
    let open: Value = serde_json::from_str(open.body.strip_prefix('0').unwrap()).unwrap();
    format!("{url}&sid={}", open["sid"].as_str().unwrap())
}

/// Begins one and asks whether it may change to a WebSocket. It never says that it does.
async fn upgrading(addr: SocketAddr) -> TcpStream {
    let url = polling(addr).await.replace("polling", "websocket");
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let head = format!(
        "GET {url} HTTP/1.1\r\nhost: {addr}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // `2probe` in a frame whose mask is zeros.
    stream.write_all(b"\x81\x86\0\0\0\x002probe").await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"3probe") {
        assert!(patiently(stream.read_buf(&mut answer)).await.unwrap() > 0, "it closed");
    }
    stream
}
