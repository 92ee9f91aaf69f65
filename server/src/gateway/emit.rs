//! An event on its way to one socket.

use std::sync::Arc;

use serde_json::value::RawValue;

use super::{
    connection::Connection,
    transport::{Charge, LONG, PLACEHOLDER_EVENT},
};

impl Connection {
    /// Counts an event that is about to be sent. If too much waits, the client is given up. Returns whether
    /// the sockets should get a turn to write.
    pub(super) fn charge(&self, bytes: usize) -> bool {
        match self.transport.charge(bytes) {
            Charge::Taken => false,
            Charge::Behind => true,
            Charge::TooMuch => {
                self.give_up();
                false
            }
        }
    }

    /// Sends an event. Returns whether the sockets should get a turn to write.
    pub(super) fn emit(&self, event: &str, payload: &RawValue) -> bool {
        let bytes = event_bytes(event, payload);
        if bytes >= LONG {
            return self.emit_shared(&event_packet(event, payload));
        }
        let Some(socket) = self.socket() else { return false };
        let behind = self.charge(bytes);
        if socket.emit(event, payload).is_err() {
            self.give_up();
        }
        behind
    }

    /// Sends a long event, in a packet that is shared with other connections.
    pub(super) fn emit_shared(&self, packet: &Arc<str>) -> bool {
        let Some(socket) = self.socket() else { return false };
        let behind = self.charge(packet.len());
        let emitted = self.transport.share(packet.clone(), || socket.emit(PLACEHOLDER_EVENT, &0));
        if emitted.is_err() {
            self.give_up();
        }
        behind
    }
}

/// Bytes of an event as a packet: `42["name",payload]`.
pub(super) fn event_bytes(event: &str, payload: &RawValue) -> usize {
    event.len() + payload.get().len() + r#"42["",]"#.len()
}

/// An event as a packet.
pub(super) fn event_packet(event: &str, payload: &RawValue) -> Arc<str> {
    format!(r#"42["{event}",{payload}]"#).into()
}
