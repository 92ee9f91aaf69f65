//! Conversations: the list of one's own, a page of one's history, how far one has read.

use std::ops::ControlFlow;

use super::{
    Store,
    conversation_row::{self, ConversationRow, message_columns},
    db::{self, Db, Row, params},
    group::{group, group_columns},
    membership,
    message_size::size,
    part::{Filling, Part},
    participants::{Pair, Participants},
    place_in_time,
    standing::{own_role, role},
    subject::Subject,
    value::{Id, Many, count, id, number, optional_id, rev, seq, text, time},
    writer::Done,
};
use crate::{
    domain_event::{DomainEvent, Origin},
    error::{Error, Result},
};
use protocol::{
    Conversation, ConversationId, ConversationMuted, GroupId, HistoryPage, Message, Peer, Rev, Seq,
    Timestamp, User, UserId, limits,
};

/// Which page of a conversation's history.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Page {
    pub(crate) before: Option<Seq>,
    pub(crate) after: Option<Seq>,
    pub(crate) around: Option<Seq>,
    pub(crate) at: Option<Timestamp>,
    pub(crate) limit: Option<u32>,
}

impl Store {
    /// The conversations of `me`, those with the newest messages first.
    pub(crate) async fn conversations(
        &self,
        me: UserId,
        part: Part<ConversationId>,
    ) -> Result<Vec<Conversation>> {
        self.read_for(me, move |db| some_conversations(db, me, part)).await
    }

    pub(crate) async fn history(
        &self,
        me: UserId,
        conversation: ConversationId,
        page: Page,
    ) -> Result<HistoryPage> {
        self.read_for(me, move |db| match conversation_row::find(db, me, conversation)? {
            Some(stored) => history(db, stored, page),
            None => {
                Ok(HistoryPage { messages: Vec::new(), head: Seq::ZERO, rev: Rev::ZERO, changes: Vec::new() })
            }
        })
        .await
    }

    /// Mutes a conversation for `me`, or ends that. Where nobody has written yet, nothing is kept.
    pub(crate) async fn mute(
        &self,
        me: UserId,
        origin: Origin,
        conversation: ConversationId,
        muted: bool,
    ) -> Result<ConversationMuted> {
        self.write_about(Subject::conversation(me, conversation), origin, move |db| {
            let Some(stored) = conversation_row::find(db, me, conversation)? else {
                return Ok(Done::without_event(ConversationMuted { conversation, muted: false }));
            };
            let changed = db
                .prepare_cached(
                    "UPDATE members SET muted = ?3 WHERE conversation = ?1 AND \"user\" = ?2 AND muted != ?3",
                )?
                .execute(params![stored.id, Id(me), muted])?;
            let answer = ConversationMuted { conversation, muted };
            Ok(match changed {
                0 => Done::without_event(answer),
                _ => Done::with_event(answer.clone(), DomainEvent::Muted { user: me, muted: answer }),
            })
        })
        .await
    }
}

/// How many messages of `c` came after the last one that `own` has read. Deleted ones have an index of their
/// own, because they are few. And how many of them mention the person.
macro_rules! unread {
    () => {
        "c.head - own.read_up_to - (SELECT count(*) FROM messages d WHERE d.conversation = c.id
             AND d.seq > own.read_up_to AND d.deleted_at IS NOT NULL) AS unread,
         CASE WHEN c.head > own.read_up_to THEN
             (SELECT count(*) FROM mentions n WHERE n.conversation = c.id AND n.user = own.user
              AND n.seq > own.read_up_to AND n.seq > own.joined_after)
             + (SELECT count(*) FROM mentions_of_all a WHERE a.conversation = c.id AND a.seq > own.read_up_to
                AND a.seq > own.joined_after AND a.sender != own.user)
         ELSE 0 END AS unread_mentions"
    };
}
pub(super) use unread;

/// When something last happened in a conversation, for a person who may have joined later.
macro_rules! updated {
    () => {
        "CASE WHEN own.joined_at > c.updated_at THEN own.joined_at ELSE c.updated_at END"
    };
}

/// The last message is found by its key (conversation, head): no message is scanned. The columns are read by their
/// numbers, because SQLite compares a name with that of every column, in every row.
macro_rules! list {
    ($($rest:tt)*) => {
        concat!(
            "SELECT c.head, ",
            updated!(),
            " AS updated, own.read_up_to, c.low, c.high, u.id, u.username, own.muted, own.mark, c.rev, c.change_id, ",
            own_role!(),
            ", ",
            unread!(),
            ", ",
            group_columns!(),
            ", ",
            message_columns!(),
            " FROM members own
              JOIN conversations c ON c.id = own.conversation
              LEFT JOIN groups g ON g.conversation = c.id
              LEFT JOIN users u ON u.id = CASE WHEN c.low = own.user THEN c.high ELSE c.low END
              LEFT JOIN messages m ON m.conversation = c.id AND m.seq = c.head
              WHERE own.user = ?1",
            $($rest)*
        )
    };
}
macro_rules! some_of_list {
    ($rows:literal, $order:literal) => {
        list!(" AND own.conversation ", $rows, " ORDER BY ", $order)
    };
}
/// In the order of [`PART_OF_LIST`].
const SOME_OF_PART: (&str, &str) = (
    some_of_list!("IN (SELECT value FROM json_each(?2))", "updated DESC, c.id DESC"),
    some_of_list!("= ANY (?2::BIGINT[])", "updated DESC, c.id DESC"),
);
/// In the order of [`PAGE_OF_LIST`].
const SOME_OF_PAGE: (&str, &str) = (
    some_of_list!("IN (SELECT value FROM json_each(?2))", "own.conversation"),
    some_of_list!("= ANY (?2::BIGINT[])", "own.conversation"),
);
/// Conversations that are read with one statement: not many more than fit on a page if they are large. For each statement
/// a reader waits for PostgreSQL's answer.
const TOGETHER: usize = 100;
/// Conversations that a page has room for at most: each takes more bytes than this.
const LEAST_BYTES: usize = 100;
/// Rows in the order of the list. What is sorted has no messages in it.
const PART_OF_LIST: &str = concat!(
    "SELECT own.conversation FROM members own JOIN conversations c ON c.id = own.conversation
      WHERE own.user = ?1 AND (",
    updated!(),
    ", c.id) < (?2, ?3) ORDER BY ",
    updated!(),
    " DESC, c.id DESC LIMIT ?4"
);
/// In the order of the rows, which never changes.
const PAGE_OF_LIST: &str = "SELECT own.conversation FROM members own
      WHERE own.user = ?1 AND own.conversation > ?2 ORDER BY own.conversation LIMIT ?3";
const UPDATED: &str = concat!(
    "SELECT ",
    updated!(),
    " FROM members own JOIN conversations c ON c.id = own.conversation
      WHERE own.user = ?1 AND own.conversation = ?2"
);

/// A page is one range of the primary key.
macro_rules! page {
    ($order:literal) => {
        concat!(
            "SELECT ",
            message_columns!(),
            " FROM messages m WHERE m.conversation = ?1 AND m.seq > ?2 AND m.seq < ?3
              ORDER BY m.seq ",
            $order,
            " LIMIT ?4"
        )
    };
}
const NEWEST: &str = page!("DESC");
const OLDEST: &str = page!("ASC");

/// The conversations in which something happened last, as many as there is room for without pages, and whether there
/// are more.
pub(super) fn newest_conversations(db: &Db<'_>, me: UserId) -> Result<(Vec<Conversation>, bool)> {
    let most = limits::SYNC_BYTES / LEAST_BYTES;
    let rows: Vec<i64> = db
        .prepare_cached(PART_OF_LIST)?
        .query_map(params![Id(me), i64::MAX, i64::MAX, most as i64], |row| row.get(0))?;
    let newest = as_many_as_fit(db, me, SOME_OF_PART, &rows, limits::SYNC_BYTES)?;
    let has_more = newest.is_full() || rows.len() == most;
    Ok((newest.into_items(), has_more))
}

/// A page of conversations after another one, and whether there are more. If that one is no longer one's own,
/// the list begins again: a conversation that comes twice does no harm.
pub(super) fn page_of_conversations(
    db: &Db<'_>,
    me: UserId,
    after: Option<ConversationId>,
) -> Result<(Vec<Conversation>, bool)> {
    let row = match after {
        Some(after) => own_row(db, me, after)?.unwrap_or_default(),
        None => 0,
    };
    let most = limits::SYNC_BYTES / LEAST_BYTES;
    let rows: Vec<i64> =
        db.prepare_cached(PAGE_OF_LIST)?.query_map(params![Id(me), row, most as i64], |row| row.get(0))?;
    let page = as_many_as_fit(db, me, SOME_OF_PAGE, &rows, limits::SYNC_BYTES)?;
    let has_more = page.is_full() || rows.len() == most;
    Ok((page.into_items(), has_more))
}

/// The conversations behind another one. If that one is no longer one's own, the list begins again, as above.
fn some_conversations(db: &Db<'_>, me: UserId, part: Part<ConversationId>) -> Result<Vec<Conversation>> {
    let place = match part.after {
        Some(after) => own_row(db, me, after)?,
        None => None,
    };
    let (updated, row) = match place {
        Some(row) => {
            (db.prepare_cached(UPDATED)?.query_row(params![Id(me), row], |found| found.get(0))?, row)
        }
        None => (i64::MAX, i64::MAX),
    };
    let range = params![Id(me), updated, row, i64::from(part.limit(limits::CONVERSATIONS_PAGE))];
    let rows: Vec<i64> = db.prepare_cached(PART_OF_LIST)?.query_map(range, |row| row.get(0))?;
    Ok(as_many_as_fit(db, me, SOME_OF_PART, &rows, limits::HISTORY_PAGE_BYTES)?.into_items())
}

/// The conversations in these rows, as many as there is room for in so many bytes.
fn as_many_as_fit(
    db: &Db<'_>,
    me: UserId,
    (sqlite, postgresql): (&'static str, &'static str),
    rows: &[i64],
    bytes: usize,
) -> Result<Filling<Conversation>> {
    let mut page = Filling::new(bytes);
    let mut find = db.prepare_cached(db.either(sqlite, postgresql))?;
    for some in rows.chunks(TOGETHER) {
        find.for_each(params![Id(me), Many(some)], |row| -> Result<_> {
            let next = conversation(row)?;
            let bytes = serde_json::to_vec(&next)?.len() + ",".len();
            Ok(page.put(next, bytes))
        })?;
        if page.is_full() {
            break;
        }
    }
    Ok(page)
}

/// The row of the conversation behind which a page begins. `None` if it is no longer one's own: a client that follows
/// the pages cannot help that somebody was removed from a group meanwhile.
fn own_row(db: &Db<'_>, me: UserId, after: ConversationId) -> Result<Option<i64>> {
    match conversation_row::find(db, me, after) {
        Ok(stored) => Ok(stored.map(|stored| stored.id)),
        Err(Error::Refused(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Where the columns of the group and those of the message begin.
const GROUP: usize = 14;
const MESSAGE: usize = 19;

fn conversation(row: &Row<'_>) -> db::Result<Conversation> {
    let head = seq(row, 0)?;
    let (participants, with) = match row.get::<_, Option<Id<GroupId>>>(GROUP)? {
        Some(group_id) => (Participants::Group(group_id.0), Peer::Group(group(row, GROUP)?)),
        None => (
            Participants::Pair(Pair { low: id(row, 3)?, high: id(row, 4)? }),
            Peer::User(User { id: id(row, 5)?, username: text(row, 6)? }),
        ),
    };
    let last_message =
        (head > Seq::ZERO).then(|| conversation_row::message(row, MESSAGE, participants)).transpose()?;
    Ok(Conversation {
        with,
        last_message,
        read_up_to: seq(row, 2)?,
        mark: count(row, 8)?,
        unread: count(row, 12)?,
        unread_mentions: count(row, 13)?,
        rev: rev(row, 9)?,
        change_id: optional_id(row, 10)?,
        updated_at: time(row, 1)?,
        muted: row.get(7)?,
        role: role(row, 11)?,
    })
}

fn history(db: &Db<'_>, stored: ConversationRow, page: Page) -> Result<HistoryPage> {
    let (least, most) = (*limits::HISTORY_PAGE.start(), *limits::HISTORY_PAGE.end());
    let limit = page.limit.unwrap_or(limits::HISTORY_PAGE_DEFAULT).clamp(least, most);
    let around_place = match page.at {
        Some(time) => Some(place_in_time::at(db, stored, time)?),
        None => page.around,
    };
    let (messages, first, last) = match (around_place, page) {
        (Some(place), _) => {
            let messages = around(db, stored, place, limit)?;
            let first = messages.first().map_or(Seq::ZERO, |first| first.seq);
            let last = messages.last().map_or(Seq::ZERO, |last| last.seq);
            // Nothing is before the first message but the group's beginning.
            (messages, if first == Seq::ZERO.next() { Seq::ZERO } else { first }, last)
        }
        (None, Page { before, after, .. }) => {
            // Oldest first only where a page continues behind a place; else the newest of the range.
            let backwards = after.is_none();
            let mut bytes = limits::HISTORY_PAGE_BYTES;
            let messages = range(db, stored, before, after, limit, backwards, &mut bytes)?;
            let beginning = after.unwrap_or_default();
            let first = messages.first().map_or(beginning, |first| first.seq);
            let last = messages.last().map_or(beginning, |last| last.seq);
            let begins = !backwards || first == Seq::ZERO.next();
            (messages, if begins { beginning } else { first }, last)
        }
    };
    let changes = match stored.participants {
        Participants::Pair(_) => Vec::new(),
        Participants::Group(_) => membership::between(db, stored.id, first, last)?,
    };
    Ok(HistoryPage { messages, head: stored.head, rev: stored.rev, changes })
}

/// The messages next to a place. If there are fewer on one side, there are more on the other.
fn around(db: &Db<'_>, stored: ConversationRow, place: Seq, limit: u32) -> Result<Vec<Message>> {
    let place = place.clamp(Seq::ZERO.next(), stored.head.max(Seq::ZERO.next()));
    let half = u64::from(limit / 2);
    let behind = stored.head.since(place).min(half);
    let before = (u64::from(limit) - 1 - behind).min(place.0 - 1);
    let behind = (u64::from(limit) - 1 - before).min(stored.head.since(place));
    let count = |number: u64| u32::try_from(number).unwrap_or(limit);
    // The place itself first: it must be there, whatever fits beside it.
    let mut bytes = limits::HISTORY_PAGE_BYTES;
    let at = range(db, stored, Some(place.next()), None, 1, true, &mut bytes)?;
    let mut older = match count(before) {
        0 => Vec::new(),
        limit => range(db, stored, Some(place), None, limit, true, &mut (bytes / 2))?,
    };
    let newer = match count(behind) {
        0 => Vec::new(),
        limit => range(db, stored, None, Some(place), limit, false, &mut (bytes / 2))?,
    };
    older.extend(at);
    older.extend(newer);
    Ok(older)
}

/// Messages between two places, ascending; at least one if there is any, else as many as fit.
fn range(
    db: &Db<'_>,
    stored: ConversationRow,
    before: Option<Seq>,
    after: Option<Seq>,
    limit: u32,
    backwards: bool,
    bytes: &mut usize,
) -> Result<Vec<Message>> {
    let sql = if backwards { NEWEST } else { OLDEST };
    let (above, below) = (number(after.unwrap_or_default()), before.map_or(i64::MAX, number));
    let range = params![stored.id, above, below, i64::from(limit)];
    let mut messages = Vec::new();
    db.prepare_cached(sql)?.for_each(range, |row| -> db::Result<_> {
        let message = conversation_row::message(row, 0, stored.participants)?;
        let size = size(&message);
        if size > *bytes && !messages.is_empty() {
            return Ok(ControlFlow::Break(()));
        }
        *bytes = bytes.saturating_sub(size);
        messages.push(message);
        Ok(ControlFlow::Continue(()))
    })?;
    if backwards {
        messages.reverse();
    }
    Ok(messages)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema;

    #[test]
    fn no_query_scans_a_table_that_grows() {
        schema::no_query_scans(&[
            SOME_OF_PART.0,
            SOME_OF_PAGE.0,
            PART_OF_LIST,
            PAGE_OF_LIST,
            UPDATED,
            NEWEST,
            OLDEST,
        ]);
    }
}
