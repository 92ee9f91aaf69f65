//! Renewing the token of a connection: each token is replaced by one other. If a token is renewed again,
//! somebody copied it, unless its answer was lost or several sockets showed it at once.
//!
//! Only a client that connects shows which token it has. A connection that renews its token again does not: perhaps it
//! does so because the answer was lost. So what was renewed after a lost answer is lost with it, and whoever shows a
//! token has done with all that were before it.

use std::time::Duration;

use super::{END_ONE, OVERLAP, before, end};
use crate::{
    auth::token::{Claimed, TokenId},
    error::Result,
    ids::SessionId,
    store::{
        db::{self, Db, OptionalExtension, params},
        value::{Blob, Id},
        writer::Done,
    },
};
use protocol::Timestamp;

/// Which token replaces which.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Next {
    pub(crate) old: TokenId,
    pub(crate) new: TokenId,
    /// When the new one expires.
    pub(crate) expires_at: Timestamp,
}

pub(super) fn renew(
    db: &Db<'_>,
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
        return Ok(end(db, END_ONE, session.0)?.answering(false));
    }
    db.prepare_cached(
        "INSERT INTO renewals (session, successor, token, renewed_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![Id(session), Blob(new.0), Blob(old.0), now.0, expires_at.0])?;
    Ok(Done::without_event(true))
}

/// Whether the token was taken for lost when another one was given.
fn is_replaced(db: &Db<'_>, session: SessionId, token: TokenId) -> db::Result<bool> {
    db.prepare_cached("SELECT 1 FROM renewals WHERE session = ?1 AND successor = ?2 AND replaced")?
        .exists(params![Id(session), Blob(token.0)])
}

/// Whether somebody renewed the token earlier and got its successor. A successor that nobody has shown counts
/// as lost from now on, with what came after it.
fn was_used(db: &Db<'_>, session: SessionId, token: TokenId, now: Timestamp) -> db::Result<bool> {
    let before = db
        .prepare_cached(
            "SELECT min(renewed_at), max(CASE WHEN confirmed THEN 1 ELSE 0 END) > 0 FROM renewals
             WHERE session = ?1 AND token = ?2 AND NOT replaced HAVING count(*) > 0",
        )?
        .query_row(params![Id(session), Blob(token.0)], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, bool>(1)?))
        })
        .optional()?;
    let Some((renewed_at, confirmed)) = before else { return Ok(false) };
    if u128::from(now.0.abs_diff(renewed_at)) <= OVERLAP.as_millis() {
        return Ok(false);
    }
    db.prepare_cached(LOSE)?.execute(params![Id(session), Blob(token.0)])?;
    Ok(confirmed)
}

/// Whether nobody has shown this token before, nor another that came with the same refresh.
pub(super) fn is_news(db: &Db<'_>, claimed: &Claimed) -> db::Result<bool> {
    db.prepare_cached(
        "SELECT 1 FROM sessions WHERE id = ?1 AND rotation = ?2 AND NOT confirmed
         UNION ALL SELECT 1 FROM renewals WHERE session = ?1 AND successor = ?3 AND NOT confirmed",
    )?
    .exists(params![Id(claimed.session), i64::from(claimed.rotation), Blob(claimed.token.0)])
}

pub(super) fn confirm(db: &Db<'_>, claimed: &Claimed) -> Result<Done<()>> {
    db.prepare_cached("UPDATE sessions SET confirmed = TRUE WHERE id = ?1 AND rotation = ?2")?
        .execute(params![Id(claimed.session), i64::from(claimed.rotation)])?;
    db.prepare_cached(CONFIRM)?.execute(params![Id(claimed.session), Blob(claimed.token.0)])?;
    Ok(Done::without_event(()))
}

/// Marks every token that came after this one.
const LOSE: &str = "UPDATE renewals SET replaced = TRUE WHERE session = ?1 AND successor IN (
     WITH RECURSIVE lost(token) AS (
         SELECT successor FROM renewals WHERE session = ?1 AND token = ?2
         UNION SELECT r.successor FROM lost JOIN renewals r ON r.session = ?1 AND r.token = lost.token)
     SELECT token FROM lost)";
/// Marks this token, and every one that came before it.
const CONFIRM: &str = "UPDATE renewals SET confirmed = TRUE WHERE session = ?1 AND successor IN (
     WITH RECURSIVE shown(token) AS (
         SELECT successor FROM renewals WHERE session = ?1 AND successor = ?2
         UNION SELECT r.token FROM shown JOIN renewals r ON r.session = ?1 AND r.successor = shown.token)
     SELECT token FROM shown)";
