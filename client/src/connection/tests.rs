//! The connection against a model of a server, in virtual time.

use std::time::Duration;

use super::*;
use crate::engine::{Frame, Transports};

const OPEN: &str =
    r#"0{"sid":"e1","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#;
const OPENING: &str = "open EIO=4&transport=websocket";
const LOST: &str = "disconnected (the connection was lost: 1006), retry true";
const NO_ANSWER: &str = "the connection was lost before the answer came";

fn at(ms: u64) -> Time {
    Time::from_millis(ms)
}

fn raw(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).unwrap()
}

/// A payload of one argument.
fn only(json: &str) -> Payload {
    Payload::of(&[raw(json)]).unwrap()
}

fn only_with(json: &str, attachments: Vec<Vec<u8>>) -> Payload {
    Payload { attachments, ..only(json) }
}

/// A connection that is driven with few words.
struct Peer(Connection<u64>);

impl Peer {
    /// One over nothing but a WebSocket: transports have tests of their own.
    fn new(config: Config) -> Self {
        Self(Connection::new(Config { transports: Transports::WebSocket, ..config }, 7))
    }

    fn start() -> Self {
        let mut peer = Self::new(Config::default());
        peer.connect(0, "/");
        peer
    }

    /// In the main namespace.
    fn connected() -> Self {
        let mut peer = Self::start();
        peer.hear(2, OPEN);
        peer.auth("/", Some(r#"{"token":"t"}"#));
        peer.hear(3, r#"40{"sid":"s1"}"#);
        peer.drain();
        peer
    }

    /// In the main namespace and in `/b`.
    fn in_two() -> Self {
        let mut peer = Self::connected();
        peer.connect(4, "/b");
        peer.auth("/b", None);
        peer.hear(5, r#"40/b,{"sid":"s2"}"#);
        peer.drain();
        peer
    }

    fn connect(&mut self, ms: u64, namespace: &'static str) {
        self.0.command(at(ms), Command::Connect { namespace: namespace.into() });
    }

    fn disconnect(&mut self, ms: u64, namespace: &'static str) {
        self.0.command(at(ms), Command::Disconnect { namespace: namespace.into() });
    }

    fn emit(&mut self, namespace: &'static str, name: &'static str, payload: Payload) {
        let volatile = false;
        let command = Command::Emit { namespace: namespace.into(), name: name.into(), payload, volatile };
        self.0.command(at(0), command);
    }

    fn emit_volatile(&mut self, name: &'static str) {
        let (payload, volatile) = (only("1"), true);
        self.0.command(at(0), Command::Emit { namespace: "/".into(), name: name.into(), payload, volatile });
    }

    fn call(&mut self, ms: u64, namespace: &'static str, name: &'static str, asker: u64) {
        let (payload, timeout) = (only("{}"), Duration::from_secs(5));
        let command =
            Command::Call { namespace: namespace.into(), name: name.into(), payload, timeout, asker };
        self.0.command(at(ms), command);
    }

    fn acknowledge(&mut self, ack: AckId, payload: Option<Payload>) {
        self.0.command(at(0), Command::Acknowledge { namespace: "/".into(), ack, payload });
    }

    fn hear(&mut self, ms: u64, frame: &str) {
        self.0.handle(at(ms), Input::Frame(Frame::Text(frame.to_owned())));
    }

    fn hear_binary(&mut self, data: &[u8]) {
        self.0.handle(at(9), Input::Frame(Frame::Binary(data.to_vec())));
    }

    fn lose(&mut self, ms: u64) {
        self.0.handle(at(ms), Input::Closed("1006".into()));
    }

    fn auth(&mut self, namespace: &str, auth: Option<&str>) {
        self.0.handle_auth(at(0), namespace, auth.map(raw).as_deref());
    }

    /// Waits until something is due, and returns when that was.
    fn wait(&mut self) -> u64 {
        let time = self.0.next_timeout().unwrap();
        self.0.handle_timeout(time);
        u64::try_from(time.as_millis()).unwrap()
    }

    /// Outputs as short texts, which read like a protocol trace.
    fn drain(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.0.poll_output()).map(told).collect()
    }
}

fn told(output: Output<u64>) -> String {
    match output {
        Output::Action(Action::Open { query }) => format!("open {query}"),
        Output::Action(Action::Send(Frame::Text(frame))) => format!("> {frame}"),
        Output::Action(Action::Send(Frame::Binary(data))) => format!("> {data:?}"),
        Output::Action(Action::Close) => "close".into(),
        Output::Action(action) => format!("{action:?}"),
        Output::Authenticate { namespace } => format!("authenticate {namespace}"),
        Output::Event { namespace, event } if namespace == "/" => happened(event),
        Output::Event { namespace, event } => format!("{namespace} {}", happened(event)),
        Output::Answer { asker, answer: Ok(answer) } => format!("answer {asker}: {}", carried(&answer)),
        Output::Answer { asker, answer: Err(failure) } => format!("failure {asker}: {failure}"),
    }
}

fn happened(event: Event) -> String {
    match event {
        Event::Connected { .. } => "connected".into(),
        Event::Joined { .. } => unreachable!("nobody shares it"),
        Event::Disconnected { reason, retry_at } => {
            format!("disconnected ({reason}), retry {}", retry_at.is_some())
        }
        Event::Refused { message, data: None } => format!("refused: {message}"),
        Event::Refused { message, data: Some(data) } => format!("refused: {message} {data}"),
        Event::Received { event, ack: None } => arrived(&event),
        Event::Received { event, ack: Some(ack) } => {
            format!("{} wants {}", arrived(&event), ack.number)
        }
    }
}

fn arrived(event: &Received) -> String {
    let (name, arguments) = event.parts().unwrap();
    format!("{name} {}", with_attachments(&as_one(&arguments), &event.attachments))
}

fn carried(payload: &Payload) -> String {
    let arguments: Vec<&RawValue> = serde_json::from_str(payload.arguments().get()).unwrap();
    with_attachments(&as_one(&arguments), &payload.attachments)
}

fn with_attachments(json: &RawValue, attachments: &[Vec<u8>]) -> String {
    if attachments.is_empty() { json.to_string() } else { format!("{json} {attachments:?}") }
}

#[test]
fn it_opens_authenticates_connects_and_flushes_in_order() {
    let mut peer = Peer::start();
    peer.emit("/", "a", only("1"));
    peer.call(0, "/", "b", 0);
    assert_eq!(peer.drain(), [OPENING]);
    peer.0.handle(at(1), Input::Opened);
    peer.hear(2, OPEN);
    assert_eq!(peer.drain(), ["authenticate /"]);
    peer.auth("/", Some(r#"{"token":"t"}"#));
    assert_eq!(peer.drain(), [r#"> 40{"token":"t"}"#]);
    peer.hear(3, r#"40{"sid":"s1"}"#);
    assert_eq!(peer.drain(), ["connected", r#"> 42["a",1]"#, r#"> 420["b",{}]"#]);
    peer.hear(4, r#"430[{"data":7}]"#);
    assert_eq!(peer.drain(), [r#"answer 0: {"data":7}"#]);
}

#[test]
fn it_answers_pings_and_takes_silence_for_death() {
    let mut peer = Peer::connected();
    peer.hear(25_000, "2");
    assert_eq!(peer.drain(), ["> 3"]);
    peer.0.handle_timeout(at(69_999));
    assert!(peer.drain().is_empty());
    assert_eq!(peer.wait(), 70_000);
    assert_eq!(peer.drain(), ["close", "disconnected (the server no longer answers), retry true"]);
}

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

#[test]
fn namespaces_share_a_connection_and_have_acks_buffers_and_ends_of_their_own() {
    let mut peer = Peer::start();
    peer.connect(0, "/b");
    peer.call(0, "/b", "early", 0);
    peer.hear(1, OPEN);
    peer.auth("/", None);
    peer.auth("/b", Some(r#"{"key":1}"#));
    assert_eq!(peer.drain(), [OPENING, "authenticate /", "authenticate /b", "> 40", r#"> 40/b,{"key":1}"#]);
    peer.hear(2, "40{}");
    peer.call(3, "/", "x", 1);
    peer.hear(4, "40/b,{}");
    peer.hear(5, "43/b,0[1]");
    peer.hear(5, "430[2]");
    peer.hear(6, r#"42/b,["news",3]"#);
    assert_eq!(
        peer.drain(),
        [
            "connected",
            r#"> 420["x",{}]"#,
            "/b connected",
            r#"> 42/b,0["early",{}]"#,
            "answer 0: 1",
            "answer 1: 2",
            "/b news 3",
        ]
    );
    peer.disconnect(7, "/b");
    let left = "/b disconnected (disconnected by the program), retry false";
    assert_eq!(peer.drain(), [left, "> 41/b,"]);
    peer.disconnect(8, "/");
    assert_eq!(
        peer.drain(),
        ["disconnected (disconnected by the program), retry false", "> 41", "close"],
        "the last one closes the connection"
    );
}

#[test]
fn a_refused_namespace_leaves_the_others_alone() {
    let mut peer = Peer::connected();
    peer.connect(4, "/b");
    peer.auth("/b", None);
    peer.hear(5, r#"44/b,{"message":"No."}"#);
    assert_eq!(peer.drain(), ["authenticate /b", "> 40/b,", "/b refused: No."]);
    peer.emit("/", "still here", only("1"));
    assert_eq!(peer.drain(), [r#"> 42["still here",1]"#]);
    // It does not come back with the connection either.
    peer.lose(9);
    let retry = peer.wait();
    peer.hear(retry, OPEN);
    assert_eq!(peer.drain(), [LOST, OPENING, "authenticate /"]);
}

#[test]
fn all_namespaces_are_told_of_a_loss_and_come_back() {
    let mut peer = Peer::in_two();
    peer.call(9, "/b", "x", 0);
    peer.lose(10);
    let failure = format!("failure 0: {NO_ANSWER}");
    assert_eq!(peer.drain(), [r#"> 42/b,0["x",{}]"#, LOST, &failure, &format!("/b {LOST}")]);
    let retry = peer.wait();
    peer.hear(retry, OPEN);
    assert_eq!(peer.drain(), [OPENING, "authenticate /", "authenticate /b"]);
}

#[test]
fn a_namespace_that_is_never_answered_does_not_end_the_others() {
    let mut peer = Peer::connected();
    peer.connect(4, "/b");
    peer.auth("/b", None);
    peer.drain();
    assert_eq!(peer.wait(), 20_004);
    assert!(peer.drain().is_empty());
    peer.hear(21_000, "40/b,{}");
    assert_eq!(peer.drain(), ["/b connected"]);
}

#[test]
fn attachments_go_out_behind_their_event_and_come_in_with_theirs() {
    let placeholder = r#"{"_placeholder":true,"num":0}"#;
    let mut peer = Peer::connected();
    peer.emit("/", "file", only_with(placeholder, vec![vec![1, 2]]));
    assert_eq!(peer.drain(), [&format!(r#"> 451-["file",{placeholder}]"#), "> [1, 2]"]);
    peer.acknowledge(AckId { number: 7, joined: 1 }, Some(only_with(placeholder, vec![vec![3]])));
    assert_eq!(peer.drain(), [&format!("> 461-7[{placeholder}]"), "> [3]"]);

    peer.hear(9, r#"452-["files",[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]]"#);
    peer.hear_binary(&[1]);
    assert!(peer.drain().is_empty(), "one is still missing");
    peer.hear_binary(&[]);
    let files = r#"files [{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}] [[1], []]"#;
    assert_eq!(peer.drain(), [files]);

    peer.call(9, "/", "x", 0);
    peer.hear(9, &format!("461-0[{placeholder}]"));
    peer.hear_binary(&[4]);
    assert_eq!(peer.drain(), [r#"> 420["x",{}]"#, &format!("answer 0: {placeholder} [[4]]")]);

    // About a namespace that this client does not know.
    peer.hear(9, "451-/other,[\"x\",0]");
    peer.hear_binary(&[4]);
    assert!(peer.drain().is_empty());
}

#[test]
fn attachments_without_measure_or_order_end_the_connection() {
    let config = || Config { max_attachments: 2, max_attachment_bytes: 3, ..Config::default() };
    type Send = fn(&mut Peer);
    let cases: [(&str, Send); 4] = [
        ("too many attachments", |peer| peer.hear(9, r#"453-["x",0]"#)),
        ("attachments that are too large", |peer| {
            peer.hear(9, r#"452-["x",0]"#);
            peer.hear_binary(&[1, 2]);
            peer.hear_binary(&[3, 4]);
        }),
        ("an attachment of nothing", |peer| peer.hear_binary(&[1])),
        ("text where an attachment was due", |peer| {
            peer.hear(9, r#"451-["x",0]"#);
            peer.hear(9, r#"42["y",0]"#);
        }),
    ];
    for (reason, send) in cases {
        let mut peer = Peer::new(config());
        peer.connect(0, "/");
        peer.hear(2, OPEN);
        peer.auth("/", None);
        peer.hear(3, "40{}");
        peer.drain();
        send(&mut peer);
        let lost = format!("disconnected (the server sent {reason}), retry true");
        assert_eq!(peer.drain(), ["close".to_owned(), lost]);
    }
}

#[test]
fn every_event_that_passes_is_observed() {
    let (sender, seen) = std::sync::mpsc::channel();
    let mut peer = Peer::start();
    peer.0.observe(Some(Observer(std::sync::Arc::new(move |observed: Observed<'_>| {
        let Observed { direction, namespace, event, payload } = observed;
        sender.send(format!("{direction:?} {namespace} {event} {payload}")).unwrap();
    }))));
    peer.emit("/", "kept", only("1"));
    peer.emit_volatile("dropped");
    assert!(seen.try_recv().is_err(), "nothing has gone out");
    peer.hear(1, OPEN);
    peer.auth("/", None);
    peer.hear(2, "40{}");
    peer.hear(3, r#"42["news",2]"#);
    assert_eq!(seen.try_iter().collect::<Vec<_>>(), ["Client / kept 1", "Server / news 2"]);
}

#[test]
fn polling_carries_the_last_words_and_a_new_connection_waits_for_them() {
    let mut peer = Peer(Connection::new(Config { transports: Transports::Polling, ..Config::default() }, 7));
    peer.connect(0, "/");
    peer.0.handle(at(1), Input::Got(Ok(OPEN.into())));
    peer.auth("/", None);
    peer.0.handle(at(2), Input::Posted(Ok(())));
    peer.0.handle(at(3), Input::Got(Ok("40{}".into())));
    peer.drain();
    peer.disconnect(4, "/");
    assert!(!peer.0.is_idle());
    peer.connect(5, "/");
    let said = r#"Post { query: "EIO=4&transport=polling&t=12&sid=e1", body: "41" }"#;
    assert_eq!(peer.drain(), ["disconnected (disconnected by the program), retry false", said]);
    peer.0.handle(at(6), Input::Posted(Ok(())));
    peer.0.handle(at(7), Input::Posted(Ok(())));
    assert_eq!(
        peer.drain(),
        [
            r#"Post { query: "EIO=4&transport=polling&t=13&sid=e1", body: "1" }"#,
            "Abort",
            r#"Get { query: "EIO=4&transport=polling&t=14" }"#,
        ]
    );
}

#[test]
fn what_comes_behind_the_last_word_in_one_response_does_not_matter() {
    let mut peer = Peer(Connection::new(Config { transports: Transports::Polling, ..Config::default() }, 7));
    peer.connect(0, "/");
    peer.0.handle(at(1), Input::Got(Ok(OPEN.into())));
    peer.auth("/", None);
    peer.0.handle(at(2), Input::Posted(Ok(())));
    peer.drain();
    peer.0.handle(at(3), Input::Got(Ok("44{\"message\":\"no\"}\u{1e}9".into())));
    assert_eq!(peer.drain(), ["refused: no"]);
    assert_eq!(peer.0.next_timeout(), None, "it is not tried again");
}
