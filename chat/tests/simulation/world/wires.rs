//! What wires carry, and how they end.

use std::time::Duration;

use client::engine::Input;

use super::{
    super::{
        network::{TO_DEVICE, TO_SERVER, TransportId},
        server::Frames,
    },
    GIVES_UP, Happening, World,
};

impl World {
    /// From now on nothing that the server says reaches a device over the connection it has.
    pub(crate) fn silence(&mut self, device: usize) {
        let transport = self.devices[device].transport.expect("a connection");
        self.wires[transport].silent[TO_DEVICE] = true;
    }

    /// A device loses the connection it has.
    pub(crate) fn disconnect(&mut self, device: usize) {
        let transport = self.devices[device].transport.expect("a connection");
        self.cut(transport);
    }

    pub(super) fn serve(&mut self, transport: TransportId, frame: &str) {
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

    pub(super) fn tell_device(&mut self, transport: TransportId, input: Input) {
        self.wires[transport].tell(input);
        self.settle(self.wires[transport].device);
    }

    pub(super) fn drop_transport(&mut self, device: usize, transport: TransportId) {
        self.devices[device].transport.take_if(|current| *current == transport);
        let wire = &mut self.wires[transport];
        if std::mem::replace(&mut wire.alive, false) {
            // Over a wire that is silent the server does not hear of it.
            let wait = if wire.silent[TO_SERVER] { GIVES_UP } else { Duration::ZERO };
            self.after(wait, Happening::GivenUp(transport));
        }
    }

    pub(super) fn carry_all(&mut self, frames: Frames) {
        for (transport, frame) in frames {
            self.carry(transport, TO_DEVICE, frame);
        }
    }

    pub(super) fn carry(&mut self, transport: TransportId, direction: usize, frame: String) {
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

    pub(super) fn cut(&mut self, transport: TransportId) {
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
    pub(super) fn is_current(&self, transport: TransportId) -> bool {
        let wire = &self.wires[transport];
        let device = &self.devices[wire.device];
        device.transport == Some(transport) && device.life == wire.life
    }

    pub(super) fn any_wire(&mut self) -> Option<TransportId> {
        let alive: Vec<TransportId> = (0..self.wires.len()).filter(|wire| self.wires[*wire].alive).collect();
        self.random.choice(alive)
    }

    pub(super) fn delay(&mut self) -> Duration {
        let slow = self.is_troubled() && self.random.u8(0..20) == 0;
        Duration::from_millis(self.random.u64(if slow { 1_000..30_000 } else { 1..200 }))
    }
}
