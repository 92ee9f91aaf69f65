//! Changes of messages: each takes the next `rev` of its conversation in the transaction that makes it.

mod edit;
mod pin;
mod reaction;

use std::ops::ControlFlow;

use super::{
    Store,
    conversation_row::{self, ConversationRow, MESSAGE_COLUMNS, message_columns},
    db::{self, Db, OptionalExtension, params},
    mention, message_search,
    message_size::size,
    participants::{Pair, Participants},
    subject::Subject,
    value::{Id, Text, id, number, optional_id, rev, rev_number, seq},
    writer::{Done, Submitted},
};
use crate::{
    clock,
    domain_event::{DomainEvent, Origin},
    error::{Error, Result},
    policy,
};
use protocol::{
    ChangeId, ChangesPage, ConversationId, GroupId, Message, MessageId, Rev, Seq, UserId, limits,
};

/// A message that somebody may read, and the conversation that it is in.
pub(super) struct Found {
    pub(super) conversation: ConversationRow,
    pub(super) message: Message,
}

impl Store {
    /// Changes a message. `change` gets it as it is and says how it is to be, or that nothing is to happen.
    /// As with [`submit`](Store::submit), it has its place among all writes when this returns.
    async fn submit_change(
        &self,
        me: UserId,
        message: MessageId,
        change: impl Fn(&Db<'_>, &Found) -> Result<Option<Message>> + Send + 'static,
    ) -> Result<Submitted<Message>> {
        let work = move |db: &Db<'_>| {
            let mut found = find(db, me, message)?;
            if db.lock(found.conversation.id)? {
                found = find(db, me, message)?;
            }
            match change(db, &found)? {
                Some(changed) => {
                    search_anew(db, &found, &changed)?;
                    commit(db, found.conversation, changed)
                }
                None => Ok(Done::without_event(found.message)),
            }
        };
        self.writer.submit(Subject::Message(message), Origin::default(), work).await
    }

    pub(crate) async fn message(&self, me: UserId, message: MessageId) -> Result<Message> {
        self.read_for(me, move |db| Ok(find(db, me, message)?.message)).await
    }

    /// The messages that are new or changed after a revision, as they are now, on one snapshot.
    pub(crate) async fn changes(
        &self,
        me: UserId,
        conversation: ConversationId,
        since: Rev,
        limit: Option<u32>,
    ) -> Result<ChangesPage> {
        self.read_for(me, move |db| match conversation_row::find(db, me, conversation)? {
            Some(stored) => changes(db, stored, since, limit),
            None => Ok(ChangesPage { messages: Vec::new(), rev: Rev::ZERO, more: false }),
        })
        .await
    }
}

const BY_ID: &str = concat!(
    "SELECT ",
    message_columns!(),
    ", c.id, c.head, c.rev, c.low, c.high, g.id
      FROM messages m
      JOIN conversations c ON c.id = m.conversation
      LEFT JOIN groups g ON g.conversation = c.id
      WHERE m.id = ?1"
);

/// A message that `me` may read.
pub(super) fn find(db: &Db<'_>, me: UserId, message: MessageId) -> Result<Found> {
    const AT: usize = MESSAGE_COLUMNS;
    let found = db
        .prepare_cached(BY_ID)?
        .query_row([Id(message)], |row| {
            let participants = match optional_id::<GroupId>(row, AT + 5)? {
                Some(group) => Participants::Group(group),
                None => Participants::Pair(Pair { low: id(row, AT + 3)?, high: id(row, AT + 4)? }),
            };
            let conversation = ConversationRow {
                id: row.get(AT)?,
                head: seq(row, AT + 1)?,
                rev: rev(row, AT + 2)?,
                participants,
            };
            Ok(Found { conversation, message: conversation_row::message(row, 0, participants)? })
        })
        .optional()?
        .ok_or_else(Error::unknown_message)?;
    match found.conversation.participants {
        // Nobody learns that two others have a message of this id.
        Participants::Pair(pair) if pair.low != me && pair.high != me => Err(Error::unknown_message()),
        Participants::Pair(_) => Ok(found),
        Participants::Group(group) => {
            conversation_row::own_group(db, me, group)?;
            Ok(found)
        }
    }
}

/// The message, if it was not deleted.
fn existing(found: &Found) -> Result<Message> {
    match found.message.is_deleted() {
        true => Err(Error::message_deleted()),
        false => Ok(found.message.clone()),
    }
}

/// The message, if it was not deleted and `me` wrote it.
fn own(me: UserId, found: &Found) -> Result<Message> {
    policy::correct(me, found.message.sender_id)?;
    existing(found)
}

/// Searches find a message by its present words.
fn search_anew(db: &Db<'_>, Found { conversation, message }: &Found, changed: &Message) -> Result<()> {
    if changed.is_deleted() {
        message_search::unindex(db, conversation.id, message)
    } else if changed.content != message.content {
        message_search::reindex(db, conversation.id, message, changed)
    } else {
        Ok(())
    }
}

/// Keeps a message as it is to be, as the next change of its conversation.
fn commit(db: &Db<'_>, conversation: ConversationRow, mut message: Message) -> Result<Done<Message>> {
    let change = ChangeId::from_bytes(clock::new_id());
    message.rev = conversation.rev.next();
    message.change_id = Some(change);
    let rev = rev_number(message.rev);
    db.prepare_cached("UPDATE conversations SET rev = ?2, change_id = ?3 WHERE id = ?1")?
        .execute(params![conversation.id, rev, Id(change)])?;
    db.prepare_cached("INSERT INTO changes (conversation, rev, id) VALUES (?1, ?2, ?3)")?
        .execute(params![conversation.id, rev, Id(change)])?;
    let reactions = match message.reactions.is_empty() {
        true => None,
        false => Some(serde_json::to_string(&message.reactions)?),
    };
    db.prepare_cached(
        "UPDATE messages SET content = ?3, rev = ?4, change_id = ?5, edited_at = ?6, deleted_at = ?7,
                pinned_at = ?8, reactions = ?9, mentions = ?10, deleted_by = ?11
         WHERE conversation = ?1 AND seq = ?2",
    )?
    .execute(params![
        conversation.id,
        number(message.seq),
        Text(&message.content),
        rev,
        Id(change),
        message.edited_at.map(|at| at.0),
        message.deleted_at.map(|at| at.0),
        message.pinned_at.map(|at| at.0),
        reactions,
        mention::column(&message),
        message.deleted_by.map(Id),
    ])?;
    Ok(Done::with_event(message.clone(), DomainEvent::MessageChanged(message)))
}

const CHANGED: &str = concat!(
    "SELECT ",
    message_columns!(),
    " FROM messages m WHERE m.conversation = ?1 AND m.rev > ?2 ORDER BY m.rev LIMIT ?3"
);
const UNCHANGED: &str = concat!(
    "SELECT ",
    message_columns!(),
    " FROM messages m WHERE m.conversation = ?1 AND m.seq >= ?2 AND m.rev IS NULL ORDER BY m.seq LIMIT ?3"
);
const BORN: &str = "SELECT coalesce(born, seq) FROM messages WHERE conversation = ?1 AND seq = ?2";

fn changes(db: &Db<'_>, stored: ConversationRow, since: Rev, limit: Option<u32>) -> Result<ChangesPage> {
    let (least, most) = (*limits::HISTORY_PAGE.start(), *limits::HISTORY_PAGE.end());
    let limit = limit.unwrap_or(most).clamp(least, most);
    let nothing = ChangesPage { messages: Vec::new(), rev: stored.rev, more: false };
    if since >= stored.rev {
        return Ok(nothing);
    }
    let most = i64::from(limit) + 1;
    let mut changed = a_page(db, stored, CHANGED, params![stored.id, rev_number(since), most])?.into_iter();
    let first = first_born_after(db, stored, since)?;
    let mut unchanged = a_page(db, stored, UNCHANGED, params![stored.id, number(first), most])?.into_iter();
    let mut next = [changed.next(), unchanged.next()];
    let (mut page, mut bytes) = (nothing, 0);
    loop {
        let older =
            |one: &Message, other: &Option<Message>| other.as_ref().is_none_or(|other| one.rev < other.rev);
        let message = match &next {
            [None, None] => return Ok(page),
            [Some(one), other] if older(one, other) => std::mem::replace(&mut next[0], changed.next()),
            _ => std::mem::replace(&mut next[1], unchanged.next()),
        };
        let Some(message) = message else { return Ok(page) };
        bytes += size(&message);
        let full = page.messages.len() as u32 >= limit || bytes > limits::HISTORY_PAGE_BYTES;
        if full && let Some(last) = page.messages.last() {
            page.rev = last.rev;
            page.more = true;
            return Ok(page);
        }
        page.messages.push(message);
    }
}

/// As many messages as a page can have of one kind: one more than fit.
fn a_page(
    db: &Db<'_>,
    stored: ConversationRow,
    sql: &'static str,
    range: &[&dyn db::Value],
) -> Result<Vec<Message>> {
    let (mut messages, mut bytes) = (Vec::new(), 0);
    db.prepare_cached(sql)?.for_each(range, |row| -> db::Result<_> {
        let message = conversation_row::message(row, 0, stored.participants)?;
        bytes += size(&message);
        messages.push(message);
        let is_enough = bytes > limits::HISTORY_PAGE_BYTES && messages.len() > 1;
        Ok(if is_enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    Ok(messages)
}

/// The first message that was sent after a revision. Messages stand in the order of their sending, so this
/// looks at a few of them only.
fn first_born_after(db: &Db<'_>, stored: ConversationRow, since: Rev) -> Result<Seq> {
    // Before a message come as many revs as messages, and at most all changes that are no messages.
    let others = stored.rev.0.saturating_sub(stored.head.0);
    let (mut low, mut high) = (since.0.saturating_sub(others) + 1, since.0.min(stored.head.0) + 1);
    let mut born = db.prepare_cached(BORN)?;
    while low < high {
        let middle = low + (high - low) / 2;
        let at = born.query_row(params![stored.id, number(Seq(middle))], |row| rev(row, 0)).optional()?;
        if at.is_none_or(|at| at > since) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(Seq(low))
}

/// Whether a change is in the history of a conversation.
pub(super) fn happened(db: &Db<'_>, row: i64, at: Rev, change: ChangeId) -> Result<bool> {
    let logged: Option<ChangeId> = db
        .prepare_cached("SELECT id FROM changes WHERE conversation = ?1 AND rev = ?2")?
        .query_row(params![row, rev_number(at)], |row| id(row, 0))
        .optional()?;
    if logged.is_some() {
        return Ok(logged == Some(change));
    }
    let sent = db
        .prepare_cached(
            "SELECT 1 FROM messages WHERE id = ?1 AND conversation = ?2 AND coalesce(born, seq) = ?3",
        )?
        .exists(params![Id(change), row, rev_number(at)])?;
    Ok(sent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema;

    #[test]
    fn no_query_scans_a_table_that_grows() {
        schema::no_query_scans(&[BY_ID, CHANGED, UNCHANGED, BORN]);
    }
}
