//! What can go wrong between a program and its server.

use serde::{Deserialize, Serialize};

/// Why a connection ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum DisconnectReason {
    /// The program asked for it.
    #[error("disconnected by the program")]
    Client,
    /// The server told us to go.
    #[error("disconnected by the server")]
    Server,
    /// The server was silent for longer than it promised.
    #[error("the server no longer answers")]
    PingTimeout,
    /// The transport could not be opened in time, or the server did not greet.
    #[error("the server did not answer in time")]
    ConnectTimeout,
    /// The transport closed or failed.
    #[error("the connection was lost: {0}")]
    Transport(String),
    /// More came than the program reads ([`Config::max_unread_bytes`](crate::connection::Config)).
    #[error("more came than the program reads")]
    Overflow,
    /// The server sent something that is no packet.
    #[error("the server sent {0}")]
    Protocol(String),
}

/// Why a call has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum CallFailure {
    /// The time-out passed. The server may or may not have done it.
    #[error("no answer in time")]
    TimedOut,
    /// The connection was lost before the answer came. The server may or may not have done it.
    #[error("the connection was lost before the answer came")]
    Disconnected,
    /// Too much waits to be sent already; this was not sent.
    #[error("too much waits to be sent already")]
    BufferFull,
}

/// Why an event was not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmitError {
    /// Too much waits to be sent already.
    #[error("too much waits to be sent already")]
    BufferFull,
    /// The payload cannot be written as JSON, or its elements are to be arguments and it has none.
    #[error("the event cannot be written: {0}")]
    Unwritable(String),
}
