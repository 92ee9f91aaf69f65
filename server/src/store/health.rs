//! Whether the store can keep what it is sent, and one line a minute in the log while it cannot.

use std::{
    collections::HashMap,
    fmt, mem,
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
    writing: Option<StorageFault>,
    reading: Option<StorageFault>,
    /// The log has a line about the present trouble.
    told: bool,
    /// The last line about each kind of trouble, `None` being what is no fault. What comes and goes has one a minute, too.
    logged: HashMap<Option<StorageFault>, Instant>,
    /// Faults since the last line.
    unlogged: u64,
}

impl Health {
    pub(super) fn fault(&self) -> Option<StorageFault> {
        if self.ill.load(Ordering::Acquire) { self.state().fault() } else { None }
    }

    /// Something could not be written.
    pub(super) fn failed_to_write(&self, fault: StorageFault, cause: &dyn fmt::Display) {
        self.failed(|state| &mut state.writing, fault, &format_args!("nothing is kept: {fault}"), cause);
    }

    /// Something could not be read, whatever can be written.
    pub(super) fn failed_to_read(&self, fault: StorageFault, cause: &dyn fmt::Display) {
        self.failed(|state| &mut state.reading, fault, &format_args!("nothing can be read: {fault}"), cause);
    }

    fn failed(
        &self,
        which: impl FnOnce(&mut State) -> &mut Option<StorageFault>,
        fault: StorageFault,
        what: &dyn fmt::Display,
        cause: &dyn fmt::Display,
    ) {
        let mut state = self.state();
        let known = which(&mut state);
        // What is damaged stays so, whatever else fails.
        if *known != Some(StorageFault::Corrupt) {
            *known = Some(fault);
        }
        self.ill.store(true, Ordering::Release);
        state.told |= state.log(Some(fault), what, cause);
    }

    /// Something failed, but everybody can still be answered.
    pub(super) fn complain(&self, what: &str, cause: &dyn fmt::Display) {
        self.state().log(None, &what, cause);
    }

    /// Something was written, and is on the disk. This does not make a damaged database whole.
    pub(super) fn wrote(&self) {
        self.recovered_from(|state| state.writing.take_if(|fault| *fault != StorageFault::Corrupt));
    }

    /// The same for something that was read.
    pub(super) fn read(&self) {
        self.recovered_from(|state| state.reading.take_if(|fault| *fault != StorageFault::Corrupt));
    }

    /// Everything was read, and is whole.
    pub(super) fn recovered(&self) {
        self.recovered_from(|state| state.writing.take().or(state.reading.take()));
    }

    fn recovered_from(&self, take: impl FnOnce(&mut State) -> Option<StorageFault>) {
        if !self.ill.load(Ordering::Acquire) {
            return;
        }
        let mut state = self.state();
        if take(&mut state).is_some() && state.fault().is_none() {
            self.ill.store(false, Ordering::Release);
            if mem::take(&mut state.told) {
                tracing::info!("what is sent is kept again");
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn fault(&self) -> Option<StorageFault> {
        let known = [self.writing, self.reading];
        let is_damaged = known.contains(&Some(StorageFault::Corrupt));
        if is_damaged { Some(StorageFault::Corrupt) } else { self.writing.or(self.reading) }
    }

    /// Returns whether there is a line.
    fn log(&mut self, kind: Option<StorageFault>, what: &dyn fmt::Display, cause: &dyn fmt::Display) -> bool {
        if self.logged.get(&kind).is_some_and(|logged| logged.elapsed() < QUIET) {
            self.unlogged += 1;
            return false;
        }
        tracing::error!(%cause, and_before = self.unlogged, "{what}");
        self.logged.insert(kind, Instant::now());
        self.unlogged = 0;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_lasts_until_something_was_written() {
        let health = Health::default();
        assert_eq!(health.fault(), None);
        health.failed_to_write(StorageFault::Full, &"no space left");
        assert_eq!(health.fault(), Some(StorageFault::Full));
        health.wrote();
        assert_eq!(health.fault(), None);
    }

    #[test]
    fn what_is_damaged_is_not_whole_because_something_else_was_written() {
        let health = Health::default();
        health.failed_to_write(StorageFault::Corrupt, &"malformed");
        health.wrote();
        assert_eq!(health.fault(), Some(StorageFault::Corrupt));
        health.failed_to_write(StorageFault::Full, &"no space left");
        health.wrote();
        assert_eq!(health.fault(), Some(StorageFault::Corrupt));
        health.recovered();
        assert_eq!(health.fault(), None);
    }

    #[test]
    fn a_trouble_is_logged_once_a_minute_and_the_rest_counted() {
        let health = Health::default();
        for _ in 0..100 {
            health.failed_to_write(StorageFault::Full, &"no space left");
        }
        assert_eq!(health.state().unlogged, 99);
    }

    #[test]
    fn a_trouble_that_comes_and_goes_is_logged_once_a_minute_too() {
        let health = Health::default();
        for _ in 0..100 {
            health.failed_to_write(StorageFault::Full, &"no space left");
            health.wrote();
        }
        assert_eq!(health.state().unlogged, 99);
    }

    #[test]
    fn what_cannot_be_read_is_not_mended_by_what_is_written() {
        let health = Health::default();
        for _ in 0..100 {
            health.failed_to_read(StorageFault::Failing, &"input/output error");
            health.wrote();
        }
        assert_eq!(health.fault(), Some(StorageFault::Failing));
        assert_eq!(health.state().unlogged, 99);
        health.read();
        assert_eq!(health.fault(), None);
    }
}
