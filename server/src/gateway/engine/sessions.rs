//! Polling sessions by their ids.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use crate::gateway::{on_drop::OnDrop, transport::Transport};

#[derive(Default)]
pub(super) struct Sessions(Mutex<HashMap<String, Weak<Transport>>>);

impl Sessions {
    pub(super) fn get(&self, id: &str) -> Option<Arc<Transport>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id)?.upgrade()
    }

    pub(super) fn add(self: &Arc<Self>, id: &str, transport: &Arc<Transport>) {
        let (sessions, listed) = (Arc::downgrade(self), id.to_owned());
        transport.when_gone(OnDrop::new(move || {
            if let Some(sessions) = sessions.upgrade() {
                sessions.remove(&listed);
            }
        }));
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.insert(id.to_owned(), Arc::downgrade(transport));
    }

    fn remove(&self, id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }
}
