//! People: registering them and finding them.

use super::{
    Store,
    db::{self, Db, OptionalExtension, Row, params},
    search::{self, Found, Index},
    value::{Id, Many, Text, id, text},
    writer::Done,
};
use crate::{
    auth::name::{self, Name},
    clock,
    error::{Error, Result},
};
use protocol::{User, UserId, Username, limits};

/// The limit as the database's number.
pub(super) const SEARCH_RESULTS: i64 = limits::SEARCH_RESULTS as i64;

/// Everybody by their name.
pub(super) const PEOPLE: Index = Index {
    insert: "INSERT INTO user_parts (part, \"user\") VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    insert_all: "INSERT INTO user_parts (part, \"user\")
                 SELECT part, ?2 FROM string_to_table(?1, chr(10)) AS part ON CONFLICT DO NOTHING",
    range: "SELECT u.id, u.username, u.folded FROM user_parts p JOIN users u ON u.id = p.user
            WHERE p.part >= ?1 AND p.part < ?2 ORDER BY p.part, p.user LIMIT ?3",
};

/// What a login is checked against.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) user: User,
    /// argon2id, as a PHC string.
    pub(crate) password: String,
}

impl Store {
    /// Makes a person. The name is unique without regard to case and to how it was typed, and must
    /// not look like another one.
    pub(crate) async fn register(&self, username: Username, password: String) -> Result<User> {
        let name = Name::of(&username);
        self.write(move |db| {
            let folded = vacant(db, &username, &name)?;
            let user = User { id: UserId::from_bytes(clock::new_id()), username: name.shown.clone() };
            db.prepare_cached(
                "INSERT INTO users (id, username, folded, password, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                Id(user.id),
                Text(&user.username),
                folded,
                password,
                clock::now().0
            ])?;
            for look in &name.looks {
                db.prepare_cached("INSERT INTO looks (look, \"user\") VALUES (?1, ?2)")?
                    .execute(params![look, Id(user.id)])?;
            }
            PEOPLE.add(db, &user.id.into_bytes(), user.username.as_str())?;
            Ok(Done::without_event(user))
        })
        .await
    }

    /// Whether somebody could register by this name now; refused with the reason if not.
    pub(crate) async fn is_vacant(&self, username: Username) -> Result<()> {
        let name = Name::of(&username);
        self.read_for_admission(move |db| vacant(db, &username, &name).map(drop)).await
    }

    pub(crate) async fn account(&self, username: &Username) -> Result<Option<Account>> {
        let (typed, folded) = (username.folded(), name::fold(username));
        self.read_for_admission(move |db| {
            let account = db
                .prepare_cached(ACCOUNT)?
                .query_row(params![typed, folded], |row| {
                    Ok(Account { user: user(row)?, password: row.get(2)? })
                })
                .optional()?;
            Ok(account)
        })
        .await
    }

    /// People with `query` in their name, at most 100: first the one with exactly this name, then those whose
    /// names begin with it, then the others, each by name.
    pub(crate) async fn find_users(&self, me: UserId, query: &str) -> Result<Vec<User>> {
        let query = search::fold_query(query);
        self.read_for(me, move |db| {
            if query.is_empty() {
                return Ok(db.prepare_cached(EVERYBODY)?.query_map([SEARCH_RESULTS], user)?);
            }
            PEOPLE.find(db, &query, |row| {
                let result = user(row)?;
                let (id, name) = (result.id.into_bytes(), result.username.to_string());
                Ok(Found { id, name, by: row.get(2)?, result })
            })
        })
        .await
    }

    /// The people who have these ids, in that order.
    pub(crate) async fn users(&self, me: UserId, ids: Vec<UserId>) -> Result<Vec<User>> {
        self.read_for(me, move |db| Ok(find_all(db, &ids)?)).await
    }
}

/// The people who have these ids, in that order. On PostgreSQL with one statement: each takes a way to it and back.
pub(super) fn find_all(db: &Db<'_>, ids: &[UserId]) -> db::Result<Vec<User>> {
    const ALL: &str = "SELECT id, username FROM unnest(?1::BYTEA[]) WITH ORDINALITY AS asked (id, number)
                       JOIN users USING (id) ORDER BY number";
    match db {
        Db::Sqlite(_) => {
            let found: Result<Vec<_>, _> = ids.iter().map(|id| find(db, *id)).collect();
            Ok(found?.into_iter().flatten().collect())
        }
        Db::Postgresql(_) => {
            let ids: Vec<_> = ids.iter().copied().map(Id).collect();
            db.prepare_cached(ALL)?.query_map(params![Many(&ids)], user)
        }
    }
}

pub(super) fn exists(db: &Db<'_>, user: UserId) -> db::Result<bool> {
    db.prepare_cached("SELECT 1 FROM users WHERE id = ?1")?.exists([Id(user)])
}

/// Refused if somebody behind whom a page is to begin does not exist, so that it is not taken for the end.
pub(super) fn is_place(db: &Db<'_>, after: Option<UserId>) -> Result<()> {
    match after {
        Some(after) if !exists(db, after)? => Err(Error::unknown_user().about("after")),
        _ => Ok(()),
    }
}

pub(super) fn find(db: &Db<'_>, id: UserId) -> db::Result<Option<User>> {
    let mut statement = db.prepare_cached("SELECT id, username FROM users WHERE id = ?1")?;
    statement.query_row([Id(id)], user).optional()
}

pub(super) fn user(row: &Row<'_>) -> db::Result<User> {
    Ok(User { id: id(row, 0)?, username: text(row, 1)? })
}

/// What a name is kept by. Refused if somebody has the name, or one that looks like it.
fn vacant(db: &Db<'_>, typed: &Username, name: &Name) -> Result<String> {
    let taken = db.prepare_cached(ACCOUNT)?.exists(params![typed.folded(), name.folded])?;
    if taken {
        return Err(Error::username_taken());
    }
    for look in &name.looks {
        if db.prepare_cached("SELECT 1 FROM looks WHERE look = ?1")?.exists([look])? {
            return Err(Error::username_imitates());
        }
    }
    name.folded.clone().ok_or_else(Error::no_username)
}

/// The name as it was typed comes first: names that are older than today's rules are kept by that.
const ACCOUNT: &str = "SELECT id, username, password FROM users WHERE folded IN (?1, ?2)
                       ORDER BY folded = ?1 DESC LIMIT 1";
const EVERYBODY: &str = "SELECT id, username FROM users ORDER BY folded LIMIT ?1";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema;

    #[test]
    fn no_query_scans_a_table_that_grows() {
        schema::no_query_scans(&[PEOPLE.range, ACCOUNT]);
    }
}
