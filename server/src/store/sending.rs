//! A new message, and what is known of it while it waits for the writer.

use std::sync::{Mutex, PoisonError};

use protocol::{ClientId, Message, MessageId, MessageText, Recipient, Rev, Seq, Timestamp, UserId};

use super::mention::Mentioned;
use crate::clock;

/// A message on its way in.
#[derive(Clone, Debug)]
pub(crate) struct NewMessage {
    pub(crate) sender: UserId,
    pub(crate) recipient: Recipient,
    pub(crate) content: MessageText,
    pub(crate) client_id: Option<ClientId>,
    pub(crate) reply_to: Option<MessageId>,
}

impl NewMessage {
    /// What it becomes, if it needs nothing but this place.
    pub(super) fn at(&self, seq: Seq, rev: Rev, now: Timestamp) -> Message {
        let id = MessageId::from_bytes(clock::new_id());
        Message {
            client_id: self.client_id.clone(),
            rev,
            created_at: now,
            ..Message::new(id, self.sender, self.recipient, seq, self.content.clone())
        }
    }
}

/// A message in the writer's queue.
#[derive(Debug)]
pub(super) struct Sending {
    pub(super) new: NewMessage,
    pub(super) mentioned: Mentioned,
    /// What it has become, if it was written together with others before its turn.
    planned: Mutex<Option<Message>>,
}

impl Sending {
    pub(super) fn new(new: NewMessage) -> Self {
        Self { mentioned: Mentioned::of(&new.content), new, planned: Mutex::default() }
    }

    /// Whether it needs nothing but a place in its conversation.
    pub(super) fn is_plain(&self) -> bool {
        self.new.reply_to.is_none() && self.mentioned.is_nobody()
    }

    pub(super) fn note(&self, message: Message) {
        *self.planned.lock().unwrap_or_else(PoisonError::into_inner) = Some(message);
    }

    /// What it has become. Once the transaction in which it was written is rolled back, that is forgotten, too.
    pub(super) fn take_planned(&self) -> Option<Message> {
        self.planned.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
