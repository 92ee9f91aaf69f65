//! How long to wait before the next try to connect.

use std::time::Duration;

/// Exponential back-off with jitter. The first wait is anything up to `min`, so that a thousand
/// clients do not come back at the same instant after a restart. Each later one is in the upper half
/// of its limit: `min` for the second and third, as most breaks are over within two seconds, then
/// twice as long each time, never more than `max`.
///
/// After a connection that was let in and closed again soon
/// ([`Config::stable_after`](crate::connection::Config::stable_after)) the limit doubles from the
/// first try on, up to three times `max`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The longest wait before the first retry.
    pub min: Duration,
    /// The longest wait, except after connections that did not last.
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
        if failures == 0 {
            return fraction(self.min, random);
        }
        upper_half(self.limit(failures.saturating_sub(2), self.max), random)
    }

    /// Before a try after a connection that was let in and did not last. The server is there and
    /// does work for every try, so these waits are longer: up to three times `max`, and never less
    /// than half of their limit.
    pub(crate) fn delay_after_short(&self, failures: u32, random: &mut fastrand::Rng) -> Duration {
        upper_half(self.limit(failures, self.max.saturating_mul(3)), random)
    }

    fn limit(&self, doublings: u32, max: Duration) -> Duration {
        self.min.saturating_mul(2u32.saturating_pow(doublings.min(31))).min(max)
    }
}

fn upper_half(of: Duration, random: &mut fastrand::Rng) -> Duration {
    of / 2 + fraction(of / 2, random)
}

/// A random part of a duration. It counts in thousandths: to multiply a `Duration` by a float needs code that would
/// make every page larger.
fn fraction(of: Duration, random: &mut fastrand::Rng) -> Duration {
    of / 1_000 * random.u32(..=1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_wait_is_spread_and_later_ones_are_in_the_upper_half_of_their_limit() {
        let backoff = Backoff::default();
        let mut random = fastrand::Rng::with_seed(7);
        for failures in 0..40 {
            let limit = Duration::from_secs([1, 1, 1, 2, 4].get(failures as usize).map_or(5, |s| *s));
            let least = if failures == 0 { Duration::ZERO } else { limit / 2 };
            let waits: Vec<_> = (0..1000).map(|_| backoff.delay(failures, &mut random)).collect();
            assert!(waits.iter().all(|wait| (least..=limit).contains(wait)));
            assert!(waits.iter().any(|wait| *wait < least + limit / 10));
            assert!(waits.iter().any(|wait| *wait > limit * 9 / 10));
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
