//! Sending, correcting, deleting and pinning messages.

use protocol::{
    ClientEvent, DeleteMessage, EditMessage, FormerText, GetMessage, Handle, ListEdits, ListPins, Message,
    MessageId, PinMessage, Recipient, SendGroupMessage, SendPrivateMessage, UnpinMessage,
};

use tracing::Span;

use crate::{
    error::Result,
    session::Session,
    store::{Submitted, message::NewMessage},
};

impl Handle<SendPrivateMessage> for Session {
    async fn handle(&self, event: SendPrivateMessage) -> Result<Message> {
        let SendPrivateMessage { recipient_id, content, client_id, reply_to } = event;
        let recipient = Recipient::User(recipient_id);
        let new = NewMessage { sender: self.user.id, recipient, content, client_id, reply_to };
        let message = self.committed(self.app.store.submit(new).await?).await?;
        is_about(message.id);
        Ok(message)
    }
}

impl Handle<SendGroupMessage> for Session {
    async fn handle(&self, event: SendGroupMessage) -> Result<Message> {
        let SendGroupMessage { group_id, content, client_id, reply_to } = event;
        let recipient = Recipient::Group(group_id);
        let new = NewMessage { sender: self.user.id, recipient, content, client_id, reply_to };
        let message = self.committed(self.app.store.submit(new).await?).await?;
        is_about(message.id);
        Ok(message)
    }
}

impl Handle<EditMessage> for Session {
    async fn handle(&self, event: EditMessage) -> Result<Message> {
        let EditMessage { message_id, content, client_id } = event;
        is_about(message_id);
        self.committed(self.app.store.edit_message(self.user.id, message_id, content, client_id).await?).await
    }
}

impl Handle<DeleteMessage> for Session {
    async fn handle(&self, event: DeleteMessage) -> Result<Message> {
        is_about(event.message_id);
        self.committed(self.app.store.delete_message(self.user.id, event.message_id).await?).await
    }
}

impl Handle<PinMessage> for Session {
    async fn handle(&self, event: PinMessage) -> Result<Message> {
        is_about(event.message_id);
        self.committed(self.app.store.pin_message(self.user.id, event.message_id).await?).await
    }
}

impl Handle<UnpinMessage> for Session {
    async fn handle(&self, event: UnpinMessage) -> Result<Message> {
        is_about(event.message_id);
        self.committed(self.app.store.unpin_message(self.user.id, event.message_id).await?).await
    }
}

impl Handle<ListPins> for Session {
    async fn handle(&self, event: ListPins) -> Result<Vec<Message>> {
        self.app.store.pins(self.user.id, event.conversation, event.after).await
    }
}

impl Handle<ListEdits> for Session {
    async fn handle(&self, event: ListEdits) -> Result<Vec<FormerText>> {
        self.app.store.former_texts(self.user.id, event.message_id, event.after.unwrap_or_default()).await
    }
}

impl Handle<GetMessage> for Session {
    async fn handle(&self, event: GetMessage) -> Result<Message> {
        self.app.store.message(self.user.id, event.message_id).await
    }
}

/// Whether an event may begin before its socket's earlier ones are finished, so that one batch of the store can hold
/// many events of one socket. Sending reads nothing, and the store writes in the order in which it is asked.
pub(crate) fn overlaps(event: &ClientEvent) -> bool {
    matches!(event, ClientEvent::SendPrivateMessage(_) | ClientEvent::SendGroupMessage(_))
}

/// Says for the log which message the event is about.
pub(super) fn is_about(message: MessageId) {
    Span::current().record("message", tracing::field::display(message));
}

impl Session {
    /// Waits for the commit; the socket's next event may begin before.
    pub(super) async fn committed<T>(&self, submitted: Submitted<T>) -> Result<T> {
        self.write_queued();
        submitted.committed().await
    }
}

#[cfg(test)]
mod tests {
    use protocol::{ErrorCode, EventEnum, Request, Seq, event::DispatchError};

    use super::*;
    use crate::{domain_event::DomainEvent, error::Error, testing::TestApp};

    #[tokio::test]
    async fn a_message_is_answered_with_itself_and_published() {
        let mut test_app = TestApp::new();
        let (ann, ben) = (test_app.session("ann").await, test_app.session("ben").await);
        let event = SendPrivateMessage {
            recipient_id: ben.user.id,
            content: "hello".parse().unwrap(),
            client_id: Some("c1".parse().unwrap()),
            reply_to: None,
        };
        let message = ann.handle(event.clone()).await.unwrap();
        assert_eq!((message.sender_id, message.recipient), (ann.user.id, Recipient::User(ben.user.id)));
        assert_eq!((&message.content, message.seq), (&event.content, Seq(1)));
        let told = test_app.domain_events.recv().await.map(|envelope| envelope.event);
        assert_eq!(told, Some(DomainEvent::MessageSent(message)));
    }

    #[tokio::test]
    async fn the_catalogue_finds_the_handler_by_the_name_of_the_event() {
        let test_app = TestApp::new();
        let ann = test_app.session("ann").await;
        let event = SendPrivateMessage {
            recipient_id: protocol::UserId::from_bytes([9; 16]),
            content: "hello".parse().unwrap(),
            client_id: None,
            reply_to: None,
        };
        let payload = serde_json::value::to_raw_value(&event).unwrap();
        let decoded = ClientEvent::decode(SendPrivateMessage::NAME, &payload).unwrap();
        match decoded.dispatch(&ann).await {
            Err(DispatchError::Refused(Error::Refused(body))) => {
                assert_eq!(body.code, ErrorCode::UnknownUser)
            }
            other => panic!("{other:?}"),
        }
    }
}
