//! What a client sends, frame by frame: what may pass, and what is refused.

use protocol::limits;

use crate::gateway::{
    frame::{Header, TEXT},
    packet,
    transport::Transport,
};

/// An Engine.IO packet: from now on everything comes over the WebSocket.
const UPGRADE: u8 = b'5';

/// Why a connection is closed (RFC 6455, section 7.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub(super) enum Reason {
    Policy = 1008,
    TooBig = 1009,
}

/// How far the client's frames have passed.
#[derive(Default)]
pub(super) struct Incoming {
    /// Bytes of the present frame that are yet to pass.
    left: u64,
    /// Bytes of the message whose frames are passing.
    message: u64,
}

impl Incoming {
    /// Whether the next byte begins a frame.
    pub(super) fn is_between(&self) -> bool {
        self.left == 0
    }

    /// How many of these bytes may pass, and why the rest is refused. If it is not refused, it has to wait
    /// for more.
    pub(super) fn judge(&mut self, bytes: &mut [u8], transport: &Transport) -> (usize, Option<Reason>) {
        let mut at = 0;
        loop {
            let some = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len() - at);
            at += some;
            self.left -= some as u64;
            let Some(header) = Header::read(&bytes[at..]) else { return (at, None) };
            if header.is_data() {
                let before = if header.opcode == 0 { self.message } else { 0 };
                self.message = before.saturating_add(header.payload);
                if self.message > limits::FRAME_BYTES as u64 {
                    return (at, Some(Reason::TooBig));
                }
            }
            if header.opcode == TEXT & 0x0f {
                match judge_packet(transport, header, &mut bytes[at + header.len..]) {
                    Judgement::Passes => {}
                    Judgement::Waits => return (at, None),
                    Judgement::Refused => return (at, Some(Reason::Policy)),
                }
            }
            at += header.len;
            self.left = header.payload;
        }
    }
}

enum Judgement {
    Passes,
    Waits,
    Refused,
}

fn judge_packet(transport: &Transport, header: Header, bytes: &mut [u8]) -> Judgement {
    let payload = usize::try_from(header.payload).unwrap_or(usize::MAX);
    let mut start = [0; packet::LOOKED_AT];
    let start = &mut start[..payload.min(packet::LOOKED_AT)];
    if !header.unmask(bytes, start) {
        return Judgement::Waits;
    }
    if *start == [UPGRADE] {
        transport.upgraded();
    } else if packet::has_unanswerable_id(start) {
        return Judgement::Refused;
    } else if packet::names_namespace(start) {
        let mut packet = vec![0; payload.min(packet::LOOKED_AT_NAMESPACE)];
        if !header.unmask(bytes, &mut packet) {
            return Judgement::Waits;
        }
        packet::without_query(&mut packet);
        header.unmask(&packet, &mut bytes[..packet.len()]);
    }
    Judgement::Passes
}
