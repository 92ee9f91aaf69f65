//! How far messages have reached somebody, of several conversations at once. Others are told where there is one other.

use std::collections::{BTreeMap, HashMap};

use super::{changed, delivered, read, receipt};
use crate::{
    domain_event::DomainEvent,
    error::Result,
    store::{
        conversation_row,
        db::{Db, params},
        participants::{Pair, Participants},
        value::{Id, Many, number},
    },
};
use protocol::{ConversationId, DeliveredUpTo, UserId};

const MARK: &str = "
    UPDATE members SET delivered_up_to = ?3
    WHERE conversation = ?1 AND \"user\" = ?2
          AND delivered_up_to < ?3 AND read_up_to < ?3 AND seen_up_to < ?3";

/// On SQLite, where a statement is a call. Returns what is told.
pub(super) fn each(db: &Db<'_>, me: UserId, marks: &[DeliveredUpTo]) -> Result<Vec<DomainEvent>> {
    let mut told = Vec::new();
    for DeliveredUpTo { conversation, seq } in marks.iter().copied() {
        let Some(stored) = conversation_row::find(db, me, conversation)? else { continue };
        let upto = number(seq.min(stored.head));
        let moved = db.prepare_cached(MARK)?.execute(params![stored.id, Id(me), upto])?;
        if moved > 0 && matches!(stored.participants, Participants::Pair(_)) {
            told.push(changed(db, stored, me, conversation)?);
        }
    }
    Ok(told)
}

/// Those of these conversations that are there and that somebody takes part in.
const FIND: &str = "
    SELECT n.number, c.id, c.head
    FROM unnest(?1::BYTEA[], ?2::BYTEA[], ?3::BYTEA[]) WITH ORDINALITY AS n (low, high, of, number)
    JOIN conversations c ON c.id = coalesce(
        (SELECT m.conversation FROM groups g JOIN members m ON m.conversation = g.conversation AND m.user = ?4
         WHERE g.id = n.of),
        (SELECT p.id FROM conversations p WHERE p.low = n.low AND p.high = n.high))";
/// In the order of the conversations, so that two devices do not wait for each other both.
const TOGETHER: &str = concat!(
    "WITH further AS (
        SELECT m.conversation, n.seq FROM unnest(?2::BIGINT[], ?3::BIGINT[]) AS n (conversation, seq)
        JOIN members m ON m.conversation = n.conversation AND m.user = ?1
        WHERE m.delivered_up_to < n.seq AND m.read_up_to < n.seq AND m.seen_up_to < n.seq
        ORDER BY m.conversation FOR NO KEY UPDATE OF m
    )
    UPDATE members m SET delivered_up_to = further.seq FROM further
    WHERE m.conversation = further.conversation AND m.user = ?1
    RETURNING m.user, ",
    delivered!(),
    ", ",
    read!(),
    ", m.joined_after, m.conversation"
);

/// On PostgreSQL with two statements, because everybody who writes waits for each. Returns what is told.
pub(super) fn together(db: &Db<'_>, me: UserId, marks: &[DeliveredUpTo]) -> Result<Vec<DomainEvent>> {
    let (mut lows, mut highs, mut groups) = (Vec::new(), Vec::new(), Vec::new());
    for mark in marks {
        let (pair, group) = match mark.conversation {
            ConversationId::User(other) => (Some(Pair::of(me, other)), None),
            ConversationId::Group(group) => (None, Some(Id(group))),
        };
        lows.push(pair.map(|pair| Id(pair.low)));
        highs.push(pair.map(|pair| Id(pair.high)));
        groups.push(group);
    }
    let asked = params![Many(&lows), Many(&highs), Many(&groups), Id(me)];
    let found: HashMap<i64, (i64, i64)> = db
        .prepare_cached(FIND)?
        .query_map(asked, |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?
        .into_iter()
        .collect();
    let mut further = BTreeMap::new();
    let mut named = HashMap::new();
    for (mark, place) in marks.iter().zip(1..) {
        let Some((row, head)) = found.get(&place) else {
            // Refused, unless two people have not written to each other yet.
            conversation_row::find(db, me, mark.conversation)?;
            continue;
        };
        let upto = further.entry(*row).or_insert(0);
        *upto = number(mark.seq).min(*head).max(*upto);
        named.insert(*row, mark.conversation);
    }
    if further.is_empty() {
        return Ok(Vec::new());
    }
    let (rows, seqs): (Vec<i64>, Vec<i64>) = further.into_iter().unzip();
    let moved = db.prepare_cached(TOGETHER)?.query_map(params![Id(me), Many(&rows), Many(&seqs)], |row| {
        Ok((receipt(row)?, row.get::<_, i64>(4)?))
    })?;
    let told = moved.into_iter().filter_map(|(receipt, row)| match named.get(&row) {
        Some(conversation @ ConversationId::User(_)) => {
            Some(DomainEvent::ReceiptChanged { conversation: *conversation, receipt })
        }
        _ => None,
    });
    Ok(told.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema;

    #[test]
    fn no_query_scans_a_table_that_grows() {
        schema::no_query_scans(&[MARK]);
    }
}
