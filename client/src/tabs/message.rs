//! What tabs say to each other. It crosses into JavaScript by `serde-wasm-bindgen`.

use serde::{Deserialize, Serialize};

use crate::connection::{CallFailure, DisconnectReason, Payload, Received};

/// The version of [`TabMessage`]'s form. Tabs whose versions differ do not share a connection. Raise it
/// with every change that the other version cannot read.
pub(crate) const FORM: u32 = 5;

/// Identifies a tab for as long as it lives. Below 2⁵³, because JavaScript counts exactly only up to
/// there.
pub(crate) type TabId = u64;

/// What tabs say to each other. Everybody hears everything.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TabMessage {
    pub(crate) from: TabId,
    /// Whom it is for; everybody, if nobody is named.
    pub(crate) to: Option<TabId>,
    pub(crate) body: Body,
}

/// What a message says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Body {
    /// A tab that is new, or back, asks who leads. To the leader: here is one that may be new to it, and
    /// it must show that it lives. The answer is `Leads`.
    Hello,
    /// The sender leads, and its connection is in this state already. Messages may arrive late: of two
    /// leaders, the one with the higher term leads.
    Leads { term: u32, link: Option<LinkState> },
    /// To a tab that says that it leads: there was a leader with this term, which is not lower. If it has
    /// the lock, it must claim a higher one.
    Behind { term: u32 },
    /// To the leader: connect now.
    Connect,
    /// To the leader: look after the connection.
    Check,
    /// To the leader: the server must be heard of within these milliseconds.
    Probe { within: u32 },
    /// To the leader: an event that asks for no answer.
    Emit {
        name: String,
        #[serde(with = "payload")]
        payload: Payload,
        volatile: bool,
    },
    /// To the leader: an event whose answer goes back under this number, and the milliseconds
    /// that it may take.
    Call {
        call: u32,
        timeout: u32,
        name: String,
        #[serde(with = "payload")]
        payload: Payload,
    },
    /// The answer to a call.
    Answered {
        call: u32,
        #[serde(with = "payload")]
        payload: Payload,
    },
    /// A call has no answer.
    Failed { call: u32, failure: CallFailure },
    /// The leader's connection received an event.
    Received {
        #[serde(with = "received")]
        event: Received,
    },
    /// The state of the leader's connection has become this one.
    State(LinkState),
}

/// The state of a connection, as far as a tab has heard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum LinkState {
    Connected {
        /// By which the server knows the connection.
        id: Option<String>,
    },
    Disconnected {
        reason: DisconnectReason,
        /// Milliseconds.
        retry_in: Option<u32>,
    },
    Refused {
        message: String,
        /// JSON as text.
        data: Option<String>,
    },
}

/// A payload with its JSON as text and its attachments as bytes: only serde_json can write a `RawValue`
/// as it is, and a `Vec<u8>` would be an array of numbers.
mod payload {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
    use serde_bytes::{ByteBuf, Bytes};
    use serde_json::value::RawValue;

    use super::Payload;

    #[derive(Serialize)]
    struct Written<'a> {
        json: &'a str,
        attachments: Vec<&'a Bytes>,
    }

    #[derive(Deserialize)]
    struct Read {
        json: String,
        attachments: Vec<ByteBuf>,
    }

    pub(super) fn serialize<S: Serializer>(payload: &Payload, serializer: S) -> Result<S::Ok, S::Error> {
        let attachments = payload.attachments.iter().map(|bytes| Bytes::new(bytes)).collect();
        Written { json: payload.arguments().get(), attachments }.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Payload, D::Error> {
        let Read { json, attachments } = Read::deserialize(deserializer)?;
        let json = RawValue::from_string(json).map_err(D::Error::custom)?;
        let attachments = attachments.into_iter().map(ByteBuf::into_vec).collect();
        Payload::new(json, attachments).map_err(D::Error::custom)
    }
}

/// An event as its frame's JSON and its attachments.
mod received {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};
    use serde_bytes::{ByteBuf, Bytes};

    use super::Received;

    pub(super) fn serialize<S: Serializer>(event: &Received, serializer: S) -> Result<S::Ok, S::Error> {
        let attachments: Vec<&Bytes> = event.attachments.iter().map(|bytes| Bytes::new(bytes)).collect();
        (event.array(), attachments).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Received, D::Error> {
        let (array, attachments) = <(String, Vec<ByteBuf>)>::deserialize(deserializer)?;
        Ok(Received::new(array, 0, attachments.into_iter().map(ByteBuf::into_vec).collect()))
    }
}
