//! What the person writes, until the server has it.

use protocol::{ClientId, ConversationId, ErrorBody, ErrorCode, Message};

use super::{ChatState, Effect, Load, Refusal, Topic};
use crate::outbox::{Command, Unsent};

impl ChatState {
    /// Looks for what an earlier visit, or another tab that was closed, kept and could not send.
    /// At the start of a visit, and now and then.
    #[must_use = "effects are to be carried out"]
    pub fn read_outbox(&mut self) -> Vec<Effect> {
        if self.outbox.begin_reading() { vec![Effect::ReadOutbox] } else { vec![] }
    }

    pub(super) fn stored(&mut self, stored: Vec<Unsent>) -> Vec<Effect> {
        // Another tab sent these, and has not removed them yet, or died before it could.
        let (sent, unsent): (Vec<_>, Vec<_>) =
            stored.into_iter().partition(|entry| self.was_delivered(entry));
        let mut effects: Vec<Effect> =
            sent.into_iter().map(|entry| Effect::Forget(entry.client_id)).collect();
        effects.extend(self.outbox.stored(unsent).into_iter().map(Effect::Keep));
        let theirs: Vec<ConversationId> =
            self.outbox.entries().iter().map(|entry| entry.conversation).collect();
        theirs.into_iter().for_each(|id| self.changed(Topic::Conversation(id)));
        effects.extend(self.send_due());
        effects
    }

    /// An unsent message of a conversation changed.
    pub(super) fn changed_in_outbox(&mut self, entry: Option<&Unsent>) {
        if let Some(entry) = entry {
            self.changed(Topic::Conversation(entry.conversation));
        }
    }

    /// What the server refused and no conversation shows, oldest first: this person is not in the group any more.
    #[must_use]
    pub fn dead_letters(&self) -> Vec<&Unsent> {
        let is_shown = |id: ConversationId| match id {
            ConversationId::User(_) => self.conversations.contains_key(&id),
            ConversationId::Group(_) => self.conversation(id).is_some_and(|one| one.group().is_some()),
        };
        let is_dead = |entry: &&Unsent| {
            entry.is_failed() && entry.command.needs_decision() && !is_shown(entry.conversation)
        };
        // Before that no conversation is known.
        let entries = if self.list == Load::Loaded { self.outbox.entries() } else { &[] };
        entries.iter().filter(is_dead).collect()
    }

    fn was_delivered(&self, entry: &Unsent) -> bool {
        let conversation = self.conversations.get(&entry.conversation);
        conversation.is_some_and(|conversation| conversation.timeline.has(self.me.id, &entry.client_id))
    }

    /// The server refused it. What the person wrote or deleted is kept until they decide; anything else is taken
    /// back, and they are told.
    pub(super) fn refuse(&mut self, client_id: &ClientId, error: ErrorBody) -> Vec<Effect> {
        let entry = self.outbox.entries().iter().find(|entry| entry.client_id == *client_id);
        let Some(Unsent { command, conversation, .. }) = entry else { return vec![] };
        let deletes = matches!(command, Command::Delete { .. });
        // It is as the person wanted it.
        let is_gone = matches!(error.code, ErrorCode::MessageDeleted | ErrorCode::UnknownMessage);
        if deletes && is_gone {
            return self.confirm(client_id);
        }
        let needs_decision = command.needs_decision();
        if deletes || !needs_decision {
            // What is shown was taken back: it may be far from where the person looks.
            self.refusal = Some(Refusal { conversation: *conversation, sentence: error.message.clone() });
            self.changed(Topic::Refusal);
        }
        if !needs_decision {
            return self.confirm(client_id);
        }
        let refused = self.outbox.refuse(client_id, error);
        self.keep_and_send(refused)
    }

    /// The server has it.
    pub(super) fn confirm(&mut self, client_id: &ClientId) -> Vec<Effect> {
        let Some(confirmed) = self.outbox.confirm(client_id) else { return vec![] };
        self.changed_in_outbox(Some(&confirmed));
        let mut effects = vec![Effect::Forget(client_id.clone())];
        effects.extend(self.send_due());
        effects
    }

    /// Messages that somebody else deleted: that their deletion was refused before matters no more.
    pub(super) fn settle_deleted<'a>(&mut self, messages: impl Iterator<Item = &'a Message>) -> Vec<Effect> {
        if !self.outbox.entries().iter().any(Unsent::is_failed) {
            return vec![];
        }
        let deletes = |entry: &&Unsent, message: &Message| {
            entry.is_failed() && entry.command == Command::Delete { message: message.id }
        };
        let deleted = messages.filter(|message| message.is_deleted());
        let settled: Vec<ClientId> = deleted
            .flat_map(|message| self.outbox.entries().iter().filter(move |entry| deletes(entry, message)))
            .map(|entry| entry.client_id.clone())
            .collect();
        settled.iter().flat_map(|client_id| self.confirm(client_id)).collect()
    }

    pub(super) fn keep_and_send(&mut self, changed: Option<Unsent>) -> Vec<Effect> {
        self.changed_in_outbox(changed.as_ref());
        let mut effects: Vec<Effect> = changed.map(Effect::Keep).into_iter().collect();
        effects.extend(self.send_due());
        effects
    }

    /// What is due goes out while there is a connection.
    pub(super) fn send_due(&mut self) -> Vec<Effect> {
        if !self.link.is_online() {
            return vec![];
        }
        self.outbox.take_due().into_iter().map(Effect::Send).collect()
    }
}
