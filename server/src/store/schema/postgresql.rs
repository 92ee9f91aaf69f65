//! The tables in PostgreSQL, and how an older database is brought up to date.

use super::names;
use crate::{
    clock,
    store::{
        db::{Db, DbError, Result},
        postgresql::{Address, Connection, fault::Again},
        standing::first,
    },
};

/// Each entry brings the database from version n to n + 1. Entries are never changed once released, only added.
const MIGRATIONS: &[&str] = &[
    include_str!("postgresql/1.sql"),
    include_str!("postgresql/2.sql"),
    include_str!("postgresql/3.sql"),
    include_str!("postgresql/4.sql"),
    include_str!("postgresql/5.sql"),
    include_str!("postgresql/6.sql"),
    include_str!("postgresql/7.sql"),
];

/// The version in which groups got roles.
pub(in crate::store) const ROLES: u32 = 4;

/// The version in which names got parts without accents.
const WITHOUT_ACCENTS: i64 = 7;
/// While servers are upgraded one after the other, those of before put names into the index with their accents. Each that
/// starts looks at the names of the last while.
const UPGRADING: i64 = 7 * 24 * 60 * 60 * 1_000;

/// Groups that a server from before there were roles has made without an owner, or left without one: see role.rs.
/// Whoever holds such a group is waited for.
const WITHOUT_OWNER: &str = "
    SELECT c.id FROM conversations c JOIN groups g ON g.conversation = c.id
    WHERE g.members > 0 AND NOT EXISTS (SELECT 1 FROM members o WHERE o.conversation = c.id AND o.role = 2)
    ORDER BY c.id FOR NO KEY UPDATE OF c";

/// Whoever held such a group may have noted its owner meanwhile.
const OWNERS: &str = concat!(
    "UPDATE members m SET role = 2
     WHERE m.conversation = ANY (?1::BIGINT[])
       AND NOT EXISTS (SELECT 1 FROM members o WHERE o.conversation = m.conversation AND o.role = 2)
       AND m.user = ",
    first!("m.conversation")
);

/// The oldest server that knows all that is asked of it, as it numbers itself.
const OLDEST: i32 = 14_00_00;

/// Servers that start at the same time migrate one after the other: the lock has our name as its number.
const LOCK: &str = "SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0;
                    SELECT pg_advisory_xact_lock(x'7061726c616e6365'::BIGINT)";

/// How often it is tried while older servers write: they and the migration want the same tables in another order, and
/// of transactions that wait for each other PostgreSQL ends one.
const TRIES: u32 = 20;

/// The version of the current tables.
pub(in crate::store) fn version() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

/// Connects, and prepares the tables. The error is a sentence.
pub(in crate::store) fn migrate(address: &Address) -> Result<(), String> {
    let mut tries = 1;
    loop {
        match address.connect().and_then(|connection| run(address, &connection)) {
            Err(error) if error.again() == Some(Again::Batch) && tries < TRIES => tries += 1,
            migrated => return migrated.map_err(|error| address.trouble(&error))?,
        }
    }
}

fn run(address: &Address, connection: &Connection) -> Result<Result<(), String>> {
    let number: String = connection.ask("SELECT current_setting('server_version_num')")?;
    if is_too_old(&number) {
        let version: String = connection.ask("SELECT current_setting('server_version')")?;
        return Ok(Err(format!(
            "PostgreSQL at {address} has version {version}. Parlance needs 14 or newer."
        )));
    }
    let encoding: String = connection.ask("SELECT current_setting('server_encoding')")?;
    if encoding != "UTF8" {
        let name = address.database();
        return Ok(Err(format!(
            "The database “{name}” at {address} keeps texts as {encoding}. Make one with \
             `createdb --encoding UTF8 --template template0 {name}`."
        )));
    }
    connection.begin("BEGIN")?;
    let migrated = migrate_in_transaction(address, connection);
    match &migrated {
        Ok(Ok(())) => connection.commit()?,
        _ => connection.roll_back()?,
    }
    migrated
}

fn is_too_old(number: &str) -> bool {
    number.parse().is_ok_and(|number: i32| number < OLDEST)
}

fn migrate_in_transaction(address: &Address, connection: &Connection) -> Result<Result<(), String>> {
    connection.batch(LOCK)?;
    let is_new: bool = connection.ask("SELECT to_regclass('parlance') IS NULL")?;
    let version: i64 = if is_new { 0 } else { connection.ask("SELECT version FROM parlance")? };
    let known = self::version();
    let missing = usize::try_from(version).ok().and_then(|version| MIGRATIONS.get(version..));
    let Some(missing) = missing else {
        return Ok(Err(format!(
            "The database “{}” at {address} was written by a newer Parlance (version {version} of the tables, this \
             one knows {known}). Start that one.",
            address.database()
        )));
    };
    for script in missing {
        connection.batch(script)?;
    }
    if !missing.is_empty() {
        connection.batch(&format!("UPDATE parlance SET version = {known}"))?;
    }
    note_owners(connection)?;
    let since = if version < WITHOUT_ACCENTS { 0 } else { clock::now().0 - UPGRADING };
    names::fold_anew(&Db::Postgresql(connection), since)?;
    Ok(Ok(()))
}

fn note_owners(connection: &Connection) -> Result<()> {
    let groups = connection.ask_all(WITHOUT_OWNER, &[])?;
    let groups = groups.iter().map(|row| row.try_get(0)).collect::<Result<Vec<i64>, _>>()?;
    if !groups.is_empty() {
        connection.ask_all(OWNERS, &[&groups])?;
    }
    Ok(())
}

/// What is done with each connection of the writer.
pub(in crate::store) fn prepare(connection: &Connection) -> Result<(), DbError> {
    let unindexed = "SELECT coalesce(array_agg(id), '{}') FROM conversations WHERE head > indexed";
    connection.unindexed.extend(connection.ask::<Vec<i64>>(unindexed)?);
    Ok(())
}

/// Fails if one of these queries could only read a whole table, by the plan that is made for whatever is bound.
#[cfg(test)]
pub(in crate::store) fn no_query_scans<'a>(queries: impl Iterator<Item = &'a str> + Send) {
    use crate::testing::postgresql::{TestDatabase, aside};

    const VALUES: &str = "
        SELECT coalesce(array_length(parameter_types, 1), 0) FROM pg_prepared_statements WHERE name = 'query'";
    let database = TestDatabase::new();
    let address: Address = database.url().parse().unwrap();
    aside(|| {
        let connection = address.connect().unwrap();
        connection.batch("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan").unwrap();
        for sql in queries {
            connection.batch(&format!("PREPARE query AS {}", sql.replace('?', "$"))).unwrap();
            let values =
                vec!["NULL"; connection.ask::<i32>(VALUES).unwrap().unsigned_abs() as usize].join(", ");
            let values = if values.is_empty() { values } else { format!("({values})") };
            let plan = connection.lines(&format!("EXPLAIN EXECUTE query{values}")).unwrap();
            assert!(!plan.iter().any(|step| step.contains("Seq Scan")), "{plan:#?} in {sql}");
            connection.batch("DEALLOCATE query").unwrap();
        }
    });
}

#[cfg(test)]
mod tests {
    use std::{thread, time::Duration};

    use super::*;
    use crate::{
        store::schema::{AFTER, before_roles},
        testing::postgresql::{TestDatabase, aside},
    };

    fn from_before_there_were_roles() -> TestDatabase {
        let database = TestDatabase::empty();
        for script in &MIGRATIONS[..ROLES as usize - 1] {
            database.run(script);
        }
        database.run(&format!("UPDATE parlance SET version = {}", ROLES - 1));
        database
    }

    #[test]
    fn a_server_that_writes_and_a_migration_that_wait_for_each_other_both_get_their_way() {
        let database = from_before_there_were_roles();
        let address = database.url().parse().unwrap();
        // PostgreSQL ends the one whose patience is over first.
        database.run(&format!("ALTER DATABASE {} SET deadlock_timeout = '2s'", database.name()));
        let lock = |table| format!("LOCK TABLE {table} IN ROW EXCLUSIVE MODE");
        let mut writer = database.hold(&format!("SET LOCAL deadlock_timeout = '1h'; {}", lock("messages")));
        let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'messages'::regclass
                       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        let migrated = thread::scope(|scope| {
            let migration = scope.spawn(|| aside(|| migrate(&address)));
            while database.number(waiting) == 0 {
                thread::sleep(Duration::from_millis(20));
            }
            writer.run(&lock("members"));
            writer.release();
            migration.join().unwrap()
        });
        assert_eq!(migrated, Ok(()));
        assert_eq!(database.number("SELECT version FROM parlance"), i64::from(version()));
    }

    #[test]
    fn groups_from_before_there_were_roles_belong_to_who_made_them_or_was_there_first() {
        let database = from_before_there_were_roles();
        database.run(&before_roles("'\\x", "'", "true"));
        // As with a database that was moved here: the next conversation gets the next number.
        database.run("SELECT setval('conversations_id_seq', 5)");
        let address = database.url().parse().unwrap();
        let problems = || aside(|| crate::store::check_postgresql(&address)).unwrap().problems;
        assert_eq!(problems(), [""; 0], "it is checked as it is");
        aside(|| migrate(&address)).unwrap();
        assert_eq!(problems(), [""; 0]);
        for (conversation, user, role) in AFTER {
            let members = format!(
                "SELECT count(*) FROM members WHERE conversation = {conversation} AND role = {role}
                 AND encode(\"user\", 'hex') LIKE '{user}%'"
            );
            assert_eq!(database.number(&members), 1, "{conversation} {user}");
        }
        assert_eq!(database.number("SELECT version FROM parlance"), i64::from(version()));
    }

    #[test]
    fn servers_from_version_14_on_are_new_enough() {
        assert!(["90624", "100023", "130022"].iter().all(|number| is_too_old(number)));
        assert!(!["140000", "150013", "180001"].iter().any(|number| is_too_old(number)));
    }
}
