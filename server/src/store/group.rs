//! Groups and who is in them.

mod add;

use super::{
    Store, conversation_row,
    db::{self, Db, OptionalExtension, Row, params},
    membership::{self, Change},
    part::Part,
    search::{self, Found, Index},
    standing::{first, number, role, settle, standing},
    subject::Subject,
    user::{SEARCH_RESULTS, user},
    value::{Id, Text, count, id, text, time},
    writer::Done,
};
use crate::{
    clock,
    domain_event::{DomainEvent, Origin},
    error::{Error, Result},
    policy,
};
use protocol::{
    ClientId, CreateGroup, ErrorCode, Group, GroupId, GroupName, LeftGroup, Member, Role, User, UserId,
    Visibility, limits,
};

/// The columns that [`group`] reads, of the table named `g`.
macro_rules! group_columns {
    () => {
        "g.id, g.name, g.public, g.members, g.created_at"
    };
}
pub(super) use group_columns;

/// Public groups by their names.
pub(super) const GROUPS: Index = Index {
    insert: "INSERT INTO group_parts (part, group_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    insert_all: "INSERT INTO group_parts (part, group_id)
                 SELECT part, ?2 FROM string_to_table(?1, chr(10)) AS part ON CONFLICT DO NOTHING",
    range: concat!(
        "SELECT ",
        group_columns!(),
        ", g.folded FROM group_parts p JOIN groups g ON g.id = p.group_id AND g.public
          WHERE p.part >= ?1 AND p.part < ?2 ORDER BY p.part, p.group_id LIMIT ?3"
    ),
};

impl Store {
    /// Makes a group with `by` as its first member. A group that `by` made before with this `clientId` is
    /// returned, and nobody is told; with another name it is refused. Whoever is no member any more gets it as they
    /// made it: somebody who is banned does not learn how many are there.
    pub(crate) async fn create_group(&self, by: UserId, origin: Origin, new: CreateGroup) -> Result<Group> {
        let is_full = self.is_full(by).await?;
        self.write_about(Subject::None, origin, move |db| {
            if let Some(client_id) = &new.client_id
                && let Some(made) = find_made(db, by, client_id)?
            {
                if made.name != new.name || made.visibility != new.visibility {
                    let sentence = "This clientId was already used for another group.";
                    return Err(Error::refused(ErrorCode::ClientIdReused, sentence));
                }
                let is_member = standing(db, row_of(db, made.id)?, by)?.role().is_some();
                let member_count = if is_member { made.member_count } else { 1 };
                return Ok(Done::without_event(Group { member_count, ..made }));
            }
            if is_full {
                return Err(Error::too_many_groups());
            }
            let group = create(db, by, &new)?;
            join(db, &group, by, Role::Owner)?;
            let group = Group { member_count: 1, ..group };
            Ok(Done::with_event(group.clone(), DomainEvent::GroupCreated { group, by }))
        })
        .await
    }

    /// Makes `who` a member. A newcomer has nothing unread; a member stays as they are.
    pub(crate) async fn join_group(&self, who: User, group: GroupId) -> Result<Group> {
        let is_full = self.is_full(who.id).await?;
        self.write_about(Subject::Group(group), Origin::default(), move |db| {
            let row = lock(db, group)?;
            let group = find(db, group)?;
            let standing = standing(db, row, who.id)?;
            if !policy::may_join(standing) {
                return Err(Error::banned());
            }
            if is_full && standing.role().is_none() {
                return Err(Error::too_many_groups());
            }
            if !join(db, &group, who.id, Role::Member)? {
                return Ok(Done::without_event(group));
            }
            membership::note(db, row, who.id, Change::Joined, clock::now())?;
            let fact = DomainEvent::Joined { group: group.id, name: group.name.clone(), user: who.clone() };
            let owner = settle(db, row, group.id)?;
            Ok(Done::with_event(Group { member_count: group.member_count + 1, ..group }, fact).and_all(owner))
        })
        .await
    }

    /// Whether somebody is in as many groups as they may make and join. A reader looks before they join another one,
    /// because all their groups are counted: whoever writes need not wait for that.
    async fn is_full(&self, me: UserId) -> Result<bool> {
        self.read_for(me, move |db| {
            Ok(db.prepare_cached(IS_FULL)?.exists(params![Id(me), last(limits::GROUPS_A_PERSON)])?)
        })
        .await
    }

    /// The groups that both are members of, by name.
    pub(crate) async fn shared_groups(&self, me: UserId, other: UserId) -> Result<Vec<Group>> {
        self.read_for(me, move |db| {
            if !super::user::exists(db, other)? {
                return Err(Error::unknown_user());
            }
            let mut statement = db.prepare_cached(SHARED)?;
            let most = i64::try_from(limits::SHARED_GROUPS).unwrap_or(i64::MAX);
            Ok(statement.query_map(params![Id(me), Id(other), most], |row| group(row, 0))?)
        })
        .await
    }

    pub(crate) async fn leave_group(&self, who: UserId, group: GroupId) -> Result<LeftGroup> {
        self.write_about(Subject::Group(group), Origin::default(), move |db| {
            let row = conversation_row::locked_group(db, who, group)?.id;
            let name = take_out(db, row, group, who, None)?;
            let left = LeftGroup { group_id: group, name: name.clone(), removed_by: None };
            let told = Done::with_event(left, DomainEvent::Left { group, name, user: who, by: None });
            Ok(told.and_all(settle(db, row, group)?))
        })
        .await
    }

    /// A group by its id. The id of a private group is also its invitation, except for those who are banned.
    pub(crate) async fn group(&self, me: UserId, group: GroupId) -> Result<Group> {
        self.read_for(me, move |db| {
            let standing = standing(db, row_of(db, group)?, me)?;
            if policy::may_join(standing) { find(db, group) } else { Err(Error::banned()) }
        })
        .await
    }

    /// Public groups with `query` in their name, at most 100: first those with exactly this name, then those
    /// whose names begin with it, then the others, each by name.
    pub(crate) async fn find_groups(&self, me: UserId, query: &str) -> Result<Vec<Group>> {
        let query = search::fold_query(query);
        self.read_for(me, move |db| {
            if query.is_empty() {
                return Ok(db.prepare_cached(PUBLIC)?.query_map([SEARCH_RESULTS], |row| group(row, 0))?);
            }
            GROUPS.find(db, &query, |row| {
                let result = group(row, 0)?;
                let (id, name) = (result.id.into_bytes(), result.name.to_string());
                Ok(Found { id, name, by: row.get(5)?, result })
            })
        })
        .await
    }

    /// The groups that `me` is a member of, by name.
    pub(crate) async fn own_groups(&self, me: UserId, part: Part<GroupId>) -> Result<Vec<Group>> {
        self.read_for(me, move |db| {
            if let Some(after) = part.after {
                row_of(db, after).map_err(|error| error.about("after"))?;
            }
            let mut statement = db.prepare_cached(concat!(
                "SELECT ",
                group_columns!(),
                " FROM members m JOIN groups g ON g.conversation = m.conversation
                  WHERE m.user = ?1
                    AND ((g.folded, g.id) > (SELECT folded, id FROM groups WHERE id = ?2) OR ?2 IS NULL)
                  ORDER BY g.folded, g.id LIMIT ?3"
            ))?;
            let range = params![Id(me), part.after.map(Id), i64::from(part.limit(limits::LIST_PAGE))];
            Ok(statement.query_map(range, |row| group(row, 0))?)
        })
        .await
    }

    /// The members of a group that `me` is a member of, by name.
    pub(crate) async fn members(
        &self,
        me: UserId,
        group: GroupId,
        part: Part<UserId>,
    ) -> Result<Vec<Member>> {
        self.read_for(me, move |db| {
            let stored = conversation_row::own_group(db, me, group)?;
            super::user::is_place(db, part.after)?;
            let mut statement = db.prepare_cached(concat!(
                "SELECT u.id, u.username, CASE WHEN m.user = ",
                first!("?1"),
                " THEN 2 ELSE m.role END
                 FROM members m JOIN users u ON u.id = m.user
                 WHERE m.conversation = ?1
                   AND (u.folded > (SELECT folded FROM users WHERE id = ?2) OR ?2 IS NULL)
                 ORDER BY u.folded LIMIT ?3"
            ))?;
            let range = params![stored.id, part.after.map(Id), i64::from(part.limit(limits::LIST_PAGE))];
            Ok(statement.query_map(range, |row| Ok(Member::new(user(row)?, role(row, 2)?)))?)
        })
        .await
    }
}

const PUBLIC: &str =
    concat!("SELECT ", group_columns!(), " FROM groups g WHERE g.public ORDER BY g.folded, g.id LIMIT ?1");

const IS_FULL: &str = "
    SELECT 1 FROM members m JOIN groups g ON g.conversation = m.conversation
    WHERE m.\"user\" = ?1 AND m.added_by IS NULL LIMIT 1 OFFSET ?2";

const SHARED: &str = concat!(
    "SELECT ",
    group_columns!(),
    " FROM members m
      JOIN members o ON o.conversation = m.conversation AND o.user = ?2
      JOIN groups g ON g.conversation = m.conversation
      WHERE m.user = ?1 ORDER BY g.folded, g.id LIMIT ?3"
);

fn row_of(db: &Db<'_>, group: GroupId) -> Result<i64> {
    let mut find = db.prepare_cached("SELECT conversation FROM groups WHERE id = ?1")?;
    find.query_row([Id(group)], |row| row.get(0)).optional()?.ok_or_else(Error::unknown_group)
}

/// Keeps others from changing a group until the transaction ends.
fn lock(db: &Db<'_>, group: GroupId) -> Result<i64> {
    let row = row_of(db, group)?;
    db.lock(row)?;
    Ok(row)
}

fn find(db: &Db<'_>, wanted: GroupId) -> Result<Group> {
    db.prepare_cached(concat!("SELECT ", group_columns!(), " FROM groups g WHERE g.id = ?1"))?
        .query_row([Id(wanted)], |row| group(row, 0))
        .optional()?
        .ok_or_else(Error::unknown_group)
}

fn find_made(db: &Db<'_>, by: UserId, client_id: &ClientId) -> Result<Option<Group>> {
    let made = db
        .prepare_cached(concat!(
            "SELECT ",
            group_columns!(),
            " FROM groups g WHERE g.creator = ?1 AND g.client_id = ?2"
        ))?
        .query_row(params![Id(by), Text(client_id)], |row| group(row, 0))
        .optional()?;
    Ok(made)
}

fn create(db: &Db<'_>, by: UserId, new: &CreateGroup) -> Result<Group> {
    let CreateGroup { name, visibility, client_id } = new;
    let now = clock::now();
    let conversation: i64 = db
        .prepare_cached("INSERT INTO conversations (updated_at) VALUES (?1) RETURNING id")?
        .query_row([now.0], |row| row.get(0))?;
    let id = GroupId::from_bytes(clock::new_id());
    db.prepare_cached(
        "INSERT INTO groups (id, conversation, name, folded, public, members, created_at, creator, client_id)
         VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, ?8)",
    )?
    .execute(params![
        Id(id),
        conversation,
        Text(name),
        search::fold(name.as_str()),
        *visibility == Visibility::Public,
        now.0,
        Id(by),
        client_id.as_ref().map(Text),
    ])?;
    if *visibility == Visibility::Public {
        GROUPS.add(db, &id.into_bytes(), name.as_str())?;
    }
    Ok(Group { id, name: name.clone(), visibility: *visibility, member_count: 0, created_at: now })
}

/// Ends somebody's membership, for whatever reason. Returns the name of the group.
pub(super) fn take_out(
    db: &Db<'_>,
    row: i64,
    group: GroupId,
    who: UserId,
    removed_by: Option<UserId>,
) -> Result<GroupName> {
    db.prepare_cached("DELETE FROM members WHERE conversation = ?1 AND \"user\" = ?2")?
        .execute(params![row, Id(who)])?;
    membership::note(db, row, who, Change::Left { removed_by }, clock::now())?;
    let name = db
        .prepare_cached("UPDATE groups SET members = members - 1 WHERE id = ?1 RETURNING name")?
        .query_row([Id(group)], |row| text(row, 0))?;
    Ok(name)
}

/// Makes somebody a member by themselves, if they are not one. Returns whether they were not.
fn join(db: &Db<'_>, group: &Group, who: UserId, role: Role) -> Result<bool> {
    let joined = db
        .prepare_cached(
            "INSERT INTO members (conversation, \"user\", read_up_to, joined_at, joined_after, role)
             SELECT c.id, ?2, c.head, ?3, c.head, ?4
             FROM groups g JOIN conversations c ON c.id = g.conversation WHERE g.id = ?1
             ON CONFLICT DO NOTHING",
        )?
        .execute(params![Id(group.id), Id(who), clock::now().0, number(role)])?;
    if joined > 0 {
        db.prepare_cached("UPDATE groups SET members = members + 1 WHERE id = ?1")?
            .execute([Id(group.id)])?;
    }
    Ok(joined > 0)
}

pub(super) fn group(row: &Row<'_>, first: usize) -> db::Result<Group> {
    Ok(Group {
        id: id(row, first)?,
        name: text(row, first + 1)?,
        visibility: if row.get(first + 2)? { Visibility::Public } else { Visibility::Private },
        member_count: count(row, first + 3)?,
        created_at: time(row, first + 4)?,
    })
}

/// How many rows to leave out to see whether there are so many.
fn last(most: usize) -> i64 {
    i64::try_from(most - 1).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema;

    #[test]
    fn no_query_scans_a_table_that_grows() {
        schema::no_query_scans(&[GROUPS.range, SHARED, IS_FULL]);
    }
}
