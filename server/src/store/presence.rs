//! When people were online last.

use super::{
    Store,
    db::{self, Db, OptionalExtension, params},
    value::{Id, Many, optional_time},
    writer::Done,
};
use crate::{
    clock,
    error::{Error, Result},
};
use protocol::{Timestamp, UserId};

impl Store {
    /// Notes when the last connection of these people ended, each of them once. An earlier time than what is kept
    /// changes nothing: it may come late, or from a server that did not know of a later connection.
    pub(crate) async fn note_last_seen(&self, people: Vec<(UserId, Timestamp)>) -> Result<()> {
        self.write(move |db| {
            note(db, &people, clock::now())?;
            Ok(Done::without_event(()))
        })
        .await
    }

    /// When somebody's last connection ended, if that is known.
    pub(crate) async fn last_seen(&self, me: UserId, user: UserId) -> Result<Option<Timestamp>> {
        self.read_for(me, move |db| {
            db.prepare_cached("SELECT last_seen_at FROM users WHERE id = ?1")?
                .query_row([Id(user)], |row| optional_time(row, 0))
                .optional()?
                .ok_or_else(Error::unknown_user)
        })
        .await
    }
}

/// Whether a time is later than what is kept. If that has not come yet, a clock was wrong when it was noted.
macro_rules! is_later {
    ($at:literal, $now:literal) => {
        concat!("(u.last_seen_at IS NULL OR u.last_seen_at NOT BETWEEN ", $at, " AND ", $now, ")")
    };
}

const NOTE: &str =
    concat!("UPDATE users AS u SET last_seen_at = ?2 WHERE u.id = ?1 AND ", is_later!("?2", "?3"));
/// With one statement: each takes a way to the database and back. When a server is gone, all others note the same
/// people: those who hold them in the same order do not wait for each other both.
const NOTE_POSTGRESQL: &str = concat!(
    "WITH later AS (
        SELECT u.id, n.at FROM unnest(?1::BYTEA[], ?2::BIGINT[]) AS n (id, at) JOIN users u ON u.id = n.id
        WHERE ",
    is_later!("n.at", "?3"),
    " ORDER BY u.id FOR NO KEY UPDATE OF u
    )
    UPDATE users u SET last_seen_at = later.at FROM later WHERE u.id = later.id"
);

fn note(db: &Db<'_>, people: &[(UserId, Timestamp)], now: Timestamp) -> db::Result<()> {
    match db {
        Db::Sqlite(_) => {
            let mut note = db.prepare_cached(NOTE)?;
            for (user, at) in people {
                note.execute(params![Id(*user), at.0, now.0])?;
            }
        }
        Db::Postgresql(_) => {
            let (users, times): (Vec<_>, Vec<_>) = people.iter().map(|(user, at)| (Id(*user), at.0)).unzip();
            db.prepare_cached(NOTE_POSTGRESQL)?.execute(params![Many(&users), Many(&times), now.0])?;
        }
    }
    Ok(())
}
