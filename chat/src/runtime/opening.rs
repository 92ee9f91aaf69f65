//! What a connection begins with.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::{ConnectAuth, UserId};

/// What a connection shows when it is made: a token, and whom it watches from its beginning. The
/// client's options ask it each time, and the runtime keeps it current. Clones are the same one.
#[derive(Clone, Debug, Default)]
pub struct Opening(Arc<Mutex<Watched>>);

#[derive(Debug, Default)]
struct Watched {
    next: Vec<UserId>,
    shown: Vec<UserId>,
    /// How often something was shown.
    times: u64,
}

impl Opening {
    /// What the next connection shows, for [`Options::auth`](client::Options::auth).
    #[must_use]
    pub fn auth(&self, token: String) -> ConnectAuth {
        let mut watched = self.lock();
        watched.shown = watched.next.clone();
        watched.times += 1;
        ConnectAuth { watch: Some(watched.shown.clone()), ..ConnectAuth::new(token) }
    }

    pub(super) fn watch(&self, users: Vec<UserId>) {
        self.lock().next = users;
    }

    /// Whom the newest connection watches from its beginning.
    pub(super) fn shown(&self) -> Vec<UserId> {
        self.lock().shown.clone()
    }

    /// How many connections have shown something.
    pub(super) fn times(&self) -> u64 {
        self.lock().times
    }

    fn lock(&self) -> MutexGuard<'_, Watched> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
