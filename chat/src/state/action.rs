//! What a person does.

use protocol::{
    ClientId, ConversationId, ConversationMuted, MarkRead, MarkUnread, Message, Peer, Seq, Timestamp, UserId,
};

use super::{ChatState, ConversationState, Effect, Load, Topic, conversations::Request};
use crate::outbox::Command;

/// What a person does.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Looks at a conversation, where it stood or at its newest messages.
    Open(ConversationId),
    /// Looks at a place in a conversation.
    OpenAt(ConversationId, Seq),
    /// Has turned away from the newest messages, to this one that is there already.
    Look(ConversationId, Seq),
    /// Looks at the newest messages of a conversation again.
    Follow(ConversationId),
    /// Looks at the open conversation again, having looked away: what came meanwhile is new.
    Return(ConversationId),
    /// Looks at none.
    Close,
    /// Has read a conversation up to here. It does not count where something was marked as unread meanwhile:
    /// see [`ConversationState::stays_unread`].
    Read(ConversationId, Seq),
    /// Marks a message, and all that came after it, as unread.
    MarkUnread(ConversationId, Seq),
    /// Wants everything in a conversation to count as read.
    ReadAll(ConversationId),
    /// Wants older messages.
    LoadOlder(ConversationId),
    /// Wants newer messages, having looked at a place before them.
    LoadNewer(ConversationId),
    /// Wants the newest messages again, after they could not be loaded.
    Reload(ConversationId),
    /// Wants the list of conversations again, after it could not be loaded.
    ListAgain,
    /// Wrote a message, or did something to one.
    Write {
        /// Where.
        conversation: ConversationId,
        /// A fresh one.
        client_id: ClientId,
        /// What the server is to do.
        command: Command,
        /// The time.
        now: Timestamp,
    },
    /// Has seen [`ChatState::refusal`].
    Noticed,
    /// Has seen [`ChatState::removals`].
    NoticedRemovals,
    /// Wants a refused message tried again.
    Retry(ClientId),
    /// Gives a refused message up.
    Discard(ClientId),
    /// Learned who or what a conversation is with: a search result that was picked, a group that
    /// was made or joined.
    Meet(Peer),
    /// Left a group.
    Left(ConversationId),
    /// Muted a conversation, or no longer does.
    Muted(ConversationMuted),
    /// Sees these people on the screen, each once, and wants to know whether they are online.
    Watch(Vec<UserId>),
    /// Is typing a message.
    Typing(ConversationId),
}

impl ChatState {
    /// A person did something.
    #[must_use = "effects are to be carried out"]
    pub fn act(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Open(id) => self.open(id, None),
            Action::OpenAt(id, place) => self.open(id, Some(place)),
            Action::Look(id, place) => {
                if let Some(conversation) = self.change(id).filter(|one| one.timeline.get(place).is_some()) {
                    conversation.place = Some(place);
                }
                vec![]
            }
            Action::Follow(id) => {
                if let Some(conversation) = self.change(id) {
                    conversation.place = None;
                }
                self.fetch(id)
            }
            Action::Return(id) => {
                if self.open == Some(id)
                    && let Some(conversation) = self.change(id)
                {
                    conversation.divide();
                }
                vec![]
            }
            Action::Close => {
                self.close();
                vec![]
            }
            Action::Read(id, seq) => {
                let is_news = |one: &&ConversationState| seq > one.read_up_to && !one.stays_unread;
                let Some(number) = self.conversation(id).filter(is_news).map(|one| one.mark) else {
                    return vec![];
                };
                let (me, is_open) = (self.me.id, self.open == Some(id));
                if let Some(conversation) = self.change(id) {
                    conversation.read_here(seq, is_open, me);
                }
                // If the server has counted a mark that it has not told yet, this does not count. If the mark
                // is ours, its answer shows that this was read since, and then it is told again.
                vec![Effect::MarkRead(MarkRead { conversation: id, seq, mark: Some(number) })]
            }
            Action::MarkUnread(id, seq) => {
                let (me, is_open) = (self.me.id, self.open == Some(id));
                match self.change(id).is_some_and(|conversation| conversation.mark_unread(seq, is_open, me)) {
                    true => vec![Effect::MarkUnread(MarkUnread { conversation: id, seq })],
                    false => vec![],
                }
            }
            Action::ReadAll(id) => {
                let Some(head) = self.change(id).map(ConversationState::stop_staying_unread) else {
                    return vec![];
                };
                self.act(Action::Read(id, head))
            }
            Action::LoadOlder(id) => {
                let fetch = self.change(id).and_then(|conversation| conversation.fetch_older(id));
                fetch.map(Effect::Fetch).into_iter().collect()
            }
            Action::LoadNewer(id) => {
                let fetch = self.change(id).and_then(|conversation| conversation.fetch_newer(id));
                fetch.map(Effect::Fetch).into_iter().collect()
            }
            Action::Reload(id) => self.fetch(id),
            Action::ListAgain => {
                self.list = Load::Loading;
                self.changed(Topic::List);
                self.sync()
            }
            Action::Write { conversation: id, client_id, command, now } => {
                let mut effects = Vec::new();
                if let Command::Send { .. } = command {
                    self.typed(id);
                    // Who writes has read. The server must not hear later of what was marked before.
                    if self.conversation(id).is_some_and(|one| one.marking.is_some()) {
                        effects.extend(self.act(Action::ReadAll(id)));
                    }
                    // It goes to the top, by the server's times alone: this clock may be wrong, and the next
                    // message from somebody else belongs above it.
                    let newest =
                        self.conversations.iter().map(|(id, one)| self.place_in_list(*id, one)).max();
                    let conversation = self.change_or_add(id);
                    conversation.raised_to = Timestamp(newest.map_or(0, |newest| newest.0.saturating_add(1)));
                    // Who writes has read, and wants to see it. The divider would otherwise stand above
                    // the person's own message.
                    conversation.divider = None;
                    if conversation.place.take().is_some() {
                        effects.extend(self.fetch(id));
                    }
                }
                effects.push(Effect::Keep(self.outbox.add(client_id, id, command, now)));
                effects
            }
            Action::Noticed => {
                self.refusal = None;
                self.changed(Topic::Refusal);
                vec![]
            }
            Action::NoticedRemovals => {
                self.removals.clear();
                self.changed(Topic::Removals);
                vec![]
            }
            Action::Retry(client_id) => {
                let retried = self.outbox.retry(&client_id);
                self.keep_and_send(retried)
            }
            Action::Discard(client_id) => {
                let discarded = self.outbox.discard(&client_id);
                self.changed_in_outbox(discarded.as_ref());
                let mut effects = vec![Effect::Forget(client_id)];
                effects.extend(self.send_due());
                effects
            }
            Action::Meet(peer) => {
                self.meet(peer);
                vec![]
            }
            Action::Left(id) => {
                self.leave(id);
                vec![]
            }
            Action::Muted(muted) => {
                self.mute(&muted);
                vec![]
            }
            Action::Watch(users) => self.show_people(users),
            Action::Typing(id) => self.say_typing(id),
        }
    }

    pub(super) fn meet(&mut self, peer: Peer) {
        let id = match &peer {
            Peer::User(user) => {
                self.learn([user.clone()]);
                ConversationId::User(user.id)
            }
            Peer::Group(group) => ConversationId::Group(group.id),
        };
        if matches!(peer, Peer::Group(_)) {
            self.entered(id);
        }
        self.is_in(id);
        let conversation = self.change_or_add(id);
        if let Peer::Group(group) = &peer {
            conversation.updated_at = conversation.updated_at.max(group.created_at);
        }
        conversation.peer = Some(peer);
    }

    fn open(&mut self, id: ConversationId, place: Option<Seq>) -> Vec<Effect> {
        let is_other = self.open != Some(id);
        if is_other {
            self.close();
            self.open = Some(id);
            self.changed(Topic::Open);
            let conversation = self.change_or_add(id);
            conversation.divider = None;
            conversation.divide();
            conversation.place = conversation.far_unread();
            self.opened_unread = conversation.waits();
        }
        if place.is_some() {
            self.change_or_add(id).place = place;
        }
        let mut effects = self.fetch(id);
        if is_other {
            effects.extend(self.ask_for_receipts());
        }
        if let ConversationId::User(user) = id {
            effects.extend(self.ask_for([user]));
        }
        effects
    }

    pub(super) fn fetch(&mut self, id: ConversationId) -> Vec<Effect> {
        if !self.link.is_online() {
            return vec![];
        }
        // Most often nothing is missing, and then nothing changes.
        let is_open = self.open == Some(id);
        let misses = self.conversation(id).is_some_and(|conversation| conversation.misses(is_open));
        let changing = misses.then(|| self.change(id)).flatten();
        match changing.and_then(|conversation| conversation.fetch(id, is_open)) {
            Some(Request::History(fetch)) => vec![Effect::Fetch(fetch)],
            Some(Request::Changes(fetch)) => vec![Effect::FetchChanges(fetch)],
            None => vec![],
        }
    }

    /// Messages came: asks whom they name, and confirms those that an earlier visit sent without hearing
    /// the answer.
    pub(super) fn met<'a>(&mut self, messages: impl Iterator<Item = &'a Message> + Clone) -> Vec<Effect> {
        self.wrote_earlier(messages.clone());
        let (mut people, mut own) = (Vec::new(), Vec::new());
        for message in messages.clone() {
            people.extend(named(message));
            if message.sender_id == self.me.id {
                own.extend(message.client_id.clone());
            }
        }
        let mut effects: Vec<Effect> = self.ask_for(people).into_iter().collect();
        effects.extend(own.iter().flat_map(|client_id| self.confirm(client_id)));
        effects.extend(self.heard_in_outbox(messages));
        effects
    }

    pub(super) fn ask_for(&mut self, ids: impl IntoIterator<Item = UserId>) -> Option<Effect> {
        let unknown = self.people.unknown(ids);
        (!unknown.is_empty()).then_some(Effect::GetUsers(unknown))
    }

    /// Asks for the names that could not be asked for, or did not come.
    pub(super) fn ask_for_missing_names(&mut self) -> Vec<Effect> {
        let unknown = self.people.still_unknown();
        if unknown.is_empty() { vec![] } else { vec![Effect::GetUsers(unknown)] }
    }

    fn close(&mut self) {
        let Some(id) = self.open.take() else { return };
        self.forget_receipts();
        self.changed(Topic::Open);
        if let Some(conversation) = self.change(id) {
            conversation.put_away();
        }
    }
}

/// The people whose names are shown with a message: who wrote it, whom it mentions, and who deleted it.
pub(super) fn named(message: &Message) -> impl Iterator<Item = UserId> {
    [message.sender_id].into_iter().chain(message.mentions.iter().copied()).chain(message.deleted_by)
}
