//! What one wrote and the server has not confirmed.

use protocol::{ClientId, ConversationId, ErrorBody, MessageText, Timestamp};
use serde::{Deserialize, Serialize};

/// Messages on their way to the server, oldest first. Serialise it to keep it over a restart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Outbox {
    entries: Vec<Unsent>,
}

/// A message that the server has not confirmed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unsent {
    /// Names it for ever; a second try carries the same.
    pub client_id: ClientId,
    /// Where it goes.
    pub conversation: ConversationId,
    /// The text.
    pub content: MessageText,
    /// When it was written, to be displayed.
    pub written_at: Timestamp,
    /// How it stands.
    pub state: UnsentState,
    /// A try is under way. Not kept: after a restart nobody waits for its answer.
    #[serde(skip)]
    sending: bool,
}

/// How an unsent message stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum UnsentState {
    /// It goes out as soon as it can.
    Pending,
    /// The server refused it; somebody has to decide.
    Failed(ErrorBody),
}

impl Outbox {
    /// Takes a message that was just written.
    pub fn add(
        &mut self,
        client_id: ClientId,
        conversation: ConversationId,
        content: MessageText,
        written_at: Timestamp,
    ) {
        let state = UnsentState::Pending;
        self.entries.push(Unsent { client_id, conversation, content, written_at, state, sending: false });
    }

    /// The messages to send now, which count as being sent from here on: the oldest pending one of
    /// each conversation, so that a conversation keeps the order in which it was written.
    pub fn take_due(&mut self) -> Vec<Unsent> {
        let mut due: Vec<usize> = Vec::new();
        for (index, entry) in self.entries.iter().enumerate() {
            let first = self.entries[..index]
                .iter()
                .all(|other| other.conversation != entry.conversation || other.is_failed());
            if first && !entry.is_failed() && !entry.sending {
                due.push(index);
            }
        }
        due.into_iter()
            .map(|index| {
                self.entries[index].sending = true;
                self.entries[index].clone()
            })
            .collect()
    }

    /// The server has it: an ack or an event carried its `clientId`. Says whether it was ours.
    pub fn confirm(&mut self, client_id: &ClientId) -> bool {
        let before = self.entries.len();
        self.entries.retain(|entry| entry.client_id != *client_id);
        self.entries.len() < before
    }

    /// The server refused it.
    pub fn refuse(&mut self, client_id: &ClientId, error: ErrorBody) {
        self.update(client_id, |entry| {
            entry.sending = false;
            entry.state = UnsentState::Failed(error);
        });
    }

    /// Nobody knows whether the server has it: it is due again.
    pub fn release(&mut self, client_id: &ClientId) {
        self.update(client_id, |entry| entry.sending = false);
    }

    /// Somebody wants a refused message tried again.
    pub fn retry(&mut self, client_id: &ClientId) {
        self.update(client_id, |entry| entry.state = UnsentState::Pending);
    }

    /// Somebody gives a message up. Returns it, so that its text can be edited.
    pub fn discard(&mut self, client_id: &ClientId) -> Option<Unsent> {
        let index = self.entries.iter().position(|entry| entry.client_id == *client_id)?;
        Some(self.entries.remove(index))
    }

    /// What stands after a conversation's last message, oldest first.
    pub fn of(&self, conversation: ConversationId) -> impl Iterator<Item = &Unsent> {
        self.entries.iter().filter(move |entry| entry.conversation == conversation)
    }

    /// Whether everything was confirmed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Every entry, oldest first.
    #[must_use]
    pub fn entries(&self) -> &[Unsent] {
        &self.entries
    }

    fn update(&mut self, client_id: &ClientId, change: impl FnOnce(&mut Unsent)) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.client_id == *client_id) {
            change(entry);
        }
    }
}

impl Unsent {
    /// Whether the server refused it.
    #[must_use]
    pub fn is_failed(&self) -> bool {
        matches!(self.state, UnsentState::Failed(_))
    }
}

#[cfg(test)]
mod tests {
    use protocol::{ErrorCode, GroupId, UserId};

    use super::*;

    const BEN: ConversationId = ConversationId::User(UserId::from_bytes([2; 16]));
    const LUNCH: ConversationId = ConversationId::Group(GroupId::from_bytes([3; 16]));

    fn id(name: &str) -> ClientId {
        name.parse().unwrap()
    }

    fn outbox(entries: &[(&str, ConversationId)]) -> Outbox {
        let mut outbox = Outbox::default();
        for (name, conversation) in entries {
            outbox.add(id(name), *conversation, "hi".parse().unwrap(), Timestamp(1));
        }
        outbox
    }

    fn due(outbox: &mut Outbox) -> Vec<String> {
        outbox.take_due().iter().map(|entry| entry.client_id.to_string()).collect()
    }

    #[test]
    fn each_conversation_sends_one_at_a_time_in_the_order_of_writing() {
        let mut outbox = outbox(&[("a", BEN), ("b", BEN), ("c", LUNCH)]);
        assert_eq!(due(&mut outbox), ["a", "c"]);
        assert!(due(&mut outbox).is_empty());
        assert!(outbox.confirm(&id("a")));
        assert!(!outbox.confirm(&id("a")));
        assert_eq!(due(&mut outbox), ["b"]);
    }

    #[test]
    fn what_has_no_answer_is_due_again() {
        let mut outbox = outbox(&[("a", BEN)]);
        assert_eq!(due(&mut outbox), ["a"]);
        outbox.release(&id("a"));
        assert_eq!(due(&mut outbox), ["a"]);
    }

    #[test]
    fn a_refused_message_waits_for_somebody_and_holds_up_nobody() {
        let mut outbox = outbox(&[("a", BEN), ("b", BEN)]);
        due(&mut outbox);
        outbox.refuse(&id("a"), ErrorBody::new(ErrorCode::UnknownUser, "No."));
        assert_eq!(due(&mut outbox), ["b"]);
        outbox.confirm(&id("b"));
        outbox.retry(&id("a"));
        assert_eq!(due(&mut outbox), ["a"]);
        assert!(outbox.discard(&id("a")).is_some());
        assert!(outbox.is_empty());
    }

    #[test]
    fn a_restart_keeps_everything_and_sends_it_again() {
        let mut before = outbox(&[("a", BEN), ("b", LUNCH)]);
        due(&mut before);
        let json = serde_json::to_string(&before).unwrap();
        let mut after: Outbox = serde_json::from_str(&json).unwrap();
        assert_eq!(after.entries().len(), 2);
        assert_eq!(due(&mut after), ["a", "b"]);
    }
}
