//! How disks keep what pages write.

use std::time::Duration;

use chat::Unsent;
use protocol::ClientId;

use super::{
    super::disk::{Mode, Request},
    Happening, World,
};

impl World {
    pub(super) fn ask_disk(&mut self, device: usize, request: Request) {
        if let Request::Forget(id, _) = &request {
            self.is_done(device, id);
            if !self.discarded.contains(id) {
                self.devices[device].acknowledged.insert(id.clone());
            }
        }
        let tab = &mut self.devices[device];
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

    pub(super) fn disk_done(&mut self, device: usize) {
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
                if disk.has(&id) {
                    self.unremoved.insert(id);
                }
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
}
