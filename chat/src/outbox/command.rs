//! What a person can do with messages.

use protocol::{
    ClientId, ConversationId, Emoji, Message, MessageId, MessageText, Quote, Timestamp, UserId, add_reaction,
    remove_reaction,
};
use serde::{Deserialize, Serialize};

use super::{Keeping, Sending, Unsent, UnsentState};

/// Something that the server is to do. Doing it twice does no harm: the first two carry a `clientId`, and
/// the others say how it is to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Send a message.
    Send {
        /// Its text.
        content: MessageText,
        /// The message that it replies to.
        reply_to: Option<Quote>,
    },
    /// Correct a message.
    Edit {
        /// Which.
        message: MessageId,
        /// Its new text.
        content: MessageText,
    },
    /// Delete a message.
    Delete {
        /// Which.
        message: MessageId,
    },
    /// React to a message, or no longer do.
    React {
        /// Which.
        message: MessageId,
        /// With what.
        emoji: Emoji,
        /// Whether the emoji is to be there.
        on: bool,
    },
    /// Pin a message, or unpin it.
    Pin {
        /// Which.
        message: MessageId,
        /// Whether it is to be pinned.
        on: bool,
    },
}

impl Command {
    /// The message that it changes.
    #[must_use]
    pub fn changes(&self) -> Option<MessageId> {
        match self {
            Self::Send { .. } => None,
            Self::Edit { message, .. }
            | Self::Delete { message }
            | Self::React { message, .. }
            | Self::Pin { message, .. } => Some(*message),
        }
    }

    /// The text that the person wrote, if it carries one: it must not be lost if the command is refused.
    #[must_use]
    pub fn text(&self) -> Option<&MessageText> {
        match self {
            Self::Send { content, .. } | Self::Edit { content, .. } => Some(content),
            _ => None,
        }
    }

    /// Whether the person must decide about it if it is refused, however long after: what they wrote would be
    /// lost, or others would go on reading what they believe to have deleted.
    #[must_use]
    pub fn needs_decision(&self) -> bool {
        match self {
            Self::Send { .. } | Self::Edit { .. } | Self::Delete { .. } => true,
            Self::React { .. } | Self::Pin { .. } => false,
        }
    }

    /// Says that the server refused it, why, and what that means.
    #[must_use]
    pub fn refusal(&self, why: &str) -> String {
        match self {
            Self::Send { .. } => format!("Not sent. {why} It is kept here."),
            Self::Edit { .. } => format!("Not corrected. {why} Your text is kept here."),
            Self::Delete { .. } => format!("Not deleted. {why} Others can still read it."),
            Self::React { .. } | Self::Pin { .. } => why.to_owned(),
        }
    }

    /// A message is as it is now. Returns whether a reply to it showed something else.
    pub(super) fn requote(&mut self, quoted: &Message) -> bool {
        match self {
            Self::Send { reply_to: Some(quote), .. } => quote.follow(quoted),
            _ => false,
        }
    }

    /// Makes a message what it will be.
    pub(super) fn apply(&self, message: &mut Message, me: UserId, now: Timestamp) {
        match self {
            Self::Send { .. } => {}
            Self::Edit { content, .. } => {
                if message.content != *content {
                    message.content.clone_from(content);
                    message.edited_at = Some(now);
                }
            }
            Self::Delete { .. } => {
                message.content = MessageText::deleted();
                message.deleted_at = Some(now);
                message.deleted_by = (message.sender_id != me).then_some(me);
                message.reactions.clear();
                message.pinned_at = None;
            }
            Self::React { emoji, on: true, .. } => {
                add_reaction(&mut message.reactions, emoji, me);
            }
            Self::React { emoji, on: false, .. } => {
                remove_reaction(&mut message.reactions, emoji, me);
            }
            Self::Pin { on, .. } => message.pinned_at = on.then(|| message.pinned_at.unwrap_or(now)),
        }
    }
}

/// An unsent command as it was stored. Earlier versions knew only messages to be sent.
#[derive(Deserialize)]
pub(super) struct Record {
    client_id: ClientId,
    conversation: ConversationId,
    #[serde(default)]
    content: Option<MessageText>,
    #[serde(default)]
    command: Option<Command>,
    written_at: Timestamp,
    #[serde(default)]
    order: u64,
    state: UnsentState,
    #[serde(default)]
    decided: u32,
}

impl TryFrom<Record> for Unsent {
    type Error = &'static str;

    fn try_from(record: Record) -> Result<Self, &'static str> {
        let Record { client_id, conversation, content, command, written_at, order, state, decided } = record;
        let sends = content.map(|content| Command::Send { content, reply_to: None });
        let command = command.or(sends).ok_or("neither a text nor a command")?;
        let (keeping, sending) = (Keeping::Kept, Sending::No);
        Ok(Self { client_id, conversation, command, written_at, order, state, decided, keeping, sending })
    }
}
