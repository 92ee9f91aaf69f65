//! Where a search looks: in which conversations, whose messages, from which time.

use super::{Search, candidates::Place};
use crate::{
    error::{Error, Result},
    store::{
        conversation_row::{self, ConversationRow, Pair, Participants},
        db::{self, Db, Row, params},
        search::{PEOPLE, WHOLE, fold},
        value::{Id, id, optional_id, rev, seq},
    },
};
use protocol::{ErrorBody, MessageId, Timestamp, UserId, query::Query};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
/// Names that a sentence lists.
const LISTED: usize = 3;
/// Whoever asks.
const ME: &str = "me";

/// From one message until before another one. Ids begin with the time of making.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Range {
    pub(super) from: MessageId,
    pub(super) to: MessageId,
}

impl Range {
    pub(super) fn of(search: &Search) -> Self {
        let begins = |day: i32| {
            let time = i64::from(day) * DAY - i64::from(search.utc_offset) * MINUTE;
            first_id_at(Timestamp(time))
        };
        let from = search.query.after.map_or(FIRST, |day| begins(day.since_1970() + 1));
        let until = search.query.before.map_or(LAST, |day| begins(day.since_1970()));
        Self { from, to: until }
    }

    /// What of it comes behind a message, on a page that begins there. In one conversation that is what stands before
    /// the message. Ids cannot tell it: they do not grow where a clock was set back, or where the clocks of two servers
    /// differ. Between conversations nothing else tells what is newer.
    pub(super) fn behind(self, db: &Db<'_>, message: MessageId, places: &mut [Place]) -> Result<Self> {
        if let [place] = places
            && place.begin_behind(db, message)?
        {
            return Ok(self);
        }
        Ok(Self { to: self.to.min(message), ..self })
    }

    pub(super) fn contains(self, message: MessageId) -> bool {
        (self.from..self.to).contains(&message)
    }
}

pub(super) const FIRST: MessageId = MessageId::from_bytes([0; 16]);
pub(super) const LAST: MessageId = MessageId::from_bytes([255; 16]);

/// The smallest id that a message of this time can have.
pub(super) fn first_id_at(Timestamp(time): Timestamp) -> MessageId {
    let time = u64::try_from(time).unwrap_or_default();
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&time.to_be_bytes()[2..]);
    MessageId::from_bytes(bytes)
}

/// Who is meant by `from:`.
pub(super) fn sender(db: &Db<'_>, me: UserId, query: &Query) -> Result<Option<UserId>> {
    let Some(typed) = &query.from else { return Ok(None) };
    let name = fold(typed.trim_start_matches('@'));
    if name == ME {
        return Ok(Some(me));
    }
    let whole = format!("{WHOLE}{name}");
    let mut range = db.prepare_cached(PEOPLE.range)?;
    let some = params![whole, format!("{whole}\u{10ffff}"), LISTED as i64 + 1];
    let found = range.query_map(some, |row| Ok((row.get::<_, String>(1)?, id::<UserId>(row, 0)?)))?;
    match choose(&name, found) {
        Ok(person) => Ok(Some(person)),
        Err(names) if names.is_empty() => refused(format!("There is nobody named “{typed}”.")),
        Err(names) => refused(format!(
            "The names of several people begin with “{typed}”: {}. Write the whole name.",
            listed(&names)
        )),
    }
}

/// The conversations of `me` that a search looks in.
pub(super) fn conversations(db: &Db<'_>, me: UserId, search: &Search) -> Result<Vec<Place>> {
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
    let read = |row: &Row<'_>| place(row);
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

fn place(row: &Row<'_>) -> db::Result<Place> {
    let participants = match row.get::<_, Option<Id<_>>>(4)? {
        Some(group) => Participants::Group(group.0),
        None => Participants::Pair(Pair { low: id(row, 2)?, high: id(row, 3)? }),
    };
    let conversation =
        ConversationRow { id: row.get(0)?, head: seq(row, 1)?, rev: rev(row, 7)?, participants };
    Ok(Place::new(conversation, seq(row, 5)?, id(row, 6)?))
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
    let name = fold(person_only.unwrap_or(typed));
    let mut statement = db.prepare_cached(NAMES)?;
    let own = statement.query_map(params![Id(me)], |row| {
        let (group, person): (Option<String>, Option<String>) = (row.get(1)?, row.get(2)?);
        Ok((row.get::<_, i64>(0)?, group, person, optional_id::<UserId>(row, 3)?))
    })?;
    let mut found = Vec::new();
    for (conversation, group, person, id) in own {
        if name == ME && id == Some(me) {
            return Ok(conversation);
        }
        if let Some(of) = person.or(group.filter(|_| person_only.is_none()))
            && fold(&of).starts_with(&name)
        {
            found.push((of, conversation));
        }
    }
    match choose(&name, found) {
        Ok(conversation) => Ok(conversation),
        Err(names) if names.is_empty() => refused(format!("You have no conversation named “{typed}”.")),
        Err(names) => refused(format!(
            "Several of your conversations are named “{typed}” or begin so: {}. Write the whole name, or open the \
             conversation and search there.",
            listed(&names)
        )),
    }
}

/// The only one with exactly this name, or else the only one; the names if there are several or none.
fn choose<T: Copy>(name: &str, found: Vec<(String, T)>) -> Result<T, Vec<String>> {
    let exact: Vec<_> = found.iter().filter(|(of, _)| fold(of) == name).collect();
    match (&exact[..], &found[..]) {
        ([(_, one)], _) | ([], [(_, one)]) => Ok(*one),
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

    #[test]
    fn a_day_begins_where_the_asker_is() {
        let range = |query: &str, utc_offset| {
            Range::of(&Search { query: Query::parse(query).unwrap(), utc_offset, ..Search::default() })
        };
        let at = |time| first_id_at(Timestamp(time));
        assert_eq!(range("before:1970-01-03", 0), Range { from: FIRST, to: at(2 * DAY) });
        assert_eq!(range("after:1970-01-03", 0), Range { from: at(3 * DAY), to: LAST });
        assert_eq!(range("after:1970-01-03", 60).from, at(3 * DAY - 60 * MINUTE));
        assert_eq!(range("before:1970-01-03", -60).to, at(2 * DAY + 60 * MINUTE));
        assert_eq!(range("before:1970-01-01", 60).to, FIRST);
        assert!(range("x", 0).contains(at(0)));
        let uuid = crate::clock::new_id();
        let now = crate::clock::now();
        let id = MessageId::from_bytes(uuid);
        assert!((at(now.0 - 1000)..at(now.0 + 1000)).contains(&id), "ids begin with their time");
    }
}
