//! What the person writes, until the server has it.

use protocol::{ClientId, ConversationId, ErrorBody, ErrorCode, Message};

use super::{ChatState, Effect, Load, Refusal, Topic};
use crate::{
    environment::TabNews,
    outbox::{Command, Unsent},
};

impl ChatState {
    /// Looks for what an earlier visit, or another tab that was closed, kept and could not send.
    /// At the start of a visit, and now and then.
    #[must_use = "effects are to be carried out"]
    pub fn read_outbox(&mut self) -> Vec<Effect> {
        if self.outbox.begin_reading() { vec![Effect::ReadOutbox] } else { vec![] }
    }

    pub(super) fn stored(&mut self, stored: Vec<Unsent>) -> Vec<Effect> {
        // A tab sent these, or gave them up, and has not removed them yet, or died before it could, or the
        // storage did not work.
        let (done, unsent): (Vec<_>, Vec<_>) = stored
            .into_iter()
            .partition(|entry| self.was_delivered(entry) || self.outbox.is_done(&entry.client_id));
        let mut effects: Vec<Effect> =
            done.into_iter().map(|entry| Effect::Forget(entry.client_id)).collect();
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

    /// What the server refused and no row shows, oldest first: this person is not in the group any more, or it
    /// changes a message that is not loaded, or that is in a conversation which is not open.
    #[must_use]
    pub fn dead_letters(&self) -> Vec<&Unsent> {
        let is_dead =
            |entry: &&Unsent| entry.is_failed() && entry.command.needs_decision() && !self.shows(entry);
        // Before that no conversation is known.
        let entries = if self.list == Load::Loaded { self.outbox.entries() } else { &[] };
        entries.iter().filter(is_dead).collect()
    }

    /// Whether there is a row for what was refused: of a message to be sent, once somebody opens the conversation.
    fn shows(&self, entry: &Unsent) -> bool {
        let id = entry.conversation;
        let conversation = self.conversation(id);
        let Some(conversation) =
            conversation.filter(|one| matches!(id, ConversationId::User(_)) || one.group().is_some())
        else {
            return false;
        };
        let Some(message) = entry.command.changes() else { return true };
        // The page that is on its way may have it. What is sent anew stands at the end, where somebody sees it who
        // opens the conversation; this may be far up.
        let timeline = &conversation.timeline;
        self.open == Some(id) && (!timeline.is_loaded() || timeline.find(message).is_some())
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
        // It may be far from where the person looks, and who cannot see the row hears nothing of it.
        let sentence = command.refusal(&error.message);
        self.refusal = Some(Refusal { conversation: *conversation, sentence });
        self.changed(Topic::Refusal);
        if !needs_decision {
            return self.confirm(client_id);
        }
        let refused = self.outbox.refuse(client_id, error);
        self.keep_and_send(refused)
    }

    /// The server has it.
    pub(super) fn confirm(&mut self, client_id: &ClientId) -> Vec<Effect> {
        let confirmed = self.outbox.confirm(client_id);
        self.is_finished(confirmed)
    }

    /// Another tab is done with it.
    pub(super) fn hear_done(&mut self, client_id: &ClientId) -> Vec<Effect> {
        let finished = self.outbox.finish(client_id);
        self.is_finished(finished)
    }

    fn is_finished(&mut self, finished: Option<Unsent>) -> Vec<Effect> {
        let Some(finished) = finished else { return vec![] };
        self.changed_in_outbox(Some(&finished));
        let mut effects = vec![Effect::Forget(finished.client_id)];
        effects.extend(self.send_due());
        effects
    }

    /// Messages as they are now. What was not sent yet quotes what they say now; and if somebody else deleted one,
    /// it matters no more that its deletion was refused before.
    pub(super) fn heard_in_outbox<'a>(&mut self, messages: impl Iterator<Item = &'a Message>) -> Vec<Effect> {
        if self.outbox.is_empty() {
            return vec![];
        }
        let mut effects = Vec::new();
        for message in messages {
            for unsent in self.outbox.requote(message) {
                self.changed_in_outbox(Some(&unsent));
                // What goes out soon is not written anew, as it may be removed just now.
                effects.extend(unsent.is_failed().then_some(Effect::Keep(unsent)));
            }
            if message.is_deleted() {
                let delete = Command::Delete { message: message.id };
                let refused =
                    self.outbox.entries().iter().filter(|entry| entry.is_failed() && entry.command == delete);
                let refused: Vec<ClientId> = refused.map(|entry| entry.client_id.clone()).collect();
                effects.extend(refused.iter().flat_map(|client_id| self.confirm(client_id)));
            }
        }
        effects
    }

    /// It was refused, or is to be tried again: that is kept, and the other tabs hear it.
    pub(super) fn keep_and_send(&mut self, changed: Option<Unsent>) -> Vec<Effect> {
        self.changed_in_outbox(changed.as_ref());
        let mut effects = Vec::new();
        if let Some(changed) = changed {
            effects.push(Effect::Keep(changed.clone()));
            effects.push(Effect::TellTabs(TabNews::Unsent(Box::new(changed))));
        }
        effects.extend(self.send_due());
        effects
    }

    /// Another tab says how a command stands.
    pub(super) fn hear_unsent(&mut self, unsent: Unsent) -> Vec<Effect> {
        // Then it is shown here already. If that is not so any more, because a backup was restored, the storage
        // has it.
        if self.was_delivered(&unsent) {
            return vec![];
        }
        self.changed_in_outbox(Some(&unsent));
        self.outbox.hear(unsent);
        self.send_due()
    }

    /// What is due goes out while there is a connection.
    pub(super) fn send_due(&mut self) -> Vec<Effect> {
        if !self.link.is_online() {
            return vec![];
        }
        self.outbox.take_due().into_iter().map(Effect::Send).collect()
    }
}
