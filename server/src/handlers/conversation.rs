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
        if at.is_some() && (before.is_some() || after.is_some() || around.is_some()) {
            let sentence = "A page is at a time, or around, before or after a place: ask for one of them.";
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
    use protocol::{ConversationId, SendPrivateMessage, Seq, Timestamp};

    use super::*;
    use crate::testing::TestApp;

    #[tokio::test]
    async fn beside_a_place_to_be_around_the_others_do_not_count_and_beside_a_time_none_may_be() {
        let test_app = TestApp::new();
        let ann = test_app.session("ann").await;
        let conversation = ConversationId::User(ann.user.id);
        for text in ["one", "two", "three"] {
            ann.handle(SendPrivateMessage::new(ann.user.id, text.parse().unwrap())).await.unwrap();
        }
        let page = || FetchHistory::newest(conversation);
        let place = Some(Seq(2));
        let around = FetchHistory { around: place, limit: Some(1), ..page() };
        for event in [
            around.clone(),
            FetchHistory { before: place, ..around.clone() },
            FetchHistory { after: place, before: Some(Seq(1)), ..around },
        ] {
            let page = ann.handle(event).await.unwrap();
            assert_eq!(page.messages.iter().map(|message| message.seq).collect::<Vec<_>>(), [Seq(2)]);
        }
        let at = FetchHistory { at: Some(Timestamp(0)), ..page() };
        for event in [
            FetchHistory { around: place, ..at.clone() },
            FetchHistory { before: place, ..at.clone() },
            FetchHistory { after: place, ..at },
        ] {
            match ann.handle(event).await {
                Err(Error::Refused(body)) => assert_eq!(body.code, ErrorCode::InvalidPayload),
                other => panic!("{other:?}"),
            }
        }
    }
}
