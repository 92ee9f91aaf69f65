//! The clock, and what happens when.
//!
//! - [`people`]: what they do; [`trouble`]: what goes wrong
//! - [`tabs`]: what tabs of one browser must agree about
//! - [`disks`]: how pages' writes are kept; [`wires`]: what is carried to and fro

mod disks;
mod people;
mod tabs;
mod trouble;
mod wires;

use std::{
    cell::RefCell,
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap},
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use chat::{Action, TabNews};
use client::{
    connection::Time,
    engine::{Frame, Input},
};
use protocol::{ClientId, ConversationId, Role, UserId};

pub(super) use self::trouble::Trouble;
use super::{
    clock::Clock,
    device::{Deed, Device, Shared},
    disk::{Disk, Mode},
    network::{TO_DEVICE, TO_SERVER, TransportId, Wire},
    seen::Seen,
    server::{ALL, ConversationKey, Files, SOME, Server, user},
};

/// How long things go wrong. After that nothing does.
const CHAOS: Time = Duration::from_secs(180);
/// From here on the look of every minute does not come, and then there is one more break. What pages
/// miss by it, only the look after the break can find.
const LAST_LOOK: Time = Duration::from_secs(300);
const LAST_BREAK: Time = Duration::from_secs(330);
/// When everybody must have recovered from that break. From here on pages look again.
const RECOVERED: Time = Duration::from_secs(395);
/// When somebody writes a message that gets lost on its way to everybody else, with nothing
/// after it that would reveal the gap.
const LAST_WORD: Time = Duration::from_secs(400);
/// How long they may take to find out, the second that writing takes included.
const FINDS_OUT: Duration = Duration::from_secs(90);
/// After which a server gives up a client that it hears nothing of.
const GIVES_UP: Time = Duration::from_secs(45);
const PEOPLE: u8 = 3;
/// People whose devices are outside of this world.
const STRANGERS: u8 = 4;
const DISKS: usize = 4;
/// Who owns each device, and which browser it is a tab of: somebody with two tabs and a phone, and two
/// others.
const DEVICES: [(u8, usize); 5] = [(1, 0), (1, 0), (1, 1), (2, 2), (3, 3)];

enum Happening {
    Opened(TransportId),
    ToServer(TransportId, String),
    ToDevice(TransportId, String),
    /// The device hears that its transport is gone.
    Lost(TransportId),
    /// The server gives a transport up.
    GivenUp(TransportId),
    TabNews(usize, u32, TabNews),
    DiskDone(usize, u32),
    Write(usize),
    /// Somebody does something to a message that they see.
    Change(usize),
    /// Somebody reads what is on the screen, and looks at another conversation.
    Look(usize),
    /// Somebody marks something as unread that they see.
    MarkUnread(usize),
    /// Somebody decides about a message that was refused.
    Decide(usize),
    /// Somebody joins the group that people come to and go from, or leaves it.
    Come(usize),
    /// Somebody has another role in a group.
    Role(usize),
    /// Other people than before are on somebody's screen.
    Show(usize),
    /// Somebody comes online or goes, on a device outside of this world.
    Stranger(UserId),
    Trouble(Trouble),
    LookNoMore,
    LastBreak,
    Recovered,
    LastWord,
    Ping,
}

/// A message as it was written.
pub(super) struct Written {
    pub(super) device: usize,
    pub(super) place: ConversationKey,
    pub(super) client_id: ClientId,
}

pub(super) struct World {
    random: fastrand::Rng,
    has_troubles: bool,
    pub(super) shared: Shared,
    queue: BinaryHeap<Reverse<(Time, u64)>>,
    happenings: BTreeMap<u64, Happening>,
    count: u64,
    pub(super) server: Server,
    backup: Option<Files>,
    wires: Vec<Wire>,
    pub(super) devices: Vec<Device>,
    /// Who is on whose screen.
    pub(super) shown: [Vec<UserId>; DEVICES.len()],
    /// When the last news that another tab told each of them arrives.
    news_until: [Time; DEVICES.len()],
    /// What a disk has said that it has, or does not take.
    pub(super) answered: BTreeSet<ClientId>,
    /// Whose next message gets lost on its way to everybody else.
    last_word: Option<usize>,
    pub(super) written: Vec<Written>,
    /// How many changes of messages were asked for.
    commands: u64,
    /// The corrections that somebody made.
    pub(super) corrected: BTreeSet<ClientId>,
    /// What the server had when an earlier backup was restored, which did not have it.
    pub(super) rolled_back: BTreeSet<ClientId>,
    /// What a page took with it because its disk had not taken it.
    pub(super) died: BTreeSet<ClientId>,
    /// What was in no storage for a while, or in one that could not be read.
    pub(super) unkept: BTreeSet<ClientId>,
    /// What the server refused at least once: then somebody decides.
    pub(super) refused: BTreeSet<ClientId>,
    /// What somebody gave up.
    pub(super) discarded: BTreeSet<ClientId>,
    /// When a tab of a browser was done with something first.
    pub(super) done: BTreeMap<(usize, ClientId), Time>,
    /// What a disk did not remove when it was to.
    pub(super) unremoved: BTreeSet<ClientId>,
    pub(super) seen: Seen,
}

impl World {
    /// A world in which things go wrong.
    pub(super) fn new(seed: u64) -> Self {
        let mut world = Self::calm(seed);
        world.make_trouble();
        world
    }

    /// A world in which nothing goes wrong by itself.
    pub(super) fn calm(seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let disks = (0..DISKS).map(|_| Disk::new(random.u8(0..10) > 0)).collect();
        let leads = |disk| DEVICES.iter().position(|(_, of)| *of == disk).unwrap();
        let leaders = (0..DISKS).map(leads).collect();
        let shared = Shared {
            clock: Rc::new(Clock::default()),
            disks: Rc::new(RefCell::new(disks)),
            leaders: Rc::new(RefCell::new(leaders)),
            transports: Rc::default(),
            tokens: (0..DISKS).map(|_| Arc::default()).collect(),
            refreshing: Rc::default(),
        };
        let mut world = Self {
            random,
            has_troubles: false,
            shared,
            queue: BinaryHeap::new(),
            happenings: BTreeMap::new(),
            count: 0,
            server: Server::new(PEOPLE),
            backup: None,
            wires: vec![],
            devices: vec![],
            shown: Default::default(),
            news_until: [Time::ZERO; DEVICES.len()],
            answered: BTreeSet::new(),
            last_word: None,
            written: vec![],
            commands: 0,
            corrected: BTreeSet::new(),
            rolled_back: BTreeSet::new(),
            died: BTreeSet::new(),
            unkept: BTreeSet::new(),
            refused: BTreeSet::new(),
            discarded: BTreeSet::new(),
            done: BTreeMap::new(),
            unremoved: BTreeSet::new(),
            seen: Seen::default(),
        };
        for (index, (person, disk)) in DEVICES.into_iter().enumerate() {
            let seed = world.random.u64(..);
            world.devices.push(Device::start(&world.shared, index, person, disk, 0, seed));
        }
        for device in 0..world.devices.len() {
            world.boot(device);
        }
        world.after(Duration::from_secs(25), Happening::Ping);
        world
    }

    pub(super) fn run(&mut self) {
        self.run_until(CHAOS);
        self.shared.disks.borrow_mut().iter_mut().for_each(|disk| disk.mode = Mode::Works);
        self.run_until(LAST_WORD + FINDS_OUT);
    }

    pub(super) fn run_until(&mut self, end: Time) {
        loop {
            let happens = self.queue.peek().map_or(Time::MAX, |Reverse((time, _))| *time);
            let wakes = self.shared.clock.next().unwrap_or(Time::MAX);
            let time = happens.min(wakes);
            if time > end {
                return self.shared.clock.advance(end);
            }
            self.shared.clock.advance(time);
            if wakes <= happens {
                if let Some(device) = self.shared.clock.wake_next() {
                    self.settle(device);
                }
            } else if let Some(Reverse((_, n))) = self.queue.pop()
                && let Some(happening) = self.happenings.remove(&n)
            {
                self.happen(happening);
            }
        }
    }

    fn is_troubled(&self) -> bool {
        self.has_troubles && self.now() < CHAOS
    }

    pub(super) fn now(&self) -> Time {
        self.shared.clock.now()
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Opened(transport) => {
                if self.wires[transport].alive && self.is_current(transport) {
                    let device = self.wires[transport].device;
                    let greeting = self.server.opened(transport, self.person(device));
                    self.carry(transport, TO_DEVICE, greeting);
                    self.tell_device(transport, Input::Opened);
                }
            }
            Happening::ToServer(transport, frame) => {
                if self.wires[transport].passes(TO_SERVER) {
                    self.serve(transport, &frame);
                }
            }
            Happening::ToDevice(transport, frame) => {
                if self.wires[transport].passes(TO_DEVICE) {
                    self.tell_device(transport, Input::Frame(Frame::Text(frame)));
                }
            }
            Happening::Lost(transport) => {
                if self.is_current(transport) {
                    let device = self.wires[transport].device;
                    self.devices[device].transport = None;
                }
                self.tell_device(transport, Input::Closed("cut".into()));
            }
            Happening::GivenUp(transport) => {
                let told = self.server.closed(transport);
                self.carry_all(told);
                if self.wires[transport].passes(TO_DEVICE) {
                    self.cut(transport);
                }
            }
            Happening::TabNews(device, life, news) => {
                if self.devices[device].life == life {
                    if let TabNews::Unsent(unsent) = &news {
                        self.devices[device].answered.insert(unsent.client_id.clone());
                    }
                    self.devices[device].runtime.hear_tab(news);
                    self.settle(device);
                }
            }
            Happening::DiskDone(device, life) => {
                if self.devices[device].life == life {
                    self.disk_done(device);
                }
            }
            Happening::Write(device) => self.write(device),
            Happening::Change(device) => self.change(device),
            Happening::Look(device) => self.look(device),
            Happening::MarkUnread(device) => self.mark_unread(device),
            Happening::Decide(device) => self.decide(device),
            Happening::Come(device) => {
                match self.server.is_member(self.person(device), SOME) {
                    true => self.devices[device].leave(SOME),
                    false => self.devices[device].join(SOME),
                }
                self.settle(device);
            }
            Happening::Role(device) => {
                let group = if self.random.bool() { ALL } else { SOME };
                let role = [Role::Member, Role::Admin, Role::Owner][self.random.usize(..3)];
                let told = self.server.give_role(group, self.person(device), role);
                self.carry_all(told);
            }
            Happening::Show(device) => {
                let everybody = (1..=PEOPLE + STRANGERS).map(|n| user(n).id);
                let some: Vec<UserId> = everybody.filter(|_| self.random.bool()).collect();
                self.shown[device].clone_from(&some);
                self.act(device, Action::Watch(some));
            }
            Happening::Stranger(user) => {
                let told = self.server.stranger(user);
                self.carry_all(told);
            }
            Happening::Trouble(trouble) => {
                self.seen.troubles += 1;
                self.seen.restores += u64::from(matches!(trouble, Trouble::Restore));
                self.trouble(trouble);
            }
            Happening::Ping => {
                for transport in 0..self.wires.len() {
                    self.carry(transport, TO_DEVICE, "2".into());
                }
                self.after(Duration::from_secs(25), Happening::Ping);
            }
            Happening::LookNoMore => self.shared.clock.slowed.set(true),
            Happening::Recovered => {
                self.check_agreement();
                self.shared.clock.slowed.set(false);
            }
            Happening::LastWord => {
                let writer = self.any_device();
                self.last_word = Some(writer);
                self.write_or_change(writer);
            }
            Happening::LastBreak => {
                let writer = self.any_device();
                for transport in 0..self.wires.len() {
                    if self.wires[transport].device != writer {
                        self.cut(transport);
                    }
                }
                self.write_or_change(writer);
            }
        }
    }

    fn boot(&mut self, device: usize) {
        self.act(device, Action::Open(ConversationId::Group(ALL)));
        self.happen(Happening::Show(device));
    }

    pub(super) fn act(&mut self, device: usize, action: Action) {
        self.devices[device].act(action);
        self.settle(device);
    }

    /// Lets a page do what there is to do, and the world what follows, until nothing does.
    pub(super) fn settle(&mut self, device: usize) {
        loop {
            let deeds = self.devices[device].run();
            if deeds.is_empty() {
                break;
            }
            for deed in deeds {
                self.follow(device, deed);
            }
        }
        self.check_now(device);
        let failed = self.failed(device);
        self.check_refusals(device, &failed);
        if !failed.is_empty() {
            self.refused.extend(failed);
            // Whichever tab somebody happens to look at.
            let disk = self.devices[device].disk;
            let tabs: Vec<usize> = (0..DEVICES.len()).filter(|tab| DEVICES[*tab].1 == disk).collect();
            let tab = self.random.choice(tabs).unwrap_or(device);
            self.after(Duration::from_secs(5), Happening::Decide(tab));
        }
    }

    fn follow(&mut self, device: usize, deed: Deed) {
        match deed {
            Deed::Open(transport, events) => {
                let now = self.now();
                let life = self.devices[device].life;
                // Transports that a page wanted as it died were never opened.
                self.wires.resize_with(transport, || Wire::never(now));
                self.wires.push(Wire::new(device, life, now, events));
                self.devices[device].transport = Some(transport);
                let delay = self.delay();
                self.after(delay, Happening::Opened(transport));
            }
            Deed::Send(transport, frame) => {
                self.check_frame(device, &frame);
                self.carry(transport, TO_SERVER, frame);
            }
            Deed::Close(transport) => self.drop_transport(device, transport),
            Deed::Disk(request) => self.ask_disk(device, request),
            Deed::Tell(news) => {
                for other in 0..self.devices.len() {
                    let Device { disk, life, .. } = self.devices[other];
                    if other != device && disk == self.devices[device].disk {
                        // What a browser's tabs tell each other stays in order.
                        let wait = Duration::from_millis(self.random.u64(0..50));
                        let arrives = (self.now() + wait).max(self.news_until[other]);
                        self.news_until[other] = arrives;
                        self.after(arrives - self.now(), Happening::TabNews(other, life, news.clone()));
                    }
                }
            }
        }
    }

    fn person(&self, device: usize) -> UserId {
        self.devices[device].with(|state| state.me.id)
    }

    fn any_device(&mut self) -> usize {
        self.random.usize(..DEVICES.len())
    }

    fn at_random(&mut self, what: Happening) {
        let delay = Duration::from_millis(self.random.u64(0..CHAOS.as_millis() as u64));
        self.after(delay, what);
    }

    fn after(&mut self, delay: Duration, what: Happening) {
        self.count += 1;
        self.happenings.insert(self.count, what);
        self.queue.push(Reverse((self.now() + delay, self.count)));
    }
}
