//! WebSocket frames as they pass: where they begin, how long they are, and their first bytes.
//!
//! tungstenite parses every frame again. We look at frames because socketioxide cannot tell us what we have
//! to know of a packet before socketioxide reads it, or after it has written it.

/// A text frame's first byte, and a close frame's.
pub(super) const TEXT: u8 = 0x81;
pub(super) const CLOSE: u8 = 0x88;

/// The opcodes of a ping and of its answer.
pub(super) const PING: u8 = 0x9;
pub(super) const PONG: u8 = 0xa;

/// The beginning of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// Bytes of the header itself.
    pub(super) len: usize,
    pub(super) opcode: u8,
    /// Whether it is the last frame of its message.
    pub(super) fin: bool,
    /// Bytes of the payload.
    pub(super) payload: u64,
    /// Zero where the frame is not masked.
    pub(super) mask: [u8; 4],
}

impl Header {
    /// None until the whole header is there.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (&[first, second], rest) = bytes.split_first_chunk()?;
        let (payload, rest) = match second & 0x7f {
            126 => rest.split_first_chunk().map(|(len, rest)| (u64::from(u16::from_be_bytes(*len)), rest))?,
            127 => rest.split_first_chunk().map(|(len, rest)| (u64::from_be_bytes(*len), rest))?,
            len => (u64::from(len), rest),
        };
        let (mask, rest) = match second & 0x80 {
            0 => ([0; 4], rest),
            _ => rest.split_first_chunk().map(|(mask, rest)| (*mask, rest))?,
        };
        let (opcode, fin) = (first & 0x0f, first & 0x80 != 0);
        Some(Self { len: bytes.len() - rest.len(), opcode, fin, payload, mask })
    }

    /// Unmasks (or masks) the beginning of the payload. Returns whether that much of it is there.
    pub(super) fn unmask(&self, payload: &[u8], into: &mut [u8]) -> bool {
        let masks = self.mask.iter().cycle();
        into.iter_mut().zip(payload).zip(masks).for_each(|((place, byte), mask)| *place = byte ^ mask);
        payload.len() >= into.len()
    }

    /// Whether it is a part of a message, and not a control frame.
    pub(super) fn is_data(&self) -> bool {
        self.opcode < 8
    }
}

/// A text frame of a client with one byte in it, as if the client had sent it.
pub(super) fn from_client(byte: u8) -> [u8; 7] {
    [TEXT, 0x80 | 1, 0, 0, 0, 0, byte]
}

/// Follows frames that a server writes, in pieces of any size, and counts events and acks.
#[derive(Clone, Default)]
pub(super) struct Outgoing {
    /// The beginning of a frame: a header, and the first two bytes of the payload.
    head: [u8; 16],
    have: usize,
    /// Bytes of the frame that are yet to come.
    left: u64,
    /// How long the payload is, if it is an event or an ack.
    counted: Option<usize>,
}

/// Events and acks that have passed completely.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Passed {
    pub(super) bytes: usize,
    pub(super) packets: usize,
}

impl Outgoing {
    /// Whether the next byte begins a frame.
    pub(super) fn is_between(&self) -> bool {
        self.have == 0 && self.left == 0
    }

    pub(super) fn pass(&mut self, mut bytes: &[u8]) -> Passed {
        let mut passed = Passed::default();
        while !bytes.is_empty() {
            bytes = self.step(bytes, &mut passed);
        }
        passed
    }

    /// Where in `bytes`, after their start, the first frame begins for which `is_wanted` holds.
    pub(super) fn find(&self, bytes: &[u8], is_wanted: impl Fn(&[u8]) -> bool) -> Option<usize> {
        let mut ahead = self.clone();
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = ahead.step(rest, &mut Passed::default());
            if ahead.is_between() && is_wanted(rest) {
                return Some(bytes.len() - rest.len());
            }
        }
        None
    }

    /// Passes a part of one frame and returns what is behind it.
    fn step<'a>(&mut self, bytes: &'a [u8], passed: &mut Passed) -> &'a [u8] {
        let some = if self.left > 0 {
            let some = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
            self.left -= some as u64;
            some
        } else {
            self.begin(bytes)
        };
        if self.left == 0
            && self.have == 0
            && let Some(payload) = self.counted.take()
        {
            passed.bytes += payload;
            passed.packets += 1;
        }
        &bytes[some..]
    }

    /// Reads the beginning of a frame, and returns how many of these bytes belong to it. When enough is there to know
    /// what the frame is, the rest of it is skipped.
    fn begin(&mut self, bytes: &[u8]) -> usize {
        let before = self.have;
        let some = bytes.len().min(self.head.len() - before);
        self.have += some;
        self.head[before..self.have].copy_from_slice(&bytes[..some]);
        let head = &self.head[..self.have];
        let Some(header) = Header::read(head) else { return some };
        let end = header.len + usize::try_from(header.payload.min(2)).unwrap_or(2);
        let Some(prefix) = head.get(header.len..end) else { return some };
        if header.opcode == TEXT & 0x0f && matches!(prefix, b"42" | b"43") {
            self.counted = usize::try_from(header.payload).ok();
        }
        self.left = header.payload - prefix.len() as u64;
        self.have = 0;
        end - before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame as a server writes it.
    fn frame(text: &str) -> Vec<u8> {
        let mut frame = vec![TEXT];
        match text.len() {
            len @ ..126 => frame.push(len as u8),
            len @ ..65_536 => frame.extend([&[126][..], &(len as u16).to_be_bytes()].concat()),
            len => frame.extend([&[127][..], &(len as u64).to_be_bytes()].concat()),
        }
        frame.extend(text.as_bytes());
        frame
    }

    #[test]
    fn a_header_is_read_when_all_of_it_is_there() {
        for (len, header) in [(5, 2), (200, 4), (70_000, 10)] {
            let frame = frame(&"x".repeat(len));
            let expected = Header { len: header, opcode: 1, fin: true, payload: len as u64, mask: [0; 4] };
            assert_eq!(Header::read(&frame), Some(expected));
            assert_eq!(Header::read(&frame[..header - 1]), None);
        }
        let masked = from_client(b'3');
        let expected = Header { len: 6, opcode: 1, fin: true, payload: 1, mask: [0; 4] };
        assert_eq!(Header::read(&masked), Some(expected));
        assert!(!Header::read(&[0x01, 0x80, 0, 0, 0, 0]).unwrap().fin);
    }

    #[test]
    fn events_and_acks_are_counted_however_they_are_cut() {
        let event = format!("42[\"x\",\"{}\"]", "y".repeat(70_000));
        let stream = ["0{\"sid\":1}", "2", "40", &event, "437[1]", ""].map(frame).concat();
        let expected = Passed { bytes: event.len() + 6, packets: 2 };
        for size in [1, 2, 3, 7, 11, 64, 1_000, stream.len()] {
            let mut outgoing = Outgoing::default();
            let mut all = Passed::default();
            for piece in stream.chunks(size) {
                let Passed { bytes, packets } = outgoing.pass(piece);
                all = Passed { bytes: all.bytes + bytes, packets: all.packets + packets };
            }
            assert_eq!((all, outgoing.is_between()), (expected, true), "{size}");
        }
    }

    #[test]
    fn a_frame_is_found_behind_others() {
        let stream = ["40{}", "2", "42[]"].map(frame).concat();
        let is_ping = |bytes: &[u8]| bytes.starts_with(&[TEXT, 1, b'2']);
        assert_eq!(Outgoing::default().find(&stream, is_ping), Some(6));
        assert_eq!(Outgoing::default().find(&stream[6..], is_ping), None, "not at the start");
    }
}
