//! Packets as text: [Engine.IO v4](https://socket.io/docs/v4/engine-io-protocol/) outside,
//! [Socket.IO v5](https://socket.io/docs/v4/socket-io-protocol/) inside.
//!
//! Decoding borrows from the frame and checks everything; what decodes can be trusted. JSON inside
//! an event stays [`RawValue`] until somebody knows its type.

mod event;

use std::{
    borrow::Cow,
    fmt::{self, Write as _},
    time::Duration,
};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

pub(crate) use event::{Head, encode_event, event_parts};

/// The namespace that is there when none is named.
pub const MAIN_NAMESPACE: &str = "/";

/// Why a frame is not a packet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PacketError {
    /// The frame has no characters.
    #[error("an empty packet")]
    Empty,
    /// The first character names no packet.
    #[error("an unknown packet type {0:?}")]
    Type(char),
    /// A number is missing, or larger than can be counted.
    #[error("a number that cannot be read")]
    Number,
    /// A binary packet announces no attachments at all.
    #[error("a binary packet without attachments")]
    Attachments,
    /// What should be base64 is not.
    #[error("binary data that is not base64")]
    Base64,
    /// The server speaks an earlier version of the protocols.
    #[error(
        "the greeting of Engine.IO protocol 3 (Socket.IO 2): this client needs Engine.IO protocol 4 (Socket.IO 3 or later)"
    )]
    EarlierProtocol,
    /// The JSON is malformed, or not what this packet carries.
    #[error("a payload that does not fit the packet: {0}")]
    Payload(String),
}

/// An Engine.IO packet: what one WebSocket text frame carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnginePacket<'a> {
    /// The server's first packet.
    Open(Handshake),
    /// The transport is about to be closed.
    Close,
    /// The server asks whether we are there.
    Ping(&'a str),
    /// The answer to a ping.
    Pong(&'a str),
    /// Carries a Socket.IO packet.
    Message(&'a str),
    /// From now on everything comes over the WebSocket.
    Upgrade,
    /// Ends a GET that waits, so that polling can stop.
    Noop,
}

/// What the server says at the start of a transport.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Handshake {
    /// The Engine.IO session's id.
    pub sid: String,
    /// Milliseconds between two pings of the server.
    pub ping_interval: u64,
    /// Milliseconds that it waits for the pong.
    pub ping_timeout: u64,
    /// Whether the client may change from polling to a WebSocket.
    pub upgrades: bool,
    /// How many bytes the body of a polling POST may have; 0 where the server does not say.
    pub max_payload: u64,
}

impl Handshake {
    fn read(json: &str) -> Result<Self, PacketError> {
        let object = Object::read(json)?;
        let duration = |name| number(object.field(name));
        Ok(Self {
            sid: parse(object.field("sid"))?,
            ping_interval: duration("pingInterval")?,
            ping_timeout: duration("pingTimeout")?,
            upgrades: object.field("upgrades").as_bytes().windows(11).any(|name| name == b"\"websocket\""),
            max_payload: duration("maxPayload").unwrap_or_default(),
        })
    }

    /// How long the transport may be silent before it must be taken for dead.
    #[must_use]
    pub fn silence_limit(&self) -> Duration {
        Duration::from_millis(self.ping_interval.saturating_add(self.ping_timeout))
    }
}

impl<'a> EnginePacket<'a> {
    /// Reads a frame.
    ///
    /// # Errors
    /// See [`PacketError`].
    pub fn decode(frame: &'a str) -> Result<Self, PacketError> {
        let mut chars = frame.chars();
        let kind = chars.next().ok_or(PacketError::Empty)?;
        let rest = chars.as_str();
        match kind {
            '0' => Handshake::read(rest).map(Self::Open),
            '1' => Ok(Self::Close),
            '2' => Ok(Self::Ping(rest)),
            '3' => Ok(Self::Pong(rest)),
            '4' => Ok(Self::Message(rest)),
            '5' => Ok(Self::Upgrade),
            '6' => Ok(Self::Noop),
            other => Err(PacketError::Type(other)),
        }
    }
}

/// A Socket.IO packet.
#[derive(Clone, Debug)]
pub struct Packet<'a> {
    /// The namespace that it belongs to.
    pub namespace: Cow<'a, str>,
    /// What it says.
    pub body: Body<'a>,
}

/// What a Socket.IO packet says.
#[derive(Clone, Debug)]
pub enum Body<'a> {
    /// Asks to be let into the namespace (with `auth`), or says that the client is in (with `sid`).
    Connect(Option<Cow<'a, RawValue>>),
    /// Leaves the namespace.
    Disconnect,
    /// An event.
    Event {
        /// Its name.
        name: Cow<'a, str>,
        /// Its payloads.
        args: Vec<Cow<'a, RawValue>>,
        /// The number that an ack must carry, where one is asked for.
        ack: Option<u64>,
        /// How many binary frames follow; `None` in a plain event.
        attachments: Option<u32>,
    },
    /// The answer to an event.
    Ack {
        /// The event's number.
        id: u64,
        /// What it carries.
        args: Vec<Cow<'a, RawValue>>,
        /// How many binary frames follow; `None` in a plain ack.
        attachments: Option<u32>,
    },
    /// The namespace refuses to let the client in.
    ConnectError(Option<Cow<'a, RawValue>>),
}

impl<'a> Packet<'a> {
    /// A packet of the main namespace.
    #[must_use]
    pub fn main(body: Body<'a>) -> Self {
        Self { namespace: Cow::Borrowed(MAIN_NAMESPACE), body }
    }

    /// Reads what an Engine.IO message carries.
    ///
    /// # Errors
    /// See [`PacketError`].
    pub fn decode(text: &'a str) -> Result<Self, PacketError> {
        let Head { kind, namespace, ack, attachments, json } = Head::read(text)?;
        let body = match (kind, ack) {
            ('0', None) => Body::Connect(optional_object(json)?),
            ('1', None) if json.is_empty() => Body::Disconnect,
            ('2' | '5', ack) => {
                let mut args = array(json)?.into_iter();
                let name =
                    args.next().ok_or_else(|| PacketError::Payload("an event without a name".into()))?;
                Body::Event {
                    name: event_name(name)?,
                    args: args.map(Cow::Borrowed).collect(),
                    ack,
                    attachments,
                }
            }
            ('3' | '6', Some(id)) => {
                Body::Ack { id, args: array(json)?.into_iter().map(Cow::Borrowed).collect(), attachments }
            }
            ('3' | '6', None) => return Err(PacketError::Number),
            // A bare number would be read as an ack's when it is encoded again.
            ('4', None) if !json.trim_start().starts_with(|c: char| c.is_ascii_digit()) => {
                Body::ConnectError(optional(json)?)
            }
            _ => return Err(PacketError::Payload("more than this packet carries".into())),
        };
        Ok(Self { namespace: Cow::Borrowed(namespace), body })
    }

    /// The packet as a whole text frame, Engine.IO's type character included.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut out = String::with_capacity(64);
        let attachments = match &self.body {
            Body::Event { attachments, .. } | Body::Ack { attachments, .. } => *attachments,
            _ => None,
        };
        let kind = match (&self.body, attachments) {
            (Body::Connect(_), _) => '0',
            (Body::Disconnect, _) => '1',
            (Body::Event { .. }, None) => '2',
            (Body::Ack { .. }, None) => '3',
            (Body::ConnectError(_), _) => '4',
            (Body::Event { .. }, Some(_)) => '5',
            (Body::Ack { .. }, Some(_)) => '6',
        };
        out.push('4');
        out.push(kind);
        if let Some(attachments) = attachments {
            let _ = write!(out, "{attachments}-");
        }
        if self.namespace != MAIN_NAMESPACE {
            let _ = write!(out, "{},", self.namespace);
        }
        match &self.body {
            Body::Connect(None) | Body::ConnectError(None) | Body::Disconnect => {}
            Body::Connect(Some(data)) | Body::ConnectError(Some(data)) => out.push_str(data.get()),
            Body::Event { name, args, ack, .. } => {
                if let Some(ack) = ack {
                    let _ = write!(out, "{ack}");
                }
                out.push('[');
                // Writing to a string cannot fail.
                out.push_str(&serde_json::to_string(name.as_ref()).unwrap_or_default());
                for arg in args {
                    out.push(',');
                    out.push_str(arg.get());
                }
                out.push(']');
            }
            Body::Ack { id, args, .. } => {
                let _ = write!(out, "{id}[");
                for (index, arg) in args.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    out.push_str(arg.get());
                }
                out.push(']');
            }
        }
        out
    }
}

/// A JSON object whose fields are not read yet. One way to read all objects needs the least code.
pub(crate) struct Object<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Object<'a> {
    pub(crate) fn read(json: &'a str) -> Result<Self, PacketError> {
        parse(json)
    }

    /// The JSON of a field; empty if there is no such field.
    pub(crate) fn field(&self, name: &str) -> &'a str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value.get())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(fields)
            }
        }

        deserializer.deserialize_map(Fields).map(Self)
    }
}

fn number<T: std::str::FromStr>(digits: &str) -> Result<T, PacketError> {
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(PacketError::Number);
    }
    digits.parse().map_err(|_| PacketError::Number)
}

fn parse<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, PacketError> {
    serde_json::from_str(json).map_err(|error| PacketError::Payload(error.to_string()))
}

fn array(json: &str) -> Result<Vec<&RawValue>, PacketError> {
    parse(json)
}

fn optional(json: &str) -> Result<Option<Cow<'_, RawValue>>, PacketError> {
    if json.is_empty() { Ok(None) } else { parse::<&RawValue>(json).map(|value| Some(Cow::Borrowed(value))) }
}

fn optional_object(json: &str) -> Result<Option<Cow<'_, RawValue>>, PacketError> {
    match optional(json)? {
        Some(value) if !value.get().starts_with('{') => {
            Err(PacketError::Payload("CONNECT carries an object".into()))
        }
        value => Ok(value),
    }
}

fn event_name(name: &RawValue) -> Result<Cow<'_, str>, PacketError> {
    // serde always copies into a `Cow<str>`. Most names have no escapes, and need no copy.
    match name.get().strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(plain) if !plain.contains('\\') => Ok(Cow::Borrowed(plain)),
        Some(_) => parse::<String>(name.get()).map(Cow::Owned),
        None => Err(PacketError::Payload("an event's name is a string".into())),
    }
}

#[cfg(test)]
mod tests;
