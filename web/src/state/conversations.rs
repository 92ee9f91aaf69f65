//! One conversation as the page knows it.

use client::delivery::{Missing, Timeline};
use protocol::{Conversation, ConversationId, FetchHistory, Group, Message, Peer, Seq, Timestamp, User};

/// How loading something stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Load {
    /// It has not come yet.
    Loading,
    /// It is here.
    Loaded,
    /// It could not be had; a sentence says why.
    Failed(String),
}

/// A conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct ConversationState {
    /// With whom; unknown until the server has said so.
    pub peer: Option<Peer>,
    /// Its newest message.
    pub last_message: Option<Message>,
    /// How far one has read.
    pub read_up_to: Seq,
    /// When something happened in it last; its place in the list.
    pub updated_at: Timestamp,
    /// Its messages, as far as they were fetched.
    pub timeline: Timeline,
    /// How loading its newest messages stands.
    pub newest: Load,
    /// How loading older messages stands; `Loaded` when nobody asks for any.
    pub older: Load,
    /// A group's members, once somebody looked.
    pub members: Option<Vec<User>>,
    /// Where reading stopped when the conversation was opened, if there was something unread.
    pub divider: Option<Seq>,
    fetching_newest: bool,
}

impl Default for ConversationState {
    fn default() -> Self {
        Self {
            peer: None,
            last_message: None,
            read_up_to: Seq::ZERO,
            updated_at: Timestamp(0),
            timeline: Timeline::default(),
            newest: Load::Loading,
            older: Load::Loaded,
            members: None,
            divider: None,
            fetching_newest: false,
        }
    }
}

impl ConversationState {
    /// How many messages came after the last one read.
    #[must_use]
    pub fn unread(&self) -> u64 {
        self.timeline.head().since(self.read_up_to)
    }

    /// The group, if it is one's and known.
    #[must_use]
    pub fn group(&self) -> Option<&Group> {
        match &self.peer {
            Some(Peer::Group(group)) => Some(group),
            _ => None,
        }
    }

    pub(super) fn is_listed(&self) -> bool {
        self.last_message.is_some() || self.group().is_some()
    }

    /// Takes what a list of conversations says. Says whether one has read further than the server
    /// knows, because it could not be told.
    pub(super) fn learn(&mut self, from: Conversation) -> bool {
        self.updated_at = self.updated_at.max(from.updated_at);
        self.peer = Some(from.with);
        if let Some(message) = from.last_message {
            self.timeline.note_head(message.seq);
            self.note_last(&message);
        }
        let further = self.read_up_to > from.read_up_to;
        self.read_up_to = self.read_up_to.max(from.read_up_to);
        further
    }

    /// Takes a message from anywhere.
    pub(super) fn receive(&mut self, message: Message) {
        self.note_last(&message);
        self.timeline.receive(message);
    }

    fn note_last(&mut self, message: &Message) {
        if self.last_message.as_ref().is_none_or(|last| last.seq < message.seq) {
            self.updated_at = self.updated_at.max(message.created_at);
            self.last_message = Some(message.clone());
        }
    }

    /// The next page that is missing at the new end, unless one is on its way.
    pub(super) fn fetch_newest(&mut self, id: ConversationId) -> Option<FetchHistory> {
        if self.fetching_newest {
            return None;
        }
        let after = match self.timeline.missing()? {
            Missing::Newest => None,
            Missing::After(seq) => Some(seq),
        };
        self.fetching_newest = true;
        if !self.timeline.is_loaded() {
            self.newest = Load::Loading;
        }
        let limit = after.map(|_| *protocol::limits::HISTORY_PAGE.end());
        Some(FetchHistory { conversation: id, before: None, after, limit })
    }

    /// The next older page, unless one is on its way or there is none.
    pub(super) fn fetch_older(&mut self, id: ConversationId) -> Option<FetchHistory> {
        let before = self.timeline.older().filter(|_| self.older != Load::Loading)?;
        self.older = Load::Loading;
        Some(FetchHistory { conversation: id, before: Some(before), after: None, limit: None })
    }

    /// A page came, or did not.
    pub(super) fn fetched(&mut self, fetch: &FetchHistory, page: Result<protocol::HistoryPage, String>) {
        let load = match page {
            Ok(page) => {
                if let Some(last) = page.messages.last() {
                    self.note_last(last);
                }
                self.timeline.apply_page(page);
                Load::Loaded
            }
            Err(sentence) => Load::Failed(sentence),
        };
        if fetch.before.is_some() {
            self.older = load;
        } else {
            self.fetching_newest = false;
            self.newest = load;
        }
    }
}
