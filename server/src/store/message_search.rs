//! Finding messages by their words.
//!
//! The [`index`] is SQLite's FTS5, or a column of PostgreSQL's type for it. It knows which messages have a word, but neither where in the text nor in which
//! spelling: [`words`] takes texts apart, the same way for the index and for queries. The index only proposes
//! messages ([`candidates`]). Each is read and compared with what is [`wanted`] before it is a hit, so that it
//! does no harm if the index has words that a message no longer has.
//!
//! Messages are put into the index in the background ([`indexer`]), because the index costs more than keeping the
//! message does. A search reads those that are not in there yet one by one.

mod candidates;
#[cfg(fuzzing)]
pub(crate) mod fuzzing;
mod index;
pub(super) mod indexer;
mod range;
mod scope;
mod wanted;
mod words;

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    time::{Duration, Instant},
};

use self::{candidates::Candidates, range::Range, wanted::Wanted};
#[cfg(any(test, feature = "seed"))]
use super::writer::Done;
use super::{
    Store,
    db::{Db, params},
    message_size::size,
    value::number,
};
use crate::error::Result;
use protocol::{ConversationId, FoundMessages, Hit, Message, MessageId, Seq, UserId, limits, query::Query};

/// How long one search may take. What it has found by then is the answer, and says so.
const TIME: Duration = Duration::from_millis(250);

/// What somebody searches for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Search {
    pub(crate) query: Query,
    pub(crate) conversation: Option<ConversationId>,
    pub(crate) before: Option<MessageId>,
    pub(crate) limit: Option<u32>,
    pub(crate) utc_offset: i32,
}

impl Store {
    /// The messages that fit, of those that `me` may read, newest first.
    pub(crate) async fn search_messages(&self, me: UserId, search: Search) -> Result<FoundMessages> {
        self.read_for(me, move |db| find(db, me, &search, TIME)).await
    }
}

#[cfg(any(test, feature = "seed"))]
impl Store {
    /// Puts everything into the index at once.
    pub(crate) async fn index_messages(&self) -> Result<()> {
        while self.write(|db| indexer::index_some(db, 10_000).map(Done::without_event)).await?.has_more {}
        Ok(())
    }
}

pub(super) fn find(db: &Db<'_>, me: UserId, search: &Search, time: Duration) -> Result<FoundMessages> {
    let end = Instant::now() + time;
    // A word is rare or common. By one plan for both, PostgreSQL looks for it once for each conversation of whoever asks:
    // with 2,300 of them and a word of 1.2 million messages 40 s instead of 40 ms.
    db.plan_by_values()?;
    let wanted = Wanted::of(&search.query, scope::sender(db, me, &search.query)?)?;
    let mut range = Range::of(search);
    let mut conversations = scope::conversations(db, me, search)?;
    if let Some(before) = search.before {
        range = range.behind(db, before, &mut conversations)?;
    }
    let mut candidates = Candidates::find(db, me, &wanted, range, conversations)?;
    // The conversation that may have the newest hit comes first. It is known how new that can be at most; how
    // new it is, only once the hit was looked for.
    let mut next: BinaryHeap<(MessageId, Reverse<usize>)> = candidates.newest().collect();
    let mut found: Vec<Option<Hit>> = vec![None; next.len()];
    let limit = search.limit.unwrap_or(limits::SEARCH_PAGE_DEFAULT);
    let limit = limit.clamp(*limits::SEARCH_PAGE.start(), *limits::SEARCH_PAGE.end()) as usize;
    let (mut page, mut bytes) = (FoundMessages::default(), 0);
    while let Some((at, Reverse(place))) = next.pop() {
        if let Some(hit) = found[place].take() {
            bytes += size(&hit.message);
            let is_full = page.hits.len() == limit || bytes > limits::HISTORY_PAGE_BYTES;
            if let Some(last) = page.hits.last()
                && is_full
            {
                page.next = Some(last.message.id);
                break;
            }
            page.hits.push(hit);
        }
        if Instant::now() > end {
            page.incomplete = true;
            break;
        }
        match candidates.next_hit(db, place, &wanted, range, end)? {
            candidates::Next::Hit(hit) => {
                // Never newer than what came before it, whatever the clock of the server did.
                next.push((hit.message.id.min(at), Reverse(place)));
                found[place] = Some(hit);
            }
            candidates::Next::Nothing => {}
            candidates::Next::NoTime => page.incomplete = true,
        }
    }
    Ok(page)
}

pub(super) use index::note;

const INDEXED: &str = "SELECT 1 FROM conversations WHERE id = ?1 AND indexed >= ?2";

/// Takes a message that is deleted out of the index, in the same transaction. The text is the one before.
pub(super) fn unindex(db: &Db<'_>, row: i64, message: &Message) -> Result<()> {
    if is_indexed(db, row, message.seq)? {
        let words = words::for_index(message.sender_id, message.content.as_str());
        index::delete(db, row, number(message.seq), &words)?;
    }
    Ok(())
}

/// Puts another text of a message into the index, in the transaction that changes it.
pub(super) fn reindex(db: &Db<'_>, row: i64, before: &Message, after: &Message) -> Result<()> {
    unindex(db, row, before)?;
    if is_indexed(db, row, after.seq)? {
        let words = words::for_index(after.sender_id, after.content.as_str());
        index::insert(db, row, number(after.seq), &words)?;
    }
    Ok(())
}

/// If not, it will be put into it as it is then.
fn is_indexed(db: &Db<'_>, row: i64, seq: Seq) -> Result<bool> {
    Ok(db.prepare_cached(INDEXED)?.exists(params![row, number(seq)])?)
}

#[cfg(test)]
mod tests;
