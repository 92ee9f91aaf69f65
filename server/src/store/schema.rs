//! The tables, and how an older database is brought up to date.

mod names;
pub(super) mod postgresql;

use rusqlite::Connection;

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
];

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
            "it was written by a newer Parlance (version {newer} of the tables, this one knows {})",
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
    for ((script, fill), version) in missing.iter().zip(version + 1..) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(script)?;
        fill(&transaction)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
    }
    Ok(Ok(()))
}

/// Fails if one of these queries would read a whole table of the current database.
#[cfg(test)]
pub(super) fn no_query_scans(queries: &[&str]) {
    let data_dir = crate::testing::scratch();
    let mut db = Connection::open(data_dir.path().join("plan.db")).unwrap();
    migrate(&mut db).unwrap();
    for sql in queries {
        let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let steps = plan.raw_query().mapped(|row| row.get::<_, String>("detail"));
        for step in steps.map(Result::unwrap) {
            assert!(!step.starts_with("SCAN"), "{step} in {sql}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrating_twice_changes_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        migrate(&mut connection).unwrap();
    }

    #[test]
    fn a_database_of_a_newer_version_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        let sentence = migrate(&mut connection).unwrap_err();
        assert!(sentence.starts_with("it was written by a newer Parlance"), "{sentence}");
    }
}
