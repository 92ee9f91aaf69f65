//! Finding people and groups by a part of their name, without looking at every name.
//!
//! Each name is in the index as a whole, marked as such, and as every end of it: "hannah", "annah",
//! "nnah" … So what contains "ann" is one range of the index, and what begins with it another one.

use std::collections::HashSet;

use protocol::limits;
use rusqlite::{Connection, Params, params};
use unicode_normalization::UnicodeNormalization;

use crate::error::Result;

/// Characters that are kept of an end. If a query is longer, the names that it finds are looked at in full.
const PART: usize = 12;
/// Marks a part that is a whole name. It sorts before every letter, and is not a letter.
pub(super) const WHOLE: char = '\u{1}';
/// A text with this at its end sorts after every text that begins with the rest of it.
const LAST: char = '\u{10ffff}';
/// Names that one query looks at to find those that contain it.
const LOOKED_AT: usize = 5_000;

/// An index of names: its rows are `(part, id)`.
#[derive(Clone, Copy)]
pub(super) struct Index {
    pub(super) insert: &'static str,
    /// Ids of the parts from one to another, in order.
    pub(super) range: &'static str,
}

pub(super) const PEOPLE: Index = Index {
    insert: "INSERT OR IGNORE INTO user_parts (part, user) VALUES (?1, ?2)",
    range: "SELECT user FROM user_parts WHERE part >= ?1 AND part < ?2 ORDER BY part, user",
};

pub(super) const GROUPS: Index = Index {
    insert: "INSERT OR IGNORE INTO group_parts (part, group_id) VALUES (?1, ?2)",
    range: "SELECT group_id FROM group_parts WHERE part >= ?1 AND part < ?2 ORDER BY part, group_id",
};

/// A name or a query without regard to case, to the width of letters, and to how an accent was typed.
pub(super) fn fold(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).nfc().collect()
}

/// A query, folded; what is beyond the limit of characters is ignored.
pub(super) fn fold_query(query: &str) -> String {
    fold(&query.trim().chars().take(limits::QUERY_CHARS).collect::<String>())
}

impl Index {
    pub(super) fn add(self, db: &Connection, id: &[u8; 16], name: &str) -> rusqlite::Result<()> {
        let name = fold(name);
        let mut insert = db.prepare_cached(self.insert)?;
        insert.execute(params![format!("{WHOLE}{name}"), id])?;
        for (at, _) in name.char_indices() {
            let part: String = name[at..].chars().take(PART).collect();
            insert.execute(params![part, id])?;
        }
        Ok(())
    }

    /// What begins with the query, first the query itself; then what contains it. `read` turns an id into a
    /// result, with its name and with what it is sorted by among those that contain the query.
    pub(super) fn find<T>(
        self,
        db: &Connection,
        query: &str,
        read: impl Fn([u8; 16]) -> Result<Option<Found<T>>>,
    ) -> Result<Vec<T>> {
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        let whole = format!("{WHOLE}{query}");
        let mut range = db.prepare_cached(self.range)?;
        let mut rows = range.query(params![whole, format!("{whole}{LAST}")])?;
        while found.len() < limits::SEARCH_RESULTS
            && let Some(row) = rows.next()?
        {
            let id: [u8; 16] = row.get(0)?;
            seen.insert(id);
            found.extend(read(id)?.map(|found| found.result));
        }
        drop(rows);
        let part: String = query.chars().take(PART).collect();
        if query.is_empty() || found.len() >= limits::SEARCH_RESULTS {
            return Ok(found);
        }
        let mut inside = Vec::new();
        let mut rows = range.query(params![part, format!("{part}{LAST}")])?;
        let mut left = LOOKED_AT;
        while found.len() + inside.len() < limits::SEARCH_RESULTS
            && left > 0
            && let Some(row) = rows.next()?
        {
            left -= 1;
            let id: [u8; 16] = row.get(0)?;
            if seen.insert(id) {
                inside.extend(read(id)?.filter(|found| part == query || fold(&found.name).contains(query)));
            }
        }
        inside.sort_by(|one, other| one.by.cmp(&other.by));
        found.extend(inside.into_iter().map(|found| found.result));
        Ok(found)
    }
}

/// Something that was found.
pub(super) struct Found<T> {
    pub(super) result: T,
    pub(super) name: String,
    pub(super) by: String,
}

/// Everything, by name: what an empty query finds.
pub(super) fn all<T>(
    db: &Connection,
    sql: &str,
    params: impl Params,
    read: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>> {
    Ok(db.prepare_cached(sql)?.query_map(params, read)?.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema;

    #[test]
    fn no_search_looks_at_every_name() {
        schema::no_query_scans(&[PEOPLE.range, GROUPS.range]);
    }
}
