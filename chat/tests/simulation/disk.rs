//! A browser's storage, as the page uses it: a journal that is written at once, rows that take a
//! while, one request of a tab after the other.

use std::collections::BTreeMap;

use chat::Unsent;
use client::connection::Time;
use futures::channel::oneshot::Sender;
use protocol::ClientId;

/// How the database behaves. The journal works in some browsers, and in some it never does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Mode {
    Works,
    Fails,
    /// It answers after the page has lost patience, if at all.
    Hangs,
}

/// What survives the pages of one browser.
pub(super) struct Disk {
    pub(super) mode: Mode,
    pub(super) has_journal: bool,
    pub(super) rows: BTreeMap<ClientId, Unsent>,
    /// With the time of writing: a power cut loses what was written just before it.
    pub(super) journal: BTreeMap<ClientId, (Time, Unsent)>,
}

/// What a tab asks of it.
pub(super) enum Request {
    Keep(Unsent, Sender<bool>),
    Forget(ClientId, Sender<()>),
    Read(Sender<Vec<Unsent>>),
}

impl Disk {
    pub(super) fn new(has_journal: bool) -> Self {
        Self { mode: Mode::Works, has_journal, rows: BTreeMap::new(), journal: BTreeMap::new() }
    }

    /// What happens at once when a tab asks.
    pub(super) fn asked(&mut self, now: Time, request: &Request) {
        if let (Request::Keep(unsent, _), true) = (request, self.has_journal) {
            self.journal.insert(unsent.client_id.clone(), (now, stored(unsent)));
        }
    }

    /// Keeps a message when its turn has come; says whether it is kept. `lands`: whether a write
    /// arrives that nobody waits for.
    pub(super) fn keep(&mut self, unsent: &Unsent, lands: bool) -> bool {
        let works = self.mode == Mode::Works;
        if works || (self.mode == Mode::Hangs && lands) {
            self.rows.insert(unsent.client_id.clone(), stored(unsent));
        }
        if works {
            self.journal.remove(&unsent.client_id);
        }
        works || self.has_journal
    }

    pub(super) fn forget(&mut self, id: &ClientId, lands: bool) {
        self.journal.remove(id);
        if self.mode == Mode::Works || (self.mode == Mode::Hangs && lands) {
            self.rows.remove(id);
        }
    }

    pub(super) fn read(&mut self) -> Vec<Unsent> {
        let mut all: Vec<Unsent> = self.journal.values().map(|(_, unsent)| unsent.clone()).collect();
        if self.mode == Mode::Works {
            all.extend(self.rows.values().cloned());
            let journal = std::mem::take(&mut self.journal);
            self.rows.extend(journal.into_iter().map(|(id, (_, unsent))| (id, unsent)));
        }
        all
    }

    /// Returns what is lost.
    pub(super) fn power_cut(&mut self, now: Time) -> Vec<ClientId> {
        let before: Vec<ClientId> = self.journal.keys().cloned().collect();
        self.journal.retain(|_, (written, _)| now - *written > Time::from_secs(5));
        before.into_iter().filter(|id| !self.has(id)).collect()
    }

    pub(super) fn has(&self, id: &ClientId) -> bool {
        self.rows.contains_key(id) || self.journal.contains_key(id)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.journal.is_empty()
    }
}

fn stored(unsent: &Unsent) -> Unsent {
    serde_json::from_str(&serde_json::to_string(unsent).unwrap()).unwrap()
}
