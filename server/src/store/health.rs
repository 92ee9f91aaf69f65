//! Whether the store can keep what it is sent, and one line a minute in the log while it cannot.

use std::{
    fmt,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use crate::storage_fault::StorageFault;

/// Between two lines in the log about the same trouble.
const QUIET: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(super) struct Health {
    /// So that those who find no fault take no lock.
    ill: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    fault: Option<StorageFault>,
    logged: Option<Instant>,
    /// Faults since the last line.
    unlogged: u64,
}

impl Health {
    pub(super) fn fault(&self) -> Option<StorageFault> {
        if self.ill.load(Ordering::Acquire) { self.state().fault } else { None }
    }

    /// Something could not be read or written. What is damaged stays so, whatever else fails.
    pub(super) fn failed(&self, fault: StorageFault, cause: &dyn fmt::Display) {
        let mut state = self.state();
        if state.fault != Some(StorageFault::Corrupt) {
            state.fault = Some(fault);
        }
        self.ill.store(true, Ordering::Release);
        state.log(&format_args!("nothing is kept: {fault}"), cause);
    }

    /// Something failed, but everybody can still be answered.
    pub(super) fn complain(&self, what: &str, cause: &dyn fmt::Display) {
        self.state().log(&what, cause);
    }

    /// Something was written, and is on the disk. This does not make a damaged database whole.
    pub(super) fn wrote(&self) {
        self.recovered_from(|fault| fault != StorageFault::Corrupt);
    }

    /// Everything was read, and is whole.
    pub(super) fn recovered(&self) {
        self.recovered_from(|_| true);
    }

    fn recovered_from(&self, is_over: impl FnOnce(StorageFault) -> bool) {
        if !self.ill.load(Ordering::Acquire) {
            return;
        }
        let mut state = self.state();
        if state.fault.is_some_and(is_over) {
            self.ill.store(false, Ordering::Release);
            // The next trouble is told at once.
            *state = State::default();
            tracing::info!("what is sent is kept again");
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn log(&mut self, what: &dyn fmt::Display, cause: &dyn fmt::Display) {
        if self.logged.is_some_and(|logged| logged.elapsed() < QUIET) {
            self.unlogged += 1;
            return;
        }
        tracing::error!(%cause, and_before = self.unlogged, "{what}");
        self.logged = Some(Instant::now());
        self.unlogged = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_lasts_until_something_was_written() {
        let health = Health::default();
        assert_eq!(health.fault(), None);
        health.failed(StorageFault::Full, &"no space left");
        assert_eq!(health.fault(), Some(StorageFault::Full));
        health.wrote();
        assert_eq!(health.fault(), None);
    }

    #[test]
    fn what_is_damaged_is_not_whole_because_something_else_was_written() {
        let health = Health::default();
        health.failed(StorageFault::Corrupt, &"malformed");
        health.wrote();
        assert_eq!(health.fault(), Some(StorageFault::Corrupt));
        health.failed(StorageFault::Full, &"no space left");
        health.wrote();
        assert_eq!(health.fault(), Some(StorageFault::Corrupt));
        health.recovered();
        assert_eq!(health.fault(), None);
    }

    #[test]
    fn a_trouble_is_logged_once_a_minute_and_the_rest_counted() {
        let health = Health::default();
        for _ in 0..100 {
            health.failed(StorageFault::Full, &"no space left");
        }
        assert_eq!(health.state().unlogged, 99);
    }
}
