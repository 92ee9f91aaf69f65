//! What goes out: at once, or when its namespace is joined.

use std::borrow::Cow;

use super::{
    CallFailure, Connection, Direction,
    namespace::{Namespace, Outgoing, Stage},
};
use crate::{
    engine::Frame,
    packet::{Body, Packet, encode_event},
};

impl<A> Connection<A> {
    pub(super) fn submit(&mut self, index: usize, outgoing: Outgoing) -> Result<(), CallFailure> {
        let namespace = &mut self.namespaces[index];
        if namespace.stage == Stage::Joined {
            self.transmit(index, outgoing);
        } else if namespace.buffer.len() < self.config.send_buffer
            && namespace.buffered_bytes() + outgoing.payload.bytes() <= self.config.max_unsent_bytes
        {
            namespace.buffer.push(outgoing);
        } else {
            return Err(CallFailure::BufferFull);
        }
        Ok(())
    }

    pub(super) fn transmit(&mut self, index: usize, outgoing: Outgoing) {
        let Outgoing { name, payload, call } = outgoing;
        let namespace = &mut self.namespaces[index];
        if let Some(call) = call {
            namespace.sent(call);
        }
        let arguments = payload.arguments();
        if self.observer.is_some()
            && let Ok(all) = serde_json::from_str(arguments.get())
        {
            self.look(Direction::Client, index, &name, all);
        }
        let namespace = &self.namespaces[index].name;
        let frame = encode_event(namespace, &name, arguments, call, count(&payload.attachments));
        self.send_frames(frame, payload.attachments);
    }

    pub(super) fn send(&mut self, index: usize, body: Body<'_>, attachments: Vec<Vec<u8>>) {
        let namespace = Cow::Borrowed(self.namespaces[index].name.as_ref());
        let frame = Packet { namespace, body }.encode();
        self.send_frames(frame, attachments);
    }

    fn send_frames(&mut self, frame: String, attachments: Vec<Vec<u8>>) {
        self.engine.send(Frame::Text(frame));
        for attachment in attachments {
            self.engine.send(Frame::Binary(attachment));
        }
    }

    /// How much waits to be sent: the events that wait for a namespace, while it is not joined, and
    /// the bytes of everything that was not handed to the network yet.
    pub(crate) fn unsent(&self, namespace: &str) -> (Option<usize>, usize) {
        let waiting = self.find(namespace).map(|index| &self.namespaces[index]);
        let waiting = waiting.filter(|namespace| namespace.stage != Stage::Joined);
        let buffered: usize = self.namespaces.iter().map(Namespace::buffered_bytes).sum();
        (waiting.map(|namespace| namespace.buffer.len()), buffered + self.engine.unsent_bytes())
    }
}

/// What a packet says about its attachments.
pub(super) fn count(attachments: &[Vec<u8>]) -> Option<u32> {
    u32::try_from(attachments.len()).ok().filter(|count| *count > 0)
}
