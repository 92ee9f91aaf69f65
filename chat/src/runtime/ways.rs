//! Finding one's way in a conversation: the message of a day.

use protocol::{ConversationId, FetchHistory, MessageId, Seq, Timestamp};

use super::{Answered, Runtime};

impl Runtime {
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
