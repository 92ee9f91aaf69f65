//! Pinning messages.

use super::existing;
use crate::{
    clock,
    error::{Error, Result},
    store::{
        Store,
        conversation_row::{self, message_columns},
        db::{self, params},
        message_size::size,
        part::Filling,
        value::number,
        writer::Submitted,
    },
};
use protocol::{ConversationId, Message, MessageId, PinPlace, UserId, limits};

const PINNED: &str = concat!(
    "SELECT ",
    message_columns!(),
    " FROM messages m
      WHERE m.conversation = ?1 AND m.pinned_at IS NOT NULL AND (m.pinned_at, m.seq) < (?2, ?3)
      ORDER BY m.pinned_at DESC, m.seq DESC LIMIT ?4"
);

impl Store {
    /// Pins a message. To pin it again changes nothing.
    pub(crate) async fn pin_message(&self, me: UserId, message: MessageId) -> Result<Submitted<Message>> {
        self.submit_change(me, message, |db, found| {
            let mut message = existing(found)?;
            if message.pinned_at.is_some() {
                return Ok(None);
            }
            let pins: i64 = db
                .prepare_cached(
                    "SELECT count(*) FROM messages WHERE conversation = ?1 AND pinned_at IS NOT NULL",
                )?
                .query_row([found.conversation.id], |row| row.get(0))?;
            if pins >= limits::PINS as i64 {
                return Err(Error::too_many_of(format!(
                    "A conversation has {} pinned messages at most. Unpin one first.",
                    limits::PINS
                )));
            }
            message.pinned_at = Some(clock::now());
            Ok(Some(message))
        })
        .await
    }

    /// Unpins a message, if it is pinned. One that was deleted is not.
    pub(crate) async fn unpin_message(&self, me: UserId, message: MessageId) -> Result<Submitted<Message>> {
        self.submit_change(me, message, |_, found| {
            let mut message = found.message.clone();
            Ok(message.pinned_at.take().map(|_| message))
        })
        .await
    }

    /// A page of the pinned messages of a conversation, those pinned last first.
    pub(crate) async fn pins(
        &self,
        me: UserId,
        conversation: ConversationId,
        after: Option<PinPlace>,
    ) -> Result<Vec<Message>> {
        self.read_for(me, move |db| {
            let Some(stored) = conversation_row::find(db, me, conversation)? else { return Ok(Vec::new()) };
            let (at, seq) =
                after.map_or((i64::MAX, i64::MAX), |after| (after.pinned_at.0, number(after.seq)));
            let range = params![stored.id, at, seq, limits::PINS as i64];
            let mut page = Filling::new(limits::HISTORY_PAGE_BYTES);
            db.prepare_cached(PINNED)?.for_each(range, |row| -> db::Result<_> {
                let message = conversation_row::message(row, 0, stored.participants)?;
                let bytes = size(&message);
                Ok(page.put(message, bytes))
            })?;
            Ok(page.into_items())
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema;

    #[test]
    fn no_query_scans_a_table_that_grows() {
        schema::no_query_scans(&[PINNED]);
    }
}
