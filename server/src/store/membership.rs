//! Who joined a group and who left, as lines of its history.

use super::{
    db::{self, Db, OptionalExtension, Row, params},
    value::{Id, count, id, number, optional_id, seq, time},
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
        schema::no_query_scans(&[LAST, RANGE]);
    }
}
