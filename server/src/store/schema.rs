//! The tables, and how an older database is brought up to date.

mod names;
pub(super) mod postgresql;

use rusqlite::Connection;
#[cfg(test)]
use rusqlite::StatementStatus;

use super::db;

/// Each entry brings the database from version n to n + 1: by SQL, then by what SQL cannot say.
/// Entries are never changed once released, only added.
const MIGRATIONS: &[(&str, Fill)] = &[
    (include_str!("schema/1.sql"), nothing),
    (include_str!("schema/2.sql"), nothing),
    (include_str!("schema/3.sql"), names::fill),
    (include_str!("schema/4.sql"), nothing),
    (include_str!("schema/5.sql"), nothing),
    (include_str!("schema/6.sql"), nothing),
    (include_str!("schema/7.sql"), nothing),
    (include_str!("schema/8.sql"), nothing),
    (include_str!("schema/9.sql"), nothing),
    (include_str!("schema/10.sql"), nothing),
    (include_str!("schema/11.sql"), nothing),
    (include_str!("schema/12.sql"), nothing),
    (include_str!("schema/13.sql"), nothing),
    (include_str!("schema/14.sql"), nothing),
    (include_str!("schema/15.sql"), nothing),
    (include_str!("schema/16.sql"), names::fill_folded),
];

/// The version in which groups got roles. Older databases are checked and restored, too.
pub(super) const ROLES: u32 = 12;

type Fill = fn(&Connection) -> db::Result<()>;

fn nothing(_: &Connection) -> db::Result<()> {
    Ok(())
}

/// The version of the current tables.
pub(super) fn version() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

/// Prepares the writer's connection and the tables. The error is a sentence without its full stop.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), String> {
    run(connection).map_err(|error| error.to_string())?.map_err(|newer| {
        format!(
            "it was written by a newer Parlance (version {newer} of the tables, this one knows {}). Start that one, or \
             put back a backup from before the upgrade with `parlance restore`",
            MIGRATIONS.len()
        )
    })
}

fn run(connection: &mut Connection) -> db::Result<Result<(), u32>> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // An acknowledged message must survive a power cut.
    connection.pragma_update(None, "synchronous", "FULL")?;
    let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let Some(missing) = MIGRATIONS.get(version as usize..) else { return Ok(Err(version)) };
    if version > 0 && !missing.is_empty() {
        tracing::info!(
            from = version,
            to = MIGRATIONS.len(),
            "the database is brought to this program's version"
        );
    }
    // While a table is replaced, nothing stands where the others refer to.
    connection.pragma_update(None, "foreign_keys", false)?;
    for ((script, fill), version) in missing.iter().zip(version + 1..) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(script)?;
        fill(&transaction)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
    }
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(Ok(()))
}

/// Fails if one of these queries would read a whole table of the current database, or would be compiled anew
/// whenever something else is bound.
#[cfg(test)]
pub(super) fn no_query_scans(queries: &[&str]) {
    let data_dir = crate::testing::scratch();
    let mut db =
        super::file::connect(&data_dir.path().join("plan.db"), rusqlite::OpenFlags::default()).unwrap();
    migrate(&mut db).unwrap();
    for sql in queries {
        let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let steps = plan.raw_query().mapped(|row| row.get::<_, String>("detail"));
        for step in steps.map(Result::unwrap) {
            // What is bound as JSON is no table.
            let is_bound = step.starts_with("SCAN json_each VIRTUAL TABLE");
            assert!(is_bound || !step.starts_with("SCAN"), "{step} in {sql}");
        }
        let mut statement = db.prepare(sql).unwrap();
        for bound in 1..=3 {
            for parameter in 1..=statement.parameter_count() {
                statement.raw_bind_parameter(parameter, bound).unwrap();
            }
            // What is bound may be refused: compiling comes before.
            statement.raw_query().next().ok();
        }
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0, "{sql}");
    }
    // What is in the language of SQLite alone has a statement of its own for PostgreSQL.
    let only_sqlite = ["json_each", "MATCH", "message_search"];
    let both = queries.iter().filter(|sql| !only_sqlite.iter().any(|word| sql.contains(word)));
    postgresql::no_query_scans(both.copied());
}

/// People and groups of a database from before there were roles, in SQL. `begin` and `end` stand around an id's digits.
#[cfg(test)]
fn before_roles(begin: &str, end: &str, yes: &str) -> String {
    let id = |number: u8| format!("{begin}{}{end}", format!("{number:02x}").repeat(16));
    let mut sql = String::new();
    for user in 1..=3 {
        let id = id(user);
        sql += &format!(
            "INSERT INTO users (id, username, folded, password, created_at) VALUES ({id}, 'u{user}', 'u{user}', '', 0);"
        );
    }
    // The maker of the first is there, though not for longest; that of the second has left; that of the third is not
    // known; nobody is in the fourth. The fifth is no group.
    let groups = [(Some(3), 2), (Some(1), 2), (None, 2), (Some(1), 0)];
    for (number, (creator, members)) in (1..).zip(groups) {
        let (group, creator) = (id(number), creator.map_or("NULL".to_owned(), id));
        sql += &format!(
            "INSERT INTO conversations (id, updated_at) VALUES ({number}, 0);
             INSERT INTO groups (id, conversation, name, folded, public, members, created_at, creator)
             VALUES ({group}, {number}, 'g', 'g', {yes}, {members}, 0, {creator});"
        );
    }
    let (one, two) = (id(1), id(2));
    sql += &format!("INSERT INTO conversations (id, low, high, updated_at) VALUES (5, {one}, {two}, 0);");
    for (conversation, user, joined_at) in
        [(1, 2, 5), (1, 3, 7), (2, 2, 9), (2, 3, 8), (3, 1, 4), (3, 2, 4), (5, 1, 0), (5, 2, 0)]
    {
        let user = id(user);
        sql += &format!(
            "INSERT INTO members (conversation, \"user\", read_up_to, joined_at)
             VALUES ({conversation}, {user}, 0, {joined_at});"
        );
    }
    sql
}

/// Their roles after the migration.
#[cfg(test)]
const AFTER: [(i64, &str, i64); 8] = [
    (1, "02", 0),
    (1, "03", 2),
    (2, "02", 0),
    (2, "03", 2),
    (3, "01", 2),
    (3, "02", 0),
    (5, "01", 0),
    (5, "02", 0),
];

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rusqlite::OpenFlags;

    use super::*;
    use crate::store::file::connect;

    #[test]
    fn migrating_twice_changes_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        migrate(&mut connection).unwrap();
    }

    /// A database whose tables have an earlier version, with people and groups.
    fn of_version(file: &Path, version: u32) -> Connection {
        let db = connect(file, OpenFlags::default()).unwrap();
        for (script, _) in &MIGRATIONS[..version as usize] {
            db.execute_batch(script).unwrap();
        }
        db.pragma_update(None, "user_version", version).unwrap();
        db.execute_batch(&before_roles("x'", "'", "1")).unwrap();
        db
    }

    #[test]
    fn groups_from_before_there_were_roles_belong_to_who_made_them_or_was_there_first() {
        let data_dir = crate::testing::scratch();
        let file = data_dir.path().join("parlance.db");
        let mut db = of_version(&file, ROLES - 1);
        let problems = || crate::store::check(&file).unwrap().problems;
        assert_eq!(problems(), [""; 0], "it is checked as it is");
        migrate(&mut db).unwrap();
        assert_eq!(problems(), [""; 0]);
        let mut roles =
            db.prepare("SELECT conversation, hex(user), role FROM members ORDER BY 1, 2").unwrap();
        let roles = roles.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
        let roles: Vec<(i64, String, i64)> = roles.map(Result::unwrap).collect();
        let roles: Vec<_> = roles.iter().map(|(at, user, role)| (*at, &user[..2], *role)).collect();
        assert_eq!(roles, AFTER);
    }

    /// Three conversations of a thousand messages by turns, and what else can be said of a message.
    const BEFORE_ORDER: &str = "
        WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 2999)
        INSERT INTO messages (conversation, seq, id, sender, client_id, content, created_at, born, reply_to, mentions)
        SELECT 1 + n % 3, 1 + n / 3, unhex(printf('%032x', n)), unhex(replace(hex(zeroblob(16)), '00', printf('%02x', 1 + n % 2))),
               iif(n % 2, 'c' || n, NULL), printf('%.*c', n % 500, 'x') || n, n, 1 + n / 3, iif(n % 5, NULL, 1 + n / 6),
               iif(n % 11, NULL, zeroblob(16))
        FROM numbers;
        UPDATE messages SET rev = 1000 + seq / 10, change_id = id, edited_at = iif(seq % 20, 1, NULL),
            deleted_at = iif(seq % 30, NULL, 2), deleted_by = iif(seq % 60, NULL, sender), pinned_at = iif(seq % 50, NULL, 3),
            reactions = iif(seq % 20, NULL, '[]') WHERE seq % 10 = 0;
        INSERT INTO changes SELECT conversation, rev, id FROM messages WHERE rev IS NOT NULL;
        INSERT INTO edits (conversation, seq, rev, content, at, editor, client_id)
        SELECT conversation, seq, rev, '', 1, sender, client_id FROM messages WHERE edited_at IS NOT NULL;
        INSERT INTO unchanged_edits SELECT sender, client_id, conversation, seq, 1 FROM messages WHERE client_id IS NOT NULL;
        INSERT INTO mentions SELECT conversation, sender, seq FROM messages WHERE mentions IS NOT NULL;
        INSERT INTO mentions_of_all SELECT conversation, seq, sender FROM messages WHERE mentions IS NOT NULL;
        UPDATE conversations SET head = 1000, rev = 1100 WHERE id <= 3;
        UPDATE members SET role = 2 WHERE conversation <= 3 AND hex(user) LIKE '02%';";

    /// Every row of a table, with all its columns, as text.
    fn rows(db: &Connection, table: &str) -> Vec<String> {
        let columns = "SELECT group_concat('quote(' || name || ')', ' || '' '' || ' ORDER BY name)
                       FROM pragma_table_info(?1) WHERE name != 'number'";
        let columns: String = db.query_row(columns, [table], |row| row.get(0)).unwrap();
        let mut rows = db.prepare(&format!("SELECT {columns} AS row FROM {table} ORDER BY row")).unwrap();
        rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    #[test]
    fn messages_are_what_they_were_after_they_were_put_in_the_order_of_their_sending() {
        let data_dir = crate::testing::scratch();
        let file = data_dir.path().join("parlance.db");
        let mut db = of_version(&file, 14);
        db.execute_batch(BEFORE_ORDER).unwrap();
        let tables = ["messages", "edits", "unchanged_edits", "mentions", "mentions_of_all", "changes"];
        let all = |db: &Connection| tables.map(|table| rows(db, table));
        let problems = || crate::store::check(&file).unwrap().problems;
        let indexes = |db: &Connection| -> i64 {
            let sql = "SELECT count(*) FROM sqlite_schema WHERE tbl_name = 'messages' AND type = 'index' AND sql != ''";
            db.query_row(sql, [], |row| row.get(0)).unwrap()
        };
        let (before, indexed) = (all(&db), indexes(&db));
        assert_eq!((before[0].len(), problems()), (3_000, vec![]));
        migrate(&mut db).unwrap();
        assert!(all(&db) == before);
        assert_eq!(problems(), [""; 0]);
        assert_eq!(indexes(&db), indexed + 1, "the place was the key");
        let is_ordered = "SELECT count(*) FROM messages WHERE id != unhex(printf('%032x', number - 1))";
        assert_eq!(db.query_row(is_ordered, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
        // What others refer to is asked for again.
        db.execute("DELETE FROM messages WHERE seq = 10", []).unwrap_err();
    }

    #[test]
    fn a_database_of_a_newer_version_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        let sentence = migrate(&mut connection).unwrap_err();
        assert!(sentence.starts_with("it was written by a newer Parlance (version 99"), "{sentence}");
        assert!(sentence.contains("Start that one, or put back a backup"), "{sentence}");
    }
}
