//! How far messages have reached people, and how far they have read.

use protocol::{Handle, ListReceipts, MarkDelivered, Receipt, limits};

use crate::{
    error::{Error, Result},
    session::Session,
};

impl Handle<MarkDelivered> for Session {
    async fn handle(&self, MarkDelivered { conversations }: MarkDelivered) -> Result<()> {
        if conversations.len() > limits::MARK_DELIVERED {
            let most = limits::MARK_DELIVERED;
            let count = conversations.len();
            let sentence =
                format!("One request may be about at most {most} conversations; this one is about {count}.");
            return Err(Error::too_many("conversations", sentence));
        }
        // The event has already paid for the first.
        let more = u32::try_from(conversations.len()).unwrap_or(u32::MAX).saturating_sub(1);
        self.app.limits.events.take_more(self.user.id, more)?;
        self.app.store.mark_delivered(self.user.id, conversations).await
    }
}

impl Handle<ListReceipts> for Session {
    async fn handle(&self, event: ListReceipts) -> Result<Vec<Receipt>> {
        self.app.store.receipts(self.user.id, event.conversation).await
    }
}

#[cfg(test)]
mod tests {
    use protocol::{ConversationId, DeliveredUpTo, ErrorCode, Seq};

    use super::*;
    use crate::testing::TestApp;

    #[tokio::test]
    async fn one_event_is_about_100_conversations_at_most_and_pays_for_each() {
        let test_app = TestApp::new();
        let (ann, ben) = (test_app.session("ann").await, test_app.session("ben").await);
        let event = |count| {
            let mark = DeliveredUpTo { conversation: ConversationId::User(ben.user.id), seq: Seq(1) };
            MarkDelivered { conversations: vec![mark; count] }
        };
        let refused = |result| match result {
            Err(Error::Refused(body)) => (body.code, body.field.unwrap()),
            other => panic!("{other:?}"),
        };
        let too_many = refused(ann.handle(event(limits::MARK_DELIVERED + 1)).await);
        assert_eq!(too_many, (ErrorCode::InvalidPayload, "conversations".to_owned()));
        ann.handle(event(0)).await.unwrap();
        let at_once = limits::EVENTS_AT_ONCE as usize / limits::MARK_DELIVERED;
        for _ in 0..at_once {
            ann.handle(event(limits::MARK_DELIVERED)).await.unwrap();
        }
        assert!(matches!(ann.handle(event(limits::MARK_DELIVERED)).await, Err(Error::TooSoon(_))));
    }
}
