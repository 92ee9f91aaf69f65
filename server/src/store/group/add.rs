//! Adding people to a group. It takes the same few statements however many they are: on PostgreSQL each is a way to the
//! server and back, for which everybody waits who writes.

use std::collections::HashSet;

use super::{find, last};
use crate::{
    clock,
    domain_event::{DomainEvent, Origin},
    error::{Error, Result},
    policy::{self, Standing},
    store::{
        Store, conversation_row,
        db::{self, Db, Value, params},
        membership,
        standing::settle,
        subject::Subject,
        user,
        value::{Id, Many, id},
        writer::Done,
    },
};
use protocol::{Group, GroupId, User, UserId, limits};

/// Those of some people, who are `n.id` in what is said of them; in the words of each engine.
macro_rules! those {
    ($that:literal) => {
        (
            concat!("SELECT n.id FROM (SELECT unhex(value) AS id FROM json_each(?1)) n WHERE ", $that),
            concat!("SELECT n.id FROM unnest(?1::BYTEA[]) AS n (id) WHERE ", $that),
        )
    };
}

const MEMBERS: (&str, &str) =
    those!("EXISTS (SELECT 1 FROM members m WHERE m.conversation = ?2 AND m.user = n.id)");
const BANNED: (&str, &str) =
    those!("EXISTS (SELECT 1 FROM bans b WHERE b.conversation = ?2 AND b.user = n.id)");
const ADDED: (&str, &str) = those!(
    "EXISTS (SELECT 1 FROM members m WHERE m.user = n.id AND m.added_by IS NOT NULL LIMIT 1 OFFSET ?2)"
);
const ADDED_BY: (&str, &str) =
    those!("EXISTS (SELECT 1 FROM members m WHERE m.user = n.id AND m.added_by = ?2 LIMIT 1 OFFSET ?3)");

const JOIN: (&str, &str) = (
    "INSERT INTO members (conversation, \"user\", read_up_to, joined_at, joined_after, added_by)
     SELECT c.id, unhex(value), c.head, ?3, c.head, ?4 FROM conversations c, json_each(?2) WHERE c.id = ?1",
    "INSERT INTO members (conversation, \"user\", read_up_to, joined_at, joined_after, added_by)
     SELECT c.id, unnest(?2::BYTEA[]), c.head, ?3, c.head, ?4 FROM conversations c WHERE c.id = ?1",
);

impl Store {
    /// Makes these people members, if `by` may add them. A member stays as they are.
    pub(crate) async fn add_members(&self, by: UserId, group: GroupId, users: Vec<UserId>) -> Result<Group> {
        let mut named = HashSet::new();
        let users: Vec<UserId> = users.into_iter().filter(|user| named.insert(*user)).collect();
        let full = self.full(by, users.clone()).await?;
        self.write_about(Subject::Group(group), Origin::default(), move |db| {
            let row = conversation_row::locked_group(db, by, group)?.id;
            let people = user::find_all(db, &users)?;
            if people.len() < users.len() {
                return Err(Error::unknown_member());
            }
            // Before anybody is added, so that a refusal leaves nothing to be taken back.
            let added = newcomers(db, by, row, people, &full)?;
            let before = find(db, group)?;
            if added.is_empty() {
                return Ok(Done::without_event(before));
            }
            join(db, by, row, &added)?;
            let fact = DomainEvent::Added { group, name: before.name, users: added };
            Ok(Done::with_event(find(db, group)?, fact).and_all(settle(db, row, group)?))
        })
        .await
    }

    /// Those of these people who are in as many groups as others may add them to. A reader looks before they are added
    /// to another one, because all their groups are counted: whoever writes need not wait for that.
    async fn full(&self, me: UserId, people: Vec<UserId>) -> Result<HashSet<UserId>> {
        self.read_for(me, move |db| {
            let people: Vec<_> = people.into_iter().map(Id).collect();
            Ok(those(db, ADDED, params![Many(&people), last(limits::GROUPS_ADDED_TO)])?)
        })
        .await
    }
}

/// Those of these people who are no members yet. Refuses if one of them cannot become one, or only by themselves.
fn newcomers(
    db: &Db<'_>,
    by: UserId,
    row: i64,
    people: Vec<User>,
    full: &HashSet<UserId>,
) -> Result<Vec<User>> {
    let ids: Vec<_> = people.iter().map(|user| Id(user.id)).collect();
    let members = those(db, MEMBERS, params![Many(&ids), row])?;
    let banned = those(db, BANNED, params![Many(&ids), row])?;
    let too_often = params![Many(&ids), Id(by), last(limits::GROUPS_ADDED_TO_BY_ONE)];
    let too_often = those(db, ADDED_BY, too_often)?;
    let mut newcomers = people;
    newcomers.retain(|user| !members.contains(&user.id));
    for user in &newcomers {
        let standing = if banned.contains(&user.id) { Standing::Banned } else { Standing::Stranger };
        if !policy::may_join(standing) {
            return Err(Error::banned_member(&user.username));
        }
        if too_often.contains(&user.id) {
            return Err(Error::added_too_often(&user.username));
        }
        if full.contains(&user.id) {
            return Err(Error::added_to_too_many(&user.username));
        }
    }
    Ok(newcomers)
}

fn join(db: &Db<'_>, by: UserId, row: i64, newcomers: &[User]) -> Result<()> {
    let now = clock::now();
    let ids: Vec<_> = newcomers.iter().map(|user| Id(user.id)).collect();
    db.prepare_cached(db.either(JOIN.0, JOIN.1))?.execute(params![row, Many(&ids), now.0, Id(by)])?;
    db.prepare_cached("UPDATE groups SET members = members + ?2 WHERE conversation = ?1")?
        .execute(params![row, ids.len() as i64])?;
    membership::note_joined(db, row, &ids, now)
}

fn those(db: &Db<'_>, which: (&'static str, &'static str), of: &[&dyn Value]) -> db::Result<HashSet<UserId>> {
    let found = db.prepare_cached(db.either(which.0, which.1))?.query_map(of, |row| id(row, 0))?;
    Ok(found.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema;

    #[test]
    fn no_query_scans_a_table_that_grows() {
        schema::no_query_scans(&[MEMBERS.0, BANNED.0, ADDED.0, ADDED_BY.0, JOIN.0]);
    }
}
