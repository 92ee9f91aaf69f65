//! Renewing the token of a connection: each token is replaced by one other. If a token is renewed again,
//! somebody copied it, unless its answer was lost or several sockets showed it at once.

use std::time::Duration;

use protocol::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::{OVERLAP, before, end};
use crate::{
    auth::token::{Claimed, TokenId},
    error::Result,
    ids::SessionId,
    store::{value::Id, writer::Done},
};

/// Which token replaces which.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Next {
    pub(crate) old: TokenId,
    pub(crate) new: TokenId,
    /// When the new one expires.
    pub(crate) expires_at: Timestamp,
}

pub(super) fn renew(
    db: &Connection,
    session: SessionId,
    next: Next,
    now: Timestamp,
    lifetime: Duration,
) -> Result<Done<bool>> {
    let Next { old, new, expires_at } = next;
    let live = db
        .prepare_cached(
            "UPDATE sessions SET used_at = ?2 WHERE id = ?1 AND ended_at IS NULL AND created_at > ?3",
        )?
        .execute(params![Id(session), now.0, before(now, lifetime)])?;
    if live == 0 {
        return Ok(Done::without_event(false));
    }
    db.prepare_cached("DELETE FROM renewals WHERE session = ?1 AND expires_at < ?2")?
        .execute(params![Id(session), now.0])?;
    if is_replaced(db, session, old)? || was_used(db, session, old, now)? {
        tracing::warn!(%session, "a token was renewed twice; its session was ended");
        return Ok(end(db, "id = ?1", session.0)?.answering(false));
    }
    db.prepare_cached("UPDATE renewals SET confirmed = 1 WHERE session = ?1 AND successor = ?2")?
        .execute(params![Id(session), old.0])?;
    db.prepare_cached(
        "INSERT INTO renewals (session, successor, token, renewed_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![Id(session), new.0, old.0, now.0, expires_at.0])?;
    Ok(Done::without_event(true))
}

/// Whether the token was taken for lost when another one was given.
fn is_replaced(db: &Connection, session: SessionId, token: TokenId) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM renewals WHERE session = ?1 AND successor = ?2 AND replaced")?
        .exists(params![Id(session), token.0])
}

/// Whether somebody renewed the token earlier and got its successor. A successor that nobody has shown counts
/// as lost from now on.
fn was_used(db: &Connection, session: SessionId, token: TokenId, now: Timestamp) -> rusqlite::Result<bool> {
    let before = db
        .prepare_cached(
            "SELECT min(renewed_at), max(confirmed) FROM renewals
             WHERE session = ?1 AND token = ?2 AND NOT replaced HAVING count(*) > 0",
        )?
        .query_row(params![Id(session), token.0], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))
        .optional()?;
    let Some((renewed_at, confirmed)) = before else { return Ok(false) };
    if u128::from(now.0.abs_diff(renewed_at)) <= OVERLAP.as_millis() {
        return Ok(false);
    }
    db.prepare_cached("UPDATE renewals SET replaced = 1 WHERE session = ?1 AND token = ?2")?
        .execute(params![Id(session), token.0])?;
    Ok(confirmed)
}

/// Whether nobody has shown this token before, nor another that came with the same refresh.
pub(super) fn is_news(db: &Connection, claimed: &Claimed) -> rusqlite::Result<bool> {
    db.prepare_cached(
        "SELECT 1 FROM sessions WHERE id = ?1 AND rotation = ?2 AND NOT confirmed
         UNION ALL SELECT 1 FROM renewals WHERE session = ?1 AND successor = ?3 AND NOT confirmed",
    )?
    .exists(params![Id(claimed.session), claimed.rotation, claimed.token.0])
}

pub(super) fn confirm(db: &Connection, claimed: &Claimed) -> Result<Done<()>> {
    db.prepare_cached("UPDATE sessions SET confirmed = 1 WHERE id = ?1 AND rotation = ?2")?
        .execute(params![Id(claimed.session), claimed.rotation])?;
    db.prepare_cached("UPDATE renewals SET confirmed = 1 WHERE session = ?1 AND successor = ?2")?
        .execute(params![Id(claimed.session), claimed.token.0])?;
    Ok(Done::without_event(()))
}
