//! What goes in and out between a program and its connection: plain data, which may as well come
//! from another tab of the browser. (Only the asker of a call stays where it is.)

use std::{borrow::Cow, fmt, time::Duration};

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::{
    engine::Time,
    packet::{PacketError, event_parts},
    reason::{CallFailure, DisconnectReason},
};

/// A namespace's or an event's name.
pub type Name = Cow<'static, str>;

/// What an event that is sent, or an ack, carries.
///
/// Attachments are binary data beside the JSON; in the JSON `{"_placeholder":true,"num":0}` stands
/// for the first of them.
#[derive(Clone, Debug)]
pub struct Payload {
    /// A JSON array of the arguments. [`Payload::of`] makes one of anything that serialises as one.
    pub(crate) arguments: Box<RawValue>,
    /// Binary data, in the order of the placeholders' numbers.
    pub attachments: Vec<Vec<u8>>,
}

impl Payload {
    /// Arguments: an array, a tuple, a tuple struct.
    ///
    /// # Errors
    /// They cannot be written, or are no array.
    pub fn of<T: Serialize + ?Sized>(arguments: &T) -> serde_json::Result<Self> {
        Self::new(to_raw_value(arguments)?, Vec::new())
    }

    /// The same, of arguments that are JSON already.
    ///
    /// # Errors
    /// It is no array.
    pub fn new(arguments: Box<RawValue>, attachments: Vec<Vec<u8>>) -> serde_json::Result<Self> {
        if arguments.get().starts_with('[') {
            Ok(Self { arguments, attachments })
        } else {
            Err(serde::ser::Error::custom("the arguments of an event must be an array"))
        }
    }

    /// The JSON array of the arguments.
    #[must_use]
    pub fn arguments(&self) -> &RawValue {
        &self.arguments
    }

    /// How much memory it takes, roughly.
    pub(crate) fn bytes(&self) -> usize {
        self.arguments.get().len() + self.attachments.iter().map(Vec::len).sum::<usize>()
    }
}

impl Default for Payload {
    /// No arguments.
    fn default() -> Self {
        Self {
            arguments: RawValue::from_string("[]".to_owned()).unwrap_or_default(),
            attachments: Vec::new(),
        }
    }
}

/// An event that arrived. Nothing of it was read yet: only the places of its parts are known. So it is
/// read once, by the code that knows its type.
#[derive(Clone, PartialEq, Eq)]
pub struct Received {
    /// The frame.
    text: String,
    /// Where in it the array of the name and the arguments begins.
    array: usize,
    /// Binary data, in the order of the placeholders' numbers.
    pub attachments: Vec<Vec<u8>>,
    /// How often the program had joined a namespace when it joined this one: it identifies the join.
    pub joined: u32,
}

impl Received {
    /// An event whose name and arguments are the JSON array that begins at this byte of the text. Only
    /// reading it shows whether it is valid.
    #[must_use]
    pub fn new(text: String, array: usize, attachments: Vec<Vec<u8>>) -> Self {
        Self { text, array, attachments, joined: 0 }
    }

    /// `["name",…]`.
    #[must_use]
    pub fn array(&self) -> &str {
        self.text.get(self.array..).unwrap_or_default()
    }

    /// Its name and its arguments, if it is JSON.
    ///
    /// # Errors
    /// It is no JSON, or has no name.
    pub fn parts(&self) -> Result<(String, Vec<&RawValue>), PacketError> {
        event_parts(self.array())
    }

    /// How much memory it takes, roughly.
    pub(crate) fn bytes(&self) -> usize {
        self.text.len() + self.attachments.iter().map(Vec::len).sum::<usize>()
    }
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} + {} attachments", self.array(), self.attachments.len())
    }
}

/// What a program asks for. `A` is a value by which it knows who asked; it is given back with the
/// answer.
#[derive(Debug)]
pub enum Command<A> {
    /// Join a namespace now, also if a retry waits. Harmless when joined or joining.
    Connect {
        /// The namespace's name; `/` is the main one.
        namespace: Name,
    },
    /// Leave a namespace for good; what waits for it fails. The connection ends with the last
    /// namespace.
    Disconnect {
        /// The namespace's name.
        namespace: Name,
    },
    /// Send an event that asks for no ack.
    Emit {
        /// The namespace's name.
        namespace: Name,
        /// The event's name.
        name: Name,
        /// What it carries.
        payload: Payload,
        /// Drop it if it cannot be sent now.
        volatile: bool,
    },
    /// Send an event and wait for its ack. The asker comes back with the answer, exactly once.
    Call {
        /// The namespace's name.
        namespace: Name,
        /// The event's name.
        name: Name,
        /// What it carries.
        payload: Payload,
        /// How long to wait, from now on, connected or not.
        timeout: Duration,
        /// Who asks.
        asker: A,
    },
    /// Answer an event that the server asked an ack for.
    Acknowledge {
        /// Where it came from.
        namespace: Name,
        /// The number that it had.
        ack: AckId,
        /// The answer; none is an ack without arguments.
        payload: Option<Payload>,
    },
    /// An event that was received turned out to be no JSON when it was read. As after every frame that
    /// is no packet, the connection ends, and a new one is made.
    Reject {
        /// Where it came from.
        namespace: Name,
        /// On which connection: [`Received::joined`].
        joined: u32,
        /// What it was.
        error: String,
    },
    /// Does nothing itself, but wakes the driver, which then reports how much waits to be sent.
    Refresh,
    /// Check the connection: the machine slept, or the network is back. A silence that has lasted too
    /// long ends the connection now, and a retry that waits is made now.
    Check,
    /// The network may be gone. If calls wait for their answers, the server must say something,
    /// whatever it is, within this time, or the connection is given up. Nothing is sent, because in
    /// Engine.IO 4 only the server sends pings: to get an answer, make a call first.
    Probe {
        /// How long, from now on.
        within: Duration,
    },
}

/// What an event takes besides its text.
pub(crate) const OVERHEAD: usize = 64;

impl<A> Command<A> {
    /// Whether it is an event for the server.
    pub(crate) fn is_event(&self) -> bool {
        matches!(self, Self::Emit { .. } | Self::Call { .. })
    }

    /// How much memory an event for the server takes, roughly; 0 for everything else.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Emit { name, payload, .. } | Self::Call { name, payload, .. } => {
                name.len() + payload.bytes() + OVERHEAD
            }
            _ => 0,
        }
    }

    /// Whether it is about this namespace, or about the connection.
    #[cfg(feature = "browser")]
    pub(crate) fn is_for(&self, name: &str) -> bool {
        match self {
            Self::Connect { namespace }
            | Self::Disconnect { namespace }
            | Self::Emit { namespace, .. }
            | Self::Call { namespace, .. }
            | Self::Acknowledge { namespace, .. }
            | Self::Reject { namespace, .. } => namespace == name,
            Self::Refresh | Self::Check | Self::Probe { .. } => true,
        }
    }

    /// The same with another asker.
    #[cfg(feature = "browser")]
    pub(crate) fn asked_by<B>(self, asker: impl FnOnce(A) -> B) -> Command<B> {
        match self {
            Self::Connect { namespace } => Command::Connect { namespace },
            Self::Disconnect { namespace } => Command::Disconnect { namespace },
            Self::Emit { namespace, name, payload, volatile } => {
                Command::Emit { namespace, name, payload, volatile }
            }
            Self::Call { namespace, name, payload, timeout, asker: a } => {
                Command::Call { namespace, name, payload, timeout, asker: asker(a) }
            }
            Self::Acknowledge { namespace, ack, payload } => Command::Acknowledge { namespace, ack, payload },
            Self::Reject { namespace, joined, error } => Command::Reject { namespace, joined, error },
            Self::Refresh => Command::Refresh,
            Self::Check => Command::Check,
            Self::Probe { within } => Command::Probe { within },
        }
    }
}

/// What the program is told about a namespace.
#[derive(Debug)]
pub enum Event {
    /// The server let us in. What was buffered goes out now.
    Connected {
        /// By which the server knows this connection to the namespace, if it said that.
        id: Option<String>,
    },
    /// There was a connection already, and what the server says at its start is not repeated. This is
    /// told only to tabs that share a connection; a [`Connection`](super::Connection) never says so.
    Joined {
        /// As in [`Event::Connected`].
        id: Option<String>,
    },
    /// The connection is gone, or could not be made.
    Disconnected {
        /// Why.
        reason: DisconnectReason,
        /// When it tries again; `None` if it does not, because the server or the program ended it.
        retry_at: Option<Time>,
    },
    /// The server refused to let us in; it is not tried again by itself.
    Refused {
        /// The server's sentence.
        message: String,
        /// What it said besides.
        data: Option<Box<RawValue>>,
    },
    /// The server sent an event.
    Received {
        /// Its name and what it carries.
        event: Received,
        /// The number to answer with, where the server asks: [`Command::Acknowledge`].
        ack: Option<AckId>,
    },
}

/// What an ack answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AckId {
    /// The number on the wire.
    pub number: u64,
    /// The join on which it was asked for: [`Received::joined`]. The server counts anew each time: an
    /// answer to what an earlier connection asked must not go out on a later one.
    pub joined: u32,
}

/// A call's answer.
pub type Answer = Result<Payload, CallFailure>;
