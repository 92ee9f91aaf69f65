//! Catching up with the server: after each reconnect, and now and then.
//!
//! The page says how its conversations stand by a digest, and which changes it holds from earlier
//! connections. If both know the same, the server answers nothing. Otherwise it answers the list of
//! conversations, in pages if it is long. It also says which of those changes its history does not
//! have. That happens when a backup was restored: then everything that came from the conversation is
//! dropped and loaded anew. The changes themselves are the evidence, so that it does not matter how
//! the server went back: by a copied file, a data directory, or a whole machine.

use std::collections::HashSet;

use protocol::{
    Anchor, Conversation, ConversationId, Head, HeadsDigest, MarkRead, MarkUnread, Peer, Synced, Synchronise,
    limits,
};

use super::{ChatState, ConversationState, Effect, Load, Topic};

/// A request that is under way.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Syncing {
    request: Synchronise,
    /// The first one since the connection came: when it was made, nothing had come over that
    /// connection yet.
    first: bool,
    /// The pages of the list so far, if it is long. The list is read when it is complete, because a
    /// group that is missing in it is not this person's any more.
    pages: Vec<Conversation>,
    /// The groups that this person left since: the list may be older.
    left: HashSet<ConversationId>,
}

impl ChatState {
    /// The connection has just come. What was heard before it must be verified.
    pub(super) fn sync_anew(&mut self) -> Vec<Effect> {
        self.syncing = None;
        self.sync_is_stale = false;
        for (id, conversation) in &mut self.conversations {
            conversation.doubt(*id);
            conversation.may_load_again();
            self.watch.changes_in(*id);
        }
        self.ask_to_sync(true)
    }

    /// Asks what changed, or once more after the answer that is on its way.
    pub(super) fn sync(&mut self) -> Vec<Effect> {
        if self.syncing.is_some() {
            self.sync_is_stale = true;
            return vec![];
        }
        self.ask_to_sync(false)
    }

    fn ask_to_sync(&mut self, first: bool) -> Vec<Effect> {
        // Whatever is said from now on about reading may be newer than the answer.
        self.conversations.values_mut().for_each(ConversationState::await_list);
        let heads = || self.conversations.iter().filter_map(|(id, conversation)| conversation.head(*id));
        let request = Synchronise {
            state: Some(HeadsDigest::of_state(heads())),
            roles: Some(HeadsDigest::of_roles(heads())),
            known: self.anchors(first),
            paged: true,
            ..Synchronise::default()
        };
        let (pages, left) = (Vec::new(), HashSet::new());
        self.syncing = Some(Syncing { request: request.clone(), first, pages, left });
        vec![Effect::Synchronise(request)]
    }

    /// Something was heard that an answer which is on its way may not show: it is asked for once more.
    pub(super) fn sync_may_be_old(&mut self) {
        self.sync_is_stale |= self.syncing.is_some();
    }

    /// This person is not in a group any more, and a list that is on its way does not bring it back.
    pub(super) fn left(&mut self, id: ConversationId) {
        if let Some(syncing) = &mut self.syncing {
            syncing.left.insert(id);
            self.sync_is_stale = true;
        }
    }

    /// They are in a group.
    pub(super) fn entered(&mut self, id: ConversationId) {
        if let Some(syncing) = &mut self.syncing {
            syncing.left.remove(&id);
            self.sync_is_stale = true;
        }
    }

    fn ask_for_more(
        &mut self,
        first: bool,
        pages: Vec<Conversation>,
        left: HashSet<ConversationId>,
    ) -> Vec<Effect> {
        let after = pages.last().map(Conversation::id);
        let request = Synchronise { paged: true, after, ..Synchronise::default() };
        self.syncing = Some(Syncing { request: request.clone(), first, pages, left });
        vec![Effect::Synchronise(request)]
    }

    /// The changes to ask about, those of the newest conversations first. The first time only
    /// those of timelines that were loaded: an equal digest, or the list, settles most of the rest.
    fn anchors(&self, first: bool) -> Vec<Anchor> {
        let mut anchors = Vec::new();
        for (id, conversation) in self.newest_first(|_, one| !first || one.timeline.is_loaded()) {
            for (rev, change) in conversation.doubted() {
                if anchors.len() < limits::SYNC_ANCHORS {
                    anchors.push(Anchor::change(id, *rev, *change));
                }
            }
        }
        anchors
    }

    pub(super) fn synced(&mut self, request: &Synchronise, answer: Result<Synced, String>) -> Vec<Effect> {
        // Nobody waits for the answer over a former connection any more.
        let Some(Syncing { first, mut pages, left, .. }) =
            self.syncing.take_if(|syncing| syncing.request == *request)
        else {
            return vec![];
        };
        let Synced { conversations, more, diverged } = match answer {
            Ok(synced) => synced,
            Err(sentence) => {
                if self.list != Load::Loaded {
                    self.list = Load::Failed(sentence);
                    self.changed(Topic::List);
                }
                return vec![];
            }
        };
        for anchor in &request.known {
            if let (Some(conversation), Some(rev)) =
                (self.conversations.get_mut(&anchor.conversation), anchor.rev)
            {
                conversation.trust((rev, anchor.id));
            }
        }
        for id in diverged {
            self.start_over(id);
        }
        let conversations = conversations.map(|page| {
            pages.extend(page);
            pages
        });
        if more && let Some(pages) = conversations {
            return self.ask_for_more(first, pages, left);
        }
        if std::mem::replace(&mut self.list, Load::Loaded) != Load::Loaded {
            self.changed(Topic::List);
        }
        let stale = std::mem::take(&mut self.sync_is_stale);
        let mut effects = match conversations {
            Some(mut list) => {
                list.retain(|listed| !left.contains(&listed.id()));
                self.listed(list, stale)
            }
            None => {
                if first {
                    // The digest was made of exactly these.
                    self.conversations.values_mut().for_each(ConversationState::trust_heard);
                }
                vec![]
            }
        };
        effects.extend(self.fetch_missing());
        effects.extend(self.say_delivered());
        if stale || self.conversations.values().any(|conversation| !conversation.doubted().is_empty()) {
            effects.extend(self.sync());
        }
        effects
    }

    /// Asks for everything that is missing in what was loaded: what was missed, and what could not be
    /// loaded.
    fn fetch_missing(&mut self) -> Vec<Effect> {
        let wanted = self.newest_first(|id, one| one.timeline.is_loaded() || self.open == Some(id));
        let wanted: Vec<ConversationId> = wanted.into_iter().map(|(id, _)| id).collect();
        wanted.into_iter().flat_map(|id| self.fetch(id)).collect()
    }

    fn listed(&mut self, list: Vec<Conversation>, stale: bool) -> Vec<Effect> {
        let mut effects = Vec::new();
        if !stale {
            // Groups that this person left on another device meanwhile, or was removed from, are not in the list.
            let kept: HashSet<ConversationId> = list.iter().map(Conversation::id).collect();
            let gone = |(id, one): &(&ConversationId, &ConversationState)| {
                !kept.contains(id) && one.group().is_some()
            };
            let gone = self.conversations.iter().filter(gone);
            let mut gone: Vec<(String, ConversationId)> =
                gone.filter_map(|(id, one)| Some((one.group()?.name.to_string(), *id))).collect();
            gone.sort();
            gone.into_iter().for_each(|(_, id)| self.is_gone(id));
        }
        let me = self.me.id;
        let mut is_old = false;
        for listed in list {
            let id = listed.id();
            if let Peer::User(user) = &listed.with {
                self.learn([user.clone()]);
            }
            if self.conversations.get_mut(&id).is_some_and(|known| known.differs_from(&Head::from(&listed))) {
                self.start_over(id);
            }
            self.is_in(id);
            let sender = listed.last_message.as_ref().map(|message| message.sender_id);
            let is_open = self.open == Some(id);
            let conversation = self.change_or_add(id);
            // In a history that may be another one nothing counts as read.
            let compared = conversation.learn(listed, is_open, me);
            if compared.is_further && conversation.doubted().is_empty() {
                let (seq, mark) = (conversation.read_up_to, Some(conversation.mark));
                effects.push(Effect::MarkRead(MarkRead { conversation: id, seq, mark }));
            }
            if let Some(seq) = compared.unmarked.filter(|_| conversation.doubted().is_empty()) {
                effects.push(Effect::MarkUnread(MarkUnread { conversation: id, seq }));
            }
            is_old |= compared.is_old;
            if is_open && conversation.divider.is_none() && !conversation.timeline.is_loaded() {
                conversation.divider = (conversation.unread > 0).then_some(conversation.read_up_to);
                self.opened_unread = conversation.waits();
            }
            effects.extend(self.ask_for(sender));
        }
        if is_old {
            effects.extend(self.sync());
        }
        effects
    }

    /// What is known of a conversation is not the server's.
    fn start_over(&mut self, id: ConversationId) {
        if let Some(conversation) = self.change(id) {
            conversation.start_over();
        }
    }
}
