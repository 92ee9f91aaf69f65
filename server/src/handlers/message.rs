//! Sending messages.

use protocol::{Handle, Message, Recipient, SendGroupMessage, SendPrivateMessage};

use crate::{error::Result, session::Session, store::message::NewMessage};

impl Handle<SendPrivateMessage> for Session {
    async fn handle(&self, event: SendPrivateMessage) -> Result<Message> {
        let SendPrivateMessage { recipient_id, content, client_id } = event;
        let recipient = Recipient::User(recipient_id);
        self.app.store.send(NewMessage { sender: self.user.id, recipient, content, client_id }).await
    }
}

impl Handle<SendGroupMessage> for Session {
    async fn handle(&self, event: SendGroupMessage) -> Result<Message> {
        let SendGroupMessage { group_id, content, client_id } = event;
        let recipient = Recipient::Group(group_id);
        self.app.store.send(NewMessage { sender: self.user.id, recipient, content, client_id }).await
    }
}
