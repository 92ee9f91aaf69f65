//! Finding one's way in a conversation: marking as unread, and the message of a day.

use protocol::{ConversationId, FetchHistory, MarkUnread, MessageId, Seq, Timestamp};

use super::{Answered, Runtime};
use crate::{environment::TabNews, state::Answer};

impl Runtime {
    /// Marks a message, and all that came after it, as unread.
    ///
    /// # Errors
    /// What went wrong and what to do.
    pub async fn mark_unread(&self, conversation: ConversationId, seq: Seq) -> Answered<()> {
        let read = self.query(MarkUnread { conversation, seq }).await?;
        self.answer(Answer::Read(read.clone()));
        self.tell_tabs(TabNews::Unread(read));
        Ok(())
    }

    /// The first message of a time or later, or else the newest; `None` if there is no message.
    ///
    /// # Errors
    /// What went wrong and what to do.
    pub async fn message_at(&self, id: ConversationId, at: Timestamp) -> Answered<Option<(Seq, MessageId)>> {
        let fetch = FetchHistory { at: Some(at), limit: Some(1), ..FetchHistory::newest(id) };
        let page = self.query(fetch).await?;
        Ok(page.messages.first().map(|message| (message.seq, message.id)))
    }
}
