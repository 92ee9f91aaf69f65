//! Whether a database is whole: as SQLite sees it, and as a conversation sees it.

use std::{fmt, path::Path};

use rusqlite::Connection;

use super::{connect, copy::existing, schema};

/// Problems that are listed of each kind; one says enough.
const LISTED: usize = 20;

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

/// What must not be in a database: a sentence, and a query whose one column names each case.
const RULES: &[(&str, &str)] = &[
    (
        "A conversation's messages are not numbered from 1 to its head without a gap",
        "SELECT c.id FROM conversations c LEFT JOIN
             (SELECT conversation, count(*) AS n, min(seq) AS first, max(seq) AS last
              FROM messages GROUP BY conversation) m ON m.conversation = c.id
         WHERE c.head != coalesce(m.n, 0) OR (c.head > 0 AND (m.first != 1 OR m.last != c.head))",
    ),
    (
        "A conversation's revisions are not its messages and their changes",
        "SELECT c.id FROM conversations c
         WHERE c.rev != c.head + (SELECT count(*) FROM changes h WHERE h.conversation = c.id)
            OR EXISTS (SELECT 1 FROM messages m WHERE m.conversation = c.id AND coalesce(m.rev, m.born, m.seq) > c.rev)",
    ),
    (
        "Somebody has read further than a conversation goes",
        "SELECT c.id FROM members m JOIN conversations c ON c.id = m.conversation
         WHERE m.read_up_to > c.head",
    ),
    (
        "A group has another number of members than it says",
        "SELECT g.conversation FROM groups g LEFT JOIN
             (SELECT conversation, count(*) AS n FROM members GROUP BY conversation) m
             ON m.conversation = g.conversation
         WHERE g.members != coalesce(m.n, 0)",
    ),
];

/// Reads everything, on one snapshot; a server may use the database meanwhile.
pub(crate) fn check(path: &Path) -> rusqlite::Result<Checked> {
    let connection = connect(path, existing())?;
    let snapshot = connection.unchecked_transaction()?;
    let mut problems = Vec::new();
    let version: u32 = snapshot.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version == 0 || version > schema::version() {
        problems.push(format!(
            "Its tables have version {version}; this Parlance knows 1 to {}.",
            schema::version()
        ));
        return Ok(Checked { problems, ..Checked::default() });
    }
    let found = strings(&snapshot, &format!("PRAGMA integrity_check({LISTED})"), 0)?;
    problems
        .extend(found.into_iter().filter(|line| line != "ok").map(|line| format!("SQLite says: {line}.")));
    for table in strings(&snapshot, "PRAGMA foreign_key_check", 0)? {
        problems.push(format!("A row of the table {table} refers to one that is not there."));
    }
    for (sentence, query) in RULES {
        let found = snapshot
            .prepare(query)?
            .query_map([], |row| row.get::<_, i64>(0))?
            .take(LISTED)
            .collect::<rusqlite::Result<Vec<_>>>()?;
        problems.extend(found.into_iter().map(|id| format!("{sentence} (conversation {id}).")));
    }
    Ok(Checked { problems, ..Checked::count(&snapshot)? })
}

impl Checked {
    /// How much there is, whether it is whole or not.
    pub(super) fn count(db: &Connection) -> rusqlite::Result<Self> {
        let count = |table: &str| {
            db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0))
        };
        let [people, groups, messages] = [count("users")?, count("groups")?, count("messages")?];
        Ok(Self { people, groups, messages, problems: Vec::new() })
    }
}

fn strings(db: &Connection, sql: &str, column: usize) -> rusqlite::Result<Vec<String>> {
    db.prepare(sql)?.query_map([], |row| row.get(column))?.take(LISTED).collect()
}
