//! Sending messages.

use protocol::{Handle, Message, Recipient, SendGroupMessage, SendPrivateMessage};

use crate::{error::Result, session::Session, store::message::NewMessage};

impl Handle<SendPrivateMessage> for Session {
    async fn handle(&self, event: SendPrivateMessage) -> Result<Message> {
        let SendPrivateMessage { recipient_id, content, client_id } = event;
        let recipient = Recipient::User(recipient_id);
        self.send(NewMessage { sender: self.user.id, recipient, content, client_id }).await
    }
}

impl Handle<SendGroupMessage> for Session {
    async fn handle(&self, event: SendGroupMessage) -> Result<Message> {
        let SendGroupMessage { group_id, content, client_id } = event;
        let recipient = Recipient::Group(group_id);
        self.send(NewMessage { sender: self.user.id, recipient, content, client_id }).await
    }
}

impl Session {
    async fn send(&self, message: NewMessage) -> Result<Message> {
        let submitted = self.app.store.submit(message).await?;
        self.write_queued();
        submitted.committed().await
    }
}

#[cfg(test)]
mod tests {
    use protocol::{ClientEvent, ErrorCode, EventEnum, Request, Seq, event::DispatchError};

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
