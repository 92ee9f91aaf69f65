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
        let is_between = before.is_some() || after.is_some();
        if u8::from(at.is_some()) + u8::from(around.is_some()) + u8::from(is_between) > 1 {
            let sentence =
                "A page is at a time, or around a place, or before or after one: ask for one of them.";
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

#[cfg(test)]
mod tests {
    use protocol::{ConversationId, Seq};

    use super::*;
    use crate::testing::TestApp;

    #[tokio::test]
    async fn a_page_around_a_place_is_not_before_or_after_another_one_too() {
        let test_app = TestApp::new();
        let ann = test_app.session("ann").await;
        let page = || FetchHistory::newest(ConversationId::User(ann.user.id));
        let place = Some(Seq(1));
        for event in [
            FetchHistory { around: place, before: place, ..page() },
            FetchHistory { around: place, after: place, ..page() },
        ] {
            match ann.handle(event).await {
                Err(Error::Refused(body)) => assert_eq!(body.code, ErrorCode::InvalidPayload),
                other => panic!("{other:?}"),
            }
        }
        ann.handle(FetchHistory { before: place, after: place, ..page() }).await.unwrap();
    }
}
