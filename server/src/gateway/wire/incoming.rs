//! What a client sends, frame by frame: what may pass, and what is refused.

use protocol::limits;

use crate::gateway::{
    frame::{Header, PING, PONG, TEXT},
    packet,
    transport::Transport,
};

/// An Engine.IO packet: may I change to this WebSocket?
const PROBE: &[u8] = b"2probe";
/// An Engine.IO packet: from now on everything comes over the WebSocket.
const UPGRADE: &[u8] = b"5";

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
    /// Further frames of that message are yet to come.
    goes_on: bool,
    /// The beginning of a text that comes in several frames, until it can be judged.
    start: Option<Vec<u8>>,
    /// The client has asked whether it may change to this WebSocket.
    probed: bool,
    /// Pings since the network took what we write.
    pings: u32,
}

impl Incoming {
    /// Whether a message of ours may be put in here: the next byte begins one, and not only a frame.
    pub(super) fn is_between(&self) -> bool {
        self.left == 0 && !self.goes_on
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
                match self.judge_data(transport, header, &mut bytes[at + header.len..]) {
                    Judgement::Passes => {}
                    Judgement::Waits => {
                        self.message = before;
                        return (at, None);
                    }
                    Judgement::Refused => return (at, Some(Reason::Policy)),
                }
                self.goes_on = !header.fin;
            } else if header.opcode == PING && self.is_ping_too_many(transport) {
                // A pong that nobody asked for is ignored (RFC 6455, section 5.5.3).
                bytes[at] ^= PING ^ PONG;
            }
            at += header.len;
            self.left = header.payload;
        }
    }

    /// tungstenite keeps the answer to every ping of a client that reads nothing, without a limit.
    fn is_ping_too_many(&mut self, transport: &Transport) -> bool {
        self.pings = if transport.is_blocked() { self.pings.saturating_add(1) } else { 0 };
        self.pings > limits::UNREAD_PONGS
    }

    /// Judges a text by its beginning, which may come in several frames.
    fn judge_data(&mut self, transport: &Transport, header: Header, bytes: &mut [u8]) -> Judgement {
        let before = match (header.opcode == TEXT & 0x0f, self.start.take()) {
            (true, _) => Vec::new(),
            (false, Some(before)) if header.opcode == 0 => before,
            (false, _) => return Judgement::Passes,
        };
        let judgement = self.judge_text(transport, header, bytes, &before);
        if matches!(judgement, Judgement::Waits) {
            // The same frame is judged again when there is more of it.
            self.start = Some(before);
        }
        judgement
    }

    /// `before` came in the frames before.
    fn judge_text(
        &mut self,
        transport: &Transport,
        header: Header,
        bytes: &mut [u8],
        before: &[u8],
    ) -> Judgement {
        let payload = usize::try_from(header.payload).unwrap_or(usize::MAX);
        let mut start = [0; packet::LOOKED_AT];
        start[..before.len()].copy_from_slice(before);
        let start = &mut start[..payload.saturating_add(before.len()).min(packet::LOOKED_AT)];
        if !header.unmask(bytes, &mut start[before.len()..]) {
            return Judgement::Waits;
        }
        if !header.fin && start.len() < packet::LOOKED_AT {
            self.start = Some(start.to_vec());
            return Judgement::Passes;
        }
        if start == PROBE {
            self.probed = true;
        } else if start == UPGRADE && self.probed {
            transport.upgraded();
        } else if packet::has_unanswerable_id(start) {
            return Judgement::Refused;
        } else if before.is_empty() && packet::has_escaped_name(start) {
            let mut packet = vec![0; payload.min(packet::LOOKED_AT_LONGER)];
            if !header.unmask(bytes, &mut packet) {
                return Judgement::Waits;
            }
            packet::without_escapes(&mut packet);
            header.unmask(&packet, &mut bytes[..packet.len()]);
        } else if packet::connects(start) {
            if packet::names_namespace(start) && header.opcode != 0 {
                let mut packet = vec![0; payload.min(limits::NAMESPACE_BYTES)];
                if !header.unmask(bytes, &mut packet) {
                    return Judgement::Waits;
                }
                if !packet::ends_namespace(&packet, header.fin && packet.len() == payload) {
                    return Judgement::Refused;
                }
                packet::without_query(&mut packet);
                header.unmask(&packet, &mut bytes[..packet.len()]);
            } else if packet::names_namespace(start)
                && !packet::ends_namespace(start, header.fin && start.len() == payload + before.len())
            {
                return Judgement::Refused;
            }
            if !transport.asks_to_connect() {
                return Judgement::Refused;
            }
        }
        Judgement::Passes
    }
}

enum Judgement {
    Passes,
    Waits,
    Refused,
}
