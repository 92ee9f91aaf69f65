//! How long to wait before the next try to connect.

use std::time::Duration;

/// Exponential back-off with full jitter: before try `n` a wait between nothing and
/// `min · 2ⁿ`, never more than `max`.
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
    pub(crate) fn delay(&self, failures: u32, random: &mut fastrand::Rng) -> Duration {
        let limit = self.min.saturating_mul(2u32.saturating_pow(failures.min(31))).min(self.max);
        // In thousandths: what `Duration` does with floats would be in every page for this alone.
        limit / 1_000 * random.u32(..=1_000)
    }
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
}
