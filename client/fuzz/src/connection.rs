//! A hostile server and a hostile network: any frames, at any time, over any transport, between any
//! commands of the program. Nothing may panic or grow without limit, and what must always hold is
//! checked after every step ([`Network`], [`Program`]).
#![no_main]

use std::{collections::BTreeMap, time::Duration};

use client::{
    connection::{Command, Config, Connection, Event, Name, Output, Payload},
    engine::{Action, Frame, Input, Transports},
    packet::{EnginePacket, Packet},
};
use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;

fuzz_target!(|bytes: &[u8]| {
    let mut bytes = Bytes(bytes);
    let transports = [
        Transports::WebSocketThenPolling,
        Transports::PollingThenWebSocket,
        Transports::WebSocket,
        Transports::Polling,
    ][usize::from(bytes.byte() % 4)];
    let config = Config { transports, send_buffer: 8, max_attachment_bytes: 64, ..Config::default() };
    let mut world = World {
        connection: Connection::new(config, 7),
        now: Duration::ZERO,
        network: Network::default(),
        program: Program::default(),
    };
    while !bytes.0.is_empty() {
        world.step(&mut bytes);
        world.settle();
    }
    world.end();
});

/// What is left of the input.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    /// 0 when there is nothing left.
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn text(&mut self) -> String {
        let length = usize::from(self.byte()).min(self.0.len());
        let (text, rest) = self.0.split_at(length);
        self.0 = rest;
        String::from_utf8_lossy(text).into_owned()
    }

    fn namespace(&mut self) -> Name {
        [Name::Borrowed("/"), Name::Borrowed("/a")][usize::from(self.byte() % 2)].clone()
    }

    /// A frame that a server may send: whole, cut off, or without any sense.
    fn frame(&mut self) -> String {
        let template = match self.byte() % 24 {
            0 => return self.text(),
            1 => return format!("4{}", self.text()),
            2 => {
                r#"0{"sid":"s","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":100}"#
            }
            3 => {
                r#"0{"sid":"ü","upgrades":[],"pingInterval":18446744073709551615,"pingTimeout":18446744073709551615,"maxPayload":0}"#
            }
            4 => {
                r#"0{"sid":"s","upgrades":["websocket","é"],"pingInterval":0,"pingTimeout":0,"maxPayload":1}"#
            }
            5 => r#"40{"sid":"n"}"#,
            6 => r#"40/a,{"sid":"n"}"#,
            7 => r#"44{"message":"nein ✗","data":{"a":[1]}}"#,
            8 => r#"44/a,"no""#,
            9 => "41",
            10 => "41/a,",
            11 => "1",
            12 => "2",
            13 => "3probe",
            14 => "6",
            15 => r#"42["e",{"ключ":"🎉"}]"#,
            16 => r#"42/a,7["e",1,2,3]"#,
            17 => r#"452-["e",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#,
            18 => r#"451-/a,7["e",{"_placeholder":true,"num":0}]"#,
            19 => "4599999999-[\"e\"]",
            20 => return format!("43{}[1]", self.byte() % 16),
            21 => return format!("43/a,{}[]", self.byte() % 16),
            22 => return format!("461-{}[{{\"_placeholder\":true,\"num\":0}}]", self.byte() % 16),
            _ => "4299999999999999999999[\"e\"]",
        };
        let cut = usize::from(self.byte());
        if cut == 0 || cut > 64 {
            return template.to_owned();
        }
        let kept = template.chars().count().saturating_sub(cut);
        template.chars().take(kept).collect()
    }
}

struct World {
    connection: Connection<u64>,
    now: Duration,
    network: Network,
    program: Program,
}

/// What there is on the network.
#[derive(Default)]
struct Network {
    /// Whether it is open yet.
    socket: Option<bool>,
    get: bool,
    post: bool,
}

/// What the program has asked for and was told.
#[derive(Default)]
struct Program {
    /// The server let it in at least once.
    was_let_in: bool,
    asked: u64,
    unanswered: BTreeMap<u64, ()>,
    /// By namespace.
    connected: BTreeMap<Name, bool>,
}

impl World {
    fn step(&mut self, bytes: &mut Bytes<'_>) {
        match bytes.byte() % 20 {
            0 => self.advance(Duration::from_millis(u64::from(bytes.byte()) * 4)),
            1 => self.advance(Duration::from_secs(u64::from(bytes.byte()))),
            2 => {
                let next = self.connection.next_timeout().unwrap_or_default();
                self.advance(next.saturating_sub(self.now));
            }
            3 | 4 => {
                let namespace = bytes.namespace();
                self.connection.command(self.now, Command::Connect { namespace });
            }
            5 => {
                let namespace = bytes.namespace();
                self.connection.command(self.now, Command::Disconnect { namespace });
            }
            6 => {
                let (namespace, volatile) = (bytes.namespace(), bytes.byte().is_multiple_of(2));
                let payload = payload(bytes);
                let emit = Command::Emit { namespace, name: "e".into(), payload, volatile };
                self.connection.command(self.now, emit);
            }
            7 | 8 => {
                let (namespace, timeout) = (bytes.namespace(), Duration::from_secs(u64::from(bytes.byte())));
                let payload = payload(bytes);
                let asker = self.program.asked;
                self.program.asked += 1;
                self.program.unanswered.insert(asker, ());
                let call = Command::Call { namespace, name: "ç".into(), payload, timeout, asker };
                self.connection.command(self.now, call);
            }
            9 => self.connection.command(self.now, Command::Check),
            10 | 11 => {
                if self.network.socket == Some(false) {
                    self.network.socket = Some(true);
                    self.connection.handle(self.now, Input::Opened);
                }
            }
            12..=14 => {
                let frame = bytes.frame();
                if self.network.socket == Some(true) {
                    self.connection.handle(self.now, Input::Frame(Frame::Text(frame)));
                }
            }
            15 => {
                let data = bytes.text().into_bytes();
                if self.network.socket == Some(true) {
                    self.connection.handle(self.now, Input::Frame(Frame::Binary(data)));
                }
            }
            16 => {
                if self.network.socket.take().is_some() {
                    self.connection.handle(self.now, Input::Closed("cut".into()));
                }
            }
            17 => {
                let count = bytes.byte() % 4;
                let packets: Vec<_> = (0..=count).map(|_| bytes.frame()).collect();
                // Also if nobody waits for it: late news must not matter.
                self.network.get = false;
                self.connection.handle(self.now, Input::Got(Ok(packets.join("\u{1e}"))));
            }
            18 => {
                self.network.post = false;
                let posted = if bytes.byte().is_multiple_of(4) { Err("400".into()) } else { Ok(()) };
                self.connection.handle(self.now, Input::Posted(posted));
            }
            _ => {
                self.network.get = false;
                self.connection.handle(self.now, Input::Got(Err("400".into())));
            }
        }
    }

    fn advance(&mut self, time: Duration) {
        self.now += time;
        self.connection.handle_timeout(self.now);
    }

    /// Does what the connection says, and checks that it may say so.
    fn settle(&mut self) {
        let mut outputs = 0;
        while let Some(output) = self.connection.poll_output() {
            outputs += 1;
            assert!(outputs < 1_000, "it does not come to rest");
            match output {
                Output::Action(action) => self.network.act(action),
                Output::Authenticate { namespace } => {
                    self.connection.handle_auth(self.now, &namespace, None);
                }
                Output::Event { namespace, event } => self.program.hear(self.now, namespace, &event),
                Output::Answer { asker, .. } => {
                    assert!(self.program.unanswered.remove(&asker).is_some(), "answered twice");
                }
            }
        }
    }

    /// The program goes, and everybody who waits is told.
    fn end(&mut self) {
        self.connection.close(self.now);
        self.settle();
        for _ in 0..100 {
            let Some(next) = self.connection.next_timeout() else { break };
            self.now = self.now.max(next);
            self.connection.handle_timeout(self.now);
            self.settle();
        }
        assert_eq!(self.connection.next_timeout(), None, "it still waits for something");
        assert!(self.connection.is_idle(), "it does not end");
        assert!(self.program.unanswered.is_empty(), "somebody waits for ever");
        assert!(self.network.socket.is_none() && !self.network.get && !self.network.post, "left open");
    }
}

impl Network {
    fn act(&mut self, action: Action) {
        match action {
            Action::Open { .. } => {
                assert_eq!(self.socket, None, "two WebSockets");
                self.socket = Some(false);
            }
            Action::Send(frame) => {
                assert_eq!(self.socket, Some(true), "sent over a WebSocket that is not open");
                well_formed(&frame);
            }
            Action::Close => assert!(self.socket.take().is_some(), "closed a WebSocket that is not there"),
            Action::Get { .. } => assert!(!std::mem::replace(&mut self.get, true), "two GETs"),
            Action::Post { body, .. } => {
                assert!(!std::mem::replace(&mut self.post, true), "two POSTs");
                assert!(!body.is_empty(), "an empty POST");
            }
            Action::Abort => (self.get, self.post) = (false, false),
        }
    }
}

/// What goes out can be read again.
fn well_formed(frame: &Frame) {
    let Frame::Text(text) = frame else { return };
    match EnginePacket::decode(text) {
        Ok(EnginePacket::Message(text)) => {
            Packet::decode(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        }
        Ok(_) => {}
        Err(error) => panic!("{text:?}: {error}"),
    }
}

impl Program {
    fn hear(&mut self, now: Duration, namespace: Name, event: &Event) {
        let connected = self.connected.entry(namespace).or_default();
        match event {
            Event::Joined { .. } => unreachable!("nobody shares it"),
            Event::Connected { .. } => {
                assert!(!std::mem::replace(connected, true), "connected twice");
                self.was_let_in = true;
            }
            Event::Disconnected { retry_at, .. } => {
                *connected = false;
                // Longer after a connection that was let in and did not last.
                let longest = Duration::from_secs(if self.was_let_in { 15 } else { 5 });
                assert!(
                    retry_at.is_none_or(|at| at >= now && at - now <= longest),
                    "back-off out of its bounds"
                );
            }
            Event::Refused { .. } => assert!(!*connected, "refused after it was let in"),
            Event::Received { event: payload, .. } => {
                assert!(*connected, "an event before it was let in");
                assert!(payload.attachments.len() <= 10, "more attachments than allowed");
                let bytes: usize = payload.attachments.iter().map(Vec::len).sum();
                assert!(bytes <= 64, "larger attachments than allowed");
            }
        }
    }
}

fn payload(bytes: &mut Bytes<'_>) -> Payload {
    let attachments = (0..bytes.byte() % 3).map(|_| bytes.text().into_bytes()).collect();
    Payload::new(RawValue::from_string("[null]".to_owned()).unwrap(), attachments).unwrap()
}
