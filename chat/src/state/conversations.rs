//! One conversation as the page knows it.

use protocol::{
    Conversation, ConversationId, FetchHistory, Group, Head, HistoryPage, Message, MessageId, Peer, Seq,
    Timestamp, User,
};

use crate::timeline::{Missing, Timeline};

/// How loading something stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Load {
    /// It has not come yet.
    Loading,
    /// It is here.
    Loaded,
    /// It could not be loaded; a sentence says why.
    Failed(String),
}

/// A conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct ConversationState {
    /// With whom; unknown until the server has said so.
    pub peer: Option<Peer>,
    /// Its newest message.
    pub last_message: Option<Message>,
    /// How far this person has read.
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
    /// Whether this person has muted it.
    pub muted: bool,
    /// Where reading stopped when the conversation was opened, if there was something unread.
    pub divider: Option<Seq>,
    /// The page that was asked for at the newest end, and the head at that time.
    fetching_newest: Option<(FetchHistory, Seq)>,
    /// The newest message that came over each of the former connections, as long as the server has not
    /// said since that it still has it.
    doubted: Vec<(Seq, MessageId)>,
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
            muted: false,
            divider: None,
            fetching_newest: None,
            doubted: vec![],
        }
    }
}

impl ConversationState {
    /// How many messages came after the last one read.
    #[must_use]
    pub fn unread(&self) -> u64 {
        self.timeline.head().since(self.read_up_to)
    }

    /// The group, if this is one and it is known.
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

    /// Takes what a list of conversations says. Returns whether this person has read further than the
    /// server knows, because it could not be told.
    pub(super) fn learn(&mut self, from: Conversation) -> bool {
        self.updated_at = self.updated_at.max(from.updated_at);
        self.peer = Some(from.with);
        self.muted = from.muted;
        if let Some(message) = from.last_message {
            self.timeline.note_head(message.seq);
            self.note_last(&message);
        }
        let further = self.read_up_to > from.read_up_to;
        self.read_up_to = self.read_up_to.max(from.read_up_to);
        further
    }

    /// How it stands, for a digest; `None` while the server does not list it.
    pub(super) fn head(&self, id: ConversationId) -> Option<Head> {
        let members = match self.peer.as_ref()? {
            Peer::User(_) => 0,
            Peer::Group(group) => group.member_count,
        };
        let head = Head {
            conversation: id,
            last: self.last(),
            read_up_to: self.read_up_to,
            members,
            muted: self.muted,
        };
        self.is_listed().then_some(head)
    }

    fn last(&self) -> Option<(Seq, MessageId)> {
        self.last_message.as_ref().map(|message| (message.seq, message.id))
    }

    /// A new connection came: everything here is older than it.
    pub(super) fn doubt(&mut self, id: ConversationId) {
        if let Some(last) = self.last()
            && self.doubted.last() != Some(&last)
        {
            self.doubted.push(last);
        }
        // A number without its message proves nothing, and the list gives it again.
        let held = self.last().map_or(Seq::ZERO, |(seq, _)| seq);
        self.read_up_to = self.read_up_to.min(held);
        self.timeline.lower_head(held);
        if let ConversationId::Group(_) = id {
            self.timeline.doubt_membership();
        }
    }

    pub(super) fn doubted(&self) -> &[(Seq, MessageId)] {
        &self.doubted
    }

    /// The server has this message, and therefore all that came with it.
    pub(super) fn trust(&mut self, message: (Seq, MessageId)) {
        self.doubted.retain(|doubted| *doubted != message);
    }

    /// The same after an equal digest, which only covers conversations whose peer is known.
    pub(super) fn trust_newest(&mut self) {
        if self.peer.is_some() {
            self.doubted.pop();
        }
    }

    /// Whether the server's history is certainly another one: it ends before a message of a former
    /// connection, or has another one there.
    pub(super) fn differs_from(&mut self, head: &Head) -> bool {
        let (seq, id) = head.last.map_or((Seq::ZERO, None), |(seq, id)| (seq, Some(id)));
        let differs =
            self.doubted.iter().any(|doubted| doubted.0 > seq || (doubted.0 == seq && Some(doubted.1) != id));
        if let (false, Some(last)) = (differs, head.last) {
            self.trust(last);
        }
        differs
    }

    /// Forgets everything that came from the server, except the peer.
    pub(super) fn start_over(&mut self) {
        *self = Self { peer: self.peer.take(), ..Self::default() };
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

    /// The next page that is missing at the newest end, unless one is on its way.
    pub(super) fn fetch_newest(&mut self, id: ConversationId, is_open: bool) -> Option<FetchHistory> {
        if self.fetching_newest.is_some() {
            return None;
        }
        let after = match self.missing(is_open)? {
            Missing::Newest => None,
            Missing::After(seq) => Some(seq),
        };
        if !self.timeline.is_loaded() {
            self.newest = Load::Loading;
        }
        let limit = after.map(|_| *protocol::limits::HISTORY_PAGE.end());
        let fetch = FetchHistory { conversation: id, before: None, after, limit };
        self.timeline.await_page();
        self.fetching_newest = Some((fetch.clone(), self.timeline.head()));
        Some(fetch)
    }

    /// What is missing at the newest end. Changes of members count only while the conversation is open.
    pub(super) fn missing(&self, is_open: bool) -> Option<Missing> {
        let membership = || self.timeline.missing_membership().filter(|_| is_open);
        self.timeline.missing().or_else(membership)
    }

    /// The next older page, unless one is on its way or there is none.
    pub(super) fn fetch_older(&mut self, id: ConversationId) -> Option<FetchHistory> {
        let before = self.timeline.older().filter(|_| self.older != Load::Loading)?;
        self.older = Load::Loading;
        Some(FetchHistory { conversation: id, before: Some(before), after: None, limit: None })
    }

    /// A page came, or did not. Returns whether it makes sense to ask for more at the newest end.
    pub(super) fn fetched(&mut self, fetch: &FetchHistory, page: Result<HistoryPage, String>) -> bool {
        let older = fetch.before.is_some();
        let asked_at = self.fetching_newest.take_if(|(asked, _)| asked == fetch).map(|(_, head)| head);
        // It was asked for before everything was forgotten, and fits nowhere any more.
        if !self.timeline.is_loaded() && (older || fetch.after.is_some()) {
            return false;
        }
        let newest = self.timeline.newest();
        let mut knows_more = false;
        let load = match page {
            Ok(page) => {
                if let Some(last) = page.messages.last() {
                    self.note_last(last);
                }
                if let ConversationId::Group(_) = fetch.conversation {
                    knows_more = self.timeline.learn_membership(fetch.after, &page);
                }
                self.timeline.apply_page(page);
                Load::Loaded
            }
            Err(sentence) => Load::Failed(sentence),
        };
        let goes_on = load == Load::Loaded
            && (knows_more
                || self.timeline.newest() > newest
                || asked_at.is_none_or(|head| self.timeline.head() > head));
        if older {
            self.older = load;
        } else {
            self.newest = load;
        }
        goes_on
    }
}
