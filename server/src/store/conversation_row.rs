//! Where a conversation is kept, and how a row of `messages` in it becomes a [`Message`].

use super::{
    db::{self, Db, DbError, OptionalExtension, Row, params},
    mention,
    participants::{Pair, Participants},
    value::{Id, Text, id, optional_id, optional_time, rev, seq, text, time},
};
use crate::{
    error::{Error, Result},
    policy,
};
use protocol::{
    ConversationId, GroupId, Message, MessageId, MessageText, Quote, Reaction, Rev, Seq, UserId, excerpt,
};

/// The row of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ConversationRow {
    pub(super) id: i64,
    pub(super) head: Seq,
    pub(super) rev: Rev,
    pub(super) participants: Participants,
}

/// The conversation as `me` names it. None when two people have not written to each other yet;
/// refused when there is no such person or group, or `me` is not a member.
pub(super) fn find(db: &Db<'_>, me: UserId, conversation: ConversationId) -> Result<Option<ConversationRow>> {
    match conversation {
        ConversationId::User(other) => {
            let stored = pair(db, Pair::of(me, other))?;
            if stored.is_none() && !super::user::exists(db, other)? {
                return Err(Error::unknown_user());
            }
            Ok(stored)
        }
        ConversationId::Group(group) => own_group(db, me, group).map(Some),
    }
}

pub(super) fn pair(db: &Db<'_>, pair: Pair) -> Result<Option<ConversationRow>> {
    let stored = db
        .prepare_cached("SELECT id, head, rev FROM conversations WHERE low = ?1 AND high = ?2")?
        .query_row(params![Id(pair.low), Id(pair.high)], |row| {
            Ok(ConversationRow {
                id: row.get(0)?,
                head: seq(row, 1)?,
                rev: rev(row, 2)?,
                participants: Participants::Pair(pair),
            })
        })
        .optional()?;
    Ok(stored)
}

/// The conversation of a group that `me` is a member of.
pub(super) fn own_group(db: &Db<'_>, me: UserId, group: GroupId) -> Result<ConversationRow> {
    let (stored, is_member) = self::group(db, me, group)?.ok_or_else(Error::unknown_group)?;
    policy::enter(is_member)?;
    Ok(stored)
}

/// The conversation of a group, if there is one of this id, and whether `me` is a member.
pub(super) fn group(db: &Db<'_>, me: UserId, group: GroupId) -> db::Result<Option<(ConversationRow, bool)>> {
    db.prepare_cached(
        "SELECT c.id, c.head, c.rev, m.user IS NOT NULL
             FROM groups g
             JOIN conversations c ON c.id = g.conversation
             LEFT JOIN members m ON m.conversation = c.id AND m.user = ?2
             WHERE g.id = ?1",
    )?
    .query_row(params![Id(group), Id(me)], |row| {
        let stored = ConversationRow {
            id: row.get(0)?,
            head: seq(row, 1)?,
            rev: rev(row, 2)?,
            participants: Participants::Group(group),
        };
        Ok((stored, row.get(3)?))
    })
    .optional()
}

/// What `find` finds, of a conversation that nobody else changes until the transaction ends.
pub(super) fn locked(
    db: &Db<'_>,
    find: impl Fn() -> Result<Option<ConversationRow>>,
) -> Result<Option<ConversationRow>> {
    match find()? {
        Some(found) if db.lock(found.id)? => find(),
        found => Ok(found),
    }
}

/// The same as [`own_group`], locked.
pub(super) fn locked_group(db: &Db<'_>, me: UserId, group: GroupId) -> Result<ConversationRow> {
    locked(db, || own_group(db, me, group).map(Some))?.ok_or_else(Error::unknown_group)
}

/// The columns that [`message`] reads, of the table named `m`. Of a message that is no reply, nothing is
/// looked up.
macro_rules! message_columns {
    () => {
        "m.id, m.client_id, m.sender, m.content, m.seq, m.created_at,
         coalesce(m.rev, m.born, m.seq) AS message_rev, m.change_id, m.edited_at, m.deleted_at, m.pinned_at,
         m.reactions, m.reply_to,
         (SELECT q.id FROM messages q WHERE q.conversation = m.conversation AND q.seq = m.reply_to),
         (SELECT q.sender FROM messages q WHERE q.conversation = m.conversation AND q.seq = m.reply_to),
         (SELECT q.content FROM messages q WHERE q.conversation = m.conversation AND q.seq = m.reply_to),
         m.mentions, m.deleted_by"
    };
}
pub(super) use message_columns;

/// How many columns these are.
pub(super) const MESSAGE_COLUMNS: usize = 18;

/// Reads a message whose columns begin at `first`.
pub(super) fn message(row: &Row<'_>, first: usize, participants: Participants) -> db::Result<Message> {
    let sender = id(row, first + 2)?;
    let client_id = row.get::<_, Option<Text<_>>>(first + 1)?.map(|text| text.0);
    let reply_to = match optional_id::<MessageId>(row, first + 13)? {
        None => None,
        Some(message_id) => Some(Quote {
            message_id,
            seq: seq(row, first + 12)?,
            sender_id: id(row, first + 14)?,
            excerpt: excerpt(&text::<MessageText>(row, first + 15)?),
        }),
    };
    let (mentions, mentions_all) = mention::read(row, first + 16)?;
    Ok(Message {
        id: id(row, first)?,
        client_id,
        sender_id: sender,
        recipient: participants.recipient(sender),
        content: text(row, first + 3)?,
        seq: seq(row, first + 4)?,
        rev: rev(row, first + 6)?,
        change_id: optional_id(row, first + 7)?,
        created_at: time(row, first + 5)?,
        edited_at: optional_time(row, first + 8)?,
        deleted_at: optional_time(row, first + 9)?,
        deleted_by: optional_id(row, first + 17)?,
        pinned_at: optional_time(row, first + 10)?,
        reply_to,
        reactions: reactions(row, first + 11)?,
        mentions,
        mentions_all,
    })
}

fn reactions(row: &Row<'_>, column: usize) -> db::Result<Vec<Reaction>> {
    match row.get::<_, Option<String>>(column)? {
        None => Ok(Vec::new()),
        Some(json) => serde_json::from_str(&json).map_err(|error| DbError::Unreadable(error.into())),
    }
}
