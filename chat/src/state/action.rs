//! What a person does, what is to be done about it, and what came of that.

use protocol::{
    ClientId, ConversationId, ConversationMuted, ErrorBody, FetchHistory, HistoryPage, MarkRead, Message,
    MessageText, Peer, Seq, Synced, Synchronise, Timestamp, User, UserId,
};

use super::{ChatState, Load, Topic};
use crate::{environment::TabNews, outbox::Unsent};

/// What a person does.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Looks at a conversation.
    Open(ConversationId),
    /// Looks at none.
    Close,
    /// Has read a conversation up to here.
    Read(ConversationId, Seq),
    /// Wants older messages.
    LoadOlder(ConversationId),
    /// Wants the newest messages again, after they could not be loaded.
    Reload(ConversationId),
    /// Wants the list of conversations again, after it could not be loaded.
    ListAgain,
    /// Wrote a message.
    Write {
        /// Where to.
        conversation: ConversationId,
        /// A fresh one.
        client_id: ClientId,
        /// The text.
        content: MessageText,
        /// The time.
        now: Timestamp,
    },
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
}

/// What is to be done. The runtime does it and hands the [`Answer`] back.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Ask what changed.
    Synchronise(Synchronise),
    /// Watch these people. Each connection that is made from now on watches them from its beginning.
    Watch {
        /// All of them.
        users: Vec<UserId>,
        /// Ask the present connection for it now.
        ask: bool,
    },
    /// Tell the program's other windows.
    TellTabs(TabNews),
    /// Ask who these are.
    GetUsers(Vec<UserId>),
    /// Ask for a page of history.
    Fetch(FetchHistory),
    /// Send a message.
    Send(Unsent),
    /// Keep an unsent message where it survives a reload and a crash, and replace what is kept of it
    /// already. The message is shown and sent only after the answer, so there must be one.
    Keep(Unsent),
    /// Remove what was kept of a message.
    Forget(ClientId),
    /// Read everything that was kept.
    ReadOutbox,
    /// Tell the server how far this person has read.
    MarkRead(MarkRead),
}

/// What came of an effect. A text is a sentence for people.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Of [`Effect::Synchronise`], to this request.
    Synced(Synchronise, Result<Synced, String>),
    /// Of [`Effect::Watch`], if it was asked: which of these are online.
    Watched(Vec<UserId>, Result<Vec<UserId>, String>),
    /// Of [`Effect::GetUsers`].
    Users(Vec<UserId>, Result<Vec<User>, String>),
    /// Of [`Effect::Fetch`].
    Fetched(FetchHistory, Result<HistoryPage, String>),
    /// Of [`Effect::Send`]: the message, a refusal, or `None` if nobody knows.
    Sent(ClientId, Result<Message, Option<ErrorBody>>),
    /// No answer to [`Effect::Send`] came for a while; it may still come.
    Late(ClientId),
    /// Of [`Effect::Keep`]: whether it survives the program.
    Kept(ClientId, bool),
    /// Of [`Effect::ReadOutbox`]: what was kept for this person, in any order; nothing if the storage
    /// does not work.
    Outbox(Vec<Unsent>),
    /// Somebody asked for a group's members.
    Members(ConversationId, Vec<User>),
}

impl ChatState {
    /// A person did something.
    #[must_use = "effects are to be carried out"]
    pub fn act(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Open(id) => {
                if self.open != Some(id) {
                    self.close();
                    self.open = Some(id);
                    self.changed(Topic::Open);
                    let conversation = self.change_or_add(id);
                    conversation.divider = (conversation.unread() > 0).then_some(conversation.read_up_to);
                }
                let mut effects = self.fetch(id);
                if let ConversationId::User(user) = id {
                    effects.extend(self.ask_for([user]));
                }
                effects
            }
            Action::Close => {
                self.close();
                vec![]
            }
            Action::Read(id, seq) => {
                if self.conversation(id).is_none_or(|conversation| seq <= conversation.read_up_to) {
                    return vec![];
                }
                self.read_up_to(id, seq);
                vec![Effect::MarkRead(MarkRead { conversation: id, seq })]
            }
            Action::LoadOlder(id) => {
                let fetch = self.change(id).and_then(|conversation| conversation.fetch_older(id));
                fetch.map(Effect::Fetch).into_iter().collect()
            }
            Action::Reload(id) => self.fetch(id),
            Action::ListAgain => {
                self.list = Load::Loading;
                self.changed(Topic::List);
                self.sync()
            }
            Action::Write { conversation, client_id, content, now } => {
                let place = self.change_or_add(conversation);
                place.updated_at = place.updated_at.max(now);
                // Who writes has read. The divider would otherwise stand above the person's own
                // message.
                place.divider = None;
                vec![Effect::Keep(self.outbox.add(client_id, conversation, content, now))]
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
        }
    }

    /// An effect was carried out.
    #[must_use = "effects are to be carried out"]
    pub fn answer(&mut self, answer: Answer) -> Vec<Effect> {
        match answer {
            Answer::Synced(request, synced) => self.synced(&request, synced),
            Answer::Watched(users, online) => self.watched_are(&users, online.ok()),
            Answer::Users(ids, users) => {
                self.people.forget_asked(&ids);
                self.learn(users.unwrap_or_default());
                vec![]
            }
            Answer::Fetched(fetch, page) => {
                let id = fetch.conversation;
                let mut senders: Vec<UserId> =
                    page.iter().flat_map(|page| &page.messages).map(|message| message.sender_id).collect();
                senders.extend(page.iter().flat_map(|page| &page.changes).map(|change| change.user_id));
                // An earlier visit sent these without hearing the answer.
                let own: Vec<ClientId> = page
                    .iter()
                    .flat_map(|page| &page.messages)
                    .filter(|message| message.sender_id == self.me.id)
                    .filter_map(|message| message.client_id.clone())
                    .collect();
                let confirmed: Vec<Effect> =
                    own.iter().flat_map(|client_id| self.confirm(client_id)).collect();
                let goes_on = self.change(id).is_some_and(|conversation| conversation.fetched(&fetch, page));
                let mut effects: Vec<Effect> = self.ask_for(senders).into_iter().collect();
                effects.extend(confirmed);
                // One page may not be all that is missing.
                if goes_on {
                    effects.extend(self.fetch(id));
                }
                effects
            }
            Answer::Sent(client_id, Ok(message)) => {
                let mut effects = self.receive(message);
                effects.extend(self.confirm(&client_id));
                effects
            }
            Answer::Sent(client_id, Err(Some(error))) => {
                let refused = self.outbox.refuse(&client_id, error);
                self.keep_and_send(refused)
            }
            Answer::Sent(client_id, Err(None)) => {
                let released = self.outbox.release(&client_id);
                self.changed_in_outbox(released.as_ref());
                // Without a connection it goes out with the next one.
                self.send_due()
            }
            Answer::Late(client_id) => {
                let late = self.outbox.late(&client_id);
                self.changed_in_outbox(late.as_ref());
                vec![]
            }
            Answer::Kept(client_id, kept) => {
                let kept = self.outbox.kept(&client_id, kept);
                self.changed_in_outbox(kept.as_ref());
                self.send_due()
            }
            Answer::Outbox(stored) => self.stored(stored),
            Answer::Members(id, members) => {
                self.learn(members.iter().cloned());
                if let Some(conversation) = self.change(id) {
                    conversation.members = Some(members);
                }
                vec![]
            }
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
            self.sync_is_stale |= self.syncing.is_some();
        }
        let conversation = self.change_or_add(id);
        if let Peer::Group(group) = &peer {
            conversation.updated_at = conversation.updated_at.max(group.created_at);
        }
        conversation.peer = Some(peer);
    }

    pub(super) fn fetch(&mut self, id: ConversationId) -> Vec<Effect> {
        if !self.link.is_online() {
            return vec![];
        }
        // Most often nothing is missing, and then nothing changes.
        let is_open = self.open == Some(id);
        let missing =
            self.conversation(id).is_some_and(|conversation| conversation.missing(is_open).is_some());
        let changing = missing.then(|| self.change(id)).flatten();
        let fetch = changing.and_then(|conversation| conversation.fetch_newest(id, is_open));
        fetch.map(Effect::Fetch).into_iter().collect()
    }

    pub(super) fn ask_for(&mut self, ids: impl IntoIterator<Item = UserId>) -> Option<Effect> {
        let unknown = self.people.unknown(ids);
        (!unknown.is_empty()).then_some(Effect::GetUsers(unknown))
    }

    fn close(&mut self) {
        let Some(id) = self.open.take() else { return };
        self.changed(Topic::Open);
        if let Some(conversation) = self.change(id) {
            conversation.divider = None;
        }
    }
}
