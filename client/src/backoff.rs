//! How long to wait before the next try to connect.

use std::time::Duration;

/// Exponential back-off with full jitter: before try `n` a wait between nothing and
/// `min · 2ⁿ`, never more than `max`. After a connection that was let in and closed again soon
/// ([`Config::stable_after`](crate::connection::Config::stable_after)) the wait is between half of
/// `min · 2ⁿ` and all of it, never more than three times `max`.
///
/// The jitter covers the whole interval, so that a thousand clients do not come back at the same
/// instant after a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The longest wait before the first retry.
    pub min: Duration,
    /// The longest wait of all.
    pub max: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { min: Duration::from_secs(1), max: Duration::from_secs(5) }
    }
}

impl Backoff {
    /// Before a try after one that failed, or after a connection that lasted.
    pub(crate) fn delay(&self, failures: u32, random: &mut fastrand::Rng) -> Duration {
        fraction(self.limit(failures, self.max), random)
    }

    /// Before a try after a connection that was let in and did not last. The server is there and
    /// does work for every try, so these waits are longer: up to three times `max`, and never less
    /// than half of their limit.
    pub(crate) fn delay_after_short(&self, failures: u32, random: &mut fastrand::Rng) -> Duration {
        let half = self.limit(failures, self.max.saturating_mul(3)) / 2;
        half + fraction(half, random)
    }

    fn limit(&self, failures: u32, max: Duration) -> Duration {
        self.min.saturating_mul(2u32.saturating_pow(failures.min(31))).min(max)
    }
}

/// A random part of it. In thousandths: what `Duration` does with floats would be in every page for
/// this alone.
fn fraction(of: Duration, random: &mut fastrand::Rng) -> Duration {
    of / 1_000 * random.u32(..=1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_spread_over_the_whole_interval_and_never_longer() {
        let backoff = Backoff::default();
        let mut random = fastrand::Rng::with_seed(7);
        for failures in 0..40 {
            let limit = [1, 2, 4].get(failures as usize).map_or(5, |s| *s);
            let waits: Vec<_> = (0..1000).map(|_| backoff.delay(failures, &mut random)).collect();
            assert!(waits.iter().all(|wait| *wait <= Duration::from_secs(limit)));
            assert!(waits.iter().any(|wait| *wait < Duration::from_secs(limit) / 10));
            assert!(waits.iter().any(|wait| *wait > Duration::from_secs(limit) * 9 / 10));
        }
    }

    #[test]
    fn a_wait_after_a_connection_that_did_not_last_is_at_least_half_of_its_limit() {
        let backoff = Backoff::default();
        let mut random = fastrand::Rng::with_seed(7);
        for failures in 0..40 {
            let limit = Duration::from_secs([1, 2, 4, 8].get(failures as usize).map_or(15, |s| *s));
            let waits: Vec<_> = (0..1000).map(|_| backoff.delay_after_short(failures, &mut random)).collect();
            assert!(waits.iter().all(|wait| (limit / 2..=limit).contains(wait)));
            assert!(waits.iter().any(|wait| *wait < limit * 6 / 10));
            assert!(waits.iter().any(|wait| *wait > limit * 9 / 10));
        }
    }
}
