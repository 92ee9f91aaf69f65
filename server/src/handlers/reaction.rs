//! Reacting to messages.

use protocol::{AddReaction, Handle, Message, RemoveReaction};

use super::message::is_about;
use crate::{error::Result, session::Session};

impl Handle<AddReaction> for Session {
    async fn handle(&self, event: AddReaction) -> Result<Message> {
        let AddReaction { message_id, emoji } = event;
        is_about(message_id);
        self.committed(self.app.store.add_reaction(self.user.id, message_id, emoji).await?).await
    }
}

impl Handle<RemoveReaction> for Session {
    async fn handle(&self, event: RemoveReaction) -> Result<Message> {
        let RemoveReaction { message_id, emoji } = event;
        is_about(message_id);
        self.committed(self.app.store.remove_reaction(self.user.id, message_id, emoji).await?).await
    }
}
