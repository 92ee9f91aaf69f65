//! Version 3: the names that were taken before there were indexes of them.

use protocol::{Username, text::Stored};
use rusqlite::{Connection, params};

use crate::{
    auth::name,
    store::{
        db::{self, Db},
        group::GROUPS,
        search,
        user::PEOPLE,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema::{self, MIGRATIONS};

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
        assert_eq!(count("SELECT count(*) FROM group_parts WHERE part = '\u{e9}lan'"), 1);
        assert_eq!(count("SELECT count(*) FROM group_parts WHERE part LIKE 's%'"), 0);
        assert_eq!(count("SELECT count(*) FROM groups WHERE folded = '\u{e9}lan'"), 1);
    }
}
