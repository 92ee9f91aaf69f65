//! Several packets in the body of a polling request, and binary data in its text.

use crate::packet::PacketError;

use super::Frame;

/// Between two packets.
const SEPARATOR: char = '\u{1e}';

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The packets in the body of a response, in order, one at a time.
pub(super) fn read(body: &str) -> impl Iterator<Item = Result<Frame, PacketError>> {
    body.split(SEPARATOR).map(|packet| match packet.strip_prefix('b') {
        Some(data) => decode(data).map(Frame::Binary).ok_or(PacketError::Base64),
        None => Ok(Frame::Text(packet.to_owned())),
    })
}

/// Whether a greeting is one of Engine.IO protocol 3, which writes each packet's length before it:
/// `97:0{"sid":…}2:40`.
pub(super) fn is_of_protocol_3(body: &str) -> bool {
    let after_digits = body.trim_start_matches(|c: char| c.is_ascii_digit());
    after_digits.len() < body.len() && after_digits.starts_with(":0{")
}

/// The body of a POST: as many of the frames as fit into `limit` bytes, but at least one. A limit of 0
/// means that there is none.
pub(super) fn write(frames: &mut Vec<Frame>, limit: usize) -> String {
    let mut body = String::new();
    let mut written = 0;
    for frame in &*frames {
        if written > 0 {
            if limit > 0 && body.len() + 1 + size(frame) > limit {
                break;
            }
            body.push(SEPARATOR);
        }
        match frame {
            Frame::Text(text) => body.push_str(text),
            Frame::Binary(data) => encode(data, &mut body),
        }
        written += 1;
    }
    frames.drain(..written);
    body
}

/// The bytes that a frame takes in a body.
fn size(frame: &Frame) -> usize {
    match frame {
        Frame::Text(text) => text.len(),
        Frame::Binary(data) => 1 + data.len().div_ceil(3) * 4,
    }
}

fn encode(data: &[u8], out: &mut String) {
    out.push('b');
    for chunk in data.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for index in 0..4 {
            let letter = ALPHABET[(bits >> (18 - 6 * index) & 63) as usize];
            out.push(if index <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let mut text = text.as_bytes();
    while let [rest @ .., b'='] = text {
        text = rest;
    }
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for chunk in text.chunks(4) {
        let mut bits = 0;
        for letter in chunk {
            bits = bits << 6 | value(*letter)?;
        }
        // One letter alone has fewer bits than a byte.
        let bytes = chunk.len().checked_sub(1).filter(|bytes| *bytes > 0)?;
        bits <<= 6 * (4 - chunk.len());
        out.extend_from_slice(&bits.to_be_bytes()[1..=bytes]);
    }
    Some(out)
}

fn value(letter: u8) -> Option<u32> {
    let value = match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frames(body: &str) -> Vec<Frame> {
        read(body).map(|frame| frame.unwrap()).collect()
    }

    #[test]
    fn packets_of_the_specification_come_back_the_same() {
        let body = "4hello\u{1e}2\u{1e}4world\u{1e}bAQIDBA==";
        let mut packets = frames(body);
        assert_eq!(packets[3], Frame::Binary(vec![1, 2, 3, 4]));
        assert_eq!(write(&mut packets, 0), body);
        assert!(packets.is_empty());
    }

    #[test]
    fn base64_is_that_of_the_rfc() {
        // RFC 4648, section 10.
        for (data, text) in
            [("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")]
        {
            let mut body = String::new();
            encode(data.as_bytes(), &mut body);
            assert_eq!(body, format!("b{text}"));
            assert_eq!(decode(text).as_deref(), Some(data.as_bytes()));
        }
        for nonsense in ["A", "AAAAA", "A*==", "é", "=A"] {
            assert_eq!(decode(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn a_body_is_never_longer_than_allowed_unless_a_single_packet_is() {
        let text = |length: usize| Frame::Text("x".repeat(length));
        let mut waiting = vec![text(6), text(3), text(1), Frame::Binary(vec![0; 30]), text(2)];
        let mut bodies = vec![];
        while !waiting.is_empty() {
            bodies.push(write(&mut waiting, 10).len());
        }
        assert_eq!(bodies, [10, 1, 41, 2]);
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_again(
            frames in prop::collection::vec(prop_oneof![
                "[^b\u{1e}][^\u{1e}]{0,9}".prop_map(Frame::Text),
                prop::collection::vec(any::<u8>(), 0..40).prop_map(Frame::Binary),
            ], 1..9),
            limit in 0usize..60,
        ) {
            let mut waiting = frames.clone();
            let mut again = vec![];
            while !waiting.is_empty() {
                let body = write(&mut waiting, limit);
                again.extend(read(&body).map(|frame| frame.unwrap()));
            }
            prop_assert_eq!(again, frames);
        }

        #[test]
        fn no_body_makes_it_panic(body in any::<String>()) {
            let _ = read(&body).count();
        }
    }
}
