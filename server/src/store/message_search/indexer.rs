//! Puts messages into the index, a few at a time, while the server runs.
//!
//! It works on the writer, in transactions as all others. Each conversation knows how far it is in the index, so
//! that nothing is lost when the server stops. Which conversations have more is noted in memory; when the server
//! starts, or the writer connects again, they are looked for.

use std::{
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use protocol::MessageText;
use rusqlite::Connection;

use super::{index, words};
use crate::{
    error::{Error, Result},
    store::{
        db::{Db, params},
        value::{id, text},
        writer::{Activity, Done, Writer},
    },
};

/// Messages that are put into the index at once: others who write wait for that.
const SLICE: usize = 256;
/// It waits until nobody has written for so long,
const QUIET: Duration = Duration::from_secs(1);
/// but not longer than this: a search compares one by one what is not in the index yet.
const AT_THE_LATEST: Duration = Duration::from_secs(60);
/// If others write even then, it pauses for so many times as long as it worked.
const PAUSES: u32 = 39;
/// How long to wait after a failure, of which the store tells by itself.
const AFTER_FAILURE: Duration = Duration::from_secs(30);

/// Makes the writer's connection ready.
pub(in crate::store) fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(
        "PRAGMA temp_store = MEMORY;
         CREATE TEMP TABLE unindexed (conversation INTEGER PRIMARY KEY) STRICT;
         INSERT INTO unindexed SELECT id FROM conversations WHERE head > indexed;",
    )
}

/// Works until the store is closed.
pub(in crate::store) async fn run(writer: Weak<Writer>) {
    loop {
        match index_all(&writer).await {
            Ok(()) => {}
            Err(Error::Stopped) => return,
            Err(error) => {
                tracing::warn!(%error, "messages could not be put into the index that is searched");
                tokio::time::sleep(AFTER_FAILURE).await;
                continue;
            }
        }
        let Some(activity) = writer.upgrade().map(|writer| writer.activity()) else { return };
        activity.begun.notified().await;
        quiet(&activity).await;
    }
}

/// Waits until nobody writes.
async fn quiet(activity: &Activity) {
    let end = Instant::now() + AT_THE_LATEST;
    loop {
        let before = activity.count();
        tokio::time::sleep(QUIET).await;
        if activity.count() == before || Instant::now() > end {
            return;
        }
    }
}

/// Puts everything into the index that is not in it yet.
async fn index_all(writer: &Weak<Writer>) -> Result<()> {
    loop {
        let writer: Arc<Writer> = writer.upgrade().ok_or(Error::Stopped)?;
        let activity = writer.activity();
        let before = activity.count();
        let done = writer.write_in_background(|db| index_some(db, SLICE).map(Done::without_event)).await?;
        drop(writer);
        if !done.has_more {
            return Ok(());
        }
        let others_write = activity.count() != before;
        tokio::time::sleep(if others_write { done.took * PAUSES } else { Duration::ZERO }).await;
    }
}

/// What one slice did.
pub(in crate::store) struct Slice {
    pub(in crate::store) has_more: bool,
    took: Duration,
}

const FROM: &str = "SELECT indexed FROM conversations WHERE id = ?1";
const MESSAGES: &str =
    "SELECT seq, sender, content FROM messages WHERE conversation = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";

pub(in crate::store) fn index_some(db: &Db<'_>, most: usize) -> Result<Slice> {
    let start = Instant::now();
    let mut left = most;
    while left > 0 {
        let Some(conversation) = index::next(db)? else {
            return Ok(Slice { has_more: false, took: start.elapsed() });
        };
        // So that a message is not changed between reading and indexing it.
        db.lock(conversation)?;
        let from: i64 = db.prepare_cached(FROM)?.query_row([conversation], |row| row.get(0))?;
        let messages =
            db.prepare_cached(MESSAGES)?.query_map(params![conversation, from, left as i64], |row| {
                let words = words::for_index(id(row, 1)?, text::<MessageText>(row, 2)?.as_str());
                Ok((row.get(0)?, words))
            })?;
        let (mut upto, count) = (from, messages.len());
        for (seq, words) in messages {
            upto = seq;
            index::insert(db, conversation, seq, &words)?;
        }
        db.prepare_cached("UPDATE conversations SET indexed = ?2 WHERE id = ?1")?
            .execute([conversation, upto])?;
        if count < left {
            index::is_done(db, conversation)?;
        }
        left -= count;
    }
    Ok(Slice { has_more: true, took: start.elapsed() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema;

    #[test]
    fn no_query_scans_a_table_that_grows() {
        schema::no_query_scans(&[FROM, MESSAGES]);
    }
}
