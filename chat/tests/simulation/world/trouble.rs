//! What goes wrong.

use std::{collections::BTreeSet, time::Duration};

use client::engine::Input;
use protocol::ClientId;

use super::{
    super::{
        device::{Deed, Device},
        disk::{Mode, Request},
        network::TO_SERVER,
        server::user,
    },
    DEVICES, DISKS, GIVES_UP, Happening, LAST_BREAK, LAST_LOOK, LAST_WORD, PEOPLE, RECOVERED, STRANGERS,
    World,
};

/// What goes wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trouble {
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

impl World {
    pub(super) fn make_trouble(&mut self) {
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

    pub(super) fn trouble(&mut self, trouble: Trouble) {
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

    pub(super) fn restart_server(&mut self) {
        let strangers = (0..STRANGERS).map(|n| user(PEOPLE + 1 + n).id).filter(|_| self.random.bool());
        let strangers = strangers.collect();
        self.server.restart(strangers);
        for transport in 0..self.wires.len() {
            self.cut(transport);
        }
    }

    pub(super) fn reload(&mut self, device: usize) {
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
            Some(Request::Forget(id, _)) => drop(self.unremoved.insert(id)),
            _ => {}
        }
        for request in old.requests.drain(..) {
            if let Request::Forget(id, _) = request {
                self.unremoved.insert(id);
            }
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
}
