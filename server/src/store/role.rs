//! Giving roles in groups, removing members, and banning people.

use super::{
    Store, conversation_row,
    db::{Db, params},
    group::take_out,
    part::Part,
    standing::{IS_BANNED, settle, standing, write},
    subject::Subject,
    user::{exists, is_place},
    value::{Id, id, text, time},
    writer::Done,
};
use crate::{
    clock,
    domain_event::{DomainEvent, Origin},
    error::{Error, Result},
    policy,
};
use protocol::{BannedUser, GroupId, Role, RoleChanged, UserId, limits};

const BANNED: &str = "
    SELECT u.id, u.username, b.banned_by, b.at FROM bans b JOIN users u ON u.id = b.user
    WHERE b.conversation = ?1 AND (u.folded > (SELECT folded FROM users WHERE id = ?2) OR ?2 IS NULL)
    ORDER BY u.folded LIMIT ?3";

impl Store {
    /// Gives a member of a group a role.
    pub(crate) async fn set_role(&self, me: UserId, group: GroupId, user: UserId, role: Role) -> Result<()> {
        self.moderate(group, move |db| {
            let Asked { row, mine, settled } = ask(db, me, group)?;
            policy::give_roles(mine)?;
            let theirs = standing(db, row, user)?.role().ok_or_else(Error::no_member)?;
            if theirs == role {
                return Ok(settled);
            }
            if user == me {
                return Err(Error::a_group_has_an_owner());
            }
            let changed =
                |user_id, role| DomainEvent::RoleChanged(RoleChanged { group_id: group, user_id, role });
            if role != Role::Owner {
                write(db, row, user, role)?;
                return Ok(settled.and(changed(user, role)));
            }
            // A group never has two owners, not even within the transaction.
            write(db, row, me, Role::Admin)?;
            write(db, row, user, Role::Owner)?;
            Ok(settled.and(changed(me, Role::Admin)).and(changed(user, Role::Owner)))
        })
        .await
    }

    /// Removes a member from a group.
    pub(crate) async fn remove_member(&self, me: UserId, group: GroupId, user: UserId) -> Result<()> {
        self.moderate(group, move |db| {
            let Asked { row, mine, settled } = ask(db, me, group)?;
            policy::moderate(mine)?;
            if !may_remove(db, row, mine, user)? {
                return Ok(settled);
            }
            remove(db, me, (row, group), user, settled)
        })
        .await
    }

    /// Removes somebody from a group, if they are in it, and keeps them out.
    pub(crate) async fn ban(&self, me: UserId, group: GroupId, user: UserId) -> Result<()> {
        self.moderate(group, move |db| {
            let Asked { row, mine, settled } = ask(db, me, group)?;
            policy::moderate(mine)?;
            if !exists(db, user)? {
                return Err(Error::unknown_user());
            }
            // Before anything is written, so that a refusal leaves nothing to be taken back.
            let is_member = may_remove(db, row, mine, user)?;
            let is_banned = db.prepare_cached(IS_BANNED)?.exists(params![row, Id(user)])?;
            if !is_banned {
                check_number_of_bans(db, row)?;
                keep_out(db, row, user, me)?;
            }
            if is_member { remove(db, me, (row, group), user, settled) } else { Ok(settled) }
        })
        .await
    }

    /// Lets somebody in again.
    pub(crate) async fn unban(&self, me: UserId, group: GroupId, user: UserId) -> Result<()> {
        self.moderate(group, move |db| {
            let Asked { row, mine, settled } = ask(db, me, group)?;
            policy::moderate(mine)?;
            db.prepare_cached("DELETE FROM bans WHERE conversation = ?1 AND \"user\" = ?2")?
                .execute(params![row, Id(user)])?;
            Ok(settled)
        })
        .await
    }

    /// Who is banned from a group, by name.
    pub(crate) async fn banned(
        &self,
        me: UserId,
        group: GroupId,
        part: Part<UserId>,
    ) -> Result<Vec<BannedUser>> {
        self.read_for(me, move |db| {
            let row = conversation_row::own_group(db, me, group)?.id;
            policy::moderate(standing(db, row, me)?.role().unwrap_or_default())?;
            is_place(db, part.after)?;
            let range = params![row, part.after.map(Id), i64::from(part.limit(limits::LIST_PAGE))];
            Ok(db.prepare_cached(BANNED)?.query_map(range, |row| {
                Ok(BannedUser {
                    id: id(row, 0)?,
                    username: text(row, 1)?,
                    banned_by: id(row, 2)?,
                    banned_at: time(row, 3)?,
                })
            })?)
        })
        .await
    }

    async fn moderate(
        &self,
        group: GroupId,
        work: impl Fn(&Db<'_>) -> Result<Done<()>> + Send + 'static,
    ) -> Result<()> {
        self.write_about(Subject::Group(group), Origin::default(), work).await
    }
}

/// Somebody in a group, which nobody else changes until the transaction ends, wants to change who is in it.
struct Asked {
    row: i64,
    mine: Role,
    /// What is told of the owner, if it was not noted who that is.
    settled: Done<()>,
}

fn ask(db: &Db<'_>, me: UserId, group: GroupId) -> Result<Asked> {
    let row = conversation_row::locked_group(db, me, group)?.id;
    let settled = Done::without_event(()).and_all(settle(db, row, group)?);
    let mine = standing(db, row, me)?.role().unwrap_or_default();
    Ok(Asked { row, mine, settled })
}

/// Whether there is somebody to be removed. Refuses if `mine` does not allow it.
fn may_remove(db: &Db<'_>, row: i64, mine: Role, user: UserId) -> Result<bool> {
    let Some(theirs) = standing(db, row, user)?.role() else { return Ok(false) };
    policy::remove(mine, theirs)?;
    Ok(true)
}

fn remove(
    db: &Db<'_>,
    me: UserId,
    (row, group): (i64, GroupId),
    user: UserId,
    done: Done<()>,
) -> Result<Done<()>> {
    let name = take_out(db, row, group, user, Some(me))?;
    Ok(done.and(DomainEvent::Left { group, name, user, by: Some(me) }))
}

/// Refuses if nobody else can be banned from a group.
fn check_number_of_bans(db: &Db<'_>, row: i64) -> Result<()> {
    let count: i64 = db
        .prepare_cached("SELECT count(*) FROM bans WHERE conversation = ?1")?
        .query_row([row], |row| row.get(0))?;
    if count >= limits::BANS_A_GROUP as i64 {
        let most = limits::BANS_A_GROUP;
        return Err(Error::too_many_of(format!("At most {most} people can be banned from a group.")));
    }
    Ok(())
}

/// Keeps somebody out of a group who is not banned from it.
fn keep_out(db: &Db<'_>, row: i64, user: UserId, by: UserId) -> Result<()> {
    db.prepare_cached("INSERT INTO bans (conversation, \"user\", banned_by, at) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![row, Id(user), Id(by), clock::now().0])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema;

    #[test]
    fn no_query_scans_a_table_that_grows() {
        schema::no_query_scans(&[BANNED]);
    }
}
