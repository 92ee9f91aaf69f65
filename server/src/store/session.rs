//! Sessions: one row a login, which a token and a refresh token belong to.
//!
//! A refresh token is used once. The one before it is still accepted for a moment, so that two tabs that
//! refresh at once do not log each other out. It is also accepted until somebody has shown that they got the
//! newest, because the answer may have been lost. After that, its use means that somebody copied it, and ends
//! the session. The same holds for the token of a connection that renews it ([`renewal`]). In any case a
//! session is over after its lifetime.

mod renewal;

use std::time::Duration;

pub(crate) use self::renewal::Next;
use super::{
    Store,
    db::{self, Db, OptionalExtension, Row, params},
    value::{Blob, Id, id, text},
    writer::Done,
};
use crate::{auth::token::Claimed, clock, domain_event::DomainEvent, error::Result, ids::SessionId};
use protocol::{GroupId, Timestamp, User, UserId, limits};

/// The SHA-256 of a refresh token. The token itself is only in its cookie.
pub(crate) type RefreshHash = [u8; 32];

/// How long the refresh token before the newest is still accepted.
const OVERLAP: Duration = Duration::from_secs(30);
/// How long a session lives without being refreshed.
pub(crate) const IDLE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a session lives at most, unless the server's owner says otherwise.
pub(crate) const LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A session that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Live {
    pub(crate) user: User,
    /// How many changes of its refresh token the asker has shown to know of.
    pub(crate) rotation: u32,
    /// When it is over in any case.
    pub(crate) ends_at: Timestamp,
}

/// What became of a refresh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refreshed {
    /// The new refresh token is valid from now on.
    Rotated(Live),
    /// Another tab was a moment faster, and its refresh token is the valid one.
    Overlapped(Live),
    /// A tab is late: others were faster twice. The browser has a newer refresh token.
    Stale,
    /// By the clock it is over. Nothing was ended, because the clock may be wrong.
    TooLate,
    /// There is no such session, or it was ended.
    Refused,
}

/// What a socket needs to know when it connects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Admission {
    pub(crate) user: User,
    pub(crate) groups: Vec<GroupId>,
}

impl Store {
    /// Ends the sessions that were not used for the longest time if there are too many.
    pub(crate) async fn start_session(&self, user: UserId, refresh: RefreshHash) -> Result<SessionId> {
        self.write(move |db| {
            let session = SessionId(clock::new_id());
            let now = clock::now();
            db.prepare_cached(
                "INSERT INTO sessions (id, \"user\", refresh, rotated_at, created_at, used_at)
                 VALUES (?1, ?2, ?3, ?4, ?4, ?4)",
            )?
            .execute(params![Id(session), Id(user), Blob(refresh), now.0])?;
            let others = limits::SESSIONS_A_PERSON as i64 - 1;
            let mut ending = db.prepare_cached(END_UNUSED)?;
            let params = params![Id(user), now.0, Id(session), others, i64::MAX];
            let ended = ending.query_map(params, |row| id(row, 0))?;
            Ok(ended_now(ended).answering(session))
        })
        .await
    }

    /// The session, unless it is over.
    pub(crate) async fn session(&self, id: SessionId) -> Result<Option<Live>> {
        let lifetime = self.session_lifetime;
        self.read_for_admission(move |db| live(db, id, clock::now(), lifetime)).await
    }

    /// Deletes sessions that were not used for [`IDLE`] before `now` or whose lifetime is over, ended or not.
    /// Returns how many. A clock that is weeks ahead at a start deletes none: it counts only to a day after a session
    /// was last used.
    pub(crate) async fn delete_idle_sessions(&self, now: Timestamp) -> Result<usize> {
        let lifetime = self.session_lifetime;
        self.write(move |db| {
            let last_used: Option<i64> = db
                .prepare_cached("SELECT max(used_at) FROM sessions")?
                .query_row(params![], |row| row.get(0))?;
            let Some(last_used) = last_used else { return Ok(Done::without_event(0)) };
            let now = now.min(Timestamp(last_used.saturating_add(milliseconds(DAY))));
            let (idle, old) = (before(now, IDLE), before(now, lifetime));
            let deleted = db
                .prepare_cached("DELETE FROM sessions WHERE used_at < ?1 OR created_at < ?2")?
                .execute([idle, old])?;
            Ok(Done::without_event(deleted))
        })
        .await
    }

    /// Whose session it is, if this is its refresh token and not used up.
    pub(crate) async fn holder(&self, id: SessionId, refresh: RefreshHash) -> Result<Option<User>> {
        let born = before(clock::now(), self.session_lifetime);
        self.read_for_admission(move |db| {
            let user = db
                .prepare_cached(
                    "SELECT u.id, u.username FROM sessions s JOIN users u ON u.id = s.user
                     WHERE s.id = ?1 AND s.ended_at IS NULL AND s.created_at > ?3
                       AND (s.refresh = ?2 OR s.previous = ?2)",
                )?
                .query_row(params![Id(id), Blob(refresh), born], super::user::user)
                .optional()?;
            Ok(user)
        })
        .await
    }

    /// Who connects and which groups they are in, unless the session is over. Showing this token proves that
    /// they got it.
    pub(crate) async fn admit(&self, claimed: &Claimed) -> Result<Option<Admission>> {
        let (claimed, lifetime) = (*claimed, self.session_lifetime);
        let admitted = self.read_for_admission(move |db| {
            let Some(Live { user, .. }) = live(db, claimed.session, clock::now(), lifetime)? else {
                return Ok(None);
            };
            if user.id != claimed.user {
                return Ok(None);
            }
            let mut statement = db.prepare_cached(
                "SELECT g.id FROM members m JOIN groups g ON g.conversation = m.conversation
                 WHERE m.user = ?1",
            )?;
            let groups = statement.query_map([Id(user.id)], |row| id(row, 0))?;
            let admission = Admission { user, groups };
            Ok(Some((admission, renewal::is_news(db, &claimed)?)))
        });
        let Some((admission, is_news)) = admitted.await? else { return Ok(None) };
        if is_news {
            // Somebody who may come in does so even if the disk is full.
            self.write(move |db| renewal::confirm(db, &claimed)).await.ok();
        }
        Ok(Some(admission))
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
        let lifetime = self.session_lifetime;
        self.write(move |db| refresh(db, id, old, new, now, lifetime)).await
    }

    /// Replaces one token by another of the same session, which counts as a use of it. Returns whether it
    /// did: not if the session is over, nor if the old token was renewed before, which ends the session.
    pub(crate) async fn renew_token(&self, session: SessionId, next: Next) -> Result<bool> {
        self.renew_token_at(session, next, clock::now()).await
    }

    /// The same, at a time that a test chooses.
    pub(crate) async fn renew_token_at(
        &self,
        session: SessionId,
        next: Next,
        now: Timestamp,
    ) -> Result<bool> {
        let lifetime = self.session_lifetime;
        self.write(move |db| renewal::renew(db, session, next, now, lifetime)).await
    }

    pub(crate) async fn end_session(&self, id: SessionId) -> Result<()> {
        self.write(move |db| end(db, END_ONE, id.0)).await
    }

    /// Ends every session of a person.
    pub(crate) async fn end_sessions_of(&self, user: UserId) -> Result<()> {
        self.write(move |db| end(db, END_ALL, user.into_bytes())).await
    }
}

fn live(db: &Db<'_>, session: SessionId, now: Timestamp, lifetime: Duration) -> Result<Option<Live>> {
    let live = db
        .prepare_cached(
            "SELECT u.id, u.username, s.rotation, s.created_at
             FROM sessions s JOIN users u ON u.id = s.user
             WHERE s.id = ?1 AND s.ended_at IS NULL AND s.created_at > ?2",
        )?
        .query_row(params![Id(session), before(now, lifetime)], |row| {
            let created_at = Timestamp(row.get(3)?);
            Ok(Live {
                user: super::user::user(row)?,
                rotation: rotation(row, 2)?,
                ends_at: ends_at(created_at, lifetime),
            })
        })
        .optional()?;
    Ok(live)
}

/// When the lifetime of a session that began then is over.
pub(crate) fn ends_at(created_at: Timestamp, lifetime: Duration) -> Timestamp {
    Timestamp(created_at.0.saturating_add(milliseconds(lifetime)))
}

/// A session that began or was last used at this time, or earlier, is over.
pub(super) fn before(now: Timestamp, time: Duration) -> i64 {
    now.0.saturating_sub(milliseconds(time))
}

fn milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

struct Tokens {
    user: User,
    refresh: RefreshHash,
    previous: Option<RefreshHash>,
    rotated_at: Timestamp,
    rotation: u32,
    confirmed: bool,
    created_at: Timestamp,
}

fn refresh(
    db: &Db<'_>,
    session: SessionId,
    old: RefreshHash,
    new: RefreshHash,
    now: Timestamp,
    lifetime: Duration,
) -> Result<Done<Refreshed>> {
    let tokens = db
        .prepare_cached(
            "SELECT u.id, u.username, s.refresh, s.previous, s.rotated_at, s.rotation, s.confirmed, s.created_at
             FROM sessions s JOIN users u ON u.id = s.user
             WHERE s.id = ?1 AND s.ended_at IS NULL",
        )?
        .query_row([Id(session)], tokens)
        .optional()?;
    let Some(tokens) = tokens else { return Ok(Done::without_event(Refreshed::Refused)) };
    let ends_at = ends_at(tokens.created_at, lifetime);
    if tokens.rotated_at.0 < before(now, IDLE) || ends_at <= now {
        return Ok(Done::without_event(Refreshed::TooLate));
    }
    let moment_ago = u128::from(now.0.abs_diff(tokens.rotated_at.0)) <= OVERLAP.as_millis();
    let is_previous = tokens.previous == Some(old);
    let live = |rotation| Live { user: tokens.user.clone(), rotation, ends_at };
    if is_previous && moment_ago {
        // A token from this answer does not show that the other answer arrived.
        return Ok(Done::without_event(Refreshed::Overlapped(live(tokens.rotation.saturating_sub(1)))));
    }
    let was_lost = is_previous && !tokens.confirmed;
    if tokens.refresh == old || was_lost {
        let rotated = db
            .prepare_cached(
                "UPDATE sessions SET refresh = ?2, previous = ?3, rotated_at = ?4, used_at = ?4,
                     rotation = rotation + 1, confirmed = FALSE
                 WHERE id = ?1 AND rotation = ?5 AND ended_at IS NULL",
            )?
            .execute(params![Id(session), Blob(new), Blob(old), now.0, i64::from(tokens.rotation)])?;
        if rotated == 0 {
            // Another server was faster.
            return refresh(db, session, old, new, now, lifetime);
        }
        return Ok(Done::without_event(Refreshed::Rotated(live(tokens.rotation + 1))));
    }
    if moment_ago {
        return Ok(Done::without_event(Refreshed::Stale));
    }
    tracing::warn!(user = %tokens.user.username, "a used refresh token came back; its session was ended");
    Ok(end(db, END_ONE, session.0)?.answering(Refreshed::Refused))
}

fn tokens(row: &Row<'_>) -> db::Result<Tokens> {
    Ok(Tokens {
        user: User { id: id(row, 0)?, username: text(row, 1)? },
        refresh: row.get::<_, Blob<32>>(2)?.0,
        previous: row.get::<_, Option<Blob<32>>>(3)?.map(|hash| hash.0),
        rotated_at: Timestamp(row.get(4)?),
        rotation: rotation(row, 5)?,
        confirmed: row.get(6)?,
        created_at: Timestamp(row.get(7)?),
    })
}

/// How often a refresh token was changed.
fn rotation(row: &Row<'_>, column: usize) -> db::Result<u32> {
    row.get::<_, i64>(column).map(|rotation| u32::try_from(rotation).unwrap_or(u32::MAX))
}

const END_ONE: &str = "UPDATE sessions SET ended_at = ?2 WHERE ended_at IS NULL AND id = ?1 RETURNING id";
const END_ALL: &str =
    "UPDATE sessions SET ended_at = ?2 WHERE ended_at IS NULL AND \"user\" = ?1 RETURNING id";

/// All of a person but for the one that has just begun and so many others.
const END_UNUSED: &str = "
    UPDATE sessions SET ended_at = ?2 WHERE id IN (
        SELECT id FROM sessions WHERE ended_at IS NULL AND \"user\" = ?1 AND id != ?3
        ORDER BY used_at DESC, id DESC LIMIT ?5 OFFSET ?4
    ) RETURNING id";

/// Ends one session, or all of a person.
fn end(db: &Db<'_>, which: &'static str, key: [u8; 16]) -> Result<Done<()>> {
    let mut ending = db.prepare_cached(which)?;
    let ended = ending.query_map(params![Blob(key), clock::now().0], |row| id(row, 0))?;
    Ok(ended_now(ended))
}

fn ended_now(sessions: Vec<SessionId>) -> Done<()> {
    if sessions.is_empty() {
        Done::without_event(())
    } else {
        Done::with_event((), DomainEvent::SessionsEnded(sessions))
    }
}
