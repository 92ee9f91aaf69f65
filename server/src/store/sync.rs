//! Catching up: whether a client knows the state of its conversations, and whether what it holds is right.

use super::{
    Store, change, conversation,
    conversation::unread,
    conversation_row::{self, ConversationRow},
    db::{self, Db, DbError, OptionalExtension, Row, params},
    participants::Pair,
    standing::{own_role, role},
    value::{Id, count, id, number, optional_id, rev, seq},
};
use crate::error::{Error, Result};
use protocol::{
    Anchor, ChangeId, ConversationId, GroupId, Head, HeadsDigest, MessageId, Synced, Synchronise, UserId,
};

impl Store {
    /// What `me` does not know yet, on one snapshot.
    pub(crate) async fn synchronise(&self, me: UserId, asked: Synchronise) -> Result<Synced> {
        self.read_for(me, move |db| {
            let mut diverged = Vec::new();
            for anchor in &asked.known {
                if !stands(db, me, *anchor)? && !diverged.contains(&anchor.conversation) {
                    diverged.push(anchor.conversation);
                }
            }
            let nothing_new = diverged.is_empty() && knows(db, me, &asked)?;
            let (conversations, more) = match (nothing_new, asked.paged) {
                (true, _) => return Ok(Synced::default()),
                (false, true) => conversation::page_of_conversations(db, me, asked.after)?,
                (false, false) => conversation::newest_conversations(db, me)?,
            };
            Ok(Synced { conversations: Some(conversations), more, diverged })
        })
        .await
    }
}

/// What the [list](super::conversation) says of heads, without reading a message.
const HEADS: &str = concat!(
    "SELECT own.read_up_to, c.head, m.id, c.low, c.high, g.id, g.members, own.muted, c.rev, c.change_id,
     own.mark, ",
    own_role!(),
    ", ",
    unread!(),
    " FROM members own
    JOIN conversations c ON c.id = own.conversation
    LEFT JOIN groups g ON g.conversation = c.id
    LEFT JOIN messages m ON m.conversation = c.id AND m.seq = c.head
    WHERE own.user = ?1"
);

const AT: &str = "SELECT id FROM messages WHERE conversation = ?1 AND seq = ?2";

/// Whether somebody knows how their conversations stand, and their roles, if they know that there are any.
fn knows(db: &Db<'_>, me: UserId, asked: &Synchronise) -> Result<bool> {
    let knows_state = |heads: &[Head]| match (asked.state, asked.heads) {
        (Some(state), _) => state == HeadsDigest::of_state(heads.iter().copied()),
        (None, Some(known)) => known == HeadsDigest::of_heads(heads.iter().copied()),
        (None, None) => false,
    };
    if asked.state.is_none() && asked.heads.is_none() {
        return Ok(false);
    }
    let heads = heads(db, me)?;
    let knows_roles = |roles: HeadsDigest| roles == HeadsDigest::of_roles(heads.iter().copied());
    Ok(knows_state(&heads) && asked.roles.is_none_or(knows_roles))
}

fn heads(db: &Db<'_>, me: UserId) -> Result<Vec<Head>> {
    let mut statement = db.prepare_cached(HEADS)?;
    Ok(statement.query_map([Id(me)], |row| head(row, me))?)
}

fn head(row: &Row<'_>, me: UserId) -> db::Result<Head> {
    let last = match row.get::<_, Option<Id<MessageId>>>(2)? {
        Some(message) => Some((seq(row, 1)?, message.0)),
        None => None,
    };
    let (conversation, members) = match row.get::<_, Option<Id<GroupId>>>(5)? {
        Some(group) => (ConversationId::Group(group.0), count(row, 6)?),
        None => {
            let pair = Pair { low: id(row, 3)?, high: id(row, 4)? };
            (ConversationId::User(pair.other(me)), 0)
        }
    };
    let change = optional_id(row, 9)?.or(last.map(|(_, message)| message.into()));
    Ok(Head {
        conversation,
        last,
        read_up_to: seq(row, 0)?,
        mark: count(row, 10)?,
        members,
        muted: row.get(7)?,
        unread: count(row, 12)?,
        unread_mentions: count(row, 13)?,
        change: change.map(|change| Ok::<_, DbError>((rev(row, 8)?, change))).transpose()?,
        role: role(row, 11)?,
    })
}

/// Whether a message or a change is where the client says. What the person may not see is not there.
fn stands(db: &Db<'_>, me: UserId, anchor: Anchor) -> Result<bool> {
    let stored = match conversation_row::find(db, me, anchor.conversation) {
        Ok(Some(ConversationRow { id: row, .. })) => row,
        Ok(None) | Err(Error::Refused(_)) => return Ok(false),
        Err(error) => return Err(error),
    };
    if let Some(rev) = anchor.rev {
        return change::happened(db, stored, rev, anchor.id);
    }
    let found: Option<ChangeId> =
        db.prepare_cached(AT)?.query_row(params![stored, number(anchor.seq)], |row| id(row, 0)).optional()?;
    Ok(found == Some(anchor.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema;

    #[test]
    fn no_query_scans_a_table_that_grows() {
        schema::no_query_scans(&[HEADS, AT]);
    }
}
