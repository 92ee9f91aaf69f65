//! The connection against a model of a server, in virtual time.

mod attempts;
mod exchange;
mod namespaces;

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
