//! What the person wrote and did to messages, and the server has not confirmed.

mod command;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use protocol::{ClientId, ConversationId, ErrorBody, Message, MessageText, Timestamp, UserId};
use serde::{Deserialize, Serialize};

pub use self::command::Command;

/// Commands on their way to the server, oldest first: messages to be sent, and changes of messages.
///
/// It stores nothing itself: its owner keeps each entry where it survives a restart, one record for
/// each message, and reports that.
///
/// 1. [`add`](Self::add) takes what was just written and returns the entry to be kept. Nobody sees
///    or sends it before [`kept`](Self::kept).
/// 2. [`take_due`](Self::take_due) says what to send now.
/// 3. [`confirm`](Self::confirm) and [`discard`](Self::discard) take it out; its record is to be
///    removed. [`refuse`](Self::refuse) and [`retry`](Self::retry) change it; its record is to be
///    written anew.
///
/// After a restart, and whenever another program that shares the storage may have left something,
/// [`begin_reading`](Self::begin_reading) and [`stored`](Self::stored) take in what is there. Until
/// that has happened once, nothing is due, because an earlier message might come first.
///
/// Programs that share the storage tell each other what is done with ([`finish`](Self::finish)), and how
/// what was refused stands ([`hear`](Self::hear)). What is done with does not come back, whatever the
/// storage has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outbox {
    /// In the order of writing.
    entries: Vec<Unsent>,
    is_being_read: bool,
    was_read: bool,
    /// What is done with, here or in another program, oldest first. The storage may have it for a while
    /// longer, and keeps it if it did not work when the record was to be removed.
    done: VecDeque<ClientId>,
}

/// How many commands that are done with are remembered: many more than are removed from a storage at the same time.
const DONE: usize = 1_000;

/// A command that the server has not confirmed. Serialise it to keep it over a restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "command::Record")]
pub struct Unsent {
    /// Identifies it permanently; a second try carries the same id.
    pub client_id: ClientId,
    /// Where it goes.
    pub conversation: ConversationId,
    /// What the server is to do.
    pub command: Command,
    /// When it was written, to be displayed.
    pub written_at: Timestamp,
    /// Its place in the order of writing, also over restarts: later ones have larger numbers,
    /// whatever a clock says.
    pub order: u64,
    /// How it stands.
    pub state: UnsentState,
    /// How often that changed. Of two programs that share a storage, the one with the larger number is right.
    decided: u32,
    /// Not stored, because it says whether the rest is stored.
    #[serde(skip)]
    keeping: Keeping,
    /// Not stored: after a restart nobody waits for an answer.
    #[serde(skip)]
    sending: Sending,
}

/// How sending a message stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Sending {
    /// Nothing is under way.
    #[default]
    No,
    /// A try is under way.
    Tried,
    /// A try is under way, and has taken so long that the person is told.
    Late,
}

/// How an unsent message stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UnsentState {
    /// It goes out as soon as it can.
    Pending,
    /// The server refused it; somebody has to decide.
    Failed(ErrorBody),
}

/// Whether a message would survive the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Keeping {
    /// Nobody knows yet.
    Asked,
    /// It is where [`Outbox::stored`] finds it.
    #[default]
    Kept,
    /// It could not be kept; it is sent all the same.
    Lost,
}

impl Outbox {
    /// Takes a command that was just given, and returns what is to be kept.
    pub fn add(
        &mut self,
        client_id: ClientId,
        conversation: ConversationId,
        command: Command,
        written_at: Timestamp,
    ) -> Unsent {
        let next = self.entries.last().map_or(0, |last| last.order + 1);
        let order = next.max(u64::try_from(written_at.0).unwrap_or_default());
        let (state, keeping) = (UnsentState::Pending, Keeping::Asked);
        let entry = Unsent {
            client_id,
            conversation,
            command,
            written_at,
            order,
            state,
            decided: 0,
            keeping,
            sending: Sending::No,
        };
        self.entries.push(entry.clone());
        entry
    }

    /// A message was kept, or could not be: from here on it is shown, and due in its turn.
    pub fn kept(&mut self, client_id: &ClientId, kept: bool) -> Option<Unsent> {
        let keeping = if kept { Keeping::Kept } else { Keeping::Lost };
        self.update(client_id, |entry| entry.keeping = keeping)
    }

    /// The storage is about to be read. Returns `false` if it is being read already.
    pub fn begin_reading(&mut self) -> bool {
        !std::mem::replace(&mut self.is_being_read, true)
    }

    /// Takes in what the storage has. Returns what is to be kept once more: what was written before
    /// this was known comes after it.
    pub fn stored(&mut self, entries: impl IntoIterator<Item = Unsent>) -> Vec<Unsent> {
        self.is_being_read = false;
        let first = !std::mem::replace(&mut self.was_read, true);
        let mut moved = Vec::new();
        let mut next = 0;
        let mut taken: Vec<Unsent> = Vec::new();
        for entry in entries {
            let is_same = |one: &&mut Unsent| one.client_id == entry.client_id;
            if self.is_done(&entry.client_id) {
                continue;
            }
            match self.entries.iter_mut().chain(&mut taken).find(is_same) {
                // Another program may have heard more of it.
                Some(known) => known.stands_as(&entry),
                None => {
                    next = next.max(entry.order + 1);
                    taken.push(entry);
                }
            }
        }
        if first {
            for entry in &mut self.entries {
                if entry.order < next {
                    entry.order = next;
                    moved.push(entry.clone());
                }
                next = entry.order + 1;
            }
        }
        taken.into_iter().for_each(|entry| self.insert(entry));
        moved
    }

    fn insert(&mut self, entry: Unsent) {
        let place = self.entries.partition_point(|other| other.order <= entry.order);
        self.entries.insert(place, entry);
    }

    /// Another program that shares the storage says how a command stands that was refused, or is tried again.
    pub fn hear(&mut self, unsent: Unsent) {
        let client_id = unsent.client_id.clone();
        if self.is_done(&client_id) {
            return;
        }
        match self.entries.iter_mut().find(|entry| entry.client_id == client_id) {
            Some(known) => known.stands_as(&unsent),
            None => self.insert(Unsent { keeping: Keeping::Kept, sending: Sending::No, ..unsent }),
        }
    }

    /// The messages to send now, which count as being sent from here on: the oldest pending one of
    /// each conversation, so that a conversation keeps the order in which it was written.
    pub fn take_due(&mut self) -> Vec<Unsent> {
        let mut due: Vec<usize> = Vec::new();
        for (index, entry) in self.entries.iter().enumerate() {
            let first = self.entries[..index]
                .iter()
                .all(|other| other.conversation != entry.conversation || other.is_failed());
            if self.was_read
                && first
                && entry.is_shown()
                && !entry.is_failed()
                && entry.sending == Sending::No
            {
                due.push(index);
            }
        }
        due.into_iter()
            .map(|index| {
                self.entries[index].sending = Sending::Tried;
                self.entries[index].clone()
            })
            .collect()
    }

    /// The server has it: an ack or an event carried its `clientId`. Returns it, if it was here.
    pub fn confirm(&mut self, client_id: &ClientId) -> Option<Unsent> {
        // Of most of what the server has, nothing is in the storage.
        let is_here = self.entries.iter().any(|entry| entry.client_id == *client_id);
        if is_here || self.is_being_read { self.finish(client_id) } else { None }
    }

    /// Whether it was done with a short time ago: then its record is to be removed, if the storage still has it.
    #[must_use]
    pub fn is_done(&self, client_id: &ClientId) -> bool {
        self.done.contains(client_id)
    }

    /// The server refused it. Returns what is to be kept.
    pub fn refuse(&mut self, client_id: &ClientId, error: ErrorBody) -> Option<Unsent> {
        self.update(client_id, |entry| {
            entry.sending = Sending::No;
            entry.decide(UnsentState::Failed(error));
        })
    }

    /// Nobody knows whether the server has it: it is due again.
    pub fn release(&mut self, client_id: &ClientId) -> Option<Unsent> {
        self.update(client_id, |entry| entry.sending = Sending::No)
    }

    /// The try that is under way takes long.
    pub fn late(&mut self, client_id: &ClientId) -> Option<Unsent> {
        self.update(client_id, |entry| {
            if entry.sending == Sending::Tried {
                entry.sending = Sending::Late;
            }
        })
    }

    /// Somebody wants a refused message tried again. Returns what is to be kept.
    pub fn retry(&mut self, client_id: &ClientId) -> Option<Unsent> {
        self.update(client_id, |entry| {
            if entry.is_failed() {
                entry.decide(UnsentState::Pending);
            }
        })
    }

    /// Somebody gives a message up. Returns it, so that its text can be edited.
    pub fn discard(&mut self, client_id: &ClientId) -> Option<Unsent> {
        self.finish(client_id)
    }

    /// A message is as it is now: replies to it that were not sent show how it begins. Returns those that changed.
    pub fn requote(&mut self, quoted: &Message) -> Vec<Unsent> {
        let entries = self.entries.iter_mut();
        entries.filter_map(|entry| entry.command.requote(quoted).then(|| entry.clone())).collect()
    }

    /// It is done with, here or in another program that shares the storage, and does not come back. Returns it,
    /// if it was here.
    pub fn finish(&mut self, client_id: &ClientId) -> Option<Unsent> {
        if !self.is_done(client_id) {
            self.done.push_back(client_id.clone());
            self.done.drain(..self.done.len().saturating_sub(DONE));
        }
        let index = self.entries.iter().position(|entry| entry.client_id == *client_id)?;
        Some(self.entries.remove(index))
    }

    /// The messages of a conversation that were not sent yet. They stand after its last confirmed one,
    /// oldest first.
    pub fn of(&self, conversation: ConversationId) -> impl Iterator<Item = &Unsent> {
        self.shown(conversation).filter(|entry| entry.content().is_some())
    }

    /// A message as it will be when the server has carried out what was done to it, and what of that was
    /// refused; `None` if nothing was done to it.
    #[must_use]
    pub fn preview(
        &self,
        conversation: ConversationId,
        message: &Message,
        me: UserId,
    ) -> Option<Preview<'_>> {
        let mut preview: Option<Preview<'_>> = None;
        let changes = self.shown(conversation).filter(|entry| entry.command.changes() == Some(message.id));
        for entry in changes {
            let preview = preview.get_or_insert_with(|| Preview { message: message.clone(), refused: None });
            if entry.is_failed() {
                preview.refused = Some(entry);
            } else {
                entry.command.apply(&mut preview.message, me, entry.written_at);
            }
        }
        preview
    }

    fn shown(&self, conversation: ConversationId) -> impl Iterator<Item = &Unsent> {
        self.entries.iter().filter(move |entry| entry.conversation == conversation && entry.is_shown())
    }

    /// Whether everything was confirmed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether something here would be lost with the program: the storage did not take it.
    #[must_use]
    pub fn is_at_risk(&self) -> bool {
        self.entries.iter().any(|entry| entry.keeping == Keeping::Lost)
    }

    /// Every entry, oldest first, also those that are not kept yet.
    #[must_use]
    pub fn entries(&self) -> &[Unsent] {
        &self.entries
    }

    fn update(&mut self, client_id: &ClientId, change: impl FnOnce(&mut Unsent)) -> Option<Unsent> {
        let entry = self.entries.iter_mut().find(|entry| entry.client_id == *client_id)?;
        change(entry);
        Some(entry.clone())
    }
}

/// A message that the person changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview<'a> {
    /// As it will be.
    pub message: Message,
    /// A correction or a deletion that the server refused.
    pub refused: Option<&'a Unsent>,
}

impl Unsent {
    /// The text, if it is a message to be sent.
    #[must_use]
    pub fn content(&self) -> Option<&MessageText> {
        match &self.command {
            Command::Send { content, .. } => Some(content),
            _ => None,
        }
    }

    /// Whether the server refused it.
    #[must_use]
    pub fn is_failed(&self) -> bool {
        matches!(self.state, UnsentState::Failed(_))
    }

    /// Whether the server was sent it and has said nothing for a while.
    #[must_use]
    pub fn is_late(&self) -> bool {
        self.sending == Sending::Late
    }

    /// It changes how it stands.
    fn decide(&mut self, state: UnsentState) {
        self.state = state;
        self.decided += 1;
    }

    /// Takes note of how it stands elsewhere, if that is newer. Of two that were decided at the same time, the
    /// one that is tried again goes on: its answer decides.
    fn stands_as(&mut self, other: &Self) {
        let age = |one: &Self| (one.decided, !one.is_failed());
        if age(other) > age(self) {
            self.state.clone_from(&other.state);
            self.decided = other.decided;
            if other.is_failed() {
                self.sending = Sending::No;
            }
        }
    }

    fn is_shown(&self) -> bool {
        self.keeping != Keeping::Asked
    }
}
