//! Catching up after a break, and who is online.

use protocol::{
    ErrorBody, ErrorCode, Handle, LastSeen, LastSeenAt, ListOnline, Synced, Synchronise, UserId,
    WatchPresence, limits,
};

use crate::{error::Result, session::Session};

impl Handle<Synchronise> for Session {
    async fn handle(&self, event: Synchronise) -> Result<Synced> {
        if event.known.len() > limits::SYNC_ANCHORS {
            let sentence = format!(
                "One request may ask about at most {} messages; this one asks about {}.",
                limits::SYNC_ANCHORS,
                event.known.len()
            );
            let field = Some("known".to_owned());
            return Err(ErrorBody { code: ErrorCode::InvalidPayload, message: sentence, field }.into());
        }
        let synced = self.app.store.synchronise(self.user.id, event).await?;
        self.app.metrics.synchronised(synced.conversations.is_some() || !synced.diverged.is_empty());
        Ok(synced)
    }
}

impl Handle<ListOnline> for Session {
    async fn handle(&self, ListOnline {}: ListOnline) -> Result<Vec<UserId>> {
        Ok(self.app.online.list())
    }
}

impl Handle<WatchPresence> for Session {
    async fn handle(&self, event: WatchPresence) -> Result<Vec<UserId>> {
        may_watch(event.user_ids.len(), "userIds")?;
        Ok(self.watch(event.user_ids))
    }
}

impl Handle<LastSeen> for Session {
    async fn handle(&self, LastSeen { user_id }: LastSeen) -> Result<LastSeenAt> {
        let left_at = self.app.online.left_at(user_id);
        // The store may know of a later time, from another server.
        let at = left_at.max(self.app.store.last_seen(self.user.id, user_id).await?);
        // Last, because somebody may come at this moment.
        Ok(LastSeenAt { at: at.filter(|_| !self.app.online.is_online(user_id)) })
    }
}

/// Whether a connection may watch so many people, who are named in this field.
pub(crate) fn may_watch(people: usize, field: &str) -> Result<()> {
    if people <= limits::WATCHED_USERS {
        return Ok(());
    }
    let sentence = format!(
        "One connection may watch at most {} people; this one asks for {people}.",
        limits::WATCHED_USERS,
    );
    let field = Some(field.to_owned());
    Err(ErrorBody { code: ErrorCode::InvalidPayload, message: sentence, field }.into())
}

#[cfg(test)]
mod tests {
    use protocol::{Anchor, ConversationId, MessageId, Seq};

    use super::*;
    use crate::{error::Error, testing::TestApp};

    #[tokio::test]
    async fn a_hundred_messages_can_be_asked_about_at_a_time() {
        let test_app = TestApp::new();
        let ann = test_app.session("ann").await;
        let conversation = ConversationId::User(ann.user.id);
        let anchor = Anchor::message(conversation, Seq(1), MessageId::from_bytes([1; 16]));
        let asked = |count| Synchronise { heads: None, known: vec![anchor; count], ..Synchronise::default() };
        let synced = ann.handle(asked(100)).await.unwrap();
        assert_eq!(
            synced,
            Synced { conversations: Some(vec![]), diverged: vec![conversation], ..Synced::default() }
        );
        match ann.handle(asked(101)).await {
            Err(Error::Refused(body)) => assert_eq!(body.field.as_deref(), Some("known")),
            other => panic!("{other:?}"),
        }
    }
    #[tokio::test]
    async fn five_hundred_people_can_be_watched() {
        let test_app = TestApp::new();
        let ann = test_app.session("ann").await;
        assert!(!ann.watches());
        let event = |count| WatchPresence { user_ids: vec![ann.user.id; count] };
        match ann.handle(event(501)).await {
            Err(Error::Refused(body)) => assert_eq!(body.field.as_deref(), Some("userIds")),
            other => panic!("{other:?}"),
        }
        assert!(!ann.watches());
        assert_eq!(ann.handle(event(500)).await.unwrap(), [], "nobody is online here");
        assert!(ann.watches());
    }
}
