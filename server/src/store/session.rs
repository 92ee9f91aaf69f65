//! Sessions: one row a login, which a token and a refresh token belong to.
//!
//! A refresh token is used once. The one before it is still accepted for a moment, so that two
//! tabs that refresh at once do not log each other out; later its use means that somebody copied
//! it, and ends the session.

use std::time::Duration;

use protocol::{GroupId, Timestamp, User, UserId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    Fact, Store,
    value::{Id, id, text},
    writer::Done,
};
use crate::{clock, error::Result, session::SessionId};

/// The SHA-256 of a refresh token. The token itself is nowhere but in its cookie.
pub(crate) type RefreshHash = [u8; 32];

/// How long the refresh token before the newest is still accepted.
const OVERLAP: Duration = Duration::from_secs(30);
/// How long a session lives without being refreshed.
pub(crate) const IDLE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What became of a refresh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refreshed {
    /// The new refresh token counts from now on.
    Rotated(User),
    /// Another tab was a moment faster, and its refresh token counts.
    Overlapped(User),
    /// There is no such session, or it is over.
    Refused,
}

/// What a socket needs to know when it connects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Admission {
    pub(crate) user: User,
    pub(crate) groups: Vec<GroupId>,
}

impl Store {
    pub(crate) async fn start_session(&self, user: UserId, refresh: RefreshHash) -> Result<SessionId> {
        self.write(move |db| {
            let id = SessionId(clock::new_id());
            let now = clock::now();
            db.prepare_cached(
                "INSERT INTO sessions (id, user, refresh, rotated_at, created_at, used_at)
                 VALUES (?1, ?2, ?3, ?4, ?4, ?4)",
            )?
            .execute(params![Id(id), Id(user), refresh, now.0])?;
            Ok(Done::quietly(id))
        })
        .await
    }

    /// Whose session it is, unless it was ended.
    pub(crate) async fn session(&self, id: SessionId) -> Result<Option<User>> {
        self.read_at_the_entrance(move |db| live(db, id)).await
    }

    /// Counts as a use, without a refresh. Says whether the session was not ended.
    pub(crate) async fn use_session(&self, id: SessionId) -> Result<bool> {
        self.write(move |db| {
            let live = db
                .prepare_cached("UPDATE sessions SET used_at = ?2 WHERE id = ?1 AND ended_at IS NULL")?
                .execute(params![Id(id), clock::now().0])?;
            Ok(Done::quietly(live > 0))
        })
        .await
    }

    /// Deletes what was not used for [`IDLE`] before `now`, ended or not. Returns how many.
    pub(crate) async fn delete_idle_sessions(&self, now: Timestamp) -> Result<usize> {
        let idle = i64::try_from(IDLE.as_millis()).unwrap_or(i64::MAX);
        self.write(move |db| {
            let deleted = db
                .prepare_cached("DELETE FROM sessions WHERE used_at < ?1")?
                .execute([now.0.saturating_sub(idle)])?;
            Ok(Done::quietly(deleted))
        })
        .await
    }

    /// Whose session it is, for whoever holds its refresh token, which is not used up.
    pub(crate) async fn holder(&self, id: SessionId, refresh: RefreshHash) -> Result<Option<User>> {
        self.read_at_the_entrance(move |db| {
            let user = db
                .prepare_cached(
                    "SELECT u.id, u.username FROM sessions s JOIN users u ON u.id = s.user
                     WHERE s.id = ?1 AND s.ended_at IS NULL AND (s.refresh = ?2 OR s.previous = ?2)",
                )?
                .query_row(params![Id(id), refresh], super::user::user)
                .optional()?;
            Ok(user)
        })
        .await
    }

    /// Who connects and which groups they are in, unless the session was ended.
    pub(crate) async fn admit(&self, session: SessionId) -> Result<Option<Admission>> {
        self.read_at_the_entrance(move |db| {
            let Some(user) = live(db, session)? else { return Ok(None) };
            let mut statement = db.prepare_cached(
                "SELECT g.id FROM members m JOIN groups g ON g.conversation = m.conversation
                 WHERE m.user = ?1",
            )?;
            let groups = statement.query_map([Id(user.id)], |row| id(row, 0))?;
            Ok(Some(Admission { user, groups: groups.collect::<rusqlite::Result<_>>()? }))
        })
        .await
    }

    /// Uses the refresh token `old` and puts `new` in its place.
    pub(crate) async fn refresh_session(
        &self,
        id: SessionId,
        old: RefreshHash,
        new: RefreshHash,
    ) -> Result<Refreshed> {
        self.refresh_session_at(id, old, new, clock::now()).await
    }

    /// The same, at a time that a test chooses.
    pub(crate) async fn refresh_session_at(
        &self,
        id: SessionId,
        old: RefreshHash,
        new: RefreshHash,
        now: Timestamp,
    ) -> Result<Refreshed> {
        self.write(move |db| refresh(db, id, old, new, now)).await
    }

    pub(crate) async fn end_session(&self, id: SessionId) -> Result<()> {
        self.write(move |db| end(db, "id = ?1", id.0)).await
    }

    /// Ends every session of a person.
    pub(crate) async fn end_sessions_of(&self, user: UserId) -> Result<()> {
        self.write(move |db| end(db, "user = ?1", user.into_bytes())).await
    }
}

fn live(db: &Connection, session: SessionId) -> Result<Option<User>> {
    let user = db
        .prepare_cached(
            "SELECT u.id, u.username FROM sessions s JOIN users u ON u.id = s.user
             WHERE s.id = ?1 AND s.ended_at IS NULL",
        )?
        .query_row([Id(session)], super::user::user)
        .optional()?;
    Ok(user)
}

struct Tokens {
    user: User,
    refresh: RefreshHash,
    previous: Option<RefreshHash>,
    rotated_at: Timestamp,
}

fn refresh(
    db: &Connection,
    session: SessionId,
    old: RefreshHash,
    new: RefreshHash,
    now: Timestamp,
) -> Result<Done<Refreshed>> {
    let tokens = db
        .prepare_cached(
            "SELECT u.id, u.username, s.refresh, s.previous, s.rotated_at
             FROM sessions s JOIN users u ON u.id = s.user
             WHERE s.id = ?1 AND s.ended_at IS NULL",
        )?
        .query_row([Id(session)], tokens)
        .optional()?;
    let Some(tokens) = tokens else { return Ok(Done::quietly(Refreshed::Refused)) };
    let age = u128::from(now.0.abs_diff(tokens.rotated_at.0));
    if tokens.refresh == old && age <= IDLE.as_millis() {
        db.prepare_cached(
            "UPDATE sessions SET refresh = ?2, previous = ?3, rotated_at = ?4, used_at = ?4 WHERE id = ?1",
        )?
        .execute(params![Id(session), new, old, now.0])?;
        return Ok(Done::quietly(Refreshed::Rotated(tokens.user)));
    }
    let moment_ago = age <= OVERLAP.as_millis();
    if tokens.previous == Some(old) && moment_ago {
        return Ok(Done::quietly(Refreshed::Overlapped(tokens.user)));
    }
    if moment_ago {
        // Perhaps a slow tab's, from two rotations ago: refused, but no reason to end the session.
        return Ok(Done::quietly(Refreshed::Refused));
    }
    if tokens.refresh != old {
        tracing::warn!(user = %tokens.user.username, "a used refresh token came back; its session was ended");
    }
    Ok(end(db, "id = ?1", session.0)?.answering(Refreshed::Refused))
}

fn tokens(row: &Row<'_>) -> rusqlite::Result<Tokens> {
    Ok(Tokens {
        user: User { id: id(row, 0)?, username: text(row, 1)? },
        refresh: row.get(2)?,
        previous: row.get(3)?,
        rotated_at: Timestamp(row.get(4)?),
    })
}

fn end(db: &Connection, which: &'static str, key: [u8; 16]) -> Result<Done<()>> {
    let sql = format!("UPDATE sessions SET ended_at = ?2 WHERE ended_at IS NULL AND {which} RETURNING id");
    let ended = db
        .prepare_cached(&sql)?
        .query_map(params![key, clock::now().0], |row| id(row, 0))?
        .collect::<rusqlite::Result<Vec<SessionId>>>()?;
    Ok(if ended.is_empty() { Done::quietly(()) } else { Done::telling((), Fact::SessionsEnded(ended)) })
}
