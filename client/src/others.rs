//! The namespaces besides the main one, which a program and its driver share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::channel::mpsc::UnboundedSender;

use crate::{
    backlog::Backlog,
    connection::{Event, Name, Time},
    options::Auth,
};

/// The namespaces besides the main one.
#[derive(Default)]
pub(crate) struct Others(Mutex<Vec<Other>>);

/// A namespace, for as long as it has a client.
pub(crate) struct Other {
    pub(crate) namespace: Name,
    pub(crate) auth: Auth,
    pub(crate) events: UnboundedSender<(Time, Event)>,
    pub(crate) backlog: Arc<Backlog>,
}

impl Others {
    /// Adds a namespace. If another one was there under the same name, its stream ends.
    pub(crate) fn add(&self, other: Other) {
        let mut all = self.all();
        all.retain(|old| old.namespace != other.namespace);
        all.push(other);
    }

    /// Removes a namespace; `false` if it was not there, or another one has its name by now.
    pub(crate) fn remove(&self, backlog: &Arc<Backlog>) -> bool {
        let mut all = self.all();
        let before = all.len();
        all.retain(|other| !Arc::ptr_eq(&other.backlog, backlog));
        all.len() < before
    }

    pub(crate) fn auth(&self, namespace: &str) -> Option<Auth> {
        self.all().iter().find(|other| other.namespace == namespace).map(|other| other.auth.clone())
    }

    pub(crate) fn find<T>(&self, namespace: &str, then: impl FnOnce(&Other) -> T) -> Option<T> {
        self.all().iter().find(|other| other.namespace == namespace).map(then)
    }

    pub(crate) fn all(&self) -> MutexGuard<'_, Vec<Other>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
