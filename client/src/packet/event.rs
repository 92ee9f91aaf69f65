//! Events. A connection reads no more of them than it must; the code that knows the types reads the
//! rest.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{Body, MAIN_NAMESPACE, Packet, PacketError, array, event_name, number};

/// A packet, read as far as its JSON.
pub(crate) struct Head<'a> {
    pub(crate) kind: char,
    pub(crate) namespace: &'a str,
    pub(crate) ack: Option<u64>,
    pub(crate) attachments: Option<u32>,
    pub(crate) json: &'a str,
}

impl<'a> Head<'a> {
    pub(crate) fn read(text: &'a str) -> Result<Self, PacketError> {
        let mut chars = text.chars();
        let kind = chars.next().ok_or(PacketError::Empty)?;
        let mut rest = chars.as_str();
        let attachments = match kind {
            '0'..='4' => None,
            '5' | '6' => {
                let (digits, after) = rest.split_once('-').ok_or(PacketError::Number)?;
                rest = after;
                match number(digits)? {
                    0 => return Err(PacketError::Attachments),
                    count => Some(count),
                }
            }
            other => return Err(PacketError::Type(other)),
        };
        let mut namespace = MAIN_NAMESPACE;
        if rest.starts_with('/') {
            (namespace, rest) = rest.split_once(',').unwrap_or((rest, ""));
        }
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let ack = if digits == 0 { None } else { Some(number(&rest[..digits])?) };
        Ok(Self { kind, namespace, ack, attachments, json: &rest[digits..] })
    }

    /// Whether it is an event, and at least looks like one: its contents are read later, and once.
    pub(crate) fn is_event(&self) -> Result<bool, PacketError> {
        if !matches!(self.kind, '2' | '5') {
            return Ok(false);
        }
        let inside = self.json.trim_ascii();
        if inside.starts_with("[\"") && inside.ends_with(']') {
            return Ok(true);
        }
        // Not an event, or one in an unusual notation.
        event_parts(self.json).map(|_| true)
    }
}

/// The name and the arguments of `["name",…]`.
pub(crate) fn event_parts(json: &str) -> Result<(String, Vec<&RawValue>), PacketError> {
    let mut all = array(json)?;
    if all.is_empty() {
        return Err(PacketError::Payload("an event without a name".into()));
    }
    let name = event_name(all.remove(0))?.into_owned();
    Ok((name, all))
}

/// An event as a whole text frame; `arguments` is a JSON array.
pub(crate) fn encode_event(
    namespace: &str,
    name: &str,
    arguments: &RawValue,
    ack: Option<u64>,
    attachments: Option<u32>,
) -> String {
    let arguments = arguments.get().strip_prefix('[').unwrap_or("]").trim_ascii_start();
    let body = Body::Event { name: Cow::Borrowed(name), args: Vec::new(), ack, attachments };
    let mut frame = Packet { namespace: Cow::Borrowed(namespace), body }.encode();
    // In the place of the bracket at the end.
    frame.pop();
    if arguments != "]" {
        frame.push(',');
    }
    frame + arguments
}
