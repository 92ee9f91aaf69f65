//! Transports and the change between them, in virtual time.

use super::*;

const GREETING: &str =
    r#"0{"sid":"e1","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":10}"#;
const NO_UPGRADE: &str = r#"0{"sid":"e1","upgrades":[],"pingInterval":25000,"pingTimeout":20000}"#;
const WEBSOCKET: &str = "open EIO=4&transport=websocket";
const PROBE: &str = "open EIO=4&transport=websocket&sid=e1";

fn at(ms: u64) -> Time {
    Time::from_millis(ms)
}

/// An engine that is driven with few words.
struct Peer(Engine);

impl Peer {
    fn start(transports: Transports) -> Self {
        let mut peer = Self(Engine::new(transports, Duration::from_secs(10), 0));
        peer.0.open(at(0));
        peer
    }

    /// Over polling, with a GET under way, and nothing to upgrade to.
    fn polling() -> Self {
        let mut peer = Self::start(Transports::Polling);
        peer.got(1, NO_UPGRADE);
        assert_eq!(peer.drain(), ["GET t=1", "opened", "GET t=2&sid=e1"]);
        peer
    }

    /// Over polling, with a GET and a probe under way.
    fn probing() -> Self {
        let mut peer = Self::start(Transports::PollingThenWebSocket);
        peer.got(1, GREETING);
        assert_eq!(peer.drain(), ["GET t=1", "opened", PROBE, "GET t=2&sid=e1"]);
        peer.0.handle(at(2), Input::Opened);
        assert_eq!(peer.drain(), ["> 2probe"]);
        peer
    }

    fn send(&mut self, text: &str) {
        self.0.send(Frame::Text(text.to_owned()));
    }

    fn hear(&mut self, ms: u64, frame: &str) {
        self.0.handle(at(ms), Input::Frame(Frame::Text(frame.to_owned())));
    }

    fn got(&mut self, ms: u64, body: &str) {
        self.0.handle(at(ms), Input::Got(Ok(body.to_owned())));
    }

    fn posted(&mut self, ms: u64) {
        self.0.handle(at(ms), Input::Posted(Ok(())));
    }

    fn closed(&mut self, ms: u64) {
        self.0.handle(at(ms), Input::Closed("1006".into()));
    }

    fn wait(&mut self) -> u64 {
        let time = self.0.next_timeout().unwrap();
        self.0.handle_timeout(time);
        u64::try_from(time.as_millis()).unwrap()
    }

    fn drain(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.0.poll_output())
            .map(|output| match output {
                Output::Action(Action::Open { query }) => format!("open {query}"),
                Output::Action(Action::Send(Frame::Text(text))) => format!("> {text}"),
                Output::Action(Action::Send(Frame::Binary(data))) => format!("> {data:?}"),
                Output::Action(Action::Close) => "close".into(),
                Output::Action(Action::Get { query }) => format!("GET {}", short(&query)),
                Output::Action(Action::Post { query, body }) => {
                    format!("POST {} {}", short(&query), body.replace('\u{1e}', " | "))
                }
                Output::Action(Action::Abort) => "abort".into(),
                Output::Event(Event::Opened) => "opened".into(),
                Output::Event(Event::Message(Frame::Text(text))) => text,
                Output::Event(Event::Message(Frame::Binary(data))) => format!("{data:?}"),
                Output::Event(Event::Closed(reason)) => format!("closed: {reason}"),
            })
            .collect()
    }
}

fn short(query: &str) -> &str {
    query.strip_prefix("EIO=4&transport=polling&").unwrap()
}

#[test]
fn a_websocket_is_greeted_carries_messages_and_answers_pings() {
    let mut peer = Peer::start(Transports::WebSocket);
    peer.send("4too early");
    peer.0.handle(at(1), Input::Opened);
    peer.hear(2, NO_UPGRADE);
    peer.send("4a");
    peer.0.send(Frame::Binary(vec![1]));
    peer.hear(3, "4b");
    peer.0.handle(at(3), Input::Frame(Frame::Binary(vec![2])));
    peer.hear(4, "2");
    peer.hear(4, "6");
    assert_eq!(peer.drain(), [WEBSOCKET, "opened", "> 4a", "> [1]", "4b", "[2]", "> 3"]);
    peer.0.close(at(5));
    assert_eq!(peer.drain(), ["close"]);
    assert!(peer.0.is_idle() && peer.0.next_timeout().is_none());
}

#[test]
fn polling_has_one_get_and_one_post_at_a_time_and_packs_what_waits() {
    let mut peer = Peer::polling();
    assert!(peer.0.is_writable());
    peer.send("4a");
    assert!(!peer.0.is_writable());
    peer.send("4b");
    peer.0.send(Frame::Binary(vec![1, 2, 3, 4]));
    assert_eq!(peer.drain(), ["POST t=3&sid=e1 4a"]);
    peer.got(2, "4x\u{1e}bAQI=\u{1e}2");
    assert_eq!(peer.drain(), ["4x", "[1, 2]", "GET t=4&sid=e1"]);
    peer.posted(3);
    assert_eq!(peer.drain(), ["POST t=5&sid=e1 4b | bAQIDBA== | 3"]);
    peer.posted(4);
    assert!(peer.drain().is_empty() && peer.0.is_writable());
}

#[test]
fn a_post_is_no_longer_than_the_server_takes() {
    let mut peer = Peer::start(Transports::Polling);
    peer.got(1, GREETING);
    peer.drain();
    for text in ["41", "4aaaa", "4bbb", "4cccccccccccc"] {
        peer.send(text);
    }
    let mut posts = peer.drain();
    for ms in 2..5 {
        peer.posted(ms);
        posts.extend(peer.drain());
    }
    assert_eq!(
        posts,
        ["POST t=3&sid=e1 41", "POST t=4&sid=e1 4aaaa | 4bbb", "POST t=5&sid=e1 4cccccccccccc"]
    );
}

#[test]
fn a_websocket_that_cannot_be_opened_makes_place_for_polling_which_stays_first() {
    let mut peer = Peer::start(Transports::WebSocketThenPolling);
    peer.closed(1);
    assert_eq!(peer.drain(), [WEBSOCKET, "GET t=1"]);
    peer.got(2, GREETING);
    assert_eq!(peer.drain(), ["opened", PROBE, "GET t=2&sid=e1"]);
    peer.closed(3);
    assert!(peer.drain().is_empty(), "polling goes on");
    peer.0.abort();
    peer.0.open(at(4));
    assert_eq!(peer.drain(), ["abort", "GET t=3"]);
    // A WebSocket that works is first again.
    peer.got(5, GREETING);
    peer.0.handle(at(6), Input::Opened);
    peer.hear(7, "3probe");
    peer.got(8, "6");
    peer.closed(9);
    peer.0.open(at(10));
    assert_eq!(peer.drain().last().unwrap(), WEBSOCKET);
}

/// What `socket.io` 2.5 says to us, word for word, and what a server says that knows our version
/// only by its number.
#[test]
fn polling_names_a_server_of_another_protocol() {
    let greeting = concat!(
        r#"97:0{"sid":"OMncLIntrzSfCyUeAAAB","upgrades":["websocket"],"#,
        r#""pingInterval":25000,"pingTimeout":20000}2:40"#
    );
    let earlier = "the server sent the greeting of Engine.IO protocol 3 (Socket.IO 2): \
                   this client needs Engine.IO protocol 4 (Socket.IO 3 or later)";
    let refusal = r#"400 Bad Request {"code":5,"message":"Unsupported protocol version"}"#;
    let refused = "the server sent a refusal of Engine.IO protocol 4 (Socket.IO 3 or later)";
    for (answer, sentence) in [(Ok(greeting), earlier), (Err(refusal), refused)] {
        let mut engine = Engine::new(Transports::Polling, Duration::from_secs(10), 7);
        engine.open(at(0));
        let answer = answer.map(str::to_owned).map_err(str::to_owned);
        engine.handle(at(1), Input::Got(answer));
        let outputs: Vec<_> = std::iter::from_fn(|| engine.poll_output()).collect();
        let Some(Output::Event(Event::Closed(reason))) = outputs.last() else { panic!("{outputs:?}") };
        assert_eq!(reason.to_string(), sentence);
    }
}

#[test]
fn a_websocket_that_says_nothing_makes_place_for_polling() {
    let mut peer = Peer::start(Transports::WebSocketThenPolling);
    peer.0.handle(at(1), Input::Opened);
    assert_eq!(peer.wait(), 10_000);
    assert_eq!(peer.drain(), [WEBSOCKET, "close", "GET t=1"]);
    // It is late.
    peer.hear(10_001, GREETING);
    peer.closed(10_001);
    assert!(peer.drain().is_empty());
}

#[test]
fn when_both_ways_fail_the_second_ones_reason_is_told() {
    let mut peer = Peer::start(Transports::WebSocketThenPolling);
    peer.closed(1);
    peer.0.handle(at(2), Input::Got(Err("503 gone".into())));
    assert_eq!(peer.drain(), [WEBSOCKET, "GET t=1", "closed: the connection was lost: 503 gone"]);
    assert!(peer.0.is_idle());
    peer.0.open(at(3));
    assert_eq!(peer.drain(), [WEBSOCKET], "polling did not work either");

    let mut peer = Peer::start(Transports::PollingThenWebSocket);
    peer.0.handle(at(2), Input::Got(Err("404".into())));
    peer.hear(3, GREETING);
    assert_eq!(peer.drain(), ["GET t=1", WEBSOCKET, "opened"]);
}

#[test]
fn only_what_is_allowed_is_tried() {
    let mut peer = Peer::start(Transports::WebSocket);
    peer.closed(1);
    assert_eq!(peer.drain(), [WEBSOCKET, "closed: the connection was lost: 1006"]);
    let mut peer = Peer::start(Transports::Polling);
    peer.got(1, GREETING);
    assert_eq!(peer.drain(), ["GET t=1", "opened", "GET t=2&sid=e1"]);
    assert_eq!(peer.0.next_timeout(), Some(at(45_001)), "no probe has a time-out");
}

#[test]
fn an_upgrade_waits_for_the_get_and_then_sends_what_waited() {
    let mut peer = Peer::probing();
    peer.hear(3, "3probe");
    peer.send("4while pausing");
    assert!(!peer.0.is_writable());
    assert!(peer.drain().is_empty(), "the GET is still under way");
    peer.got(4, "4before\u{1e}6");
    assert_eq!(peer.drain(), ["4before", "> 5", "> 4while pausing"]);
    peer.hear(5, "4after");
    peer.send("4now");
    assert_eq!(peer.drain(), ["4after", "> 4now"]);
    assert!(peer.0.is_writable());
}

#[test]
fn an_upgrade_waits_for_the_post_as_well() {
    let mut peer = Peer::probing();
    peer.send("4a");
    peer.send("4b");
    peer.hear(3, "3probe");
    peer.got(4, "6");
    assert_eq!(peer.drain(), ["POST t=3&sid=e1 4a"]);
    peer.posted(5);
    assert_eq!(peer.drain(), ["> 5", "> 4b"]);
}

#[test]
fn a_probe_that_is_never_answered_is_given_up_and_polling_goes_on() {
    let mut peer = Peer::probing();
    assert_eq!(peer.wait(), 10_001);
    assert_eq!(peer.drain(), ["close"]);
    peer.got(10_002, "4a");
    assert_eq!(peer.drain(), ["4a", "GET t=3&sid=e1"]);
}

#[test]
fn an_upgrade_that_is_refused_or_answered_wrongly_leaves_polling_as_it_was() {
    let mut peer = Peer::probing();
    peer.closed(3);
    assert!(peer.drain().is_empty());
    peer.got(4, "4a");
    assert_eq!(peer.drain(), ["4a", "GET t=3&sid=e1"]);

    let mut peer = Peer::probing();
    peer.hear(3, "4not a probe");
    assert_eq!(peer.drain(), ["close"]);
    peer.got(4, "4a");
    assert_eq!(peer.drain(), ["4a", "GET t=3&sid=e1"]);
}

#[test]
fn a_websocket_that_dies_before_the_change_gives_polling_back_its_work() {
    // After the last GET has ended, while a POST is still under way.
    let mut peer = Peer::probing();
    peer.send("4a");
    peer.send("4b");
    peer.hear(3, "3probe");
    peer.got(4, "6");
    peer.drain();
    peer.closed(5);
    assert_eq!(peer.drain(), ["GET t=4&sid=e1"]);
    peer.posted(6);
    assert_eq!(peer.drain(), ["POST t=5&sid=e1 4b"]);

    // While the GET is still under way.
    let mut peer = Peer::probing();
    peer.hear(3, "3probe");
    peer.send("4a");
    peer.closed(5);
    assert_eq!(peer.drain(), ["POST t=3&sid=e1 4a"]);
    peer.got(6, "6");
    assert_eq!(peer.drain(), ["GET t=4&sid=e1"]);
}

#[test]
fn a_get_or_post_that_fails_ends_the_connection() {
    let unknown = r#"400 {"code":1,"message":"Session ID unknown"}"#;
    let reason = format!("closed: the connection was lost: {unknown}");
    let mut peer = Peer::polling();
    peer.0.handle(at(2), Input::Got(Err(unknown.into())));
    assert_eq!(peer.drain(), [reason.as_str()]);

    let mut peer = Peer::polling();
    peer.send("4a");
    peer.0.handle(at(2), Input::Posted(Err(unknown.into())));
    assert_eq!(peer.drain(), ["POST t=3&sid=e1 4a", "abort", reason.as_str()]);

    // Also in the middle of an upgrade.
    let mut peer = Peer::probing();
    peer.hear(3, "3probe");
    peer.0.handle(at(4), Input::Got(Err(unknown.into())));
    assert_eq!(peer.drain(), ["close", reason.as_str()]);
    assert!(peer.0.is_idle());
}

#[test]
fn what_is_no_payload_ends_the_connection() {
    for (body, reason) in [
        ("", "the server sent an empty packet"),
        ("4a\u{1e}", "the server sent an empty packet"),
        ("b!", "the server sent binary data that is not base64"),
        ("é", "the server sent an unknown packet type 'é'"),
        ("1", "the connection was lost: closed by the server"),
    ] {
        let mut peer = Peer::polling();
        peer.got(2, body);
        assert_eq!(peer.drain().last().unwrap(), &format!("closed: {reason}"), "{body:?}");
    }
    let mut peer = Peer::start(Transports::Polling);
    peer.got(1, "4hello");
    assert_eq!(peer.drain(), ["GET t=1", "closed: the server sent something else than a greeting"]);
    let mut peer = Peer::polling();
    peer.got(2, &"4\u{1e}".repeat(MESSAGES_PER_RESPONSE + 1));
    assert_eq!(peer.drain().last().unwrap(), "closed: the server sent too many messages at once");
}

#[test]
fn silence_is_death_over_either_transport() {
    let mut peer = Peer::start(Transports::WebSocket);
    peer.hear(5, NO_UPGRADE);
    peer.drain();
    assert_eq!(peer.wait(), 45_005);
    assert_eq!(peer.drain(), ["close", "closed: the server no longer answers"]);

    let mut peer = Peer::polling();
    peer.send("4a");
    peer.posted(1_000);
    peer.drain();
    assert_eq!(peer.wait(), 46_000, "an answer to a POST is a sign of life");
    assert_eq!(peer.drain(), ["abort", "closed: the server no longer answers"]);
}

#[test]
fn a_close_waits_for_what_was_sent_and_says_goodbye_over_polling() {
    let mut peer = Peer::polling();
    peer.send("4a");
    peer.send("4b");
    peer.0.close(at(2));
    peer.send("4too late");
    peer.posted(3);
    peer.posted(4);
    peer.posted(5);
    assert_eq!(peer.drain(), ["POST t=3&sid=e1 4a", "POST t=4&sid=e1 4b", "POST t=5&sid=e1 1", "abort"]);
    assert!(peer.0.is_idle());

    let mut peer = Peer::polling();
    peer.send("4a");
    peer.0.close(at(2));
    assert_eq!(peer.wait(), 5_002, "the last words have their time");
    assert_eq!(peer.drain(), ["POST t=3&sid=e1 4a", "abort"]);
    assert!(peer.0.is_idle());
}

#[test]
fn a_close_gives_up_a_probe_and_waits_for_an_upgrade() {
    let mut peer = Peer::probing();
    peer.0.close(at(3));
    assert_eq!(peer.drain(), ["close", "POST t=3&sid=e1 1"]);

    let mut peer = Peer::probing();
    peer.hear(3, "3probe");
    peer.send("41");
    peer.0.close(at(4));
    peer.got(5, "6");
    assert_eq!(peer.drain(), ["> 5", "> 41", "close"]);
    assert!(peer.0.is_idle());
}

#[test]
fn one_that_is_wanted_again_while_it_closes_is_opened_when_it_has_closed() {
    let mut peer = Peer::polling();
    peer.0.close(at(2));
    peer.0.open(at(3));
    assert_eq!(peer.drain(), ["POST t=3&sid=e1 1"]);
    peer.posted(4);
    assert_eq!(peer.drain(), ["abort", "GET t=4"]);
}

#[test]
fn news_of_what_was_given_up_changes_nothing() {
    let mut peer = Peer::polling();
    peer.0.abort();
    assert_eq!(peer.drain(), ["abort"]);
    peer.got(2, "4a");
    peer.posted(2);
    peer.closed(2);
    peer.hear(2, "4b");
    peer.0.handle(at(2), Input::Opened);
    peer.0.handle_timeout(at(1_000_000));
    assert!(peer.drain().is_empty() && peer.0.is_idle());
}
