//! People: registering them and finding them.

use protocol::{User, UserId, Username, limits};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    Store,
    value::{Id, Text, id, text},
    writer::Done,
};
use crate::{
    clock,
    error::{Error, Result},
};

/// The limit as SQLite's number.
pub(super) const SEARCH_RESULTS: u32 = limits::SEARCH_RESULTS as u32;

/// What a login is checked against.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) user: User,
    /// argon2id, as a PHC string.
    pub(crate) password: String,
}

impl Store {
    /// Makes a person. The name is unique without regard to case.
    pub(crate) async fn register(&self, username: Username, password: String) -> Result<User> {
        self.write(move |db| {
            let user = User { id: UserId::from_bytes(clock::new_id()), username: username.clone() };
            let inserted = db
                .prepare_cached(
                    "INSERT INTO users (id, username, folded, password, created_at)
                     VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (folded) DO NOTHING",
                )?
                .execute(params![
                    Id(user.id),
                    Text(&user.username),
                    user.username.folded(),
                    password,
                    clock::now().0
                ])?;
            if inserted == 0 {
                return Err(Error::username_taken());
            }
            Ok(Done::quietly(user))
        })
        .await
    }

    pub(crate) async fn account(&self, username: &Username) -> Result<Option<Account>> {
        let folded = username.folded();
        self.read(move |db| {
            let account = db
                .prepare_cached("SELECT id, username, password FROM users WHERE folded = ?1")?
                .query_row([folded], |row| Ok(Account { user: user(row)?, password: row.get(2)? }))
                .optional()?;
            Ok(account)
        })
        .await
    }

    /// People with `query` in their name, by name.
    pub(crate) async fn find_users(&self, query: &str) -> Result<Vec<User>> {
        let query = fold_query(query);
        self.read(move |db| {
            let mut statement = db.prepare_cached(
                "SELECT id, username FROM users WHERE instr(folded, ?1) ORDER BY folded LIMIT ?2",
            )?;
            let users = statement.query_map(params![query, SEARCH_RESULTS], user)?;
            Ok(users.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// The people who have these ids, in that order.
    pub(crate) async fn users(&self, ids: Vec<UserId>) -> Result<Vec<User>> {
        self.read(move |db| {
            let mut statement = db.prepare_cached("SELECT id, username FROM users WHERE id = ?1")?;
            let mut users = Vec::with_capacity(ids.len());
            for id in ids {
                users.extend(statement.query_row([Id(id)], user).optional()?);
            }
            Ok(users)
        })
        .await
    }
}

pub(super) fn exists(db: &Connection, user: UserId) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM users WHERE id = ?1")?.exists([Id(user)])
}

pub(super) fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User { id: id(row, 0)?, username: text(row, 1)? })
}

/// A search without regard to case; what is beyond the limit is ignored.
pub(super) fn fold_query(query: &str) -> String {
    query.trim().chars().take(limits::QUERY_CHARS).collect::<String>().to_lowercase()
}
