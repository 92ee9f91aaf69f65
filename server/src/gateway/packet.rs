//! A client's packet before socketioxide reads it: the cases that socketioxide would silently get wrong.

/// Bytes that are looked at of a packet.
pub(super) const LOOKED_AT: usize = 64;
/// Whether it asks for an ack under a number that socketioxide cannot read or hold, or would write in another
/// way. socketioxide would carry the event out, and its client would wait for the answer in vain.
pub(super) fn has_unanswerable_id(packet: &[u8]) -> bool {
    let Some(rest) = behind_namespace(packet) else { return false };
    let (digits, rest) = split_digits(rest);
    // socketioxide takes a number for one only immediately in front of the event.
    let is_read = matches!(rest.first(), None | Some(b'[' | b'{'))
        // The ack would have other digits than were asked for.
        && !(digits.len() > 1 && digits.starts_with(b"0"))
        && std::str::from_utf8(digits).is_ok_and(|digits| digits.parse::<i64>().is_ok());
    // What is cut off at the end is longer than any number that fits.
    let is_cut = rest.is_empty() && packet.len() == LOOKED_AT;
    !digits.is_empty() && (is_cut || !is_read)
}

/// What an event has behind its type, the number of its attachments, and the name of our namespace.
fn behind_namespace(packet: &[u8]) -> Option<&[u8]> {
    let rest = match packet.strip_prefix(b"42") {
        Some(rest) => rest,
        None => split_digits(packet.strip_prefix(b"45")?).1.strip_prefix(b"-")?,
    };
    Some(rest.strip_prefix(b"/,").unwrap_or(rest))
}

fn split_digits(bytes: &[u8]) -> (&[u8], &[u8]) {
    bytes.split_at(bytes.iter().take_while(|byte| byte.is_ascii_digit()).count())
}

/// Whether it connects to a namespace. socketioxide answers that by itself, and nobody counts the answer.
pub(super) fn connects(packet: &[u8]) -> bool {
    packet.starts_with(b"40")
}

/// Whether it connects to a namespace by name.
pub(super) fn names_namespace(packet: &[u8]) -> bool {
    packet.starts_with(b"40/")
}

/// Whether the name of the namespace that a packet connects to ends in what is there of the packet.
pub(super) fn ends_namespace(packet: &[u8], is_whole: bool) -> bool {
    is_whole || packet.contains(&b',')
}

/// Removes the query from the namespace that a packet connects to; it is not a part of the name. The packet
/// stays as long: white space in front of its payload replaces the query.
pub(super) fn without_query(packet: &mut [u8]) {
    let end = packet.iter().position(|byte| *byte == b',').unwrap_or(packet.len());
    if let Some(query) = packet[..end].iter().position(|byte| *byte == b'?') {
        packet[query] = b',';
        let end = packet.len().min(end + 1);
        packet[query + 1..end].fill(b' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_beyond_those_of_socketioxide_are_found() {
        for (packet, found) in [
            ("42[\"x\"]".to_owned(), false),
            ("429223372036854775807[\"x\"]".to_owned(), false),
            ("420[\"x\"]".to_owned(), false),
            ("4201[\"x\"]".to_owned(), true),
            ("42/,00[\"x\"]".to_owned(), true),
            ("420000000000000000000000001[\"x\"]".to_owned(), true),
            ("429223372036854775808[\"x\"]".to_owned(), true),
            ("4218446744073709551616[\"x\"]".to_owned(), true),
            (format!("42{}[\"x\"]", "9".repeat(400)), true),
            (format!("42{}[\"x\"]", "0".repeat(400)), true),
            (format!("42{}{}[\"x\"]", "0".repeat(30), "9".repeat(30)), true),
            ("42/,7[\"x\"]".to_owned(), false),
            ("42/,9223372036854775808[\"x\"]".to_owned(), true),
            ("42/other,9223372036854775808[\"x\"]".to_owned(), false),
            ("450-7[\"x\"]".to_owned(), false),
            ("450-9223372036854775808[\"x\"]".to_owned(), true),
            ("451-/,9223372036854775808[\"x\"]".to_owned(), true),
            ("427 [\"x\"]".to_owned(), true),
            ("42/,7\n[\"x\"]".to_owned(), true),
            ("40{}".to_owned(), false),
        ] {
            let cut = &packet.as_bytes()[..packet.len().min(LOOKED_AT)];
            assert_eq!(has_unanswerable_id(cut), found, "{packet}");
        }
    }

    #[test]
    fn a_namespace_has_no_query() {
        for (packet, right) in [
            ("40/chat", "40/chat"),
            ("40/chat,{\"a\":\"?\"}", "40/chat,{\"a\":\"?\"}"),
            ("40/chat?x=1", "40/chat,   "),
            ("40/chat?x=1,{}", "40/chat,    {}"),
            ("40/?x,{}", "40/,  {}"),
        ] {
            let mut bytes = packet.as_bytes().to_vec();
            without_query(&mut bytes);
            assert_eq!(String::from_utf8(bytes).unwrap(), right);
        }
    }
}
