//! Who joined a group and who left, as lines of its history.

use super::{
    db::{self, Db, OptionalExtension, Row, params},
    value::{Id, Many, count, id, number, optional_id, seq, time},
};
use crate::error::Result;
use protocol::{MembershipChange, Seq, Timestamp, UserId, limits};

const LAST: &str = "SELECT number FROM membership_changes WHERE conversation = ?1
                    ORDER BY after DESC, number DESC LIMIT 1";
const RANGE: &str = "SELECT number, after, \"user\", joined, removed_by, at FROM membership_changes
                     WHERE conversation = ?1 AND after BETWEEN ?2 AND ?3
                     ORDER BY after DESC, number DESC LIMIT ?4";

/// What somebody did.
#[derive(Clone, Copy)]
pub(super) enum Change {
    Joined,
    Left { removed_by: Option<UserId> },
}

/// Notes a change, behind the newest message.
pub(super) fn note(db: &Db<'_>, row: i64, who: UserId, what: Change, now: Timestamp) -> Result<()> {
    let (joined, removed_by) = match what {
        Change::Joined => (true, None),
        Change::Left { removed_by } => (false, removed_by),
    };
    let last = db.prepare_cached(LAST)?.query_row([row], |row| row.get::<_, i64>(0)).optional()?;
    db.prepare_cached(
        "INSERT INTO membership_changes (conversation, after, number, \"user\", joined, removed_by, at)
         SELECT id, head, ?2, ?3, ?4, ?5, ?6 FROM conversations WHERE id = ?1",
    )?
    .execute(params![row, last.unwrap_or_default() + 1, Id(who), joined, removed_by.map(Id), now.0])?;
    Ok(())
}

const NOTE_JOINED: (&str, &str) = (
    "INSERT INTO membership_changes (conversation, after, number, \"user\", joined, at)
     SELECT c.id, c.head, ?3 + json_each.key + 1, unhex(value), TRUE, ?4
     FROM conversations c, json_each(?2) WHERE c.id = ?1",
    "INSERT INTO membership_changes (conversation, after, number, \"user\", joined, at)
     SELECT c.id, c.head, ?3 + n.number, n.who, TRUE, ?4
     FROM conversations c CROSS JOIN unnest(?2::BYTEA[]) WITH ORDINALITY AS n (who, number) WHERE c.id = ?1",
);

/// Notes that these people joined, in this order.
pub(super) fn note_joined(db: &Db<'_>, row: i64, people: &[Id<UserId>], now: Timestamp) -> Result<()> {
    let last = db.prepare_cached(LAST)?.query_row([row], |row| row.get::<_, i64>(0)).optional()?;
    db.prepare_cached(db.either(NOTE_JOINED.0, NOTE_JOINED.1))?.execute(params![
        row,
        Many(people),
        last.unwrap_or_default(),
        now.0
    ])?;
    Ok(())
}

/// The newest changes from after one message until after another, in their order.
pub(super) fn between(db: &Db<'_>, row: i64, first: Seq, last: Seq) -> Result<Vec<MembershipChange>> {
    let mut statement = db.prepare_cached(RANGE)?;
    let most = i64::try_from(limits::HISTORY_PAGE_CHANGES).unwrap_or(i64::MAX);
    let mut changes = statement.query_map(params![row, number(first), number(last), most], change)?;
    changes.reverse();
    Ok(changes)
}

fn change(row: &Row<'_>) -> db::Result<MembershipChange> {
    Ok(MembershipChange {
        number: count(row, 0)?,
        after: seq(row, 1)?,
        user_id: id(row, 2)?,
        joined: row.get(3)?,
        removed_by: optional_id(row, 4)?,
        at: time(row, 5)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema;

    #[test]
    fn no_query_scans_a_table_that_grows() {
        schema::no_query_scans(&[LAST, RANGE, NOTE_JOINED.0]);
    }
}
