//! What somebody is to a group: a member with a role, banned, or neither.
//!
//! `members.role` says who is an admin and who is the owner. A server from before there were roles makes groups without
//! an owner, and lets owners leave without a successor. So whoever comes first in the group's order *is* its owner, and
//! the next transaction in which it matters notes that: [`settle`].

use super::{
    db::{self, Db, DbError, OptionalExtension, Row, params},
    value::{Id, id},
};
use crate::{domain_event::DomainEvent, error::Result, policy::Standing};
use protocol::{GroupId, Role, RoleChanged, UserId};

/// The first member of a conversation in the order of succession.
macro_rules! first {
    ($conversation:literal) => {
        concat!(
            "(SELECT f.user FROM members f WHERE f.conversation = ",
            $conversation,
            " ORDER BY f.role DESC, f.joined_at, f.user LIMIT 1)"
        )
    };
}
pub(super) use first;

/// The role of the member `own` in the group `g`; outside of a group everybody has the default.
macro_rules! own_role {
    () => {
        concat!(
            "CASE WHEN g.id IS NOT NULL AND own.role < 2 AND own.user = ",
            $crate::store::standing::first!("own.conversation"),
            " THEN 2 ELSE own.role END AS own_role"
        )
    };
}
pub(super) use own_role;

const OWNER: &str = "
    SELECT f.user, f.role FROM members f WHERE f.conversation = ?1
    ORDER BY f.role DESC, f.joined_at, f.user LIMIT 1";
const ROLE: &str = concat!(
    "SELECT ",
    own_role!(),
    " FROM members own JOIN groups g ON g.conversation = own.conversation
      WHERE own.conversation = ?1 AND own.user = ?2"
);
pub(super) const IS_BANNED: &str = "SELECT 1 FROM bans WHERE conversation = ?1 AND \"user\" = ?2";

/// What somebody is to a group.
pub(super) fn standing(db: &Db<'_>, row: i64, who: UserId) -> Result<Standing> {
    let role =
        db.prepare_cached(ROLE)?.query_row(params![row, Id(who)], |row| role(row, "own_role")).optional()?;
    if let Some(role) = role {
        return Ok(Standing::Member(role));
    }
    let is_banned = db.prepare_cached(IS_BANNED)?.exists(params![row, Id(who)])?;
    Ok(if is_banned { Standing::Banned } else { Standing::Stranger })
}

/// Notes who the owner of a group is, if nobody was noted. The group is locked. Returns what is to be told.
pub(super) fn settle(db: &Db<'_>, row: i64, group: GroupId) -> Result<Option<DomainEvent>> {
    let first = db
        .prepare_cached(OWNER)?
        .query_row([row], |row| Ok((id::<UserId>(row, 0)?, role(row, 1)?)))
        .optional()?;
    match first {
        None | Some((_, Role::Owner)) => Ok(None),
        Some((user_id, _)) => {
            write(db, row, user_id, Role::Owner)?;
            let role = Role::Owner;
            Ok(Some(DomainEvent::RoleChanged(RoleChanged { group_id: group, user_id, role })))
        }
    }
}

/// Gives a member a role.
pub(super) fn write(db: &Db<'_>, row: i64, user: UserId, role: Role) -> Result<()> {
    db.prepare_cached("UPDATE members SET role = ?3 WHERE conversation = ?1 AND \"user\" = ?2")?
        .execute(params![row, Id(user), number(role)])?;
    Ok(())
}

/// As it is kept.
pub(super) const fn number(role: Role) -> i64 {
    match role {
        Role::Member => 0,
        Role::Admin => 1,
        Role::Owner => 2,
    }
}

/// What [`number`] has made.
pub(super) fn role(row: &Row<'_>, column: impl db::ColumnIndex) -> db::Result<Role> {
    match row.get::<_, i64>(column)? {
        0 => Ok(Role::Member),
        1 => Ok(Role::Admin),
        2 => Ok(Role::Owner),
        other => Err(DbError::Unreadable(format!("{other} is no role").into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema;

    #[test]
    fn no_query_scans_a_table_that_grows() {
        schema::no_query_scans(&[OWNER, ROLE, IS_BANNED]);
    }
}
