//! How a connection ends, and how it comes back.

use super::*;

#[test]
fn a_lost_connection_fails_what_was_sent_keeps_what_was_not_and_comes_back() {
    let mut peer = Peer::connected();
    peer.call(10, "/", "sent", 0);
    peer.lose(20);
    peer.call(30, "/", "kept", 1);
    let failure = format!("failure 0: {NO_ANSWER}");
    assert_eq!(peer.drain(), [r#"> 420["sent",{}]"#, &failure, LOST]);
    let retry = peer.wait();
    assert!(retry <= 1_020);
    assert_eq!(peer.drain(), [OPENING]);
    peer.hear(retry, OPEN);
    peer.auth("/", None);
    peer.hear(retry, r#"40{"sid":"s2"}"#);
    assert_eq!(peer.drain(), ["authenticate /", "> 40", "connected", r#"> 421["kept",{}]"#]);
    // Nobody waits for the first connection's answer any more.
    peer.hear(retry, "430[1]");
    assert!(peer.drain().is_empty());
}

#[test]
fn an_attempt_has_twenty_seconds_in_all() {
    let mut peer = Peer::start();
    peer.0.handle(at(19_000), Input::Opened);
    peer.hear(19_500, OPEN);
    peer.drain();
    assert_eq!(peer.wait(), 20_000);
    assert_eq!(peer.drain(), ["close", "disconnected (the server did not answer in time), retry true"]);
}

#[test]
fn no_time_is_too_long_to_be_counted() {
    let mut peer = Peer::new(Config { connect_timeout: Duration::MAX, ..Config::default() });
    peer.connect(7, "/");
    peer.hear(8, &OPEN.replace("25000", &u64::MAX.to_string()));
    peer.auth("/", None);
    peer.hear(9, "40{}");
    assert_eq!(peer.drain().last().unwrap(), "connected");
    assert!(peer.0.next_timeout().unwrap() > Duration::from_secs(1 << 50));
}

#[test]
fn waits_grow_to_their_limit_and_begin_anew_after_a_success() {
    let mut peer = Peer::start();
    let mut longest = 0;
    let mut now = 0;
    for _ in 0..200 {
        peer.lose(now);
        let retry = peer.wait();
        longest = longest.max(retry - now);
        now = retry;
    }
    assert!((4_000..=5_000).contains(&longest), "{longest}");
    // A random wait may be short by chance, but not each time.
    for _ in 0..20 {
        peer.hear(now, OPEN);
        peer.auth("/", None);
        peer.hear(now, "40{}");
        now += 4_000;
        peer.lose(now);
        let retry = peer.wait();
        assert!(retry - now <= 1_000);
        now = retry;
    }
}

#[test]
fn a_server_that_lets_in_and_closes_again_and_again_is_tried_15_times_a_minute_at_most() {
    for (seed, lasts) in (0..500).flat_map(|seed| [(seed, 50), (seed, 3_000), (seed, 3_999), (seed, 4_000)]) {
        let mut peer =
            Peer(Connection::new(Config { transports: Transports::WebSocket, ..Config::default() }, seed));
        peer.connect(0, "/");
        let (mut now, mut tries, mut longest) = (0, 0, 0);
        while now < 60_000 {
            tries += 1;
            peer.hear(now, OPEN);
            peer.auth("/", None);
            peer.hear(now, r#"40{"sid":"s"}"#);
            now += lasts;
            peer.lose(now);
            let retry = peer.wait();
            longest = longest.max(retry - now);
            now = retry;
        }
        assert!(tries <= 15, "{tries} tries, seed {seed}, each lasts {lasts} ms");
        assert!(longest <= 15_000, "a wait of {longest} ms");
    }
}

#[test]
fn connections_that_do_not_last_count_as_tries() {
    let mut peer = Peer::new(Config { retries: Some(1), ..Config::default() });
    peer.connect(0, "/");
    let mut now = 0;
    for _ in 0..2 {
        peer.hear(now, OPEN);
        peer.auth("/", None);
        peer.hear(now, "40{}");
        peer.lose(now + 50);
        now = peer.0.next_timeout().map_or(now, |_| peer.wait());
    }
    assert_eq!(peer.drain().last().unwrap(), "disconnected (the connection was lost: 1006), retry false");
}

/// What `socket.io` 2.5 says to us, word for word.
#[test]
fn a_server_of_socket_io_2_is_named_and_tried_with_growing_waits() {
    let (open, admission) =
        (r#"0{"sid":"9LY_sbc-rZC-ps3GAAAA","upgrades":[],"pingInterval":25000,"pingTimeout":20000}"#, "40");
    let sentence = "disconnected (the server sent the greeting of Engine.IO protocol 3 (Socket.IO 2): \
                    this client needs Engine.IO protocol 4 (Socket.IO 3 or later)), retry true";
    let mut peer = Peer::start();
    let (mut now, mut longest) = (0, 0);
    for round in 0..50 {
        peer.hear(now, open);
        // Before or after we have said who we are.
        if round % 2 == 0 {
            peer.auth("/", Some(r#"{"token":"t"}"#));
        }
        peer.hear(now, admission);
        assert_eq!(peer.drain().last().unwrap(), sentence);
        let retry = peer.wait();
        longest = longest.max(retry - now);
        now = retry;
    }
    assert!(longest > 4_000, "{longest}");
}

#[test]
fn whether_a_connection_still_works_is_found_out_by_what_is_heard_after_a_call() {
    let within = Duration::from_secs(3);
    // Nobody waits for an answer: the server has no reason to say anything.
    let mut peer = Peer::connected();
    peer.0.command(at(100), Command::Probe { within });
    assert_eq!(peer.0.next_timeout(), Some(at(45_003)));

    // Whatever it says is a sign of life.
    peer.call(1_000, "/", "x", 0);
    peer.0.command(at(1_000), Command::Probe { within });
    peer.hear(3_999, r#"42["news",2]"#);
    peer.0.handle_timeout(at(4_000));
    assert_eq!(peer.drain(), [r#"> 420["x",{}]"#, "news 2"], "nothing was sent but the call");

    // Silence is no sign of life. A second probe does not postpone the end.
    peer.0.command(at(5_000), Command::Probe { within });
    peer.0.command(at(5_500), Command::Probe { within });
    assert_eq!(peer.wait(), 6_000, "the call's own time-out");
    assert_eq!(peer.drain(), ["failure 0: no answer in time"]);
    assert_eq!(peer.wait(), 8_000);
    assert_eq!(peer.drain(), ["close", "disconnected (the server no longer answers), retry true"]);

    // The probe does not concern the next connection.
    let retry = peer.wait();
    peer.hear(retry, OPEN);
    peer.auth("/", None);
    peer.hear(retry, "40{}");
    assert_eq!(peer.0.next_timeout(), Some(at(retry + 45_000)));
    // A call that waits for a connection was not sent, so the server owes no answer.
    peer.lose(retry + 20_000);
    peer.call(retry + 20_000, "/", "y", 1);
    peer.0.command(at(retry + 20_000), Command::Probe { within });
    let next = peer.wait();
    peer.hear(next, OPEN);
    assert_eq!(peer.0.next_timeout(), Some(at(retry + 25_000)), "the call's own time-out");
}

#[test]
fn retries_may_be_counted() {
    let mut peer = Peer::new(Config { retries: Some(1), ..Config::default() });
    peer.connect(0, "/");
    peer.lose(0);
    let retry = peer.wait();
    peer.lose(retry);
    let given_up = "disconnected (the connection was lost: 1006), retry false";
    assert_eq!(peer.drain(), [OPENING, LOST, OPENING, given_up]);
    assert!(peer.0.is_idle() && peer.0.next_timeout().is_none());
    peer.connect(retry, "/");
    assert_eq!(peer.drain(), [OPENING]);
}

#[test]
fn a_check_ends_a_silence_that_was_too_long_and_a_wait() {
    let mut peer = Peer::connected();
    peer.0.command(at(45_002), Command::Check);
    assert!(peer.drain().is_empty(), "the silence is still allowed");
    peer.0.command(at(90_000), Command::Check);
    let silence = "disconnected (the server no longer answers), retry true";
    assert_eq!(peer.drain(), ["close", silence, OPENING]);
    peer.lose(90_001);
    peer.0.command(at(90_002), Command::Check);
    assert_eq!(peer.drain(), [LOST, OPENING]);
    peer.disconnect(90_003, "/");
    peer.drain();
    peer.0.command(at(90_004), Command::Check);
    assert!(peer.drain().is_empty(), "nobody wants a connection");
}

#[test]
fn a_refusal_says_why_and_is_not_repeated() {
    for (packet, sentence) in [
        (r#"44{"message":"No."}"#, "No."),
        (r#"44{"message":"No.","data":{"code":7}}"#, r#"No. {"code":7}"#),
        (r#"44"Go away.""#, "Go away."),
        ("44", "The server refused the connection."),
    ] {
        let mut peer = Peer::start();
        peer.hear(1, OPEN);
        peer.auth("/", None);
        peer.drain();
        peer.hear(2, packet);
        assert_eq!(peer.drain(), [format!("refused: {sentence}"), "close".to_owned()]);
        assert_eq!(peer.0.next_timeout(), None);
        peer.connect(3, "/");
        assert_eq!(peer.drain(), [OPENING]);
    }
}

#[test]
fn the_servers_and_the_programs_disconnect_are_final() {
    let mut peer = Peer::connected();
    peer.hear(9, "41");
    assert_eq!(peer.drain(), ["disconnected (disconnected by the server), retry false", "close"]);
    let mut peer = Peer::connected();
    peer.call(9, "/", "x", 0);
    peer.disconnect(10, "/");
    assert_eq!(
        peer.drain(),
        [
            r#"> 420["x",{}]"#,
            &format!("failure 0: {NO_ANSWER}"),
            "disconnected (disconnected by the program), retry false",
            "> 41",
            "close",
        ]
    );
    assert_eq!(peer.0.next_timeout(), None);
}
