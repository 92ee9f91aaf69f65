//! Correcting and deleting a message.

use super::{Found, find, own};
use crate::{
    clock,
    error::{Error, Result},
    policy,
    store::{
        Store,
        db::{self, Db, OptionalExtension, params},
        mention::{self, Mentioned},
        part::{Filling, json_bytes},
        participants::Participants,
        standing::standing,
        value::{Id, Text, id, number, rev_number, text, time},
        writer::Submitted,
    },
};
use protocol::{ClientId, ErrorCode, FormerText, Message, MessageId, MessageText, UserId, limits};

impl Store {
    /// Replaces the text of a message. A correction that was made before with this `clientId` is not made
    /// again, whatever happened since; with another text or message it is refused.
    pub(crate) async fn edit_message(
        &self,
        me: UserId,
        message: MessageId,
        content: MessageText,
        client_id: Option<ClientId>,
    ) -> Result<Submitted<Message>> {
        let mentioned = Mentioned::of(&content);
        self.submit_change(me, message, move |db, found| {
            let Some(mut edited) = edit(db, me, found, &content, client_id.as_ref())? else {
                return Ok(None);
            };
            mentioned.resolve(db, found.conversation.id, &mut edited)?;
            mention::note_anew(db, found.conversation.id, &found.message, &edited)?;
            Ok(Some(edited))
        })
        .await
    }

    /// Deletes a message: its place stays. To delete it again changes nothing.
    pub(crate) async fn delete_message(&self, me: UserId, message: MessageId) -> Result<Submitted<Message>> {
        self.submit_change(me, message, move |db, found| delete(db, me, found)).await
    }

    /// A page of the texts that a message had before, the oldest first, without so many of the oldest.
    pub(crate) async fn former_texts(
        &self,
        me: UserId,
        message: MessageId,
        after: u32,
    ) -> Result<Vec<FormerText>> {
        self.read_for(me, move |db| {
            let Found { conversation, message } = find(db, me, message)?;
            if message.is_deleted() {
                return Err(Error::message_deleted());
            }
            let (most, after) = (limits::EDITS_A_MESSAGE as i64, i64::from(after));
            let range = params![conversation.id, number(message.seq), most, after];
            let mut page = Filling::new(limits::HISTORY_PAGE_BYTES);
            db.prepare_cached(FORMER)?.for_each(range, |row| -> db::Result<_> {
                let former = FormerText { content: text(row, 0)?, replaced_at: time(row, 1)? };
                let bytes = json_bytes(former.content.as_str());
                Ok(page.put(former, bytes))
            })?;
            Ok(page.into_items())
        })
        .await
    }
}

/// Of a message that was not deleted, no row is ever removed, and a new one is the last.
const FORMER: &str = "
    SELECT content, at FROM edits WHERE conversation = ?1 AND seq = ?2 ORDER BY rev LIMIT ?3 OFFSET ?4";

/// A correction that was made with a `clientId`, and its text: what the next one replaced, or if there was none, the
/// present one.
macro_rules! made {
    ($table:literal) => {
        concat!(
            "SELECT m.id, (SELECT n.content FROM edits n
                           WHERE n.conversation = e.conversation AND n.seq = e.seq AND n.rev > e.rev
                           ORDER BY n.rev LIMIT 1)
             FROM ",
            $table,
            " e JOIN messages m ON m.conversation = e.conversation AND m.seq = e.seq
             WHERE e.editor = ?1 AND e.client_id = ?2"
        )
    };
}
const REPEATED: &str = concat!(made!("edits"), " UNION ALL ", made!("unchanged_edits"));
const COUNT: &str = "SELECT count(*) FROM edits WHERE conversation = ?1 AND seq = ?2";
const COUNT_UNCHANGED: &str = "SELECT count(*) FROM unchanged_edits WHERE conversation = ?1 AND seq = ?2";
const FORGET_UNCHANGED: &str = "
    DELETE FROM unchanged_edits WHERE (editor, client_id) =
    (SELECT u.editor, u.client_id FROM unchanged_edits u WHERE u.conversation = ?1 AND u.seq = ?2 ORDER BY u.rev LIMIT 1)";

fn edit(
    db: &Db<'_>,
    me: UserId,
    found: &Found,
    content: &MessageText,
    client_id: Option<&ClientId>,
) -> Result<Option<Message>> {
    if let Some(client_id) = client_id
        && is_repeated(db, me, found, content, client_id)?
    {
        return Ok(None);
    }
    let mut message = own(me, found)?;
    let (row, seq) = (found.conversation.id, number(message.seq));
    let is_full = |count| -> Result<bool> {
        let counted: i64 = db.prepare_cached(count)?.query_row(params![row, seq], |row| row.get(0))?;
        Ok(counted >= limits::EDITS_A_MESSAGE as i64)
    };
    if message.content == *content {
        // Remembered as well: sent again, it must not undo what is written meanwhile. They do not count as corrections,
        // so only the last ones are remembered, and none if nothing more can be written.
        if let Some(client_id) = client_id
            && !is_full(COUNT)?
        {
            if is_full(COUNT_UNCHANGED)? {
                db.prepare_cached(FORGET_UNCHANGED)?.execute(params![row, seq])?;
            }
            let rev = rev_number(found.conversation.rev);
            db.prepare_cached(
                "INSERT INTO unchanged_edits (conversation, seq, rev, editor, client_id) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![row, seq, rev, Id(me), Text(client_id)])?;
        }
        return Ok(None);
    }
    if is_full(COUNT)? {
        return Err(Error::too_many_of(format!(
            "A message can be corrected {} times at most.",
            limits::EDITS_A_MESSAGE
        )));
    }
    let now = clock::now();
    db.prepare_cached(
        "INSERT INTO edits (conversation, seq, rev, content, at, editor, client_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        row,
        seq,
        rev_number(found.conversation.rev.next()),
        Text(&message.content),
        now.0,
        Id(me),
        client_id.map(Text),
    ])?;
    message.content = content.clone();
    message.edited_at = Some(now);
    Ok(Some(message))
}

/// Whether this correction was made already.
fn is_repeated(
    db: &Db<'_>,
    me: UserId,
    found: &Found,
    content: &MessageText,
    client_id: &ClientId,
) -> Result<bool> {
    let made = db
        .prepare_cached(REPEATED)?
        .query_row(params![Id(me), Text(client_id)], |row| {
            Ok((id::<MessageId>(row, 0)?, row.get::<_, Option<Text<MessageText>>>(1)?.map(|text| text.0)))
        })
        .optional()?;
    let Some((message, replaced)) = made else { return Ok(false) };
    let made = replaced.as_ref().unwrap_or(&found.message.content);
    // The texts of a deleted message are not known any more.
    if message == found.message.id && (found.message.is_deleted() || made == content) {
        return Ok(true);
    }
    let sentence = "This clientId was already used for another correction.";
    Err(Error::refused(ErrorCode::ClientIdReused, sentence))
}

fn delete(db: &Db<'_>, me: UserId, found: &Found) -> Result<Option<Message>> {
    let is_own = found.message.sender_id == me;
    if !is_own {
        policy::delete(match found.conversation.participants {
            Participants::Group(_) => standing(db, found.conversation.id, me)?.role(),
            Participants::Pair(_) => None,
        })?;
    }
    if found.message.is_deleted() {
        return Ok(None);
    }
    let mut message = found.message.clone();
    db.prepare_cached("UPDATE edits SET content = '' WHERE conversation = ?1 AND seq = ?2")?
        .execute(params![found.conversation.id, number(message.seq)])?;
    message.content = MessageText::deleted();
    message.deleted_at = Some(clock::now());
    message.deleted_by = (!is_own).then_some(me);
    message.edited_at = None;
    message.pinned_at = None;
    message.reactions.clear();
    message.mentions.clear();
    message.mentions_all = false;
    mention::note_anew(db, found.conversation.id, &found.message, &message)?;
    Ok(Some(message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema;

    #[test]
    fn no_query_scans_a_table_that_grows() {
        schema::no_query_scans(&[FORMER, REPEATED, COUNT, COUNT_UNCHANGED, FORGET_UNCHANGED]);
    }
}
