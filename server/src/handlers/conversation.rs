//! The list of conversations, their history and changes, and how far one has read.

use protocol::{
    ChangesPage, Conversation, ConversationMuted, FetchChanges, FetchHistory, Handle, HistoryPage,
    ListConversations, MarkRead, MuteConversation, ReadUpTo,
};

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
        let FetchHistory { conversation, before, after, around, limit } = event;
        self.app.store.history(self.user.id, conversation, Page { before, after, around, limit }).await
    }
}

impl Handle<FetchChanges> for Session {
    async fn handle(&self, event: FetchChanges) -> Result<ChangesPage> {
        let FetchChanges { conversation, since, limit } = event;
        self.app.store.changes(self.user.id, conversation, since, limit).await
    }
}

impl Handle<MarkRead> for Session {
    async fn handle(&self, event: MarkRead) -> Result<ReadUpTo> {
        self.app.store.mark_read(self.user.id, self.origin(), event.conversation, event.seq).await
    }
}

impl Handle<MuteConversation> for Session {
    async fn handle(&self, event: MuteConversation) -> Result<ConversationMuted> {
        let MuteConversation { conversation, muted } = event;
        self.app.store.mute(self.user.id, self.origin(), conversation, muted).await
    }
}
