//! Who may say that they are typing, and to how many.

use protocol::{ConversationId, UserId};

use super::{
    Store, conversation_row,
    value::{Id, count},
};
use crate::error::Result;

impl Store {
    /// How many people a conversation of `me` has. Refused as everything else that is asked of it.
    pub(crate) async fn size(&self, me: UserId, conversation: ConversationId) -> Result<u64> {
        self.read_for(me, move |db| {
            conversation_row::find(db, me, conversation)?;
            let ConversationId::Group(group) = conversation else { return Ok(2) };
            let members = db
                .prepare_cached("SELECT members FROM groups WHERE id = ?1")?
                .query_row([Id(group)], |row| count(row, 0))?;
            Ok(members)
        })
        .await
    }
}
