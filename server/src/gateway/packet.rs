//! A client's packet before socketioxide reads it: the cases that socketioxide would silently get wrong.

/// Bytes that are looked at of a packet.
pub(super) const LOOKED_AT: usize = 32;
/// The same for a packet that connects to a namespace.
pub(super) const LOOKED_AT_NAMESPACE: usize = 512;

/// Whether it asks for an ack under a number that socketioxide cannot hold. socketioxide would carry the
/// event out and never answer.
pub(super) fn has_unanswerable_id(packet: &[u8]) -> bool {
    let Some(rest) = packet.strip_prefix(b"42").or_else(|| packet.strip_prefix(b"45")) else { return false };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    // Shorter ones always fit. What is cut off at the end is longer than any that fits.
    digits >= 19 && std::str::from_utf8(&rest[..digits]).is_ok_and(|digits| digits.parse::<i64>().is_err())
}

/// Whether it connects to a namespace by name.
pub(super) fn names_namespace(packet: &[u8]) -> bool {
    packet.starts_with(b"40/")
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
            ("420000000000000000000000001[\"x\"]".to_owned(), false),
            ("429223372036854775808[\"x\"]".to_owned(), true),
            ("4218446744073709551616[\"x\"]".to_owned(), true),
            (format!("42{}[\"x\"]", "9".repeat(400)), true),
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
