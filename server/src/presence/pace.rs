//! How often something is told.

use std::time::Duration;

use protocol::limits;
use tokio::time::Instant;

/// Bytes that a person takes in a list.
const PERSON: u32 = 39;

/// How often something is told: the more it costs, the more rarely, so that the cost in a second has a bound.
/// A change after a silence is told at once.
pub(super) struct Pace {
    pub(super) next: Instant,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self { next: now }
    }

    /// What one frame to one socket costs.
    pub(super) fn frame() -> Duration {
        Duration::from_secs(1) / limits::PRESENCE_FRAMES_A_SECOND
    }

    /// What a list of so many people to one socket costs, by its bytes.
    pub(super) fn bytes(people: usize) -> Duration {
        let people = u32::try_from(people).unwrap_or(u32::MAX);
        Duration::from_secs(1) * people.saturating_mul(PERSON) / limits::PRESENCE_BYTES_A_SECOND
    }

    /// Whether it may be told now. If so, the next one waits for as long as this one costs.
    pub(super) fn step(&mut self, cost: Duration, now: Instant) -> bool {
        let due = now >= self.next;
        if due {
            self.next = now + cost;
        }
        due
    }
}
