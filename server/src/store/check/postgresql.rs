//! The same for PostgreSQL, which does not look by itself for what is damaged.

use super::{Checked, LISTED, RULES, RULES_OF_ROLES, broken, of_another_version, refers_to_nothing};
use crate::{
    storage_fault::StorageFault,
    store::{
        db::{Db, DbError, Result},
        postgresql::{Address, Connection},
        schema,
    },
};

/// One snapshot, and as long as it takes.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0";

/// What must not be in its own tables.
const RULES_HERE: &[(&str, &str)] = &[
    (
        "The index that is searched has not the messages that there are; after `TRUNCATE message_words; UPDATE \
         conversations SET indexed = 0`, the next start makes it anew",
        "SELECT m.conversation FROM messages m JOIN conversations c ON c.id = m.conversation
         WHERE m.seq <= c.indexed AND m.deleted_at IS NULL AND NOT EXISTS
             (SELECT 1 FROM message_words w WHERE w.conversation = m.conversation AND w.seq = m.seq)
         UNION SELECT w.conversation FROM message_words w WHERE NOT EXISTS
             (SELECT 1 FROM messages m WHERE m.conversation = w.conversation AND m.seq = w.seq)
         LIMIT ?1",
    ),
    (
        "The next conversation would get a number that is taken",
        "SELECT max(id) FROM conversations
         HAVING max(id) > (SELECT coalesce(max(last_value), 0) FROM pg_sequences
                           WHERE format('%I.%I', schemaname, sequencename)
                               = pg_get_serial_sequence('conversations', 'id'))
         LIMIT ?1",
    ),
];

/// What can be damaged although each row is there: texts are kept beside their rows if they are long.
const TEXTS: &[&str] = &[
    "SELECT coalesce(sum(length(content) + length(reactions)), 0) FROM messages",
    "SELECT coalesce(sum(length(content)), 0) FROM edits",
];

/// The foreign keys of our tables: the table, and a query that finds its rows that refer to nothing.
const REFERENCES: &str = "
    SELECT k.conrelid::REGCLASS::TEXT,
        format('SELECT 1 FROM %s r WHERE %s AND NOT EXISTS (SELECT 1 FROM %s t WHERE %s)',
            k.conrelid::REGCLASS, string_agg(format('r.%I IS NOT NULL', r.attname), ' AND '),
            k.confrelid::REGCLASS, string_agg(format('t.%I = r.%I', t.attname, r.attname), ' AND '))
    FROM pg_constraint k
    CROSS JOIN unnest(k.conkey, k.confkey) AS pair (here, there)
    JOIN pg_attribute r ON r.attrelid = k.conrelid AND r.attnum = pair.here
    JOIN pg_attribute t ON t.attrelid = k.confrelid AND t.attnum = pair.there
    WHERE k.contype = 'f' AND k.connamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'parlance'::REGCLASS)
    GROUP BY k.oid, k.conrelid, k.confrelid ORDER BY 1, 2";

/// Reads everything; servers may use the database meanwhile. The error is a sentence. This waits, and must not be
/// done in a task.
pub(in crate::store) fn check(address: &Address) -> Result<Checked, String> {
    let connection = address.connect().map_err(|error| address.trouble(&error))?;
    look(&connection).or_else(|error| match error {
        // Something is there that cannot be read.
        DbError::Postgresql(_) if error.storage_fault() != Some(StorageFault::Unreachable) => {
            Ok(Checked { problems: vec![format!("PostgreSQL says: {error}.")], ..Checked::default() })
        }
        _ => Err(address.trouble(&error)),
    })
}

fn look(connection: &Connection) -> Result<Checked> {
    connection.begin(BEGIN)?;
    let of_others = |problem| Ok(Checked { problems: vec![problem], ..Checked::default() });
    if connection.ask("SELECT to_regclass('parlance') IS NULL")? {
        return of_others("There are no tables of Parlance in it.".to_owned());
    }
    let version: i64 = connection.ask("SELECT version FROM parlance")?;
    if let Some(problem) = of_another_version(version, schema::postgresql::version()) {
        return of_others(problem);
    }
    for texts in TEXTS {
        connection.ask::<i64>(texts)?;
    }
    let mut problems = Vec::new();
    for row in connection.ask_all(REFERENCES, &[])? {
        let (table, query): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        let count: i64 =
            connection.ask(&format!("SELECT count(*) FROM ({query} LIMIT {LISTED}) AS found"))?;
        problems.extend((0..count).map(|_| refers_to_nothing(&table)));
    }
    let db = Db::Postgresql(connection);
    problems.extend(broken(&db, RULES)?);
    if version >= i64::from(schema::postgresql::ROLES) {
        problems.extend(broken(&db, RULES_OF_ROLES)?);
    }
    problems.extend(broken(&db, RULES_HERE)?);
    Ok(Checked { problems, ..Checked::count(&db)? })
}

#[cfg(test)]
mod tests;
