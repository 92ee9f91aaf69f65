//! What the person wrote and did to messages, and the server has not confirmed.

mod command;

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
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outbox {
    /// In the order of writing.
    entries: Vec<Unsent>,
    /// The storage is being read. What is taken out meanwhile may still be in the answer.
    reading: Option<Vec<ClientId>>,
    was_read: bool,
}

/// A command that the server has not confirmed. Serialise it to keep it over a restart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Not stored, because it says whether the rest is stored.
    #[serde(skip)]
    keeping: Keeping,
    /// Not stored: after a restart nobody waits for an answer.
    #[serde(skip)]
    sending: Sending,
}

/// How sending a message stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum UnsentState {
    /// It goes out as soon as it can.
    Pending,
    /// The server refused it; somebody has to decide.
    Failed(ErrorBody),
}

/// Whether a message would survive the program.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
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
        let idle = self.reading.is_none();
        self.reading.get_or_insert_default();
        idle
    }

    /// Takes in what the storage has. Returns what is to be kept once more: what was written before
    /// this was known comes after it.
    pub fn stored(&mut self, entries: impl IntoIterator<Item = Unsent>) -> Vec<Unsent> {
        let gone = self.reading.take().unwrap_or_default();
        let first = !std::mem::replace(&mut self.was_read, true);
        let mut moved = Vec::new();
        let mut next = 0;
        let mut taken: Vec<Unsent> = Vec::new();
        for entry in entries {
            let known = |one: &Unsent| one.client_id == entry.client_id;
            if !gone.contains(&entry.client_id) && !self.entries.iter().chain(&taken).any(known) {
                next = next.max(entry.order + 1);
                taken.push(entry);
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
        for entry in taken {
            let place = self.entries.partition_point(|other| other.order <= entry.order);
            self.entries.insert(place, entry);
        }
        moved
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
        self.discard(client_id)
    }

    /// The server refused it. Returns what is to be kept.
    pub fn refuse(&mut self, client_id: &ClientId, error: ErrorBody) -> Option<Unsent> {
        self.update(client_id, |entry| {
            entry.sending = Sending::No;
            entry.state = UnsentState::Failed(error);
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
        self.update(client_id, |entry| entry.state = UnsentState::Pending)
    }

    /// Somebody gives a message up. Returns it, so that its text can be edited.
    pub fn discard(&mut self, client_id: &ClientId) -> Option<Unsent> {
        if let Some(gone) = &mut self.reading {
            gone.push(client_id.clone());
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
    /// A correction that the server refused.
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

    fn is_shown(&self) -> bool {
        self.keeping != Keeping::Asked
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

    fn write(outbox: &mut Outbox, name: &str, conversation: ConversationId, at: i64) -> Unsent {
        let command = Command::Send { content: "hi".parse().unwrap(), reply_to: None };
        outbox.add(id(name), conversation, command, Timestamp(at))
    }

    /// The outbox of a program that has found nothing in its storage.
    fn empty() -> Outbox {
        let mut outbox = Outbox::default();
        assert!(outbox.begin_reading());
        assert_eq!(outbox.stored([]), []);
        outbox
    }

    fn outbox(entries: &[(&str, ConversationId)]) -> Outbox {
        let mut outbox = empty();
        for (name, conversation) in entries {
            write(&mut outbox, name, *conversation, 1);
            outbox.kept(&id(name), true);
        }
        outbox
    }

    fn due(outbox: &mut Outbox) -> Vec<String> {
        outbox.take_due().iter().map(|entry| entry.client_id.to_string()).collect()
    }

    fn shown(outbox: &Outbox) -> Vec<&str> {
        outbox.of(BEN).map(|entry| entry.client_id.as_ref()).collect()
    }

    #[test]
    fn each_conversation_sends_one_at_a_time_in_the_order_of_writing() {
        let mut outbox = outbox(&[("a", BEN), ("b", BEN), ("c", LUNCH)]);
        assert_eq!(due(&mut outbox), ["a", "c"]);
        assert!(due(&mut outbox).is_empty());
        assert!(outbox.confirm(&id("a")).is_some());
        assert!(outbox.confirm(&id("a")).is_none());
        assert_eq!(due(&mut outbox), ["b"]);
    }

    #[test]
    fn nothing_is_shown_or_sent_before_it_is_kept_and_the_order_stays_that_of_writing() {
        let mut outbox = empty();
        write(&mut outbox, "a", BEN, 1);
        write(&mut outbox, "b", BEN, 1);
        assert_eq!((due(&mut outbox), shown(&outbox)), (vec![], vec![]));
        outbox.kept(&id("b"), true);
        assert_eq!((due(&mut outbox), shown(&outbox)), (vec![], vec!["b"]), "a comes first");
        outbox.kept(&id("a"), true);
        assert_eq!((due(&mut outbox), shown(&outbox)), (vec!["a".to_owned()], vec!["a", "b"]));
        assert!(!outbox.is_at_risk());
    }

    #[test]
    fn what_cannot_be_kept_is_shown_and_sent_all_the_same() {
        let mut outbox = empty();
        write(&mut outbox, "a", BEN, 1);
        outbox.kept(&id("a"), false);
        assert_eq!((due(&mut outbox), shown(&outbox)), (vec!["a".to_owned()], vec!["a"]));
        assert!(outbox.is_at_risk());
        outbox.confirm(&id("a"));
        assert!(!outbox.is_at_risk());
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
        let error = ErrorBody::new(ErrorCode::UnknownUser, "No.");
        assert!(outbox.refuse(&id("a"), error).is_some_and(|kept| kept.is_failed()));
        assert_eq!(due(&mut outbox), ["b"]);
        outbox.confirm(&id("b"));
        assert!(outbox.retry(&id("a")).is_some_and(|kept| !kept.is_failed()));
        assert_eq!(due(&mut outbox), ["a"]);
        assert!(outbox.discard(&id("a")).is_some());
        assert!(outbox.is_empty());
    }

    #[test]
    fn a_restart_keeps_everything_and_sends_it_again_in_the_order_of_writing() {
        let mut before = outbox(&[("a", BEN), ("b", BEN), ("c", LUNCH)]);
        due(&mut before);
        let mut rows: Vec<String> =
            before.entries().iter().map(|entry| serde_json::to_string(entry).unwrap()).collect();
        rows.reverse();
        let mut after = Outbox::default();
        after.begin_reading();
        assert_eq!(after.stored(rows.iter().map(|row| serde_json::from_str(row).unwrap())), []);
        assert_eq!(shown(&after), ["a", "b"]);
        assert_eq!(due(&mut after), ["a", "c"]);
    }

    #[test]
    fn what_was_written_before_the_storage_was_read_comes_after_what_is_in_it() {
        let mut earlier = empty();
        let stored = write(&mut earlier, "a", BEN, 1_000);
        let mut outbox = Outbox::default();
        outbox.begin_reading();
        // The clock was set back meanwhile.
        write(&mut outbox, "b", BEN, 10);
        write(&mut outbox, "c", BEN, 20);
        for name in ["b", "c"] {
            outbox.kept(&id(name), true);
        }
        assert_eq!(due(&mut outbox), [""; 0], "an earlier one may be in the storage");
        let stored: Unsent = serde_json::from_str(&serde_json::to_string(&stored).unwrap()).unwrap();
        let moved: Vec<_> =
            outbox.stored([stored]).into_iter().map(|entry| (entry.client_id, entry.order)).collect();
        assert_eq!(moved, [(id("b"), 1_001), (id("c"), 1_002)]);
        assert_eq!(shown(&outbox), ["a", "b", "c"]);
        assert_eq!(due(&mut outbox), ["a"]);
    }

    #[test]
    fn what_an_earlier_version_kept_is_a_message_to_be_sent() {
        let row = r#"{"client_id":"a","conversation":{"user":"02020202-0202-0202-0202-020202020202"},
                      "content":"hi","written_at":1,"order":7,"state":"Pending"}"#;
        let unsent: Unsent = serde_json::from_str(row).unwrap();
        let command = Command::Send { content: "hi".parse().unwrap(), reply_to: None };
        assert_eq!((unsent.command, unsent.conversation, unsent.order), (command, BEN, 7));
        assert!(serde_json::from_str::<Unsent>(&row.replace("content", "other")).is_err());
    }

    #[test]
    fn a_message_is_shown_as_it_will_be_and_as_it_is_once_the_change_was_refused() {
        let message = crate::testing::message(1);
        let me = message.sender_id;
        let mut outbox = outbox(&[("a", LUNCH)]);
        let thumb: protocol::Emoji = "👍".parse().unwrap();
        let commands = [
            Command::Edit { message: message.id, content: "new".parse().unwrap() },
            Command::React { message: message.id, emoji: thumb.clone(), on: true },
        ];
        for (name, command) in ["e", "r"].into_iter().zip(commands) {
            outbox.add(id(name), LUNCH, command, Timestamp(5));
            outbox.kept(&id(name), true);
        }
        assert_eq!(outbox.of(LUNCH).count(), 1, "changes are no messages");
        let preview = outbox.preview(LUNCH, &message, me).unwrap();
        assert_eq!(preview.message.content.as_str(), "new");
        assert_eq!(preview.message.edited_at, Some(Timestamp(5)));
        let reaction = protocol::Reaction { emoji: thumb, user_ids: vec![me] };
        assert_eq!(preview.message.reactions, std::slice::from_ref(&reaction));
        outbox.refuse(&id("e"), ErrorBody::new(ErrorCode::MessageDeleted, "Gone."));
        let preview = outbox.preview(LUNCH, &message, me).unwrap();
        assert_eq!(preview.message.content, message.content);
        assert_eq!(preview.message.reactions, [reaction]);
        assert!(preview.refused.is_some_and(|refused| refused.client_id == id("e")));
        assert_eq!(outbox.preview(LUNCH, &crate::testing::message(2), me), None);
    }

    #[test]
    fn a_message_that_is_being_deleted_is_shown_without_what_goes_with_it() {
        let mut message = crate::testing::message(1);
        message.reactions = vec![protocol::Reaction { emoji: "👍".parse().unwrap(), user_ids: vec![] }];
        message.pinned_at = Some(Timestamp(3));
        let mut outbox = empty();
        outbox.add(id("d"), LUNCH, Command::Delete { message: message.id }, Timestamp(5));
        outbox.kept(&id("d"), true);
        let shown = outbox.preview(LUNCH, &message, message.sender_id).unwrap().message;
        assert_eq!((shown.deleted_at, shown.deleted_by), (Some(Timestamp(5)), None));
        let admin = UserId::from_bytes([8; 16]);
        let shown_to_admin = outbox.preview(LUNCH, &message, admin).unwrap().message;
        assert_eq!(shown_to_admin.deleted_by, Some(admin), "it was not its author");
        assert!(shown.reactions.is_empty() && shown.pinned_at.is_none() && shown.content.as_str().is_empty());
    }

    #[test]
    fn what_another_program_left_is_taken_in_once_and_what_is_done_is_not() {
        let mut outbox = outbox(&[("a", BEN), ("b", BEN)]);
        let rows = outbox.entries().to_vec();
        assert!(outbox.begin_reading());
        assert!(!outbox.begin_reading(), "it is being read already");
        // Its record is removed only after the storage was read.
        outbox.confirm(&id("a"));
        let other = write(&mut empty(), "x", BEN, 5);
        let other = Unsent { keeping: Keeping::Kept, ..other };
        assert_eq!(outbox.stored(rows.into_iter().chain([other])), []);
        assert_eq!(shown(&outbox), ["b", "x"]);
    }
}
