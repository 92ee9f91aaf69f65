//! Many messages at once, for measurements.

use std::time::Duration;

use protocol::{Seq, UserId};

use super::{
    Store, conversation_row,
    db::{Db, params},
    message,
    participants::Pair,
    value::{Blob, Id, number},
    writer::Done,
};
use crate::{clock, error::Result};

/// Messages that one transaction inserts.
const AT_ONCE: u64 = 100_000;

/// By turns from one and from the other, as long as messages usually are. Neighbours are written far from each other, as
/// they are when many conversations go on at the same time.
const INSERT: &str = "
    WITH RECURSIVE numbers (seq) AS (SELECT ?2 UNION ALL SELECT seq + 1 FROM numbers WHERE seq < ?3)
    INSERT INTO messages (conversation, seq, id, sender, client_id, content, created_at)
    SELECT ?1, seq, unhex(printf('%012x7000%04x%012x', ?6 + seq, 0x8000 | ?1 & 0x3fff, seq)), iif(seq % 2, ?4, ?5),
           printf('%08x-7b3c-7000-8000-%012x', ?1, seq),
           'Message ' || seq || ': ' || substr('the quick brown fox jumps over the lazy dog, and back again', 1, 10 + seq % 50),
           ?6 + seq
    FROM numbers ORDER BY seq * 7919 % 99991";

/// The same in PostgreSQL's words.
const INSERT_POSTGRESQL: &str = "
    INSERT INTO messages (conversation, seq, id, sender, client_id, content, created_at)
    SELECT ?1::BIGINT, seq,
           decode(lpad(to_hex(?6::BIGINT + seq), 12, '0') || '7000' || to_hex(32768 | ?1::BIGINT & 16383)
                  || lpad(to_hex(seq), 12, '0'), 'hex'),
           CASE seq % 2 WHEN 1 THEN ?4::BYTEA ELSE ?5::BYTEA END,
           lpad(to_hex(?1::BIGINT), 8, '0') || '-7b3c-7000-8000-' || lpad(to_hex(seq), 12, '0'),
           'Message ' || seq || ': ' || substr('the quick brown fox jumps over the lazy dog, and back again', 1, (10 + seq % 50)::INT),
           ?6::BIGINT + seq
    FROM generate_series(?2::BIGINT, ?3::BIGINT) AS seq ORDER BY seq * 7919 % 99991";

const SAY: &str = "
    INSERT INTO messages (conversation, seq, id, sender, content, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

const AGE: &str = "UPDATE messages SET created_at = created_at - (?2 - seq) * ?3 WHERE conversation = ?1";

impl Store {
    /// Adds texts to a private conversation.
    pub(crate) async fn say(&self, one: UserId, other: UserId, texts: Vec<String>) -> Result<()> {
        self.write(move |db| {
            let (row, Seq(before)) = head(db, one, other)?;
            let mut seq = before;
            for text in &texts {
                seq += 1;
                let sender = if seq % 2 == 0 { one } else { other };
                let of =
                    params![row, number(Seq(seq)), Blob(clock::new_id()), Id(sender), text, clock::now().0];
                db.prepare_cached(SAY)?.execute(of)?;
            }
            db.prepare_cached("UPDATE conversations SET head = ?2, updated_at = ?3 WHERE id = ?1")?
                .execute(params![row, number(Seq(seq)), clock::now().0])?;
            super::message_search::note(db, row)?;
            Ok(Done::without_event(()))
        })
        .await
    }

    /// Makes each message of a private conversation so much older than the one after it; the last stays as it
    /// is.
    pub(crate) async fn age(&self, one: UserId, other: UserId, apart: Duration) -> Result<()> {
        let apart = i64::try_from(apart.as_millis()).unwrap_or(i64::MAX);
        self.write(move |db| {
            if let Some(stored) = conversation_row::pair(db, Pair::of(one, other))? {
                db.prepare_cached(AGE)?.execute(params![stored.id, number(stored.head), apart])?;
            }
            Ok(Done::without_event(()))
        })
        .await
    }

    /// Makes a private conversation `count` messages long; it is an error if it is longer.
    pub(crate) async fn converse(&self, one: UserId, other: UserId, count: u64) -> Result<()> {
        let mut from = self.write(move |db| Ok(Done::without_event(head(db, one, other)?))).await?;
        while from.1 < Seq(count) {
            let (row, Seq(first)) = from;
            let last = count.min(first + AT_ONCE);
            self.write(move |db| {
                let (from, to) = (number(Seq(first + 1)), number(Seq(last)));
                let range = params![row, from, to, Id(one), Id(other), clock::now().0];
                db.prepare_cached(db.either(INSERT, INSERT_POSTGRESQL))?.execute(range)?;
                db.prepare_cached("UPDATE conversations SET head = ?2, rev = ?2 WHERE id = ?1")?
                    .execute(params![row, number(Seq(last))])?;
                Ok(Done::without_event(()))
            })
            .await?;
            from.1 = Seq(last);
        }
        Ok(())
    }

    /// Takes all messages for indexed: searches do not find those that are not.
    pub(crate) async fn leave_unindexed(&self) -> Result<()> {
        self.write(|db| {
            db.prepare_cached("UPDATE conversations SET indexed = head")?.execute(params![])?;
            Ok(Done::without_event(()))
        })
        .await
    }
}

/// The conversation's row and how long it is.
fn head(db: &Db<'_>, one: UserId, other: UserId) -> Result<(i64, Seq)> {
    message::next_of_pair(db, Pair::of(one, other), other, clock::now())
        .map(|place| (place.row, Seq(place.seq.0 - 1)))
}
