//! Loading its messages.

use protocol::{ChangesPage, ConversationId, FetchChanges, FetchHistory, HistoryPage, Rev, Seq, limits};

use super::{ConversationState, Load};
use crate::timeline::Missing;

/// Messages that are kept of a conversation that nobody looks at.
const KEPT: usize = 500;
/// Changes of a conversation that nobody looks at which are worth fetching. When there are more, it is loaded anew when
/// somebody opens it.
const FAR_BEHIND: u64 = 1_000;

/// A request that completes what is shown.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Request {
    History(FetchHistory),
    Changes(FetchChanges),
}

/// Such a request, and how the timeline stood when it was made.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fetching {
    request: Request,
    known: Rev,
}

impl ConversationState {
    /// The next request that completes what is shown, unless one is on its way.
    pub(crate) fn fetch(&mut self, id: ConversationId, is_open: bool) -> Option<Request> {
        if self.fetching.is_some() {
            return None;
        }
        if !is_open && self.timeline.behind() > FAR_BEHIND {
            self.timeline.unload();
            return None;
        }
        let request = match self.timeline.missing(is_open, self.place)? {
            Missing::Newest => Request::History(FetchHistory::newest(id)),
            Missing::Around(place) => {
                Request::History(FetchHistory { around: Some(place), ..FetchHistory::newest(id) })
            }
            Missing::Changes(since) => {
                Request::Changes(FetchChanges { conversation: id, since, limit: None })
            }
            Missing::Membership(after) => {
                let limit = Some(*limits::HISTORY_PAGE.end());
                Request::History(FetchHistory { after: Some(after), limit, ..FetchHistory::newest(id) })
            }
        };
        let shows_messages = matches!(&request, Request::History(fetch) if fetch.after.is_none());
        if shows_messages && self.timeline.run(self.place).is_empty() {
            self.newest = Load::Loading;
        }
        self.fetching = Some(Fetching { request: request.clone(), known: self.timeline.known() });
        self.timeline.await_page();
        Some(request)
    }

    /// Whether there is something to fetch.
    pub(crate) fn misses(&self, is_open: bool) -> bool {
        self.fetching.is_none() && self.timeline.missing(is_open, self.place).is_some()
    }

    /// The next older page, unless one is on its way or there is none.
    pub(crate) fn fetch_older(&mut self, id: ConversationId) -> Option<FetchHistory> {
        let before = self.timeline.older(self.place).filter(|_| self.older != Load::Loading)?;
        self.older = Load::Loading;
        Some(FetchHistory { before: Some(before), ..FetchHistory::newest(id) })
    }

    /// The next newer page, unless one is on its way or there is none.
    pub(crate) fn fetch_newer(&mut self, id: ConversationId) -> Option<FetchHistory> {
        let after = self.timeline.newer(self.place).filter(|_| self.newer != Load::Loading)?;
        self.newer = Load::Loading;
        Some(FetchHistory { after: Some(after), ..FetchHistory::newest(id) })
    }

    /// There is a new connection: what could not be loaded over the former one may be asked for again.
    pub(crate) fn may_load_again(&mut self) {
        for load in [&mut self.older, &mut self.newer] {
            if let Load::Failed(_) = load {
                *load = Load::Loaded;
            }
        }
    }

    /// A page came, or did not. Returns whether it makes sense to ask for what else is missing.
    pub(crate) fn fetched(&mut self, fetch: &FetchHistory, page: Result<HistoryPage, String>) -> bool {
        let known = self.answered(&Request::History(fetch.clone()));
        // It was asked for before everything was forgotten, and fits nowhere any more.
        if !self.timeline.is_loaded() && (fetch.before.is_some() || fetch.after.is_some()) {
            self.note_load(fetch, known.is_some(), Load::Loaded);
            return false;
        }
        let before = self.progress();
        let mut knows_more = false;
        let load = match page {
            Ok(page) => {
                let newest = page.messages.iter().map(|message| (message.rev, message.last_change())).max();
                self.hold(newest);
                if let ConversationId::Group(_) = fetch.conversation {
                    knows_more = self.timeline.learn_membership(fetch.after, &page);
                }
                // There may be no message at this place.
                if fetch.around.is_some() && fetch.around == self.place {
                    let nearest =
                        page.messages.last().map(|last| last.seq.min(self.place.unwrap_or(last.seq)));
                    self.place = nearest;
                }
                self.timeline.apply_page(page);
                Load::Loaded
            }
            Err(sentence) => Load::Failed(sentence),
        };
        let goes_on = load == Load::Loaded
            && (knows_more
                || self.progress() != before
                || known.is_none_or(|known| self.timeline.known() > known));
        self.note_load(fetch, known.is_some(), load);
        goes_on
    }

    /// How loading stands now that a page came. Some pages complete what is shown; the others somebody scrolled to.
    fn note_load(&mut self, fetch: &FetchHistory, completes: bool, load: Load) {
        match fetch {
            FetchHistory { before: Some(_), .. } => self.older = load,
            // It says who came and went, and the messages are there already.
            FetchHistory { after: Some(_), .. } if completes => {}
            FetchHistory { after: Some(_), .. } => self.newer = load,
            _ => self.newest = load,
        }
    }

    /// The same for changes.
    pub(crate) fn fetched_changes(
        &mut self,
        fetch: &FetchChanges,
        page: Result<ChangesPage, String>,
    ) -> bool {
        let known = self.answered(&Request::Changes(fetch.clone()));
        let Ok(page) = page else { return false };
        let before = self.progress();
        let newest = page.messages.iter().map(|message| (message.rev, message.last_change())).max();
        self.hold(newest);
        self.timeline.apply_changes(fetch.since, page);
        self.progress() != before || known.is_some_and(|known| self.timeline.known() > known)
    }

    /// What was known when it was asked for, if it was to complete what is shown.
    fn answered(&mut self, request: &Request) -> Option<Rev> {
        self.fetching.take_if(|fetching| fetching.request == *request).map(|fetching| fetching.known)
    }

    fn progress(&self) -> (Rev, bool, usize, Option<Seq>) {
        let shown = self.timeline.run(self.place).len();
        (self.timeline.applied(), self.timeline.follows(), shown, self.place)
    }

    /// Nobody looks at it any more.
    pub(crate) fn put_away(&mut self) {
        self.divider = None;
        self.stays_unread = false;
        self.place = None;
        self.timeline.put_away(KEPT);
    }
}
