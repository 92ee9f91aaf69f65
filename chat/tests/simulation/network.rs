//! What happens to a frame on the network.

use client::{connection::Time, engine::Input};
use futures::channel::mpsc::UnboundedSender;

/// Identifies a WebSocket among all of a world.
pub(super) type TransportId = usize;

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
    /// Who hears of it.
    events: Option<UnboundedSender<Input>>,
}

pub(super) const TO_SERVER: usize = 0;
pub(super) const TO_DEVICE: usize = 1;

impl Wire {
    pub(super) fn new(device: usize, life: u32, now: Time, events: UnboundedSender<Input>) -> Self {
        Self { device, life, alive: true, silent: [false; 2], busy: [now; 2], events: Some(events) }
    }

    pub(super) fn never(now: Time) -> Self {
        Self { device: 0, life: u32::MAX, alive: false, silent: [false; 2], busy: [now; 2], events: None }
    }

    /// Tells the driver. For a former transport this does nothing, because its driver has dropped the
    /// other end.
    pub(super) fn tell(&self, input: Input) {
        if let Some(events) = &self.events {
            let _ = events.unbounded_send(input);
        }
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
