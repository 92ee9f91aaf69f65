//! What goes in and out between a program and its connection: plain data, which may as well come
//! from another tab of the browser. (Only the asker of a call stays where it is.)

use std::{borrow::Cow, time::Duration};

use serde_json::value::RawValue;

use crate::{
    engine::Time,
    reason::{CallFailure, DisconnectReason},
};

/// A namespace's or an event's name.
pub type Name = Cow<'static, str>;

/// What an event or an ack carries.
///
/// Attachments are binary data beside the JSON; in the JSON `{"_placeholder":true,"num":0}` stands
/// for the first of them.
#[derive(Clone, Debug)]
pub struct Payload {
    /// Any JSON. In what arrives: the only argument that was sent, `null` where there was none, an
    /// array of them where there were several.
    pub json: Box<RawValue>,
    /// Binary data, in the order of the placeholders' numbers.
    pub attachments: Vec<Vec<u8>>,
}

impl From<Box<RawValue>> for Payload {
    fn from(json: Box<RawValue>) -> Self {
        Self { json, attachments: Vec::new() }
    }
}

/// What a program asks for. `A` is whatever it knows an asker by; it is given back with the answer.
#[derive(Debug)]
pub enum Command<A> {
    /// Join a namespace now, also where a retry waits. Harmless when joined or joining.
    Connect {
        /// Which; `/` is the main one.
        namespace: Name,
    },
    /// Leave a namespace for good; what waits for it fails. The connection ends with the last
    /// namespace.
    Disconnect {
        /// Which.
        namespace: Name,
    },
    /// Send an event that asks for no ack.
    Emit {
        /// Where.
        namespace: Name,
        /// The event's name.
        name: Name,
        /// What it carries.
        payload: Payload,
        /// Rather drop it than send it later.
        volatile: bool,
    },
    /// Send an event and wait for its ack. The asker comes back with the answer, exactly once.
    Call {
        /// Where.
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
    /// Look after the connection: the machine slept, or the network is back. A silence that has
    /// lasted too long ends the connection now, and a retry that waits is made now.
    Check,
    /// The network may be gone. If calls wait for their answers, the server must say something,
    /// whatever it is, within this time, or the connection is given up. Nothing is sent, as
    /// Engine.IO 4 has pings of the server only: whoever wants to know makes a call first.
    Probe {
        /// From now on.
        within: Duration,
    },
}

impl<A> Command<A> {
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
            Self::Check => Command::Check,
            Self::Probe { within } => Command::Probe { within },
        }
    }
}

/// What the program is told about a namespace.
#[derive(Debug)]
pub enum Event {
    /// The server let us in. What was buffered goes out now.
    Connected,
    /// A connection was there already, and what the server says at its start was said before:
    /// only where tabs share one; a [`Connection`](super::Connection) never says so.
    Joined,
    /// The connection is gone, or could not be made.
    Disconnected {
        /// Why.
        reason: DisconnectReason,
        /// When it tries again; never, where the server or the program ended it.
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
        /// Its name.
        name: String,
        /// What it carries.
        payload: Payload,
        /// The number to answer with, where the server asks: [`Command::Acknowledge`].
        ack: Option<AckId>,
    },
}

/// What an ack answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AckId {
    /// The number on the wire.
    pub number: u64,
    /// How often its namespace had been joined when it was asked for. The server counts anew each
    /// time: an answer to what an earlier connection asked must not go out on a later one.
    pub joined: u32,
}

/// A call's answer.
pub type Answer = Result<Payload, CallFailure>;
