//! Where a conversation is kept, and how a row of `messages` in it becomes a [`Message`].

use protocol::{ConversationId, GroupId, Message, Recipient, Seq, UserId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::value::{Id, id, seq, text, time};
use crate::{
    error::{Error, Result},
    policy::{self, Standing},
};

/// The row of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ConversationRow {
    pub(super) id: i64,
    pub(super) head: Seq,
    pub(super) participants: Participants,
}

/// Who takes part in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Participants {
    /// Of two people; of one with themselves when both are the same.
    Pair(Pair),
    Group(GroupId),
}

/// Two people in the order of their ids, so that both find the same conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) low: UserId,
    pub(super) high: UserId,
}

impl Pair {
    pub(super) fn of(one: UserId, other: UserId) -> Self {
        Self { low: one.min(other), high: one.max(other) }
    }

    pub(super) fn other(self, one: UserId) -> UserId {
        if self.low == one { self.high } else { self.low }
    }
}

impl Participants {
    /// Whom a message of this sender is for.
    pub(super) fn recipient(self, sender: UserId) -> Recipient {
        match self {
            Self::Pair(pair) => Recipient::User(pair.other(sender)),
            Self::Group(group) => Recipient::Group(group),
        }
    }
}

/// The conversation as `me` names it. None when two people have not written to each other yet;
/// refused when there is no such person or group, or `me` is not a member.
pub(super) fn find(
    db: &Connection,
    me: UserId,
    conversation: ConversationId,
) -> Result<Option<ConversationRow>> {
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

pub(super) fn pair(db: &Connection, pair: Pair) -> Result<Option<ConversationRow>> {
    let stored = db
        .prepare_cached("SELECT id, head FROM conversations WHERE low = ?1 AND high = ?2")?
        .query_row(params![Id(pair.low), Id(pair.high)], |row| {
            Ok(ConversationRow {
                id: row.get(0)?,
                head: seq(row, 1)?,
                participants: Participants::Pair(pair),
            })
        })
        .optional()?;
    Ok(stored)
}

/// The conversation of a group that `me` is a member of.
pub(super) fn own_group(db: &Connection, me: UserId, group: GroupId) -> Result<ConversationRow> {
    let (stored, member) = db
        .prepare_cached(
            "SELECT c.id, c.head, m.user IS NOT NULL
             FROM groups g
             JOIN conversations c ON c.id = g.conversation
             LEFT JOIN members m ON m.conversation = c.id AND m.user = ?2
             WHERE g.id = ?1",
        )?
        .query_row(params![Id(group), Id(me)], |row| {
            let stored = ConversationRow {
                id: row.get(0)?,
                head: seq(row, 1)?,
                participants: Participants::Group(group),
            };
            Ok((stored, row.get::<_, bool>(2)?))
        })
        .optional()?
        .ok_or_else(Error::unknown_group)?;
    policy::enter(if member { Standing::Member } else { Standing::Stranger })?;
    Ok(stored)
}

/// The columns that [`message`] reads, of the table named `m`.
macro_rules! message_columns {
    () => {
        "m.id, m.client_id, m.sender, m.content, m.seq, m.created_at"
    };
}
pub(super) use message_columns;

/// Reads a message whose columns begin at `first`.
pub(super) fn message(row: &Row<'_>, first: usize, participants: Participants) -> rusqlite::Result<Message> {
    let sender = id(row, first + 2)?;
    let client_id = match row.get_ref(first + 1)? {
        rusqlite::types::ValueRef::Null => None,
        _ => Some(text(row, first + 1)?),
    };
    Ok(Message {
        id: id(row, first)?,
        client_id,
        sender_id: sender,
        recipient: participants.recipient(sender),
        content: text(row, first + 3)?,
        seq: seq(row, first + 4)?,
        created_at: time(row, first + 5)?,
    })
}
