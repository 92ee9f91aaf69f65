//! When people were online last.

use super::{
    Store,
    db::{OptionalExtension, params},
    value::{Id, optional_time},
    writer::Done,
};
use crate::error::{Error, Result};
use protocol::{Timestamp, UserId};

impl Store {
    /// Notes when the last connection of these people ended.
    pub(crate) async fn note_last_seen(&self, people: Vec<(UserId, Timestamp)>) -> Result<()> {
        self.write(move |db| {
            let mut update = db.prepare_cached("UPDATE users SET last_seen_at = ?2 WHERE id = ?1")?;
            for (user, at) in &people {
                update.execute(params![Id(*user), at.0])?;
            }
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
