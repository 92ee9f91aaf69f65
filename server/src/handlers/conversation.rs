//! The list of conversations, their history and changes, and how far one has read.

use protocol::{
    ChangesPage, Conversation, ConversationMuted, ErrorCode, FetchChanges, FetchHistory, Handle, HistoryPage,
    ListConversations, MarkRead, MarkUnread, MuteConversation, ReadUpTo,
};

use crate::{
    error::{Error, Result},
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
        let FetchHistory { conversation, before, after, around, at, limit } = event;
        if at.is_some() && (before, after, around) != (None, None, None) {
            let sentence = "A page is at a time, or before, after or around a place: not both.";
            return Err(Error::refused(ErrorCode::InvalidPayload, sentence));
        }
        let page = Page { before, after, around, at, limit };
        self.app.store.history(self.user.id, conversation, page).await
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
        let MarkRead { conversation, seq, mark } = event;
        self.app.store.mark_read(self.user.id, self.origin(), conversation, seq, mark).await
    }
}

impl Handle<MarkUnread> for Session {
    async fn handle(&self, event: MarkUnread) -> Result<ReadUpTo> {
        self.app.store.mark_unread(self.user.id, self.origin(), event.conversation, event.seq).await
    }
}

impl Handle<MuteConversation> for Session {
    async fn handle(&self, event: MuteConversation) -> Result<ConversationMuted> {
        let MuteConversation { conversation, muted } = event;
        self.app.store.mute(self.user.id, self.origin(), conversation, muted).await
    }
}
