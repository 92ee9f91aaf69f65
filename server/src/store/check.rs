//! Whether a database is whole: as SQLite or PostgreSQL sees it, and as a conversation sees it.

mod postgresql;

use std::{fmt, path::Path};

use rusqlite::Connection;

pub(super) use self::postgresql::check as check_postgresql;
use super::{
    db::{Db, Result, params},
    file::{connect, existing},
    schema,
};

/// Problems that are listed of each kind; one says enough.
const LISTED: i64 = 20;

/// What a check found.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    people: i64,
    groups: i64,
    messages: i64,
    /// A sentence each; none when it is whole.
    pub(crate) problems: Vec<String>,
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { people, groups, messages, .. } = self;
        write!(f, "people: {people}, groups: {groups}, messages: {messages}")
    }
}

/// What must not be in a database: a sentence, and a query whose one column names the first `?1` cases.
const RULES: &[(&str, &str)] = &[
    (
        "A conversation's messages are not numbered from 1 to its head without a gap",
        "SELECT c.id FROM conversations c LEFT JOIN
             (SELECT conversation, count(*) AS n, min(seq) AS first, max(seq) AS last
              FROM messages GROUP BY conversation) m ON m.conversation = c.id
         WHERE c.head != coalesce(m.n, 0) OR (c.head > 0 AND (m.first != 1 OR m.last != c.head))
         LIMIT ?1",
    ),
    (
        "A conversation's revisions are not its messages and their changes",
        "SELECT c.id FROM conversations c
         WHERE c.rev != c.head + (SELECT count(*) FROM changes h WHERE h.conversation = c.id)
            OR EXISTS (SELECT 1 FROM messages m WHERE m.conversation = c.id AND coalesce(m.rev, m.born, m.seq) > c.rev)
         LIMIT ?1",
    ),
    (
        "Two changes of a conversation have the same revision",
        "SELECT every.conversation FROM
             (SELECT conversation, coalesce(born, seq) AS rev FROM messages
              UNION ALL SELECT conversation, rev FROM changes) every
         GROUP BY every.conversation, every.rev HAVING count(*) > 1 LIMIT ?1",
    ),
    (
        "Somebody has read further than a conversation goes",
        "SELECT c.id FROM members m JOIN conversations c ON c.id = m.conversation
         WHERE m.read_up_to > c.head LIMIT ?1",
    ),
    (
        "A group has another number of members than it says",
        "SELECT g.conversation FROM groups g LEFT JOIN
             (SELECT conversation, count(*) AS n FROM members GROUP BY conversation) m
             ON m.conversation = g.conversation
         WHERE g.members != coalesce(m.n, 0) LIMIT ?1",
    ),
    (
        "The people who joined and left a group are not numbered without a gap",
        "SELECT conversation FROM membership_changes
         GROUP BY conversation HAVING max(number) != count(*) LIMIT ?1",
    ),
];

/// What must not be in it either, from the version on in which there are roles.
const RULES_OF_ROLES: &[(&str, &str)] = &[
    (
        "A group has no owner, or more than one; if it has none, the next change of who is in the group gives it one",
        "SELECT g.conversation FROM groups g WHERE g.members > 0
         AND (SELECT count(*) FROM members m WHERE m.conversation = g.conversation AND m.role = 2) != 1
         LIMIT ?1",
    ),
    (
        "A member has an unknown role, or somebody has a role in a private conversation",
        "SELECT m.conversation FROM members m WHERE m.role != 0 AND (m.role NOT IN (1, 2)
         OR NOT EXISTS (SELECT 1 FROM groups g WHERE g.conversation = m.conversation)) LIMIT ?1",
    ),
];

/// Reads everything, on one snapshot; a server may use the database meanwhile.
pub(crate) fn check(path: &Path) -> Result<Checked> {
    let connection = connect(path, existing())?;
    let snapshot = connection.unchecked_transaction()?;
    let version: u32 = snapshot.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if let Some(problem) = of_another_version(version.into(), schema::version()) {
        return Ok(Checked { problems: vec![problem], ..Checked::default() });
    }
    let mut problems = Vec::new();
    let found = strings(&snapshot, &format!("PRAGMA integrity_check({LISTED})"))?;
    problems
        .extend(found.into_iter().filter(|line| line != "ok").map(|line| format!("SQLite says: {line}.")));
    problems
        .extend(strings(&snapshot, "PRAGMA foreign_key_check")?.iter().map(|table| refers_to_nothing(table)));
    let db = Db::Sqlite(&snapshot);
    problems.extend(broken(&db, RULES)?);
    if version >= schema::ROLES {
        problems.extend(broken(&db, RULES_OF_ROLES)?);
    }
    Ok(Checked { problems, ..Checked::count(&db)? })
}

/// Why the tables cannot be looked at, if so.
fn of_another_version(version: i64, known: u32) -> Option<String> {
    let is_known = (1..=i64::from(known)).contains(&version);
    (!is_known).then(|| format!("Its tables have version {version}; this Parlance knows 1 to {known}."))
}

fn refers_to_nothing(table: &str) -> String {
    format!("A row of the table {table} refers to one that is not there.")
}

/// A sentence for each case of what must not be.
fn broken(db: &Db<'_>, rules: &[(&str, &'static str)]) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for (sentence, query) in rules {
        let found: Vec<i64> = db.prepare_cached(query)?.query_map(params![LISTED], |row| row.get(0))?;
        problems.extend(found.into_iter().map(|id| format!("{sentence} (conversation {id}).")));
    }
    Ok(problems)
}

impl Checked {
    /// How much there is, whether it is whole or not.
    pub(super) fn count(db: &Db<'_>) -> Result<Self> {
        let count = |query| db.prepare_cached(query)?.query_row(params![], |row| row.get::<_, i64>(0));
        Ok(Self {
            people: count("SELECT count(*) FROM users")?,
            groups: count("SELECT count(*) FROM groups")?,
            messages: count("SELECT count(*) FROM messages")?,
            problems: Vec::new(),
        })
    }
}

fn strings(db: &Connection, sql: &str) -> Result<Vec<String>> {
    let listed = usize::try_from(LISTED).unwrap_or_default();
    Ok(db.prepare(sql)?.query_map([], |row| row.get(0))?.take(listed).collect::<rusqlite::Result<_>>()?)
}
