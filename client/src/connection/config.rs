//! How a connection behaves, and its limits.

use std::time::Duration;

use crate::{backoff::Backoff, engine::Transports};

/// How a connection behaves.
#[derive(Clone, Debug)]
pub struct Config {
    /// Which ways to the server may be used.
    pub transports: Transports,
    /// How long opening, handshake and the first CONNECT may take together. If a transport has not
    /// brought a handshake after half of this time, the other one is tried.
    pub connect_timeout: Duration,
    /// How long it waits before it tries again.
    pub backoff: Backoff,
    /// How long a connection must last to count as a success, so that the waits begin anew. One that
    /// ends earlier counts as a failed try: if a server lets us in and closes again and again, the
    /// waits grow. With four seconds, a server that closes just after them is tried fewer than 15 times
    /// a minute. A network that breaks every 15 seconds, for example in a train with tunnels, does not
    /// make the waits longer.
    pub stable_after: Duration,
    /// How often it tries again before it gives up; without a limit by default.
    pub retries: Option<u32>,
    /// How many events may wait for each namespace. One more is refused.
    pub send_buffer: usize,
    /// How many bytes may wait to be sent, connected or not. One more event is refused.
    pub max_unsent_bytes: usize,
    /// How many bytes of what arrived may wait for the program to read it, or in each namespace for the
    /// server to let us in. When more comes, the connection ends with [`DisconnectReason::Overflow`](crate::DisconnectReason::Overflow).
    pub max_unread_bytes: usize,
    /// How many attachments an event or ack that arrives may have.
    pub max_attachments: u32,
    /// How many bytes its attachments may have together.
    pub max_attachment_bytes: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            transports: Transports::default(),
            connect_timeout: Duration::from_secs(20),
            backoff: Backoff::default(),
            stable_after: Duration::from_secs(4),
            retries: None,
            send_buffer: 1_000,
            max_unsent_bytes: 16 << 20,
            max_unread_bytes: 64 << 20,
            max_attachments: 10,
            max_attachment_bytes: 16 << 20,
        }
    }
}
