//! The namespaces besides the main one, as their driver knows them.

use std::sync::Arc;

use futures::channel::mpsc::UnboundedSender;

use crate::{
    backlog::Backlog,
    connection::{Event, Name, Time},
    options::Auth,
};

/// The namespaces besides the main one.
#[derive(Default)]
pub(crate) struct Others(Vec<Other>);

/// A namespace, for as long as it has a client.
pub(crate) struct Other {
    pub(crate) namespace: Name,
    pub(crate) auth: Auth,
    pub(crate) events: UnboundedSender<(Time, Event)>,
    /// Nobody else's: it tells this one from an earlier one of the same name.
    pub(crate) backlog: Arc<Backlog>,
}

impl Others {
    /// Adds a namespace. If another one was there under the same name, its stream ends.
    pub(crate) fn add(&mut self, other: Other) {
        self.0.retain(|old| old.namespace != other.namespace);
        self.0.push(other);
    }

    /// Removes a namespace and returns its name; `None` if it was not there, or another one has its name
    /// by now.
    pub(crate) fn remove(&mut self, backlog: &Arc<Backlog>) -> Option<Name> {
        let index = self.0.iter().position(|other| Arc::ptr_eq(&other.backlog, backlog))?;
        Some(self.0.remove(index).namespace)
    }

    pub(crate) fn find(&self, namespace: &str) -> Option<&Other> {
        self.0.iter().find(|other| other.namespace == namespace)
    }

    pub(crate) fn all(&self) -> &[Other] {
        &self.0
    }
}
