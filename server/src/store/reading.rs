//! How far somebody has read: reading moves the mark forward, and only marking as unread moves it back.

use protocol::{ConversationId, ReadUpTo, Rev, Seq, UserId};

use super::{
    Store,
    conversation::unread,
    conversation_row,
    db::{Db, params},
    receipt,
    subject::Subject,
    value::{Id, count, number, rev, seq},
    writer::Done,
};
use crate::{
    domain_event::{DomainEvent, Origin},
    error::Result,
};

impl Store {
    /// Moves the mark of `me` forward to `upto`, at most to the newest message, never back. Whoever names a
    /// `mark` does not know yet of what was marked as unread after it, and moves nothing then.
    pub(crate) async fn mark_read(
        &self,
        me: UserId,
        origin: Origin,
        conversation: ConversationId,
        upto: Seq,
        mark: Option<u64>,
    ) -> Result<ReadUpTo> {
        let subject = Subject::conversation(me, conversation);
        self.write_about(subject, origin, move |db| mark_read(db, me, conversation, upto, mark)).await
    }

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

const MOVE_FORWARD: &str = "
    UPDATE members SET read_up_to = ?3
    WHERE conversation = ?1 AND \"user\" = ?2 AND read_up_to < ?3 AND mark <= ?4";

fn mark_read(
    db: &Db<'_>,
    me: UserId,
    conversation: ConversationId,
    upto: Seq,
    mark: Option<u64>,
) -> Result<Done<ReadUpTo>> {
    let Some(stored) = conversation_row::find(db, me, conversation)? else {
        return Ok(Done::without_event(nothing_read(conversation)));
    };
    let mark = mark.map_or(i64::MAX, |mark| i64::try_from(mark).unwrap_or(i64::MAX));
    let upto = number(upto.min(stored.head));
    let moved = db.prepare_cached(MOVE_FORWARD)?.execute(params![stored.id, Id(me), upto, mark])?;
    let done = told(db, me, conversation, stored.id, moved > 0)?;
    if moved == 0 {
        return Ok(done);
    }
    Ok(match receipt::read_further(db, stored, me, conversation)? {
        Some(event) => done.and(event),
        None => done,
    })
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

/// The answer where two people have not written to each other yet.
fn nothing_read(conversation: ConversationId) -> ReadUpTo {
    ReadUpTo { conversation, seq: Seq::ZERO, unread: 0, unread_mentions: 0, rev: Rev::ZERO, mark: 0 }
}

const READ: &str = concat!(
    "SELECT own.read_up_to, c.rev, own.mark, ",
    unread!(),
    " FROM members own JOIN conversations c ON c.id = own.conversation
      WHERE own.conversation = ?1 AND own.user = ?2"
);

/// How far `me` has read now, of which the others of their devices are told if it has changed.
fn told(
    db: &Db<'_>,
    me: UserId,
    conversation: ConversationId,
    row: i64,
    has_changed: bool,
) -> Result<Done<ReadUpTo>> {
    let read = db.prepare_cached(READ)?.query_row(params![row, Id(me)], |row| {
        Ok(ReadUpTo {
            conversation,
            seq: seq(row, 0)?,
            unread: count(row, "unread")?,
            unread_mentions: count(row, "unread_mentions")?,
            rev: rev(row, 1)?,
            mark: count(row, 2)?,
        })
    })?;
    Ok(match has_changed {
        false => Done::without_event(read),
        true => Done::with_event(read.clone(), DomainEvent::Read { user: me, read }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema;

    #[test]
    fn no_query_scans_a_table_that_grows() {
        schema::no_query_scans(&[MOVE_FORWARD, MOVE_BACK, READ]);
    }
}
