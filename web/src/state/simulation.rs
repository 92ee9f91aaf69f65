//! Several devices on a bad network, in virtual time.
//!
//! The real connection, outbox, timeline and page state against a model of the server. The network
//! delays, cuts, and goes silent without a word; the server and the pages restart at any moment.
//! Whatever happened, in the end everybody has seen every message once, in one order.

mod server;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    time::Duration,
};

use client::{
    connection::{self, Command, Config, Connection, Event, Output, Time},
    delivery::Unsent,
    engine::{Action as Network, Frame, Input, Transports},
};
use protocol::{
    Call, ClientId, ConversationId, EventEnum, GetUsers, Recipient, Reply, SendGroupMessage, ServerEvent,
    Timestamp,
};
use serde_json::value::{RawValue, to_raw_value};

use self::server::{GROUP, Server, TransportId, user};
use super::{Action, Answer, ChatState, Effect, LOOK_AGAIN, Link};

const GROUP_CONVERSATION: ConversationId = ConversationId::Group(GROUP);
/// How long things go wrong, and how long they then have to recover.
const CHAOS: Time = Duration::from_secs(180);
const PEACE: Time = Duration::from_secs(180);

/// A page: what it knows, its connection, and what survives its death.
struct Device {
    state: ChatState,
    /// An asker is what it asked for.
    connection: Connection<Effect>,
    transport: Option<TransportId>,
    stored: Vec<Unsent>,
    written: u32,
}

/// A transport as the network has it.
struct Wire {
    device: usize,
    alive: bool,
    /// Frames vanish, and nobody is told.
    silent: bool,
    /// No frame overtakes another one.
    busy: [Time; 2],
}

enum Happening {
    Opened(TransportId),
    ToServer(TransportId, String),
    ToDevice(TransportId, String),
    /// The device hears that its transport is gone.
    Lost(TransportId),
    Timer(usize),
    Write(usize),
    Reload(usize),
    Cut,
    Silence,
    ServerRestart,
    Ping,
    LookAgain,
}

struct World {
    random: fastrand::Rng,
    now: Time,
    queue: BinaryHeap<Reverse<(Time, u64)>>,
    happenings: BTreeMap<u64, Happening>,
    count: u64,
    server: Server,
    wires: Vec<Wire>,
    devices: Vec<Device>,
    written: Vec<(usize, ClientId, String)>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut world = Self {
            random: fastrand::Rng::with_seed(seed),
            now: Duration::ZERO,
            queue: BinaryHeap::new(),
            happenings: BTreeMap::new(),
            count: 0,
            server: Server::default(),
            wires: vec![],
            devices: vec![],
            written: vec![],
        };
        // Two people, one of them with two devices.
        for n in [1, 1, 2] {
            let seed = world.random.u64(..);
            world.devices.push(start(n, vec![], 0, seed));
        }
        for device in 0..world.devices.len() {
            world.boot(device);
        }
        for _ in 0..world.random.usize(5..40) {
            let device = world.random.usize(..world.devices.len());
            world.at_random(Happening::Write(device));
        }
        for _ in 0..world.random.usize(0..12) {
            let what = match world.random.u8(0..10) {
                0..=4 => Happening::Cut,
                5..=6 => Happening::Silence,
                7..=8 => Happening::Reload(world.random.usize(..world.devices.len())),
                _ => Happening::ServerRestart,
            };
            world.at_random(what);
        }
        world.after(Duration::from_secs(25), Happening::Ping);
        world.after(LOOK_AGAIN, Happening::LookAgain);
        world
    }

    fn run(&mut self) {
        while let Some(Reverse((time, n))) = self.queue.pop() {
            if time > CHAOS + PEACE {
                return;
            }
            self.now = time;
            if let Some(happening) = self.happenings.remove(&n) {
                self.happen(happening);
            }
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Opened(transport) if self.wires[transport].alive => {
                let device = self.wires[transport].device;
                let greeting = self.server.opened(transport, self.devices[device].state.me.id);
                self.carry(transport, 1, greeting);
                self.devices[device].connection.handle(self.now, Input::Opened);
                self.settle(device);
            }
            Happening::ToServer(transport, frame) if self.passes(transport) => {
                for (to, frame) in self.server.receive(transport, &frame) {
                    self.carry(to, 1, frame);
                }
            }
            Happening::ToDevice(transport, frame) if self.passes(transport) => {
                let device = self.wires[transport].device;
                if self.devices[device].transport == Some(transport) {
                    let input = Input::Frame(Frame::Text(frame));
                    self.devices[device].connection.handle(self.now, input);
                    self.settle(device);
                }
            }
            Happening::Lost(transport) => {
                let device = self.wires[transport].device;
                if self.devices[device].transport == Some(transport) {
                    self.devices[device].transport = None;
                    self.devices[device].connection.handle(self.now, Input::Closed("cut".into()));
                    self.settle(device);
                }
            }
            Happening::Timer(device) => {
                self.devices[device].connection.handle_timeout(self.now);
                self.settle(device);
            }
            Happening::Write(device) => self.write(device),
            Happening::Reload(device) => {
                if let Some(transport) = self.devices[device].transport {
                    self.wires[transport].alive = false;
                    self.server.closed(transport);
                }
                let old = &self.devices[device];
                let seed = self.random.u64(..);
                self.devices[device] =
                    start(old.state.me.id.into_bytes()[0], old.stored.clone(), old.written, seed);
                self.boot(device);
            }
            Happening::Cut => {
                if let Some(transport) = self.any_wire() {
                    self.cut(transport);
                }
            }
            Happening::Silence => {
                if let Some(transport) = self.any_wire() {
                    self.wires[transport].silent = true;
                }
            }
            Happening::ServerRestart => {
                self.server.restart();
                for transport in 0..self.wires.len() {
                    self.cut(transport);
                }
            }
            Happening::Ping => {
                for transport in 0..self.wires.len() {
                    self.carry(transport, 1, "2".into());
                }
                self.after(Duration::from_secs(25), Happening::Ping);
            }
            Happening::LookAgain => {
                for device in 0..self.devices.len() {
                    let effects = self.devices[device].state.look_again();
                    self.perform(device, effects);
                    self.settle(device);
                }
                self.after(LOOK_AGAIN, Happening::LookAgain);
            }
            Happening::Opened(_) | Happening::ToServer(..) | Happening::ToDevice(..) => {}
        }
    }

    fn boot(&mut self, device: usize) {
        let mut effects = self.devices[device].state.act(Action::Open(GROUP_CONVERSATION));
        effects.extend(self.devices[device].state.read_outbox());
        self.perform(device, effects);
        let connect = Command::Connect { namespace: "/".into() };
        self.devices[device].connection.command(self.now, connect);
        self.settle(device);
    }

    fn write(&mut self, device: usize) {
        let page = &mut self.devices[device];
        page.written += 1;
        let text = format!("{device} {}", page.written);
        let client_id: ClientId = format!("{device}-{}", page.written).parse().unwrap();
        self.written.push((device, client_id.clone(), text.clone()));
        let effects = page.state.act(Action::Write {
            conversation: GROUP_CONVERSATION,
            client_id,
            content: text.parse().unwrap(),
            now: Timestamp(0),
        });
        self.perform(device, effects);
        self.settle(device);
    }

    /// Does what a connection says until there is nothing more.
    fn settle(&mut self, device: usize) {
        while let Some(output) = self.devices[device].connection.poll_output() {
            match output {
                Output::Action(Network::Open { .. }) => {
                    let transport = self.wires.len();
                    self.wires.push(Wire { device, alive: true, silent: false, busy: [self.now; 2] });
                    self.devices[device].transport = Some(transport);
                    let delay = self.delay();
                    self.after(delay, Happening::Opened(transport));
                }
                Output::Authenticate { namespace } => {
                    self.devices[device].connection.handle_auth(self.now, &namespace, None);
                }
                Output::Action(Network::Send(Frame::Text(frame))) => {
                    if let Some(transport) = self.devices[device].transport {
                        self.carry(transport, 0, frame);
                    }
                }
                Output::Action(Network::Close) => {
                    if let Some(transport) = self.devices[device].transport.take() {
                        self.wires[transport].alive = false;
                        self.server.closed(transport);
                    }
                }
                Output::Action(other) => panic!("chat over WebSockets does not do this: {other:?}"),
                Output::Event { event, .. } => {
                    let effects = self.tell(device, event);
                    self.perform(device, effects);
                }
                Output::Answer { asker, answer } => {
                    let effects = self.answer(device, asker, answer);
                    self.perform(device, effects);
                }
            }
            self.check_what_is_shown(device);
        }
        if let Some(time) = self.devices[device].connection.next_timeout() {
            let wait = time.saturating_sub(self.now);
            self.after(wait, Happening::Timer(device));
        }
    }

    fn tell(&mut self, device: usize, event: Event) -> Vec<Effect> {
        let state = &mut self.devices[device].state;
        match event {
            Event::Connected => state.link(Link::Online),
            Event::Joined => state.joined(),
            Event::Disconnected { reason, .. } => {
                state.link(Link::Offline { reason: reason.to_string(), retry_in: None })
            }
            Event::Refused { message, .. } => panic!("refused: {message}"),
            Event::Received { name, payload, .. } => {
                state.apply(ServerEvent::decode(&name, &payload.json).unwrap())
            }
        }
    }

    fn answer(&mut self, device: usize, effect: Effect, answer: connection::Answer) -> Vec<Effect> {
        let state = &mut self.devices[device].state;
        let answer = answer.map(|payload| payload.json).map_err(|failure| failure.to_string());
        match effect {
            Effect::Synchronise(request) => state.answer(Answer::Synced(request, read(answer))),
            Effect::GetUsers(ids) => state.answer(Answer::Users(ids, read(answer))),
            Effect::Fetch(fetch) => state.answer(Answer::Fetched(fetch, read(answer))),
            Effect::Send(unsent) => {
                state.answer(Answer::Sent(unsent.client_id, read(answer).map_err(|_| None)))
            }
            Effect::MarkRead(_)
            | Effect::Keep(_)
            | Effect::Forget(_)
            | Effect::ReadOutbox
            | Effect::ListOnline => vec![],
        }
    }

    fn perform(&mut self, device: usize, effects: Vec<Effect>) {
        let now = self.now;
        let page = &mut self.devices[device];
        let mut effects = std::collections::VecDeque::from(effects);
        while let Some(effect) = effects.pop_front() {
            let (name, payload) = match &effect {
                Effect::Keep(unsent) => {
                    page.stored.retain(|row| row.client_id != unsent.client_id);
                    page.stored.push(serde_json::from_str(&serde_json::to_string(unsent).unwrap()).unwrap());
                    effects.extend(page.state.answer(Answer::Kept(unsent.client_id.clone(), true)));
                    continue;
                }
                Effect::Forget(client_id) => {
                    page.stored.retain(|row| row.client_id != *client_id);
                    continue;
                }
                Effect::ReadOutbox => {
                    effects.extend(page.state.answer(Answer::Outbox(page.stored.clone())));
                    continue;
                }
                Effect::Synchronise(request) => encode(request),
                Effect::ListOnline => continue,
                Effect::GetUsers(ids) => encode(&GetUsers { user_ids: ids.clone() }),
                Effect::Fetch(fetch) => encode(fetch),
                Effect::MarkRead(mark) => encode(mark),
                Effect::Send(unsent) => encode(&SendGroupMessage {
                    group_id: GROUP,
                    content: unsent.content.clone(),
                    client_id: Some(unsent.client_id.clone()),
                }),
            };
            let call = Command::Call {
                namespace: "/".into(),
                name: name.into(),
                payload: payload.into(),
                timeout: Duration::from_secs(20),
                asker: effect,
            };
            page.connection.command(now, call);
        }
    }

    fn check_what_is_shown(&self, device: usize) {
        let shown = self.devices[device].state.conversations[&GROUP_CONVERSATION].timeline.messages();
        assert!(
            shown.windows(2).all(|pair| pair[1].seq == pair[0].seq.next()),
            "device {device} shows a gap or a double"
        );
    }

    /// At the end: everything was said once, in the order of writing, and everybody saw it.
    fn check_the_end(&self) {
        let history = &self.server.history;
        for (device, client_id, _) in &self.written {
            let times = history.iter().filter(|m| m.client_id.as_ref() == Some(client_id)).count();
            assert_eq!(times, 1, "{client_id} of device {device}");
        }
        assert_eq!(history.len(), self.written.len());
        for (n, device) in self.devices.iter().enumerate() {
            let own: Vec<&str> = history
                .iter()
                .map(|message| message.content.as_str())
                .filter(|text| text.starts_with(&format!("{n} ")))
                .collect();
            let wrote: Vec<&str> = self
                .written
                .iter()
                .filter(|(device, ..)| *device == n)
                .map(|(.., text)| text.as_str())
                .collect();
            assert_eq!(own, wrote, "the order of writing");
            assert!(device.state.outbox.is_empty(), "device {n} still has something pending");
            assert!(device.state.link.is_online(), "device {n} did not come back");
            let shown = device.state.conversations[&GROUP_CONVERSATION].timeline.messages();
            let first = shown.first().map_or(0, |message| message.seq.0 as usize - 1);
            assert_eq!(shown, &history[first..], "device {n}");
            assert!(shown.iter().all(|message| message.recipient == Recipient::Group(GROUP)));
        }
    }

    fn carry(&mut self, transport: TransportId, direction: usize, frame: String) {
        let delay = self.delay();
        let wire = &mut self.wires[transport];
        if !wire.alive {
            return;
        }
        let arrival = (self.now + delay).max(wire.busy[direction]);
        wire.busy[direction] = arrival;
        let what = if direction == 0 {
            Happening::ToServer(transport, frame)
        } else {
            Happening::ToDevice(transport, frame)
        };
        self.after(arrival - self.now, what);
    }

    fn cut(&mut self, transport: TransportId) {
        if std::mem::replace(&mut self.wires[transport].alive, false) {
            self.server.closed(transport);
            let delay = self.delay();
            self.after(delay, Happening::Lost(transport));
        }
    }

    fn passes(&self, transport: TransportId) -> bool {
        self.wires[transport].alive && !self.wires[transport].silent
    }

    fn any_wire(&mut self) -> Option<TransportId> {
        let alive: Vec<TransportId> = (0..self.wires.len()).filter(|wire| self.wires[*wire].alive).collect();
        self.random.choice(alive)
    }

    fn delay(&mut self) -> Duration {
        let slow = self.now < CHAOS && self.random.u8(0..20) == 0;
        Duration::from_millis(self.random.u64(if slow { 1_000..30_000 } else { 1..200 }))
    }

    fn at_random(&mut self, what: Happening) {
        let delay = Duration::from_millis(self.random.u64(0..CHAOS.as_millis() as u64));
        self.after(delay, what);
    }

    fn after(&mut self, delay: Duration, what: Happening) {
        self.count += 1;
        self.happenings.insert(self.count, what);
        self.queue.push(Reverse((self.now + delay, self.count)));
    }
}

fn start(n: u8, stored: Vec<Unsent>, written: u32, seed: u64) -> Device {
    Device {
        state: ChatState::new(user(n)),
        // Transports have tests of their own; a model of a server for polling would be another server.
        connection: Connection::new(Config { transports: Transports::WebSocket, ..Config::default() }, seed),
        transport: None,
        stored,
        written,
    }
}

fn encode<E: Call>(event: &E) -> (&'static str, Box<RawValue>) {
    (E::NAME, to_raw_value(event).unwrap())
}

fn read<T: serde::de::DeserializeOwned>(answer: Result<Box<RawValue>, String>) -> Result<T, String> {
    let reply: Reply<T> = serde_json::from_str(answer?.get()).unwrap();
    Result::from(reply).map_err(|error| error.message)
}

/// How many schedules: `PARLANCE_SCHEDULES`, 300 by default.
#[test]
fn whatever_the_network_does_everybody_sees_everything_once_in_one_order() {
    let schedules = std::env::var("PARLANCE_SCHEDULES").ok().and_then(|n| n.parse().ok()).unwrap_or(300);
    let first = std::env::var("PARLANCE_FIRST_SCHEDULE").ok().and_then(|n| n.parse().ok()).unwrap_or(0);
    for seed in first..first + schedules {
        let outcome = std::panic::catch_unwind(|| {
            let mut world = World::new(seed);
            world.run();
            world.check_the_end();
        });
        if let Err(panic) = outcome {
            eprintln!(
                "schedule {seed} failed; PARLANCE_FIRST_SCHEDULE={seed} PARLANCE_SCHEDULES=1 repeats it"
            );
            std::panic::resume_unwind(panic);
        }
    }
}
