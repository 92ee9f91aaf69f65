//! What becomes of a frame.

use client::connection::Time;

/// A transport as the network has it.
pub(super) struct Wire {
    pub(super) device: usize,
    /// The page's life in which it was opened.
    pub(super) life: u32,
    pub(super) alive: bool,
    /// Frames in this direction vanish, and nobody is told.
    pub(super) silent: [bool; 2],
    /// No frame overtakes another one of its direction.
    busy: [Time; 2],
}

pub(super) const TO_SERVER: usize = 0;
pub(super) const TO_DEVICE: usize = 1;

impl Wire {
    pub(super) fn new(device: usize, life: u32, now: Time) -> Self {
        Self { device, life, alive: true, silent: [false; 2], busy: [now; 2] }
    }

    /// When a frame that is sent now arrives; never on a wire that is cut.
    pub(super) fn arrival(&mut self, direction: usize, now: Time, delay: Time) -> Option<Time> {
        let arrival = (now + delay).max(self.busy[direction]);
        self.busy[direction] = arrival;
        self.alive.then_some(arrival)
    }

    pub(super) fn passes(&self, direction: usize) -> bool {
        self.alive && !self.silent[direction]
    }
}
