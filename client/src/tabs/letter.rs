//! What tabs say to each other, and how it travels.

use serde_json::value::RawValue;

use crate::connection::{Answer, CallFailure, DisconnectReason, Payload};

/// Names a tab for as long as it lives. Below 2⁵³, as every number that scripts exchange.
pub(crate) type TabId = u64;

/// What tabs say to each other. Everybody hears everything.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) from: TabId,
    /// Whom it is for; everybody, if nobody is named.
    pub(crate) to: Option<TabId>,
    pub(crate) body: Body,
}

/// What a letter says.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// A tab that is new, or back, asks who leads.
    Hello,
    /// The sender leads. Letters may arrive late: who leads with a higher term leads.
    Leads { term: u32 },
    /// To the leader: connect now.
    Connect,
    /// To the leader: look after the connection.
    Check,
    /// To the leader: an event that asks for no answer.
    Emit { name: String, payload: Payload, volatile: bool },
    /// To the leader: an event whose answer goes back under this number, and the milliseconds
    /// that it may take.
    Call { call: u32, timeout: u32, name: String, payload: Payload },
    /// The answer.
    Answer { call: u32, answer: Answer },
    /// The leader's connection received an event.
    Received { name: String, payload: Payload },
    /// How the leader's connection stands now; to a newcomer, how it stood already.
    Stands(Standing),
}

/// How a connection stands, as far as one has heard.
#[derive(Clone, Debug)]
pub(crate) enum Standing {
    Connected,
    /// With the milliseconds until the next try.
    Disconnected {
        reason: DisconnectReason,
        retry_in: Option<u32>,
    },
    Refused {
        message: String,
        data: Option<Box<RawValue>>,
    },
}

/// A letter as it travels: from, to (or 0), kind, two numbers, two texts, attachments.
pub(crate) type Wire = (TabId, TabId, u8, u32, u32, String, String, Vec<Vec<u8>>);

/// Stands for "none" where a number may be missing.
const NONE: u32 = u32::MAX;

impl From<Letter> for Wire {
    fn from(Letter { from, to, body }: Letter) -> Self {
        let mut attachments = vec![];
        let mut open = |payload: Payload| {
            attachments = payload.attachments;
            Box::<str>::from(payload.json).into()
        };
        let none = String::new;
        let (kind, a, b, name, text) = match body {
            Body::Hello => (0, 0, 0, none(), none()),
            Body::Leads { term } => (1, term, 0, none(), none()),
            Body::Connect => (2, 0, 0, none(), none()),
            Body::Check => (3, 0, 0, none(), none()),
            Body::Emit { name, payload, volatile } => (4, volatile.into(), 0, name, open(payload)),
            Body::Call { call, timeout, name, payload } => (5, call, timeout, name, open(payload)),
            Body::Answer { call, answer: Ok(payload) } => (6, call, 0, none(), open(payload)),
            Body::Answer { call, answer: Err(failure) } => {
                let failure = match failure {
                    CallFailure::TimedOut => 1,
                    CallFailure::Disconnected => 2,
                    CallFailure::BufferFull => 3,
                };
                (6, call, failure, none(), none())
            }
            Body::Received { name, payload } => (7, 0, 0, name, open(payload)),
            Body::Stands(Standing::Connected) => (8, 0, 0, none(), none()),
            Body::Stands(Standing::Refused { message, data }) => {
                (9, 0, 0, message, data.map_or_else(none, |data| Box::<str>::from(data).into()))
            }
            Body::Stands(Standing::Disconnected { reason, retry_in }) => {
                let (reason, text) = match reason {
                    DisconnectReason::Client => (0, none()),
                    DisconnectReason::Server => (1, none()),
                    DisconnectReason::PingTimeout => (2, none()),
                    DisconnectReason::ConnectTimeout => (3, none()),
                    DisconnectReason::Transport(text) => (4, text),
                    DisconnectReason::Protocol(text) => (5, text),
                };
                (10, retry_in.unwrap_or(NONE), reason, none(), text)
            }
        };
        (from, to.unwrap_or(0), kind, a, b, name, text, attachments)
    }
}

impl TryFrom<Wire> for Letter {
    type Error = serde_json::Error;

    fn try_from((from, to, kind, a, b, name, text, attachments): Wire) -> Result<Self, Self::Error> {
        let seal = |text| Ok(Payload { json: RawValue::from_string(text)?, attachments });
        let body = match (kind, b) {
            (1, _) => Body::Leads { term: a },
            (2, _) => Body::Connect,
            (3, _) => Body::Check,
            (4, _) => Body::Emit { name, payload: seal(text)?, volatile: a != 0 },
            (5, timeout) => Body::Call { call: a, timeout, name, payload: seal(text)? },
            (6, 0) => Body::Answer { call: a, answer: Ok(seal(text)?) },
            (6, failure) => {
                let failure = match failure {
                    1 => CallFailure::TimedOut,
                    2 => CallFailure::Disconnected,
                    _ => CallFailure::BufferFull,
                };
                Body::Answer { call: a, answer: Err(failure) }
            }
            (7, _) => Body::Received { name, payload: seal(text)? },
            (8, _) => Body::Stands(Standing::Connected),
            (9, _) => {
                Body::Stands(Standing::Refused { message: name, data: RawValue::from_string(text).ok() })
            }
            (10, reason) => {
                let reason = match reason {
                    0 => DisconnectReason::Client,
                    1 => DisconnectReason::Server,
                    2 => DisconnectReason::PingTimeout,
                    3 => DisconnectReason::ConnectTimeout,
                    4 => DisconnectReason::Transport(text),
                    _ => DisconnectReason::Protocol(text),
                };
                Body::Stands(Standing::Disconnected { reason, retry_in: (a != NONE).then_some(a) })
            }
            // What tabs say is of one program; a greeting harms nobody.
            _ => Body::Hello,
        };
        Ok(Self { from, to: (to != 0).then_some(to), body })
    }
}
