//! What the program sends and is sent: events, calls and their answers.

use super::*;

#[test]
fn a_call_times_out_sent_or_not_and_is_answered_once() {
    let mut peer = Peer::connected();
    peer.call(10, "/", "x", 0);
    peer.drain();
    assert_eq!(peer.wait(), 5_010);
    assert_eq!(peer.drain(), ["failure 0: no answer in time"]);
    peer.hear(5_020, "430[1]");
    assert!(peer.drain().is_empty());

    let mut peer = Peer::start();
    peer.call(0, "/", "x", 0);
    assert_eq!(peer.wait(), 5_000);
    peer.hear(5_001, OPEN);
    peer.auth("/", None);
    peer.hear(5_002, "40{}");
    assert_eq!(
        peer.drain(),
        [OPENING, "failure 0: no answer in time", "authenticate /", "> 40", "connected"]
    );
}

#[test]
fn the_send_buffer_is_bounded_for_each_namespace() {
    let mut peer = Peer::new(Config { send_buffer: 1, ..Config::default() });
    peer.emit("/", "a", only("1"));
    peer.emit("/", "dropped", only("1"));
    peer.call(0, "/", "c", 0);
    assert_eq!(peer.drain(), ["failure 0: too much waits to be sent already"]);
    peer.call(0, "/b", "c", 1);
    assert!(peer.drain().is_empty());
}

#[test]
fn the_send_buffer_is_bounded_in_bytes() {
    let mut peer = Peer::new(Config { max_unsent_bytes: 20, ..Config::default() });
    peer.connect(0, "/");
    peer.emit("/", "a", only("\"seventeen bytes\""));
    peer.call(0, "/", "b", 0);
    let trace = peer.drain();
    assert_eq!(trace[trace.len() - 1], "failure 0: too much waits to be sent already");
}

#[test]
fn a_volatile_event_goes_out_now_or_never() {
    let mut peer = Peer::start();
    peer.emit_volatile("before");
    peer.hear(1, OPEN);
    peer.auth("/", None);
    peer.emit_volatile("while joining");
    peer.hear(2, "40{}");
    peer.drain();
    peer.emit_volatile("now");
    assert_eq!(peer.drain(), [r#"> 42["now",1]"#]);
    peer.lose(3);
    peer.emit_volatile("after");
    let retry = peer.wait();
    peer.hear(retry, OPEN);
    peer.auth("/", None);
    peer.hear(retry, "40{}");
    assert_eq!(peer.drain(), [LOST, OPENING, "authenticate /", "> 40", "connected"]);
}

#[test]
fn what_is_no_packet_ends_the_connection_with_a_reason() {
    let mut peer = Peer::connected();
    peer.hear(9, "42{");
    let trace = peer.drain();
    assert_eq!(trace[0], "close");
    assert!(trace[1].starts_with("disconnected (the server sent a payload that does not fit the packet"));
}

#[test]
fn events_and_acks_for_the_server() {
    let mut peer = Peer::connected();
    peer.hear(9, r#"425["question",{"a":1}]"#);
    peer.hear(9, r#"42["bare"]"#);
    peer.hear(9, r#"42["several",1,"two",null]"#);
    peer.hear(9, r#"42/other,["not ours"]"#);
    peer.acknowledge(AckId { number: 5, joined: 1 }, Some(only("true")));
    peer.acknowledge(AckId { number: 6, joined: 1 }, None);
    assert_eq!(
        peer.drain(),
        [r#"question {"a":1} wants 5"#, "bare null", r#"several [1,"two",null]"#, "> 435[true]", "> 436[]"]
    );
}

#[test]
fn an_ack_for_an_earlier_connection_is_not_sent_on_a_later_one() {
    let mut peer = Peer::connected();
    peer.lose(5);
    let retry = peer.wait();
    peer.hear(retry, OPEN);
    peer.auth("/", None);
    peer.hear(retry, "40{}");
    peer.drain();
    peer.acknowledge(AckId { number: 5, joined: 1 }, None);
    assert!(peer.drain().is_empty());
    peer.acknowledge(AckId { number: 5, joined: 2 }, None);
    assert_eq!(peer.drain(), ["> 435[]"]);
}

#[test]
fn an_ack_for_another_connection_of_the_same_program_is_not_sent() {
    let mut first = Peer::connected();
    first.hear(4, r#"425["ask",1]"#);
    let Some(Output::Event { event: Event::Received { ack: Some(ack), .. }, .. }) = first.0.poll_output()
    else {
        panic!()
    };
    let mut second = Peer::new(Config::default());
    second.0.follow_on(first.0.joins.clone());
    second.connect(0, "/");
    second.hear(2, OPEN);
    second.auth("/", None);
    second.hear(3, r#"40{"sid":"s2"}"#);
    second.hear(4, r#"425["ask",1]"#);
    second.drain();
    second.acknowledge(ack, None);
    assert!(second.drain().is_empty());
    first.acknowledge(ack, None);
    assert_eq!(first.drain(), ["> 435[]"]);
}

#[test]
fn what_the_server_says_before_it_lets_us_in_is_heard_after_it() {
    let mut peer = Peer::start();
    peer.hear(1, OPEN);
    peer.auth("/", None);
    peer.drain();
    peer.hear(2, r#"42["early",1]"#);
    assert!(peer.drain().is_empty());
    peer.hear(3, "40{}");
    assert_eq!(peer.drain(), ["connected", "early 1"]);
}

#[test]
fn more_than_may_wait_before_the_server_lets_us_in_ends_the_connection() {
    for (count, bytes) in [(1, 10_000), (200, 1), (3_000, 0)] {
        let mut peer = Peer::new(Config { max_unread_bytes: 10_000, ..Config::default() });
        peer.connect(0, "/");
        peer.hear(1, OPEN);
        peer.auth("/", None);
        peer.drain();
        for _ in 0..count {
            peer.hear(2, &format!(r#"42["early","{}"]"#, "x".repeat(bytes)));
        }
        let end = "disconnected (more came than the program reads), retry true";
        assert_eq!(peer.drain(), ["close", end], "{count} of {bytes}");
        // The next connection has all the room again.
        let retry = peer.wait();
        peer.hear(retry, OPEN);
        peer.auth("/", None);
        peer.hear(retry, r#"42["early",1]"#);
        peer.hear(retry, "40{}");
        assert_eq!(peer.drain().last().unwrap(), "early 1");
    }
}
