//! The names that were taken before there were indexes of them, in version 3, and before their accents were left out of
//! these.

use protocol::{Username, text::Stored};
use rusqlite::{Connection, params};

use crate::{
    auth::name,
    store::{
        db::{self, Db, Row},
        group::GROUPS,
        search,
        user::PEOPLE,
        value::Blob,
    },
};

pub(super) fn fill(db: &Connection) -> db::Result<()> {
    let mut people = db.prepare("SELECT id, username FROM users ORDER BY created_at, id")?;
    let mut rows = people.query([])?;
    while let Some(row) = rows.next()? {
        let (id, username): ([u8; 16], String) = (row.get(0)?, row.get(1)?);
        PEOPLE.add(&Db::Sqlite(db), &id, &username)?;
        // If two names look alike, both stay; the look belongs to the one who had the name first.
        for look in name::looks(&Username::stored(username)) {
            db.prepare_cached("INSERT OR IGNORE INTO looks (look, user) VALUES (?1, ?2)")?
                .execute(params![look, id])?;
        }
    }
    let mut groups = db.prepare("SELECT id, name, public FROM groups")?;
    let mut rows = groups.query([])?;
    while let Some(row) = rows.next()? {
        let (id, name): ([u8; 16], String) = (row.get(0)?, row.get(1)?);
        db.prepare_cached("UPDATE groups SET folded = ?2 WHERE id = ?1")?
            .execute(params![id, search::fold(&name)])?;
        if row.get(2)? {
            GROUPS.add(&Db::Sqlite(db), &id, &name)?;
        }
    }
    Ok(())
}

/// Version 16, the same as [`fold_anew`].
pub(super) fn fill_folded(db: &Connection) -> db::Result<()> {
    fold_anew(&Db::Sqlite(db), 0)
}

/// Adds names since a time to the indexes that were put there with their accents, or by a server of before.
pub(super) fn fold_anew(db: &Db<'_>, since: i64) -> db::Result<()> {
    let has_accents = |name: &String| !name.is_ascii() && search::spelling(name) != search::fold(name);
    let read = |row: &Row<'_>| Ok((row.get::<_, Blob<16>>(0)?.0, row.get::<_, String>(1)?));
    let people = db
        .prepare_cached("SELECT id, username FROM users WHERE created_at >= ?1")?
        .query_map([since], read)?;
    for (id, name) in people.into_iter().filter(|(_, name)| has_accents(name)) {
        PEOPLE.add(db, &id, &name)?;
    }
    let groups = db
        .prepare_cached("SELECT id, name, public FROM groups WHERE created_at >= ?1")?
        .query_map([since], |row| Ok((read(row)?, row.get::<_, bool>(2)?)))?;
    for ((id, name), is_public) in groups.into_iter().filter(|((_, name), _)| has_accents(name)) {
        db.prepare_cached("UPDATE groups SET folded = ?2 WHERE id = ?1")?
            .execute(db::params![Blob(id), search::fold(&name)])?;
        if is_public {
            GROUPS.add(db, &id, &name)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        store::schema::{self, MIGRATIONS},
        testing::postgresql::{TestDatabase, aside},
    };

    #[test]
    fn names_from_before_stay_and_are_found_and_the_first_of_two_keeps_the_look() {
        let mut db = Connection::open_in_memory().unwrap();
        for (script, _) in &MIGRATIONS[..2] {
            db.execute_batch(script).unwrap();
        }
        db.pragma_update(None, "user_version", 2).unwrap();
        for (number, name) in
            ["ann", "\u{430}nn", "\u{3164}\u{3164}\u{3164}", "M\u{fc}ller"].iter().enumerate()
        {
            let id = [number as u8 + 1; 16];
            db.execute(
                "INSERT INTO users (id, username, folded, password, created_at) VALUES (?1, ?2, ?3, '', ?4)",
                params![id, name, name.to_lowercase(), number as i64],
            )
            .unwrap();
        }
        db.execute("INSERT INTO conversations (id, updated_at) VALUES (1, 0), (2, 0)", []).unwrap();
        for (number, (name, public)) in [("E\u{301}lan", true), ("Secret", false)].iter().enumerate() {
            db.execute(
                "INSERT INTO groups (id, conversation, name, folded, public, members, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, 0, 0)",
                params![[number as u8 + 1; 16], number as i64 + 1, name, name.to_lowercase(), public],
            )
            .unwrap();
        }
        schema::migrate(&mut db).unwrap();
        let user: [u8; 16] =
            db.query_row("SELECT user FROM looks WHERE look = 'ann'", [], |row| row.get(0)).unwrap();
        assert_eq!(user, [1; 16]);
        let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(count("SELECT count(*) FROM users"), 4);
        assert_eq!(count("SELECT count(*) FROM user_parts WHERE part = 'ller'"), 1);
        assert_eq!(count("SELECT count(*) FROM group_parts WHERE part = 'elan'"), 1);
        assert_eq!(count("SELECT count(*) FROM group_parts WHERE part LIKE 's%'"), 0);
        assert_eq!(count("SELECT count(*) FROM groups WHERE folded = 'elan'"), 1);
    }

    /// A person and a group whose names were put into the indexes with their accents, at a time.
    fn with_accents(number: u8, at: i64, [begin, end, yes]: [&str; 3]) -> String {
        let id = format!("{begin}{}{end}", format!("{number:02x}").repeat(16));
        format!(
            "INSERT INTO users (id, username, folded, password, created_at)
             VALUES ({id}, 'Νίκος', 'νίκος{number}', '', {at});
             INSERT INTO user_parts VALUES ('νίκος', {id});
             INSERT INTO conversations (id, updated_at) VALUES ({number}, 0);
             INSERT INTO groups (id, conversation, name, folded, public, members, created_at)
             VALUES ({id}, {number}, 'Café', 'café', {yes}, 0, {at});"
        )
    }

    const FOUND: &str = "SELECT (SELECT count(*) FROM user_parts WHERE part IN ('ικοσ', 'νίκος'))
                              + (SELECT count(*) FROM group_parts WHERE part = 'cafe')
                              + (SELECT count(*) FROM groups WHERE folded = 'cafe')";

    #[test]
    fn names_from_before_are_found_without_their_accents() {
        let mut db = Connection::open_in_memory().unwrap();
        for (script, _) in &MIGRATIONS[..15] {
            db.execute_batch(script).unwrap();
        }
        db.pragma_update(None, "user_version", 15).unwrap();
        db.execute_batch(&with_accents(7, 0, ["x'", "'", "1"])).unwrap();
        schema::migrate(&mut db).unwrap();
        assert_eq!(db.query_row(FOUND, [], |row| row.get::<_, i64>(0)).unwrap(), 4);
    }

    #[test]
    fn names_from_before_are_found_without_their_accents_in_postgresql() {
        let database = TestDatabase::new();
        database.run("UPDATE parlance SET version = 6");
        let migrated = || aside(|| schema::postgresql::migrate(&database.url().parse().unwrap()));
        let words = ["'\\x", "'", "true"];
        database.run(&with_accents(7, 0, words));
        migrated().unwrap();
        assert_eq!(database.number(FOUND), 4);
        // A server of before takes a name, and then another one of today starts.
        database.run(&with_accents(8, crate::clock::now().0, words));
        migrated().unwrap();
        assert_eq!(database.number(FOUND), 8);
    }
}
