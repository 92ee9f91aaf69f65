//! Tabs of one browser: what was refused, given up or confirmed in one is so in all of them.

use std::time::Duration;

use client::connection::Time;
use protocol::ClientId;

use super::{super::device::Refusals, World};

/// How long one tab may not know what another one does.
const SOON: Duration = Duration::from_secs(2);

impl World {
    /// A tab asks its browser's disk to remove this.
    pub(super) fn is_done(&mut self, device: usize, id: &ClientId) {
        let (disk, now) = (self.devices[device].disk, self.now());
        self.done.entry((disk, id.clone())).or_insert(now);
    }

    /// A tab sends something: nothing that was done with in this browser a while ago. One that was opened since
    /// may have read it from a disk that had not removed it.
    pub(super) fn check_frame(&self, device: usize, frame: &str) {
        let tab = &self.devices[device];
        let is_old = |(_, when): &(_, &Time)| **when >= tab.started && **when + SOON < self.now();
        let of_disk =
            |((disk, id), _): &(&(usize, ClientId), _)| *disk == tab.disk && !self.unremoved.contains(id);
        for ((_, id), when) in self.done.iter().filter(of_disk).filter(is_old) {
            let said = format!("\"clientId\":\"{id}\"");
            assert!(!frame.contains(&said), "device {device} sends {id}, which was done with at {when:?}");
        }
    }

    /// Whatever a tab shows as refused, the others show, too.
    pub(super) fn check_refusals(&mut self, device: usize, failed: &[ClientId]) {
        let now = self.now();
        let Refusals { shown, gone } = &mut self.devices[device].refusals;
        gone.extend(shown.extract_if(.., |id, _| !failed.contains(id)).map(|(id, _)| (id, now)));
        for id in failed {
            shown.entry(id.clone()).or_insert(now);
        }
        let is_of_browser = |other: &usize| self.devices[*other].disk == self.devices[device].disk;
        for other in (0..self.devices.len()).filter(is_of_browser) {
            let theirs = &self.devices[other];
            for (id, since) in &self.devices[device].refusals.shown {
                let could_hear = theirs.started < *since && *since + SOON < now;
                let Refusals { shown, gone } = &theirs.refusals;
                let is_news = gone.get(id).is_some_and(|when| *when + SOON >= now);
                let is_sent = theirs.with(|state| {
                    let mut all = state.conversations().values();
                    all.any(|one| one.timeline.has(state.me.id, id))
                });
                let is_excused = is_sent || self.unremoved.contains(id) || self.rolled_back.contains(id);
                assert!(
                    !could_hear || is_news || is_excused || shown.contains_key(id),
                    "device {device} shows since {since:?} that {id} was refused, and device {other} does not"
                );
            }
        }
    }
}
