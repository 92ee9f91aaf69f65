//! A client's packet before socketioxide reads it: the cases that socketioxide would silently get wrong.

/// Bytes that are looked at of a packet.
pub(super) const LOOKED_AT: usize = 64;
/// The same for a packet whose event has escapes in its name.
pub(super) const LOOKED_AT_LONGER: usize = 512;

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

/// Whether the name of its event has an escape. socketioxide borrows the name from the packet, which it cannot do then,
/// and would close the connection.
pub(super) fn has_escaped_name(packet: &[u8]) -> bool {
    name(packet).is_some_and(|name| name.iter().take_while(|byte| **byte != b'"').any(|byte| *byte == b'\\'))
}

/// What follows the quotation mark at which the name of an event begins.
fn name(packet: &[u8]) -> Option<&[u8]> {
    let list = split_digits(behind_namespace(packet)?).1.strip_prefix(b"[")?;
    list.trim_ascii_start().strip_prefix(b"\"")
}

/// Writes the name of its event without escapes. The packet stays as long: white space behind the name replaces them.
/// No event has a name that needs some, so what needs them becomes a question mark: such an event is refused by name.
pub(super) fn without_escapes(packet: &mut [u8]) {
    let Some(rest) = name(packet).filter(|_| has_escaped_name(packet)) else { return };
    let start = packet.len() - rest.len();
    let mut names = serde_json::Deserializer::from_slice(&packet[start - 1..]).into_iter::<String>();
    let Some(Ok(name)) = names.next() else { return };
    let end = start - 1 + names.byte_offset();
    let name = name.replace(|c: char| c.is_ascii_control() || matches!(c, '"' | '\\'), "?");
    let written = start + name.len();
    packet[start..written].copy_from_slice(name.as_bytes());
    packet[written] = b'"';
    packet[written + 1..end].fill(b' ');
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

/// Removes the query from the namespace, if it connects to one by name; it is not a part of the name. The packet
/// stays as long: white space in front of its payload replaces the query.
pub(super) fn without_query(packet: &mut [u8]) {
    if !names_namespace(packet) {
        return;
    }
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
    fn a_name_has_no_escapes() {
        for (packet, right) in [
            (r#"42["typ\u0069ng",{}]"#, r#"42["typing"     ,{}]"#),
            (r#"42/,7[ "\u0074yping" ]"#, r#"42/,7[ "typing"      ]"#),
            (r#"450-7["typ\u0069ng"]"#, r#"450-7["typing"     ]"#),
            (r#"42["a\"b\\c\nd\/e","\n"]"#, r#"42["a?b?c?d/e"    ,"\n"]"#),
            (r#"42["\ud83d\ude00",1]"#, "42[\"\u{1F600}\"        ,1]"),
        ] {
            assert!(has_escaped_name(packet.as_bytes()), "{packet}");
            let mut bytes = packet.as_bytes().to_vec();
            without_escapes(&mut bytes);
            assert_eq!(String::from_utf8(bytes).unwrap(), right);
            assert!(!has_escaped_name(right.as_bytes()));
        }
        // Those that have none, and those that cannot be read.
        for same in [
            r#"42["typing",{"a":"\n"}]"#,
            r#"42[7,"\n"]"#,
            "40{}",
            r#"427["#,
            r#"42["typ\u00"#,
            r#"42["\x"]"#,
            r#"42["\ud83d"]"#,
        ] {
            let mut bytes = same.as_bytes().to_vec();
            without_escapes(&mut bytes);
            assert_eq!(String::from_utf8(bytes).unwrap(), same);
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
