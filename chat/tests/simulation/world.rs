//! The clock, and what happens when.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap},
    time::Duration,
};

use client::{connection::Time, delivery::Unsent};
use protocol::{ClientId, ConversationId, Timestamp, UserId};

use super::{
    checks::Seen,
    device::{Device, Wish},
    disk::{Disk, Done, Mode, Request},
    network::{TO_DEVICE, TO_SERVER, Wire},
    server::{ALL, Files, Place, SOME, Server, TransportId, user},
};
use crate::state::{Action, Answer, ChatState, Effect, LOOK_AGAIN};

/// How long things go wrong, and how long they then have to recover.
const CHAOS: Time = Duration::from_secs(180);
const PEACE: Time = Duration::from_secs(240);
/// The last look of a page's clock, and then one more break: what it makes pages miss only the
/// look after it can find.
const LAST_LOOK: Time = Duration::from_secs(300);
const LAST_BREAK: Time = Duration::from_secs(330);
/// After which a server gives up a client that it hears nothing of.
const GIVES_UP: Time = Duration::from_secs(45);
const PEOPLE: u8 = 3;
/// Whose the devices are, and which browser each is a tab of: somebody with two tabs and a phone,
/// and two others.
const DEVICES: [(u8, usize); 5] = [(1, 0), (1, 0), (1, 1), (2, 2), (3, 3)];

/// What goes wrong.
#[derive(Clone, Copy, Debug)]
pub(super) enum Trouble {
    /// A connection ends; both ends find out, sooner or later.
    Cut,
    /// What is sent in these directions vanishes, and nobody is told: half-open when only one.
    Silence([bool; 2]),
    /// The connection's end or opening is reported once more, or when another one has begun.
    Repeated,
    /// A page is loaded anew.
    Reload(usize),
    /// A machine loses its power, and what its disk had not been made to write.
    PowerCut(usize),
    /// A browser's database behaves so for a while.
    Database(usize, Mode),
    ServerRestart,
    /// Somebody copies the server's files.
    Backup,
    /// And puts them in the place of the present ones.
    Restore,
}

enum Happening {
    Opened(TransportId),
    ToServer(TransportId, String),
    ToDevice(TransportId, String),
    /// The device hears that its transport is gone.
    Lost(TransportId),
    /// The server gives a transport up.
    GivenUp(TransportId),
    Timer(usize, u32),
    DiskDone(usize, u32),
    Write(usize),
    /// Somebody reads what is on the screen, and looks at another conversation.
    Look(usize),
    /// Somebody decides about a message that was refused.
    Decide(usize),
    /// Somebody joins the group that people come to and go from, or leaves it.
    Come(usize),
    Trouble(Trouble),
    LastBreak,
    Ping,
    LookAgain,
}

/// A message as it was written.
pub(super) struct Written {
    pub(super) device: usize,
    pub(super) place: Place,
    pub(super) client_id: ClientId,
}

pub(super) struct World {
    random: fastrand::Rng,
    now: Time,
    queue: BinaryHeap<Reverse<(Time, u64)>>,
    happenings: BTreeMap<u64, Happening>,
    count: u64,
    pub(super) server: Server,
    backup: Option<Files>,
    wires: Vec<Wire>,
    pub(super) devices: Vec<Device>,
    pub(super) disks: Vec<Disk>,
    pub(super) written: Vec<Written>,
    /// What the server had when an earlier backup was restored, which did not have it.
    pub(super) rolled_back: BTreeSet<ClientId>,
    /// What a page took with it because its disk had not taken it.
    pub(super) died: BTreeSet<ClientId>,
    /// What was in no storage for a while, or in one that could not be read.
    pub(super) unkept: BTreeSet<ClientId>,
    /// What the server refused at least once: then somebody decides.
    pub(super) refused: BTreeSet<ClientId>,
    pub(super) seen: Seen,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let disks = (0..4).map(|_| Disk::new(random.u8(0..10) > 0)).collect();
        let mut world = Self {
            random,
            now: Duration::ZERO,
            queue: BinaryHeap::new(),
            happenings: BTreeMap::new(),
            count: 0,
            server: Server::new(PEOPLE),
            backup: None,
            wires: vec![],
            devices: vec![],
            disks,
            written: vec![],
            rolled_back: BTreeSet::new(),
            died: BTreeSet::new(),
            unkept: BTreeSet::new(),
            refused: BTreeSet::new(),
            seen: Seen::default(),
        };
        for (person, disk) in DEVICES {
            let seed = world.random.u64(..);
            world.devices.push(Device::start(person, disk, 0, seed));
        }
        for device in 0..world.devices.len() {
            world.boot(device);
        }
        for _ in 0..world.random.usize(5..40) {
            let device = world.any_device();
            world.at_random(Happening::Write(device));
        }
        for _ in 0..world.random.usize(0..15) {
            let device = world.any_device();
            world.at_random(Happening::Look(device));
        }
        for _ in 0..world.random.usize(0..3) {
            let device = world.any_device();
            world.at_random(Happening::Come(device));
        }
        for _ in 0..world.random.usize(0..14) {
            let trouble = world.any_trouble();
            world.at_random(Happening::Trouble(trouble));
        }
        world.after(Duration::from_secs(25), Happening::Ping);
        world.after(LOOK_AGAIN, Happening::LookAgain);
        world.after(LAST_BREAK, Happening::LastBreak);
        world
    }

    fn any_trouble(&mut self) -> Trouble {
        let random = &mut self.random;
        match random.u8(0..20) {
            0..=4 => Trouble::Cut,
            5..=6 => Trouble::Silence([true, true]),
            7 => Trouble::Silence([true, false]),
            8 => Trouble::Silence([false, true]),
            9 => Trouble::Repeated,
            10..=12 => Trouble::Reload(random.usize(..DEVICES.len())),
            13 => Trouble::PowerCut(random.usize(..self.disks.len())),
            14 => Trouble::Database(random.usize(..self.disks.len()), Mode::Fails),
            15 => Trouble::Database(random.usize(..self.disks.len()), Mode::Hangs),
            16 => Trouble::ServerRestart,
            17..=18 => Trouble::Backup,
            _ => Trouble::Restore,
        }
    }

    pub(super) fn run(&mut self) {
        let mut peace = false;
        while let Some(Reverse((time, n))) = self.queue.pop() {
            if time > CHAOS + PEACE {
                return;
            }
            self.now = time;
            if time > CHAOS && !std::mem::replace(&mut peace, true) {
                self.disks.iter_mut().for_each(|disk| disk.mode = Mode::Works);
            }
            if let Some(happening) = self.happenings.remove(&n) {
                self.happen(happening);
            }
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Opened(transport) => {
                let Wire { device, alive, .. } = self.wires[transport];
                if alive && self.is_current(transport) {
                    let greeting = self.server.opened(transport, self.devices[device].state.me.id);
                    self.carry(transport, TO_DEVICE, greeting);
                    self.devices[device].opened(self.now);
                    self.settle(device);
                }
            }
            Happening::ToServer(transport, frame) => {
                if self.wires[transport].passes(TO_SERVER) {
                    self.serve(transport, &frame);
                }
            }
            Happening::ToDevice(transport, frame) => {
                if self.wires[transport].passes(TO_DEVICE) && self.is_current(transport) {
                    let device = self.wires[transport].device;
                    self.devices[device].text(self.now, &frame);
                    self.settle(device);
                }
            }
            Happening::Lost(transport) => {
                if self.is_current(transport) {
                    let device = self.wires[transport].device;
                    self.devices[device].transport = None;
                    self.devices[device].closed(self.now);
                    self.settle(device);
                }
            }
            Happening::GivenUp(transport) => {
                self.server.closed(transport);
                if self.wires[transport].passes(TO_DEVICE) {
                    self.cut(transport);
                }
            }
            Happening::Timer(device, life) => {
                if self.devices[device].life == life {
                    self.devices[device].timer = None;
                    self.devices[device].time(self.now);
                    self.settle(device);
                }
            }
            Happening::DiskDone(device, life) => {
                if self.devices[device].life == life {
                    self.disk_done(device);
                }
            }
            Happening::Write(device) => self.write(device),
            Happening::Look(device) => self.look(device),
            Happening::Decide(device) => self.decide(device),
            Happening::Come(device) => {
                let now = self.now;
                match self.server.is_member(self.person(device), SOME) {
                    true => self.devices[device].leave(now, SOME),
                    false => self.devices[device].join(now, SOME),
                }
                self.settle(device);
            }
            Happening::Trouble(trouble) => {
                self.seen.note(trouble);
                self.trouble(trouble);
            }
            Happening::Ping => {
                for transport in 0..self.wires.len() {
                    self.carry(transport, TO_DEVICE, "2".into());
                }
                self.after(Duration::from_secs(25), Happening::Ping);
            }
            Happening::LookAgain => {
                for device in 0..self.devices.len() {
                    self.change(device, ChatState::look_again);
                }
                if self.now + LOOK_AGAIN <= LAST_LOOK {
                    self.after(LOOK_AGAIN, Happening::LookAgain);
                }
            }
            Happening::LastBreak => {
                let writer = self.any_device();
                for transport in 0..self.wires.len() {
                    if self.wires[transport].device != writer {
                        self.cut(transport);
                    }
                }
                self.write_to(writer, ConversationId::Group(ALL));
            }
        }
    }

    fn trouble(&mut self, trouble: Trouble) {
        match trouble {
            Trouble::Cut => {
                if let Some(transport) = self.any_wire() {
                    self.cut(transport);
                }
            }
            Trouble::Silence(directions) => {
                if let Some(transport) = self.any_wire() {
                    self.wires[transport].silent = directions;
                    if directions[TO_SERVER] {
                        // No pong comes: so a server ends what is broken in one direction only.
                        self.after(GIVES_UP, Happening::GivenUp(transport));
                    }
                }
            }
            Trouble::Repeated => {
                let device = self.any_device();
                match self.random.bool() {
                    true => self.devices[device].opened(self.now),
                    false => self.devices[device].closed(self.now),
                }
                self.settle(device);
            }
            Trouble::Reload(device) => self.reload(device),
            Trouble::PowerCut(disk) => {
                let lost = self.disks[disk].power_cut(self.now);
                self.died.extend(lost);
                for device in 0..self.devices.len() {
                    if self.devices[device].disk == disk {
                        self.reload(device);
                    }
                }
            }
            Trouble::Database(disk, mode) => {
                self.disks[disk].mode = mode;
                let wait = Duration::from_secs(self.random.u64(1..60));
                if mode != Mode::Works {
                    self.after(wait, Happening::Trouble(Trouble::Database(disk, Mode::Works)));
                }
            }
            Trouble::ServerRestart => self.restart_server(),
            Trouble::Backup => self.backup = Some(self.server.files.clone()),
            Trouble::Restore => {
                if let Some(backup) = self.backup.clone() {
                    let old = std::mem::replace(&mut self.server.files, backup);
                    for (place, messages) in old.history {
                        let kept = self.server.history(place).len();
                        self.rolled_back
                            .extend(messages.into_iter().skip(kept).filter_map(|one| one.client_id));
                    }
                    self.restart_server();
                }
            }
        }
    }

    fn restart_server(&mut self) {
        self.server.restart();
        for transport in 0..self.wires.len() {
            self.cut(transport);
        }
    }

    fn serve(&mut self, transport: TransportId, frame: &str) {
        let out = self.server.receive(transport, frame);
        if out.committed && self.now < CHAOS && self.random.u8(0..100) == 0 {
            // It dies between the commit and the first word about it.
            self.seen.died_after_commit += 1;
            return self.restart_server();
        }
        for (to, frame) in out.frames {
            self.carry(to, TO_DEVICE, frame);
        }
    }

    fn boot(&mut self, device: usize) {
        self.change(device, ChatState::read_outbox);
        self.change(device, |state| state.act(Action::Open(ConversationId::Group(ALL))));
        let now = self.now;
        self.devices[device].connect(now);
        self.settle(device);
    }

    fn reload(&mut self, device: usize) {
        if let Some(transport) = self.devices[device].transport {
            self.cut(transport);
        }
        let lands = self.random.bool();
        let old = &mut self.devices[device];
        // A write that was under way may still arrive; those that waited for it do not.
        if let Some(request @ (Request::Keep(_) | Request::Forget(_))) = old.requests.pop_front()
            && lands
        {
            self.disks[old.disk].work(request, lands);
        }
        for unsent in old.state.outbox.entries() {
            if !self.disks[old.disk].has(&unsent.client_id) {
                self.died.insert(unsent.client_id.clone());
            }
        }
        let (person, disk, life, acknowledged) =
            (old.person, old.disk, old.life + 1, std::mem::take(&mut old.acknowledged));
        let seed = self.random.u64(..);
        self.devices[device] = Device::start(person, disk, life, seed);
        self.devices[device].acknowledged = acknowledged;
        self.boot(device);
        if self.now < CHAOS && self.random.u8(0..4) == 0 {
            // Somebody writes before the page has found its feet.
            let wait = Duration::from_millis(self.random.u64(0..800));
            self.after(wait, Happening::Write(device));
        }
    }

    fn write(&mut self, device: usize) {
        let conversation = match self.random.u8(0..8) {
            0..=3 => ConversationId::Group(ALL),
            4 => ConversationId::Group(SOME),
            // One of the people, perhaps oneself.
            _ => ConversationId::User(user(self.random.u8(1..=PEOPLE)).id),
        };
        self.write_to(device, conversation);
        if self.now < CHAOS && self.random.u8(0..40) == 0 {
            // The page dies before the disk has answered.
            self.seen.died_before_kept += 1;
            self.reload(device);
        } else if self.now < CHAOS && self.random.u8(0..8) == 0 {
            // People often write twice in a row.
            let wait = Duration::from_millis(self.random.u64(0..300));
            self.after(wait, Happening::Write(device));
        }
    }

    fn write_to(&mut self, device: usize, conversation: ConversationId) {
        let me = self.person(device);
        let text = format!("{device} {}", self.written.len());
        let client_id: ClientId = text.replace(' ', "-").parse().unwrap();
        let place = Place::of(me, conversation);
        let now = Timestamp(i64::try_from(self.now.as_millis()).unwrap());
        self.written.push(Written { device, place, client_id: client_id.clone() });
        let content = text.parse().unwrap();
        self.change(device, |state| state.act(Action::Write { conversation, client_id, content, now }));
    }

    fn look(&mut self, device: usize) {
        let state = &self.devices[device].state;
        if let Some(id) = state.open
            && let Some(conversation) = state.conversations.get(&id)
        {
            let newest = conversation.timeline.newest();
            self.change(device, |state| state.act(Action::Read(id, newest)));
            if self.random.bool() {
                self.change(device, |state| state.act(Action::LoadOlder(id)));
            }
        }
        let id = match self.random.u8(0..3) {
            0 => ConversationId::Group(ALL),
            1 if self.devices[device].state.conversations.contains_key(&ConversationId::Group(SOME)) => {
                ConversationId::Group(SOME)
            }
            _ => ConversationId::User(user(self.random.u8(1..=PEOPLE)).id),
        };
        self.change(device, |state| state.act(Action::Open(id)));
    }

    /// Tries again once or gives up.
    fn decide(&mut self, device: usize) {
        let entries = self.devices[device].state.outbox.entries().iter();
        let failed: Vec<ClientId> =
            entries.filter(|entry| entry.is_failed()).map(|entry| entry.client_id.clone()).collect();
        for id in failed {
            let action = match self.random.u8(0..3) {
                0 if self.now < CHAOS => Action::Retry(id),
                _ => Action::Discard(id),
            };
            self.change(device, |state| state.act(action));
        }
    }

    fn change(&mut self, device: usize, change: impl FnOnce(&mut ChatState) -> Vec<Effect>) {
        let effects = change(&mut self.devices[device].state);
        let now = self.now;
        let requests = self.devices[device].perform(now, effects);
        self.ask_disk(device, requests);
        self.settle(device);
    }

    fn ask_disk(&mut self, device: usize, requests: Vec<Request>) {
        for request in requests {
            let (now, tab) = (self.now, &mut self.devices[device]);
            self.disks[tab.disk].asked(now, &request);
            tab.requests.push_back(request);
            if tab.requests.len() == 1 {
                self.start_disk(device);
            }
        }
    }

    fn start_disk(&mut self, device: usize) {
        let wait = match (self.disks[self.devices[device].disk].mode, self.random.u8(0..10)) {
            (Mode::Hangs, _) => 1_000,
            (_, 0..3) => self.random.u64(1..900),
            _ => self.random.u64(1..10),
        };
        let life = self.devices[device].life;
        self.after(Duration::from_millis(wait), Happening::DiskDone(device, life));
    }

    fn disk_done(&mut self, device: usize) {
        let Some(request) = self.devices[device].requests.pop_front() else { return };
        let lands = self.random.bool();
        let done = self.disks[self.devices[device].disk].work(request, lands);
        if !self.devices[device].requests.is_empty() {
            self.start_disk(device);
        }
        let tab = &mut self.devices[device];
        let answer = match done {
            Done::Nothing => return,
            Done::Kept(id, kept) => {
                tab.answered.insert(id.clone());
                if !kept {
                    self.unkept.insert(id.clone());
                }
                Answer::Kept(id, kept)
            }
            Done::Stored(entries) => {
                // What cannot be read loses its place in the order.
                let disk = &self.disks[tab.disk];
                if disk.mode != Mode::Works {
                    self.unkept.extend(disk.rows.keys().cloned());
                }
                tab.answered.extend(entries.iter().map(|entry: &Unsent| entry.client_id.clone()));
                Answer::Outbox(entries)
            }
        };
        self.change(device, |state| state.answer(answer));
    }

    /// Does what a connection says until there is nothing more.
    fn settle(&mut self, device: usize) {
        loop {
            let (wish, requests, more) = self.devices[device].poll(self.now);
            if !more {
                break;
            }
            self.ask_disk(device, requests);
            match wish {
                None => {}
                Some(Wish::Open) => {
                    // The driver drops the one before.
                    self.drop_transport(device);
                    let transport = self.wires.len();
                    self.wires.push(Wire::new(device, self.devices[device].life, self.now));
                    self.devices[device].transport = Some(transport);
                    let delay = self.delay();
                    self.after(delay, Happening::Opened(transport));
                }
                Some(Wish::Send(frame)) => {
                    if let Some(transport) = self.devices[device].transport {
                        self.carry(transport, TO_SERVER, frame);
                    }
                }
                Some(Wish::Close) => self.drop_transport(device),
            }
        }
        self.check_now(device);
        if self.devices[device].state.outbox.entries().iter().any(|entry| entry.is_failed()) {
            for entry in self.devices[device].state.outbox.entries().iter().filter(|entry| entry.is_failed())
            {
                self.refused.insert(entry.client_id.clone());
            }
            self.after(Duration::from_secs(5), Happening::Decide(device));
        }
        let tab = &mut self.devices[device];
        if let Some(time) = tab.next_timeout()
            && tab.timer.is_none_or(|armed| time < armed)
        {
            tab.timer = Some(time);
            let (wait, life) = (time.saturating_sub(self.now), tab.life);
            self.after(wait, Happening::Timer(device, life));
        }
    }

    fn drop_transport(&mut self, device: usize) {
        let Some(transport) = self.devices[device].transport.take() else { return };
        let wire = &mut self.wires[transport];
        if std::mem::replace(&mut wire.alive, false) {
            // Over a wire that is silent the server does not hear of it.
            let wait = if wire.silent[TO_SERVER] { GIVES_UP } else { Duration::ZERO };
            self.after(wait, Happening::GivenUp(transport));
        }
    }

    fn carry(&mut self, transport: TransportId, direction: usize, frame: String) {
        let delay = self.delay();
        let Some(arrival) = self.wires[transport].arrival(direction, self.now, delay) else { return };
        let what = match direction {
            TO_SERVER => Happening::ToServer(transport, frame),
            _ => Happening::ToDevice(transport, frame),
        };
        self.after(arrival - self.now, what);
    }

    fn cut(&mut self, transport: TransportId) {
        if std::mem::replace(&mut self.wires[transport].alive, false) {
            self.server.closed(transport);
            for _ in 0..=self.random.u8(0..2) {
                let delay = self.delay();
                self.after(delay, Happening::Lost(transport));
            }
        }
    }

    /// Whether events of this transport reach the page: the driver drops those of former ones.
    fn is_current(&self, transport: TransportId) -> bool {
        let Wire { device, life, .. } = self.wires[transport];
        self.devices[device].transport == Some(transport) && self.devices[device].life == life
    }

    fn person(&self, device: usize) -> UserId {
        self.devices[device].state.me.id
    }

    fn any_device(&mut self) -> usize {
        self.random.usize(..DEVICES.len())
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
