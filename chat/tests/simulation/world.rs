//! The clock, and what happens when.

use std::{
    cell::RefCell,
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap},
    rc::Rc,
    time::Duration,
};

use chat::{Action, Command, TabNews, Unsent};
use client::{
    connection::Time,
    engine::{Frame, Input},
};
use protocol::{
    ClientId, ConversationId, Message, MessageText, Quote, Role, Seq, Timestamp, UserId, excerpt,
};

use super::{
    checks::Seen,
    clock::Clock,
    device::{Deed, Device, Shared, TransportId},
    disk::{Disk, Mode, Request},
    network::{TO_DEVICE, TO_SERVER, Wire},
    server::{ALL, Files, Frames, Place, SOME, Server, user},
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

/// What goes wrong.
#[derive(Clone, Copy, Debug)]
pub(super) enum Trouble {
    /// A connection ends; both ends find out, sooner or later.
    Cut,
    /// What is sent in these directions vanishes, and nobody is told: half-open when only one.
    Silence([bool; 2]),
    /// The end or the opening of a connection is reported once more, or after another one has begun.
    Repeated,
    /// A page is loaded anew.
    Reload(usize),
    /// The other one of two tabs leads.
    Lead,
    /// A machine loses its power, and with it what its disk had not written yet.
    PowerCut(usize),
    /// A browser's database behaves in this way for a while.
    Database(usize, Mode),
    ServerRestart,
    /// Somebody copies the server's files.
    Backup,
    /// Somebody puts the copied files in the place of the present ones.
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
    pub(super) place: Place,
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

    fn make_trouble(&mut self) {
        self.has_troubles = true;
        for _ in 0..self.random.usize(5..40) {
            let device = self.any_device();
            self.at_random(Happening::Write(device));
        }
        for _ in 0..self.random.usize(0..30) {
            let device = self.any_device();
            self.at_random(Happening::Change(device));
        }
        for _ in 0..self.random.usize(0..15) {
            let device = self.any_device();
            self.at_random(Happening::Look(device));
        }
        for _ in 0..self.random.usize(0..12) {
            let device = self.any_device();
            self.at_random(Happening::MarkUnread(device));
        }
        for _ in 0..self.random.usize(0..3) {
            let device = self.any_device();
            self.at_random(Happening::Come(device));
        }
        for _ in 0..self.random.usize(0..20) {
            let device = self.any_device();
            self.at_random(Happening::Show(device));
            let stranger = self.any_stranger();
            self.at_random(Happening::Stranger(stranger));
        }
        for _ in 0..self.random.usize(0..6) {
            let device = self.any_device();
            self.at_random(Happening::Role(device));
        }
        for _ in 0..self.random.usize(0..14) {
            let trouble = self.any_trouble();
            self.at_random(Happening::Trouble(trouble));
        }
        self.after(LAST_LOOK, Happening::LookNoMore);
        self.after(LAST_BREAK, Happening::LastBreak);
        self.after(RECOVERED, Happening::Recovered);
        self.after(LAST_WORD, Happening::LastWord);
    }

    fn any_trouble(&mut self) -> Trouble {
        let random = &mut self.random;
        match random.u8(0..21) {
            0..=4 => Trouble::Cut,
            5..=6 => Trouble::Silence([true, true]),
            7 => Trouble::Silence([true, false]),
            8 => Trouble::Silence([false, true]),
            9 => Trouble::Repeated,
            10..=12 => Trouble::Reload(random.usize(..DEVICES.len())),
            13 => Trouble::PowerCut(random.usize(..DISKS)),
            14 => Trouble::Database(random.usize(..DISKS), Mode::Fails),
            15 => Trouble::Database(random.usize(..DISKS), Mode::Hangs),
            16 => Trouble::ServerRestart,
            17..=18 => Trouble::Backup,
            19 => Trouble::Lead,
            _ => Trouble::Restore,
        }
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
                self.seen.note(trouble);
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

    /// From now on nothing that the server says reaches a device over the connection it has.
    pub(super) fn silence(&mut self, device: usize) {
        let transport = self.devices[device].transport.expect("a connection");
        self.wires[transport].silent[TO_DEVICE] = true;
    }

    /// A device loses the connection it has.
    pub(super) fn disconnect(&mut self, device: usize) {
        let transport = self.devices[device].transport.expect("a connection");
        self.cut(transport);
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
                        // No pong comes: this is how a server ends a connection that is broken in one
                        // direction only.
                        self.after(GIVES_UP, Happening::GivenUp(transport));
                    }
                }
            }
            Trouble::Repeated => {
                let device = self.any_device();
                let input = match self.random.bool() {
                    true => Input::Opened,
                    false => Input::Closed("cut".into()),
                };
                if let Some(transport) = self.devices[device].transport {
                    self.tell_device(transport, input);
                }
            }
            Trouble::Reload(device) => self.reload(device),
            Trouble::Lead => {
                let leader = self.shared.leaders.borrow()[0];
                self.shared.leaders.borrow_mut()[0] = 1 - leader;
                // The connection that both share goes with its leader.
                let both = [0, 1].map(|device| self.devices[device].transport);
                both.into_iter().flatten().for_each(|transport| self.cut(transport));
            }
            Trouble::PowerCut(disk) => {
                let lost = self.shared.disks.borrow_mut()[disk].power_cut(self.now());
                self.died.extend(lost);
                for device in 0..self.devices.len() {
                    if self.devices[device].disk == disk {
                        self.reload(device);
                    }
                }
            }
            Trouble::Database(disk, mode) => {
                self.shared.disks.borrow_mut()[disk].mode = mode;
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
                    let kept: BTreeSet<&ClientId> = self.server.files.corrections().collect();
                    let lost = old.corrections().filter(|correction| !kept.contains(correction));
                    self.rolled_back.extend(lost.cloned());
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
        let strangers = (0..STRANGERS).map(|n| user(PEOPLE + 1 + n).id).filter(|_| self.random.bool());
        let strangers = strangers.collect();
        self.server.restart(strangers);
        for transport in 0..self.wires.len() {
            self.cut(transport);
        }
    }

    fn serve(&mut self, transport: TransportId, frame: &str) {
        let out = self.server.receive(transport, frame);
        if let Some(id) = &out.sent {
            assert!(self.answered.contains(id), "{id} was sent before it was kept");
        }
        let lost = out.committed
            && self.last_word.take_if(|writer| *writer == self.wires[transport].device).is_some();
        if out.committed && self.is_troubled() && self.random.u8(0..100) == 0 {
            // It dies between the commit and the first word about it.
            self.seen.died_after_commit += 1;
            return self.restart_server();
        }
        for (to, frame) in out.frames {
            if !lost || to == transport {
                self.carry(to, TO_DEVICE, frame);
            }
        }
        self.seen.last_words += u64::from(lost);
    }

    fn boot(&mut self, device: usize) {
        self.act(device, Action::Open(ConversationId::Group(ALL)));
        self.happen(Happening::Show(device));
    }

    fn reload(&mut self, device: usize) {
        if let Some(transport) = self.devices[device].transport {
            self.cut(transport);
        }
        let lands = self.random.bool();
        // One that crashes does not say good-bye.
        if self.random.bool() {
            for deed in self.devices[device].put_away() {
                if let Deed::Tell(_) = &deed {
                    self.follow(device, deed);
                }
            }
        }
        let old = &mut self.devices[device];
        let mut disks = self.shared.disks.borrow_mut();
        // A write that was under way may still arrive; those that waited for it do not.
        match old.requests.pop_front() {
            Some(Request::Keep(unsent, _)) if lands => drop(disks[old.disk].keep(&unsent, lands)),
            Some(Request::Forget(id, _)) if lands => disks[old.disk].forget(&id, lands),
            _ => {}
        }
        for unsent in old.with(|state| state.outbox.entries().to_vec()) {
            if !disks[old.disk].has(&unsent.client_id) {
                self.died.insert(unsent.client_id.clone());
            }
        }
        drop(disks);
        let (person, disk, life, acknowledged) =
            (old.person, old.disk, old.life + 1, std::mem::take(&mut old.acknowledged));
        let seed = self.random.u64(..);
        self.devices[device] = Device::start(&self.shared, device, person, disk, life, seed);
        self.devices[device].acknowledged = acknowledged;
        self.boot(device);
        if self.is_troubled() && self.random.u8(0..4) == 0 {
            // Somebody writes before the page is ready.
            let wait = Duration::from_millis(self.random.u64(0..800));
            self.after(wait, Happening::Write(device));
        }
    }

    fn write(&mut self, device: usize) {
        let conversation = match self.random.u8(0..8) {
            0..=3 => ConversationId::Group(ALL),
            4 => ConversationId::Group(SOME),
            // One of the people, perhaps the writer.
            _ => ConversationId::User(user(self.random.u8(1..=PEOPLE)).id),
        };
        self.act(device, Action::Typing(conversation));
        self.write_to(device, conversation);
        if self.is_troubled() && self.random.u8(0..40) == 0 {
            // The page dies before the disk has answered.
            self.seen.died_before_kept += 1;
            self.reload(device);
        } else if self.is_troubled() && self.random.u8(0..8) == 0 {
            // People often write twice in a row.
            let wait = Duration::from_millis(self.random.u64(0..300));
            self.after(wait, Happening::Write(device));
        }
    }

    pub(super) fn write_to(&mut self, device: usize, conversation: ConversationId) {
        let me = self.person(device);
        let text = format!("{device} {}", self.written.len());
        let client_id: ClientId = text.replace(' ', "-").parse().unwrap();
        let place = Place::of(me, conversation);
        let now = Timestamp(i64::try_from(self.now().as_millis()).unwrap());
        self.written.push(Written { device, place, client_id: client_id.clone() });
        let reply_to = match self.random.u8(0..4) {
            0 => self.any_message(device, conversation).map(|quoted| quote(&quoted)),
            _ => None,
        };
        let text = format!("{text}{}", mention(self.written.len() as u64));
        let command = Command::Send { content: text.parse().unwrap(), reply_to };
        self.act(device, Action::Write { conversation, client_id, command, now });
    }

    /// Something that a device shows of a conversation.
    fn any_message(&mut self, device: usize, conversation: ConversationId) -> Option<Message> {
        let shown: Vec<Message> = self.devices[device].with(|state| {
            let runs = state.conversation(conversation).into_iter().flat_map(|one| one.timeline.runs());
            runs.flatten().cloned().collect()
        });
        self.random.choice(shown)
    }

    fn change(&mut self, device: usize) {
        if let Some(open) = self.devices[device].with(|state| state.open) {
            self.change_in(device, open);
        }
    }

    /// Does something to a message of a conversation, if the device shows any.
    pub(super) fn change_in(&mut self, device: usize, conversation: ConversationId) {
        let Some(message) = self.any_message(device, conversation) else { return };
        let now = Timestamp(i64::try_from(self.now().as_millis()).unwrap());
        self.commands += 1;
        let client_id: ClientId = format!("c{device}-{}", self.commands).parse().unwrap();
        let mine = message.sender_id == self.person(device);
        let on = self.random.bool();
        let emoji = self.random.choice(["👍", "❤️", "🎉"]).unwrap_or("👍").parse().unwrap();
        let message = message.id;
        let command = match self.random.u8(0..10) {
            // Now and then somebody tries what only the author may do.
            0..4 if mine || self.random.u8(0..10) == 0 => {
                self.corrected.insert(client_id.clone());
                Command::Edit { message, content: corrected(&client_id, self.commands) }
            }
            4 if mine => Command::Delete { message },
            5 => Command::Pin { message, on },
            _ => Command::React { message, emoji, on },
        };
        self.seen.changes += 1;
        self.act(device, Action::Write { conversation, client_id, command, now });
    }

    fn write_or_change(&mut self, device: usize) {
        let everybody = ConversationId::Group(ALL);
        match self.random.bool() {
            true => self.write_to(device, everybody),
            false => self.change_in(device, everybody),
        }
    }

    fn look(&mut self, device: usize) {
        let open = self.devices[device].with(|state| {
            let id = state.open?;
            Some((id, state.conversation(id)?.timeline.newest()))
        });
        if let Some((id, newest)) = open {
            self.act(device, Action::Read(id, newest));
            self.act(device, Action::Typing(id));
            match self.random.u8(0..5) {
                0..2 => self.act(device, Action::LoadOlder(id)),
                2 => self.act(device, Action::LoadNewer(id)),
                3 => self.act(device, Action::Follow(id)),
                _ => {}
            }
        }
        let id = match self.random.u8(0..3) {
            0 => ConversationId::Group(ALL),
            1 if self.devices[device]
                .with(|state| state.conversation(ConversationId::Group(SOME)).is_some()) =>
            {
                ConversationId::Group(SOME)
            }
            _ => ConversationId::User(user(self.random.u8(1..=PEOPLE)).id),
        };
        match self.random.u8(0..3) {
            // There may be no such place.
            0 => {
                let place = Seq(self.random.u64(1..20));
                self.act(device, Action::OpenAt(id, place));
            }
            _ => self.act(device, Action::Open(id)),
        }
    }

    fn mark_unread(&mut self, device: usize) {
        let Some(open) = self.devices[device].with(|state| state.open) else { return };
        let Some(message) = self.any_message(device, open) else { return };
        self.seen.marked += 1;
        self.act(device, Action::MarkUnread(open, message.seq));
        // Reading goes on at once, here or elsewhere.
        for reader in 0..DEVICES.len() {
            if self.random.u8(0..4) == 0 {
                let wait = Duration::from_millis(self.random.u64(0..2_000));
                self.after(wait, Happening::Look(reader));
            }
        }
    }

    /// Tries again once or gives up.
    fn decide(&mut self, device: usize) {
        for id in self.failed(device) {
            let action = match self.random.u8(0..3) {
                0 if self.is_troubled() => Action::Retry(id),
                _ => {
                    self.devices[device].discarded.insert(id.clone());
                    Action::Discard(id)
                }
            };
            self.act(device, action);
        }
    }

    fn failed(&self, device: usize) -> Vec<ClientId> {
        self.devices[device].with(|state| {
            let failed = state.outbox.entries().iter().filter(|entry| entry.is_failed());
            failed.map(|entry| entry.client_id.clone()).collect()
        })
    }

    pub(super) fn act(&mut self, device: usize, action: Action) {
        self.devices[device].act(action);
        self.settle(device);
    }

    fn ask_disk(&mut self, device: usize, request: Request) {
        let tab = &mut self.devices[device];
        if let Request::Forget(id, _) = &request
            && !tab.discarded.contains(id)
        {
            tab.acknowledged.insert(id.clone());
        }
        tab.requests.push_back(request);
        if tab.requests.len() == 1 {
            self.start_disk(device);
        }
    }

    fn start_disk(&mut self, device: usize) {
        let mode = self.shared.disks.borrow()[self.devices[device].disk].mode;
        let wait = match (mode, self.random.u8(0..10)) {
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
        let shared = self.shared.disks.clone();
        let mut disks = shared.borrow_mut();
        let disk = &mut disks[self.devices[device].disk];
        // A page that has gone meanwhile hears nothing.
        match request {
            Request::Keep(unsent, answer) => {
                let kept = disk.keep(&unsent, lands);
                self.answer_of_disk(device, [unsent.client_id.clone()]);
                if !kept {
                    self.unkept.insert(unsent.client_id);
                }
                let _ = answer.send(kept);
            }
            Request::Forget(id, answer) => {
                disk.forget(&id, lands);
                let _ = answer.send(());
            }
            Request::Read(answer) => {
                let stored = disk.read();
                // What cannot be read loses its place in the order.
                if disk.mode != Mode::Works {
                    self.unkept.extend(disk.rows.keys().cloned());
                }
                self.answer_of_disk(device, stored.iter().map(|entry: &Unsent| entry.client_id.clone()));
                let _ = answer.send(stored);
            }
        }
        drop(disks);
        if !self.devices[device].requests.is_empty() {
            self.start_disk(device);
        }
        self.settle(device);
    }

    fn answer_of_disk(&mut self, device: usize, ids: impl IntoIterator<Item = ClientId>) {
        for id in ids {
            self.answered.insert(id.clone());
            self.devices[device].answered.insert(id);
        }
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
        if !failed.is_empty() {
            self.refused.extend(failed);
            self.after(Duration::from_secs(5), Happening::Decide(device));
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
            Deed::Send(transport, frame) => self.carry(transport, TO_SERVER, frame),
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

    fn tell_device(&mut self, transport: TransportId, input: Input) {
        self.wires[transport].tell(input);
        self.settle(self.wires[transport].device);
    }

    fn drop_transport(&mut self, device: usize, transport: TransportId) {
        self.devices[device].transport.take_if(|current| *current == transport);
        let wire = &mut self.wires[transport];
        if std::mem::replace(&mut wire.alive, false) {
            // Over a wire that is silent the server does not hear of it.
            let wait = if wire.silent[TO_SERVER] { GIVES_UP } else { Duration::ZERO };
            self.after(wait, Happening::GivenUp(transport));
        }
    }

    fn carry_all(&mut self, frames: Frames) {
        for (transport, frame) in frames {
            self.carry(transport, TO_DEVICE, frame);
        }
    }

    fn carry(&mut self, transport: TransportId, direction: usize, frame: String) {
        let delay = self.delay();
        let Some(arrival) = self.wires[transport].arrival(direction, self.shared.clock.now(), delay) else {
            return;
        };
        let what = match direction {
            TO_SERVER => Happening::ToServer(transport, frame),
            _ => Happening::ToDevice(transport, frame),
        };
        self.after(arrival - self.now(), what);
    }

    fn cut(&mut self, transport: TransportId) {
        if std::mem::replace(&mut self.wires[transport].alive, false) {
            let told = self.server.closed(transport);
            self.carry_all(told);
            for _ in 0..=self.random.u8(0..2) {
                let delay = self.delay();
                self.after(delay, Happening::Lost(transport));
            }
        }
    }

    /// Whether events of this transport reach the page: the driver drops those of former ones.
    fn is_current(&self, transport: TransportId) -> bool {
        let wire = &self.wires[transport];
        let device = &self.devices[wire.device];
        device.transport == Some(transport) && device.life == wire.life
    }

    fn person(&self, device: usize) -> UserId {
        self.devices[device].with(|state| state.me.id)
    }

    fn any_stranger(&mut self) -> UserId {
        user(PEOPLE + self.random.u8(1..=STRANGERS)).id
    }

    fn any_device(&mut self) -> usize {
        self.random.usize(..DEVICES.len())
    }

    fn any_wire(&mut self) -> Option<TransportId> {
        let alive: Vec<TransportId> = (0..self.wires.len()).filter(|wire| self.wires[*wire].alive).collect();
        self.random.choice(alive)
    }

    fn delay(&mut self) -> Duration {
        let slow = self.is_troubled() && self.random.u8(0..20) == 0;
        Duration::from_millis(self.random.u64(if slow { 1_000..30_000 } else { 1..200 }))
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

/// What a reply shows of a message.
fn quote(message: &Message) -> Quote {
    Quote {
        message_id: message.id,
        seq: message.seq,
        sender_id: message.sender_id,
        excerpt: excerpt(&message.content),
    }
}

/// The end of a text that mentions somebody, everybody or nobody.
fn mention(number: u64) -> String {
    match number % 7 {
        0 | 1 => String::new(),
        2 => " @all".to_owned(),
        n => format!(" @user{}", n - 2),
    }
}

fn corrected(client_id: &ClientId, number: u64) -> MessageText {
    format!("corrected {client_id}{}", mention(number)).parse().unwrap()
}
