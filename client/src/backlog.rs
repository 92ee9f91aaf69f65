//! What waits between a program and its driver, so that neither can be flooded by the other.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{
    connection::{Command, Event, OVERHEAD},
    reason::EmitError,
};

/// Shared by a program's handles on one namespace, its notices, and the driver.
#[derive(Debug)]
pub(crate) struct Backlog {
    max_events: usize,
    max_unsent: usize,
    max_unread: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// What the driver has not taken yet.
    queued_events: usize,
    queued_bytes: usize,
    /// The events that wait for the namespace; `None` while it is joined.
    waiting_events: Option<usize>,
    /// What the driver has not handed to the network yet.
    unsent_bytes: usize,
    /// What the program has not read yet.
    unread_bytes: usize,
    /// The driver was asked to report, because what it said last was too much.
    asked: bool,
    /// The socket's id, while there is one.
    id: Option<String>,
}

impl Backlog {
    pub(crate) fn new(max_events: usize, max_unsent: usize, max_unread: usize) -> Self {
        let state = Mutex::new(State { waiting_events: Some(0), ..State::default() });
        Self { max_events, max_unsent, max_unread, state }
    }

    /// The same bounds for another namespace.
    pub(crate) fn another(&self) -> Self {
        Self::new(self.max_events, self.max_unsent, self.max_unread)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The program wants to send something.
    pub(crate) fn push<A>(&self, command: &Command<A>) -> Result<(), EmitError> {
        let bytes = command.bytes();
        let mut state = self.state();
        let events = state.waiting_events.map_or(0, |waiting| waiting + state.queued_events);
        if events >= self.max_events || state.queued_bytes + state.unsent_bytes + bytes > self.max_unsent {
            return Err(EmitError::BufferFull);
        }
        state.queued_events += 1;
        state.queued_bytes += bytes;
        Ok(())
    }

    /// Whether the driver is to be asked to report: what was too much may be sent by now.
    pub(crate) fn is_to_be_asked(&self) -> bool {
        !std::mem::replace(&mut self.state().asked, true)
    }

    /// The driver took something.
    pub(crate) fn take<A>(&self, command: &Command<A>) {
        if command.is_event() {
            let mut state = self.state();
            state.queued_events = state.queued_events.saturating_sub(1);
            state.queued_bytes = state.queued_bytes.saturating_sub(command.bytes());
        }
    }

    /// What the driver has after a turn.
    pub(crate) fn report(&self, waiting_events: Option<usize>, unsent_bytes: usize) {
        let mut state = self.state();
        state.waiting_events = waiting_events;
        state.unsent_bytes = unsent_bytes;
        state.asked = false;
    }

    /// The events that wait for the namespace, `None` while it is joined, and the bytes of everything that
    /// was not handed to the network yet.
    #[cfg(feature = "browser")]
    pub(crate) fn unsent(&self) -> (Option<usize>, usize) {
        let state = self.state();
        let events = state.waiting_events.map(|waiting| waiting + state.queued_events);
        (events, state.queued_bytes + state.unsent_bytes)
    }

    /// Something arrived for the program; `false` where that is too much.
    #[must_use]
    pub(crate) fn arrive(&self, event: &Event) -> bool {
        let mut state = self.state();
        let event = match event {
            Event::Received { event, .. } => event,
            Event::Connected { id } | Event::Joined { id } => {
                state.id.clone_from(id);
                return true;
            }
            Event::Disconnected { .. } | Event::Refused { .. } => {
                state.id = None;
                return true;
            }
        };
        let unread = state.unread_bytes + event.bytes() + OVERHEAD;
        let fits = unread <= self.max_unread;
        if fits {
            state.unread_bytes = unread;
        }
        fits
    }

    /// The program reads it.
    pub(crate) fn read(&self, event: &Event) {
        if let Event::Received { event, .. } = event {
            let mut state = self.state();
            state.unread_bytes = state.unread_bytes.saturating_sub(event.bytes() + OVERHEAD);
        }
    }

    pub(crate) fn id(&self) -> Option<String> {
        self.state().id.clone()
    }
}
