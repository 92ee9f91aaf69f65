//! What waits between a program and a server is bounded, in every direction, with an error.

use std::time::Duration;

use typed_socketio::Dynamic;
use typed_socketio_client::{
    CallError, CallFailure, DisconnectReason, EmitError, Notice, Options, backoff::Backoff,
    connection::Config, native,
};

use crate::peer::{OPEN, accept, in_time, listen, next};

/// A greeting that promises a ping every tenth of a second.
const HASTY: &str = r#"0{"sid":"s","upgrades":[],"pingInterval":100,"pingTimeout":200}"#;

fn text(bytes: usize) -> [String; 1] {
    ["x".repeat(bytes)]
}

fn small(options: Options) -> Options {
    let backoff = Backoff { min: Duration::from_millis(10), max: Duration::from_millis(10) };
    options.config(Config {
        transports: typed_socketio_client::Transports::WebSocket,
        backoff,
        send_buffer: 3,
        max_unsent_bytes: 1_000_000,
        max_unread_bytes: 100_000,
        ..Config::default()
    })
}

#[tokio::test]
async fn what_waits_for_a_connection_is_bounded_in_events_and_in_bytes() {
    let options = Options::new("http://127.0.0.1:9");
    let (client, _notices) = native::connect::<Dynamic>(small(options.clone()));
    for _ in 0..3 {
        client.emit_by_name("x", &text(1)).unwrap();
    }
    // What the driver has not seen yet is counted, too.
    assert_eq!(client.emit_by_name("x", &text(1)), Err(EmitError::BufferFull));
    let (client, _notices) = native::connect::<Dynamic>(small(options));
    client.emit_by_name("x", &text(900_000)).unwrap();
    assert_eq!(client.emit_by_name("x", &text(100_000)), Err(EmitError::BufferFull));
    let answer = client.call_by_name::<(), _, _>("x", &text(100_000)).await;
    assert!(matches!(answer, Err(CallError::Failed(CallFailure::BufferFull))), "{answer:?}");
    // After the driver took it, too.
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(client.emit_by_name("x", &text(100_000)), Err(EmitError::BufferFull));
    client.emit_by_name("x", &text(50_000)).unwrap();
}

#[tokio::test]
async fn a_program_that_was_refused_may_go_on_as_soon_as_the_peer_has_read() {
    let (listener, options) = listen().await;
    let (client, mut notices) = native::connect::<Dynamic>(small(options));
    let mut server = accept(&listener).await;
    server.let_in(OPEN, "n").await;
    assert!(matches!(next(&mut notices).await, Notice::Connected));
    let mut sent = 0;
    while client.emit_by_name("x", &text(50_000)).is_ok() {
        sent += 1;
        tokio::task::yield_now().await;
    }
    // It says nothing itself, and its next ping is far away.
    for _ in 0..sent {
        server.hear().await;
    }
    let again = async {
        while client.emit_by_name("x", &text(50_000)).is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    in_time(again).await;
}

/// Counts the tasks of its runtime, so that it has one of its own.
#[test]
fn a_peer_that_reads_nothing_costs_a_bounded_amount_and_leaves_nothing_behind() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
        let (listener, options) = listen().await;
        let (client, mut notices) = native::connect::<Dynamic>(small(options));
        let mut deaf = Vec::new();
        for round in 0..3 {
            let mut server = accept(&listener).await;
            server.let_in(HASTY, "n").await;
            while !matches!(next(&mut notices).await, Notice::Connected) {}
            // From now on the peer reads nothing, and what is sent stays here.
            let mut sent = 0;
            while client.emit_by_name("x", &text(50_000)).is_ok() {
                sent += 50_000;
                assert!(sent < 50_000_000, "there is no bound");
                tokio::task::yield_now().await;
            }
            let notice = next(&mut notices).await;
            let silent = matches!(notice, Notice::Disconnected { reason: DisconnectReason::PingTimeout, .. });
            assert!(silent, "{round}: {notice:?}");
            deaf.push(server);
        }
        drop(client);
        // Their sockets are still there, and still read nothing.
        in_time(async {
            while tasks() > 0 {
                tokio::time::sleep(Duration::from_millis(50)).await
            }
        })
        .await;
        assert_eq!(deaf.len(), 3);
    });
}

#[tokio::test]
async fn a_program_that_does_not_read_is_disconnected_with_a_reason_and_comes_back() {
    let (listener, options) = listen().await;
    let (client, mut notices) = native::connect::<Dynamic>(small(options));
    let mut server = accept(&listener).await;
    server.let_in(OPEN, "n").await;
    assert!(matches!(next(&mut notices).await, Notice::Connected));
    let frame = format!(r#"42["x","{}"]"#, "x".repeat(10_000));
    for _ in 0..20 {
        server.say(frame.clone()).await;
    }
    // It is closed while the program does not look.
    in_time(async {
        while client.id().is_some() {
            tokio::time::sleep(Duration::from_millis(10)).await
        }
    })
    .await;
    let mut heard = 0;
    loop {
        match next(&mut notices).await {
            Notice::Event(_) => heard += 1,
            Notice::Disconnected { reason: DisconnectReason::Overflow, retry_in: Some(_) } => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(heard, 9, "what fits into 100,000 bytes");
    let mut server = accept(&listener).await;
    server.let_in(OPEN, "m").await;
    assert!(matches!(next(&mut notices).await, Notice::Connected));
}
