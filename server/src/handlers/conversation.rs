//! The list of conversations, their history, and how far one has read.

use protocol::{Conversation, FetchHistory, Handle, HistoryPage, ListConversations, MarkRead, ReadUpTo};

use crate::{
    error::Result,
    session::Session,
    store::{conversation::Page, part::Part},
};

impl Handle<ListConversations> for Session {
    async fn handle(&self, event: ListConversations) -> Result<Vec<Conversation>> {
        let ListConversations { after, limit } = event;
        self.app.store.conversations(self.user.id, Part { after, limit }).await
    }
}

impl Handle<FetchHistory> for Session {
    async fn handle(&self, event: FetchHistory) -> Result<HistoryPage> {
        let FetchHistory { conversation, before, after, limit } = event;
        self.app.store.history(self.user.id, conversation, Page { before, after, limit }).await
    }
}

impl Handle<MarkRead> for Session {
    async fn handle(&self, event: MarkRead) -> Result<ReadUpTo> {
        self.app.store.mark_read(self.user.id, self.socket, event.conversation, event.seq).await
    }
}
