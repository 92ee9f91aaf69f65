//! What the log says of clients that are refused. Whoever is refused as often as they like must not fill the log.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use protocol::limits;

use crate::{config::Switch, limit::Limit};

pub(super) struct RefusalLog {
    lines: Limit<()>,
    unlogged: AtomicU64,
}

impl Default for RefusalLog {
    fn default() -> Self {
        let (burst, interval) = (limits::REFUSALS_LOGGED_AT_ONCE, limits::REFUSALS_LOGGED_APART);
        Self { lines: Limit::new(Switch::On, burst, interval), unlogged: AtomicU64::new(0) }
    }
}

impl RefusalLog {
    /// Whether a refusal gets a line of its own, and then how many got none since the last line.
    pub(super) fn line(&self) -> Option<u64> {
        if self.lines.take(()).is_err() {
            self.unlogged.fetch_add(1, Relaxed);
            return None;
        }
        Some(self.unlogged.swap(0, Relaxed))
    }

    /// Logs how many got no line, if there are any and it is time for a line.
    pub(super) fn tell_rest(&self) {
        if self.unlogged.load(Relaxed) > 0 && self.lines.take(()).is_ok() {
            self.tell_last();
        }
    }

    /// The same, whether it is time or not.
    pub(super) fn tell_last(&self) {
        let unlogged = self.unlogged.swap(0, Relaxed);
        if unlogged > 0 {
            tracing::info!(unlogged, "clients were refused");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_line_after_many_refusals_says_how_many_got_none() {
        let log = RefusalLog::default();
        let burst = limits::REFUSALS_LOGGED_AT_ONCE;
        assert_eq!((0..burst).map(|_| log.line()).collect::<Vec<_>>(), vec![Some(0); burst as usize]);
        assert_eq!((0..100).filter_map(|_| log.line()).count(), 0);
        tokio::time::advance(limits::REFUSALS_LOGGED_APART).await;
        assert_eq!(log.line(), Some(100));
        assert_eq!(log.line(), None);
        log.tell_rest();
        assert_eq!(log.unlogged.load(Relaxed), 1, "it is not time for a line");
        tokio::time::advance(limits::REFUSALS_LOGGED_APART).await;
        log.tell_rest();
        assert_eq!(log.unlogged.load(Relaxed), 0);
    }
}
