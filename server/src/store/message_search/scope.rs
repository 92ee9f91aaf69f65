//! Where a search looks: in which conversations, and whose messages.

use super::{Search, candidates::ConversationScan};
use crate::{
    error::{Error, Result},
    store::{
        conversation_row::{self, ConversationRow},
        db::{self, Db, Row, params},
        participants::{Pair, Participants},
        search::{WHOLE, fold, spelling},
        user::PEOPLE,
        value::{Id, id, optional_id, rev, seq},
    },
};
use protocol::{ErrorBody, UserId, query::Query};

/// Names that a sentence lists.
const LISTED: usize = 3;
/// Whoever asks.
const ME: &str = "me";

/// Who is meant by `from:`.
pub(super) fn sender(db: &Db<'_>, me: UserId, query: &Query) -> Result<Option<UserId>> {
    let Some(typed) = &query.from else { return Ok(None) };
    let typed = typed.trim_start_matches('@');
    let name = fold(typed);
    if spelling(typed) == ME {
        return Ok(Some(me));
    }
    let whole = format!("{WHOLE}{name}");
    let mut range = db.prepare_cached(PEOPLE.range)?;
    let some = params![whole, format!("{whole}\u{10ffff}"), LISTED as i64 + 1];
    let found = range.query_map(some, |row| Ok((row.get::<_, String>(1)?, id::<UserId>(row, 0)?)))?;
    match choose(typed, found) {
        Ok(person) => Ok(Some(person)),
        Err(names) if names.is_empty() => refused(format!("There is nobody named “{typed}”.")),
        Err(names) => refused(format!(
            "The names of several people begin with “{typed}”: {}. Write the whole name.",
            listed(&names)
        )),
    }
}

/// The conversations of `me` that a search looks in.
pub(super) fn conversations(db: &Db<'_>, me: UserId, search: &Search) -> Result<Vec<ConversationScan>> {
    let asked = match search.conversation {
        None => None,
        Some(conversation) => match conversation_row::find(db, me, conversation)? {
            None => return Ok(Vec::new()),
            Some(stored) => Some(stored.id),
        },
    };
    let within = search.query.within.as_ref().map(|typed| named(db, me, typed)).transpose()?;
    let row = match (asked, within) {
        (Some(asked), Some(within)) if asked != within => return Ok(Vec::new()),
        (asked, within) => asked.or(within),
    };
    let mut statement = db.prepare_cached(if row.is_some() { ONE } else { ALL })?;
    let read = |row: &Row<'_>| scan(row);
    Ok(match row {
        Some(row) => statement.query_map(params![Id(me), row], read)?,
        None => statement.query_map(params![Id(me)], read)?,
    })
}

macro_rules! own {
    ($and:literal) => {
        concat!(
            "SELECT c.id, c.head, c.low, c.high, g.id, c.indexed, m.id, c.rev
             FROM members own
             JOIN conversations c ON c.id = own.conversation
             JOIN messages m ON m.conversation = c.id AND m.seq = c.head
             LEFT JOIN groups g ON g.conversation = c.id
             WHERE own.user = ?1",
            $and
        )
    };
}
const ALL: &str = own!("");
const ONE: &str = own!(" AND own.conversation = ?2");

fn scan(row: &Row<'_>) -> db::Result<ConversationScan> {
    let participants = match row.get::<_, Option<Id<_>>>(4)? {
        Some(group) => Participants::Group(group.0),
        None => Participants::Pair(Pair { low: id(row, 2)?, high: id(row, 3)? }),
    };
    let conversation =
        ConversationRow { id: row.get(0)?, head: seq(row, 1)?, rev: rev(row, 7)?, participants };
    Ok(ConversationScan::new(conversation, seq(row, 5)?, id(row, 6)?))
}

const NAMES: &str = "
    SELECT c.id, g.name, u.username, u.id FROM members own
    JOIN conversations c ON c.id = own.conversation
    LEFT JOIN groups g ON g.conversation = c.id
    LEFT JOIN users u ON u.id = CASE WHEN c.low = own.user THEN c.high ELSE c.low END
    WHERE own.user = ?1";

/// The row of the conversation that is meant by `in:`.
fn named(db: &Db<'_>, me: UserId, typed: &str) -> Result<i64> {
    let person_only = typed.strip_prefix('@');
    let wanted = person_only.unwrap_or(typed);
    let name = fold(wanted);
    let mut statement = db.prepare_cached(NAMES)?;
    let own = statement.query_map(params![Id(me)], |row| {
        let (group, person): (Option<String>, Option<String>) = (row.get(1)?, row.get(2)?);
        Ok((row.get::<_, i64>(0)?, group, person, optional_id::<UserId>(row, 3)?))
    })?;
    let mut found = Vec::new();
    for (conversation, group, person, id) in own {
        if spelling(wanted) == ME && id == Some(me) {
            return Ok(conversation);
        }
        if let Some(of) = person.or(group.filter(|_| person_only.is_none()))
            && fold(&of).starts_with(&name)
        {
            found.push((of, conversation));
        }
    }
    match choose(wanted, found) {
        Ok(conversation) => Ok(conversation),
        Err(names) if names.is_empty() => refused(format!("You have no conversation named “{typed}”.")),
        Err(names) => refused(format!(
            "Several of your conversations are named “{typed}” or begin so: {}. Write the whole name, or open the \
             conversation and search there.",
            listed(&names)
        )),
    }
}

/// The only one with exactly this name, or else the only one; the names if there are several or none. Of names that
/// differ in their accents, the one with those that were typed.
fn choose<T: Copy>(typed: &str, found: Vec<(String, T)>) -> Result<T, Vec<String>> {
    for same in [spelling, fold] {
        let exact: Vec<_> = found.iter().filter(|(of, _)| same(of) == same(typed)).collect();
        match exact[..] {
            [(_, one)] => return Ok(*one),
            [] => {}
            _ => break,
        }
    }
    match found[..] {
        [(_, one)] => Ok(one),
        _ => Err(found.into_iter().map(|(of, _)| of).collect()),
    }
}

fn listed(names: &[String]) -> String {
    let more = if names.len() > LISTED { ", …" } else { "" };
    format!("{}{more}", names[..names.len().min(LISTED)].join(", "))
}

fn refused<T>(sentence: String) -> Result<T> {
    Err(Error::Refused(ErrorBody::invalid_query(sentence)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema;

    #[test]
    fn no_query_scans_a_table_that_grows() {
        schema::no_query_scans(&[ALL, ONE, NAMES]);
    }
}
