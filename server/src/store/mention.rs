//! Whom a message mentions: who of the conversation is called by one of the names in its text.

use std::collections::{HashMap, HashSet};

use super::{
    db::{self, Db, Row, params},
    standing::standing,
    value::{Id, Many, count, id, number},
};
use crate::{auth::name, error::Result, policy};
use protocol::{Message, MessageText, Recipient, Role, Seq, UserId, Username, limits, mention};

/// What a text says behind each `@`; found out before the writer is busy with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mentioned {
    /// The names that each can be, the longest first.
    names: Vec<Vec<Spelling>>,
    all: bool,
}

/// A name as people are found by it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Spelling {
    typed: String,
    folded: Option<String>,
}

impl From<Username> for Spelling {
    fn from(name: Username) -> Self {
        Self { typed: name.folded(), folded: name::fold(&name) }
    }
}

impl Mentioned {
    /// Most messages have no `@`, and cost nothing here.
    pub(super) fn of(text: &MessageText) -> Self {
        let mut found = Self::default();
        if !text.as_str().contains('@') {
            return found;
        }
        let (mut seen, mut left) = (HashSet::new(), limits::SPELLINGS_A_MESSAGE);
        markdown::visit_prose(text.as_str(), |run| {
            for one in mention::mentions(run) {
                if found.names.len() >= limits::MENTIONS_A_MESSAGE {
                    return;
                }
                let candidates: Vec<&str> = one.candidates().collect();
                let Some(longest) = candidates.first() else { continue };
                // The same text that ends at the same places is looked at once: parsing and folding are what costs.
                if !seen.insert(((*longest).to_owned(), candidates.len())) {
                    continue;
                }
                if candidates.len() > left {
                    left = 0;
                    return;
                }
                left -= candidates.len();
                let names: Vec<Username> = candidates.iter().filter_map(|text| text.parse().ok()).collect();
                let names: Vec<Spelling> = names.into_iter().map(Spelling::from).collect();
                found.all |= names.iter().any(|name| name.typed == mention::ALL);
                if !names.is_empty() && !found.names.contains(&names) {
                    found.names.push(names);
                }
            }
        });
        found
    }

    /// Whether it can mention nobody.
    pub(super) fn is_nobody(&self) -> bool {
        self.names.is_empty()
    }

    /// Says in a message whom it mentions, of those who are in its conversation now.
    pub(super) fn resolve(&self, db: &Db<'_>, row: i64, message: &mut Message) -> Result<()> {
        message.mentions.clear();
        message.mentions_all = false;
        if self.names.is_empty() {
            return Ok(());
        }
        if let (true, Recipient::Group(group)) = (self.all, message.recipient) {
            let members = db.prepare_cached(MEMBERS)?.query_row([Id(group)], |row| count(row, 0))?;
            let may = |role| policy::may_mention_all(role, members);
            // The sender's role matters only in a large group.
            message.mentions_all =
                may(Role::Member) || standing(db, row, message.sender_id)?.role().is_some_and(may);
        }
        let members = self.members(db, row)?;
        for names in &self.names {
            for Spelling { typed, folded } in names {
                if message.mentions_all && typed == mention::ALL {
                    break;
                }
                // As somebody logs in by a name.
                let found = members.get(typed).or_else(|| members.get(folded.as_ref()?));
                if let Some(found) = found {
                    if !message.mentions.contains(found) {
                        message.mentions.push(*found);
                    }
                    break;
                }
            }
        }
        Ok(())
    }

    /// Who of a conversation is kept by one of these spellings, found with one statement while others wait.
    fn members(&self, db: &Db<'_>, row: i64) -> Result<HashMap<String, UserId>> {
        let spellings = self.names.iter().flatten();
        let spellings = spellings.flat_map(|one| [Some(one.typed.as_str()), one.folded.as_deref()]).flatten();
        let spellings: Vec<&str> = spellings.collect::<HashSet<_>>().into_iter().collect();
        let member = |row: &Row<'_>| -> db::Result<(String, UserId)> { Ok((row.get(0)?, id(row, 1)?)) };
        let mut find = db.prepare_cached(db.either(BY_NAME, BY_NAME_POSTGRESQL))?;
        Ok(find.query_map(params![row, Many(&spellings)], member)?.into_iter().collect())
    }
}

const MEMBERS: &str = "SELECT members FROM groups WHERE id = ?1";
/// The names first: a group may have more members.
const BY_NAME: &str = "
    SELECT u.folded, u.id FROM users u CROSS JOIN members m ON m.conversation = ?1 AND m.user = u.id
    WHERE u.folded IN (SELECT value FROM json_each(?2))";
const BY_NAME_POSTGRESQL: &str = "
    SELECT u.folded, u.id FROM users u JOIN members m ON m.conversation = ?1 AND m.user = u.id
    WHERE u.folded = ANY (?2::TEXT[])";
/// One statement for all who are mentioned, while others wait.
const NOTE: &str = "
    INSERT INTO mentions (conversation, \"user\", seq)
    SELECT ?1, unhex(value), ?3 FROM json_each(?2) WHERE TRUE ON CONFLICT DO NOTHING";
const NOTE_POSTGRESQL: &str = "
    INSERT INTO mentions (conversation, \"user\", seq)
    SELECT ?1, unnest(?2::BYTEA[]), ?3 ON CONFLICT DO NOTHING";
const NOTE_ALL: &str = "
    INSERT INTO mentions (conversation, \"user\", seq)
    SELECT m.conversation, m.user, CAST(?2 AS BIGINT) FROM members m
    WHERE m.conversation = ?1 AND m.user != ?3 ON CONFLICT DO NOTHING";
const FORGET: &str = "
    DELETE FROM mentions WHERE conversation = ?1 AND seq = ?3
    AND \"user\" IN (SELECT unhex(value) FROM json_each(?2))";
const FORGET_POSTGRESQL: &str = "
    DELETE FROM mentions WHERE conversation = ?1 AND seq = ?3 AND \"user\" = ANY (?2::BYTEA[])";
const FORGET_ALL: &str = "
    DELETE FROM mentions WHERE conversation = ?1 AND seq = ?2
    AND \"user\" IN (SELECT m.user FROM members m WHERE m.conversation = ?1)";

/// In a large group it is one row for all together, so that it costs no more than in a small one.
const NOTE_LARGE: &str = "
    INSERT INTO mentions_of_all (conversation, seq, sender)
    SELECT g.conversation, CAST(?2 AS BIGINT), ?3 FROM groups g WHERE g.conversation = ?1 AND g.members > ?4";
const FORGET_LARGE: &str = "DELETE FROM mentions_of_all WHERE conversation = ?1 AND seq = ?2";

/// Counts a message that was kept for those whom it mentions.
pub(super) fn note(db: &Db<'_>, row: i64, message: &Message) -> Result<()> {
    if message.mentions_all {
        let (seq, sender) = (number(message.seq), Id(message.sender_id));
        let large = limits::MENTION_ALL_MEMBERS as i64;
        if db.prepare_cached(NOTE_LARGE)?.execute(params![row, seq, sender, large])? > 0 {
            return Ok(());
        }
    }
    let others = message.mentions.iter().copied().filter(|user| *user != message.sender_id);
    for_people(db, db.either(NOTE, NOTE_POSTGRESQL), row, others, message.seq)?;
    if message.mentions_all {
        let sender = Id(message.sender_id);
        db.prepare_cached(NOTE_ALL)?.execute(params![row, number(message.seq), sender])?;
    }
    Ok(())
}

/// The same for one that mentioned others before. Who has left is not told, and does not count when they are
/// back.
pub(super) fn note_anew(db: &Db<'_>, row: i64, former: &Message, message: &Message) -> Result<()> {
    let forget = db.either(FORGET, FORGET_POSTGRESQL);
    for_people(db, forget, row, former.mentions.iter().copied(), message.seq)?;
    if former.mentions_all
        && db.prepare_cached(FORGET_LARGE)?.execute(params![row, number(message.seq)])? == 0
    {
        db.prepare_cached(FORGET_ALL)?.execute(params![row, number(message.seq)])?;
    }
    note(db, row, message)
}

/// Carries out a statement about these people and a message, if there is anybody.
fn for_people(
    db: &Db<'_>,
    sql: &'static str,
    row: i64,
    people: impl Iterator<Item = UserId>,
    seq: Seq,
) -> Result<()> {
    let people: Vec<_> = people.map(Id).collect();
    if !people.is_empty() {
        db.prepare_cached(sql)?.execute(params![row, Many(&people), number(seq)])?;
    }
    Ok(())
}

/// Stands for everybody in the column.
const EVERYBODY: UserId = UserId::from_bytes([0; 16]);

/// What is kept in the message's row.
pub(super) fn column(message: &Message) -> Option<Vec<u8>> {
    let all = message.mentions_all.then_some(EVERYBODY);
    let ids: Vec<u8> = message.mentions.iter().copied().chain(all).flat_map(UserId::into_bytes).collect();
    (!ids.is_empty()).then_some(ids)
}

/// What [`column`] has made.
pub(super) fn read(row: &Row<'_>, column: usize) -> db::Result<(Vec<UserId>, bool)> {
    let Some(bytes) = row.get::<_, Option<Vec<u8>>>(column)? else { return Ok((Vec::new(), false)) };
    let (ids, _) = bytes.as_chunks::<16>();
    let mut ids: Vec<UserId> = ids.iter().map(|id| UserId::from_bytes(*id)).collect();
    let all = ids.pop_if(|id| *id == EVERYBODY).is_some();
    Ok((ids, all))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema;

    #[test]
    fn no_query_scans_a_table_that_grows() {
        schema::no_query_scans(&[
            MEMBERS,
            BY_NAME,
            NOTE,
            NOTE_ALL,
            FORGET,
            FORGET_ALL,
            NOTE_LARGE,
            FORGET_LARGE,
        ]);
    }

    #[test]
    fn a_text_names_so_many_people_at_most_and_each_once() {
        let of = |text: String| Mentioned::of(&text.parse().unwrap());
        let many = (0..60).map(|n| format!("@name{n} ")).collect::<String>();
        assert_eq!(of(many).names.len(), limits::MENTIONS_A_MESSAGE);
        assert_eq!(of("@ann ".repeat(60)).names.len(), 1);
        let letters: Vec<char> = ('\u{e01}'..='\u{e2e}').collect();
        let without_spaces =
            |n: usize| format!("@{} ", (0..60).map(|at| letters[(at * n + at) % 46]).collect::<String>());
        let names = of((1..60).map(without_spaces).collect()).names;
        let spellings: usize = names.iter().map(Vec::len).sum();
        assert!(
            (limits::SPELLINGS_A_MESSAGE / 2..=limits::SPELLINGS_A_MESSAGE).contains(&spellings),
            "{spellings}"
        );
        assert_eq!(of("ann@example.org `@ann` hello".to_owned()), Mentioned::default());
    }
}
