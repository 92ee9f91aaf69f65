//! Marking as unread: the only way in which a mark of how far somebody has read goes back.

use super::{
    Store,
    conversation::{nothing_read, told},
    conversation_row,
    db::{Db, params},
    subject::Subject,
    value::{Id, number},
    writer::Done,
};
use crate::{domain_event::Origin, error::Result};
use protocol::{ConversationId, ReadUpTo, Seq, UserId};

impl Store {
    /// Moves the mark of `me` back, so that `first` and what came after it are unread. It never moves forward.
    pub(crate) async fn mark_unread(
        &self,
        me: UserId,
        origin: Origin,
        conversation: ConversationId,
        first: Seq,
    ) -> Result<ReadUpTo> {
        let subject = Subject::conversation(me, conversation);
        self.write_about(subject, origin, move |db| mark_unread(db, me, conversation, first)).await
    }
}

/// It counts itself in `mark`, so that devices can tell it from an older mark that comes late. For the others,
/// what was read stays read (see receipt.rs).
const MOVE_BACK: &str = "
    UPDATE members SET seen_up_to = CASE WHEN read_up_to > seen_up_to THEN read_up_to ELSE seen_up_to END,
                       read_up_to = ?3, mark = mark + 1
    WHERE conversation = ?1 AND \"user\" = ?2 AND read_up_to > ?3";

fn mark_unread(db: &Db<'_>, me: UserId, conversation: ConversationId, first: Seq) -> Result<Done<ReadUpTo>> {
    let Some(stored) = conversation_row::find(db, me, conversation)? else {
        return Ok(Done::without_event(nothing_read(conversation)));
    };
    let upto = number(Seq(first.0.saturating_sub(1)));
    let moved = db.prepare_cached(MOVE_BACK)?.execute(params![stored.id, Id(me), upto])?;
    told(db, me, conversation, stored.id, moved > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema;

    #[test]
    fn no_query_scans_a_table_that_grows() {
        schema::no_query_scans(&[MOVE_BACK]);
    }
}
