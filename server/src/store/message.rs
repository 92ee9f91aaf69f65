//! Sending: a message takes the next `seq` and the next `rev` of its conversation in the transaction that
//! inserts it.

pub(super) mod planned;

use std::sync::Arc;

pub(crate) use super::sending::NewMessage;
use super::{
    Store,
    conversation_row::{self, ConversationRow, message_columns},
    db::{self, Db, OptionalExtension, Statement, params},
    mention, message_search,
    participants::{Pair, Participants},
    sending::Sending,
    subject::Subject,
    value::{Id, Text, id, number, rev, rev_number, seq, text},
    writer::{Done, Submitted},
};
use crate::{
    clock,
    domain_event::{DomainEvent, Origin},
    error::{Error, Result},
};
use protocol::{
    ClientId, ConversationId, GroupId, Message, MessageId, MessageText, Quote, Recipient, Rev, Seq,
    Timestamp, UserId, excerpt,
};

impl Store {
    /// Keeps a message. One that its sender sent before with this `clientId` is returned as it was, and
    /// nobody is told; with another text or recipient it is refused.
    ///
    /// This has two steps: a message is submitted when its place among all writes is taken. Somebody who
    /// sends several in order may submit the next one then, and need not wait for the commit.
    pub(crate) async fn submit(&self, new: NewMessage) -> Result<Submitted<Message>> {
        let sending = Arc::new(Sending::new(new));
        let subject = Subject::Sending(sending.clone());
        self.writer.submit(subject, Origin::default(), move |db| send(db, &sending)).await
    }

    /// Both steps.
    #[cfg(any(test, feature = "seed"))]
    pub(crate) async fn send(&self, new: NewMessage) -> Result<Message> {
        self.submit(new).await?.committed().await
    }
}

fn send(db: &Db<'_>, sending: &Sending) -> Result<Done<Message>> {
    if let Some(message) = sending.take_planned() {
        return Ok(Done::with_event(message.clone(), DomainEvent::MessageSent(message)));
    }
    let Sending { new, mentioned, .. } = sending;
    if let Some(client_id) = &new.client_id
        && let Some(original) = find_sent(db, new.sender, client_id)?
    {
        let is_same = original.recipient == new.recipient
            && original.reply_to.as_ref().map(|quote| quote.message_id) == new.reply_to
            && was_sent_as(db, &original, &new.content)?;
        return if is_same {
            Ok(Done::without_event(seen_by_sender(db, original, new)?))
        } else {
            let sentence = "This clientId was already used for another message.";
            Err(Error::refused(protocol::ErrorCode::ClientIdReused, sentence))
        };
    }
    // Before anything is written, so that a refusal leaves nothing to be taken back.
    let reply_to = new.reply_to.map(|quoted| quote(db, new, quoted)).transpose()?;
    let now = clock::now();
    let place = match new.recipient {
        Recipient::User(recipient) => next_of_pair(db, Pair::of(new.sender, recipient), recipient, now)?,
        Recipient::Group(group) => next_of_group(db, new.sender, group, now)?,
    };
    let Position { row, seq, rev } = place;
    let mut message = Message { reply_to, ..new.at(seq, rev, now) };
    mentioned.resolve(db, row, &mut message)?;
    insert(&mut db.prepare_cached(INSERT)?, row, &message)?;
    mention::note(db, row, &message)?;
    message_search::note(db, row)?;
    db.prepare_cached(READ)?.execute(params![row, Id(message.sender_id), number(message.seq)])?;
    Ok(Done::with_event(message.clone(), DomainEvent::MessageSent(message)))
}

/// What the sender of a message may see of it now. Whoever is no longer in the group gets it as they sent it: nothing
/// says what others have done there since, or how much. Only what they deleted themselves stays deleted.
fn seen_by_sender(db: &Db<'_>, mut message: Message, sent: &NewMessage) -> Result<Message> {
    if let Recipient::Group(group) = message.recipient
        && !conversation_row::group(db, message.sender_id, group)?.is_some_and(|(_, is_member)| is_member)
    {
        message.rev = db.prepare_cached(BORN)?.query_row([Id(message.id)], |row| rev(row, 0))?;
        message.change_id = None;
        message.edited_at = None;
        message.pinned_at = None;
        message.reactions.clear();
        // A deletion forgets them.
        message.mentions.clear();
        message.mentions_all = false;
        if let Some(quote) = &mut message.reply_to {
            quote.excerpt.clear();
        }
        if !message.is_deleted() || message.deleted_by.is_some() {
            message.deleted_at = None;
            message.deleted_by = None;
            message.content = sent.content.clone();
        }
    }
    Ok(message)
}

const BORN: &str = "SELECT coalesce(born, seq) FROM messages WHERE id = ?1";

/// Where a new message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    /// The row of its conversation.
    pub(super) row: i64,
    pub(super) seq: Seq,
    pub(super) rev: Rev,
}

/// Whether a message had this text when it was sent. That of a deleted message is not known any more.
fn was_sent_as(db: &Db<'_>, message: &Message, content: &MessageText) -> Result<bool> {
    if message.is_deleted() || message.content == *content {
        return Ok(true);
    }
    if message.edited_at.is_none() {
        return Ok(false);
    }
    let first: MessageText =
        db.prepare_cached(FIRST_TEXT)?.query_row([Id(message.id)], |row| text(row, 0))?;
    Ok(first == *content)
}

const FIRST_TEXT: &str = "
    SELECT e.content FROM messages m JOIN edits e ON e.conversation = m.conversation AND e.seq = m.seq
    WHERE m.id = ?1 ORDER BY e.rev LIMIT 1";

/// The message that a new one replies to, which must be of the same conversation.
fn quote(db: &Db<'_>, new: &NewMessage, quoted: MessageId) -> Result<Quote> {
    let conversation = match new.recipient {
        Recipient::User(user) => ConversationId::User(user),
        Recipient::Group(group) => ConversationId::Group(group),
    };
    let unknown = || Error::unknown_message_in("replyTo");
    let stored = conversation_row::find(db, new.sender, conversation)?.ok_or_else(unknown)?;
    db.prepare_cached(QUOTED)?
        .query_row(params![Id(quoted), stored.id], |row| {
            Ok(Quote {
                message_id: quoted,
                seq: seq(row, 0)?,
                sender_id: id(row, 1)?,
                excerpt: excerpt(&text::<MessageText>(row, 2)?),
            })
        })
        .optional()?
        .ok_or_else(unknown)
}

const QUOTED: &str = "SELECT seq, sender, content FROM messages WHERE id = ?1 AND conversation = ?2";

/// Whether a message was sent before with this `clientId`.
const SENT: &str = "SELECT 1 FROM messages WHERE sender = ?1 AND client_id = ?2";

fn find_sent(db: &Db<'_>, sender: UserId, client_id: &ClientId) -> Result<Option<Message>> {
    let message = db
        .prepare_cached(concat!(
            "SELECT c.low, c.high, g.id, ",
            message_columns!(),
            " FROM messages m
              JOIN conversations c ON c.id = m.conversation
              LEFT JOIN groups g ON g.conversation = m.conversation
              WHERE m.sender = ?1 AND m.client_id = ?2"
        ))?
        .query_row(params![Id(sender), Text(client_id)], |row| {
            let participants = match row.get::<_, Option<Id<GroupId>>>(2)? {
                Some(group) => Participants::Group(group.0),
                None => Participants::Pair(Pair { low: id(row, 0)?, high: id(row, 1)? }),
            };
            conversation_row::message(row, 3, participants)
        })
        .optional()?;
    Ok(message)
}

/// Takes the next seq of a private conversation, which begins with its first message.
pub(super) fn next_of_pair(db: &Db<'_>, pair: Pair, recipient: UserId, now: Timestamp) -> Result<Position> {
    let find = || conversation_row::pair(db, pair);
    if let Some(stored) = conversation_row::locked(db, find)? {
        return next_of(db, stored, now);
    }
    if !super::user::exists(db, recipient)? {
        return Err(Error::unknown_user());
    }
    let row: i64 = db
        .prepare_cached(
            "INSERT INTO conversations (low, high, head, rev, updated_at) VALUES (?1, ?2, 1, 1, ?3) RETURNING id",
        )?
        .query_row(params![Id(pair.low), Id(pair.high), now.0], |row| row.get(0))?;
    let mut member = db.prepare_cached(
        "INSERT INTO members (conversation, \"user\", read_up_to, joined_at) VALUES (?1, ?2, 0, ?3)
         ON CONFLICT DO NOTHING",
    )?;
    for user in [pair.low, pair.high] {
        member.execute(params![row, Id(user), now.0])?;
    }
    Ok(Position { row, seq: Seq(1), rev: Rev(1) })
}

fn next_of_group(db: &Db<'_>, sender: UserId, group: GroupId, now: Timestamp) -> Result<Position> {
    next_of(db, conversation_row::locked_group(db, sender, group)?, now)
}

/// Two statements to find and to count: SQLite makes a temporary table for what one with `RETURNING` returns, which
/// takes as long as the rest.
fn next_of(db: &Db<'_>, stored: ConversationRow, now: Timestamp) -> Result<Position> {
    let place = Position { row: stored.id, seq: stored.head.next(), rev: stored.rev.next() };
    db.prepare_cached(COUNT_UP)?.execute(params![
        place.row,
        number(place.seq),
        rev_number(place.rev),
        now.0
    ])?;
    Ok(place)
}

const COUNT_UP: &str =
    "UPDATE conversations SET head = ?2, rev = ?3, change_id = NULL, updated_at = ?4 WHERE id = ?1";

/// A person who writes has read what is above.
const READ: &str = "UPDATE members SET read_up_to = ?3 WHERE conversation = ?1 AND \"user\" = ?2";

pub(super) const INSERT: &str = "
    INSERT INTO messages (conversation, seq, id, sender, client_id, content, created_at, born, reply_to, mentions)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

/// Carries [`INSERT`] out.
pub(super) fn insert(statement: &mut Statement<'_>, row: i64, message: &Message) -> db::Result<()> {
    statement.execute(params![
        row,
        number(message.seq),
        Id(message.id),
        Id(message.sender_id),
        message.client_id.as_ref().map(Text),
        Text(&message.content),
        message.created_at.0,
        rev_number(message.rev),
        message.reply_to.as_ref().map(|quote| number(quote.seq)),
        mention::column(message),
    ])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema;

    #[test]
    fn no_query_scans_a_table_that_grows() {
        schema::no_query_scans(&[FIRST_TEXT, QUOTED, SENT, BORN]);
    }
}
