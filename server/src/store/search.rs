//! Finding people and groups by a part of their name, without looking at every name.
//!
//! Each name is in the index as a whole, marked as such, and as every end of it: "hannah", "annah",
//! "nnah" … So what contains "ann" is one range of the index, and what begins with it another one.

use std::{collections::HashSet, ops::ControlFlow};

use protocol::limits;
use unicode_normalization::UnicodeNormalization;

use super::{
    db::{self, Db, Params, Row, params},
    value::Blob,
};
use crate::error::Result;

/// Characters that are kept of an end. If a query is longer, the names that it finds are looked at in full.
const PART: usize = 12;
/// Marks a part that is a whole name. It sorts before every letter, and is not a letter.
pub(super) const WHOLE: char = '\u{1}';
/// A text with this at its end sorts after every text that begins with the rest of it.
const LAST: char = '\u{10ffff}';
/// Names that one query looks at to find those that contain it.
const LOOKED_AT: i64 = 5_000;

/// An index of names: its rows are `(part, id)`.
#[derive(Clone, Copy)]
pub(super) struct Index {
    pub(super) insert: &'static str,
    /// Ids of the parts from one to another, in order; not more than so many.
    pub(super) range: &'static str,
}

pub(super) const PEOPLE: Index = Index {
    insert: "INSERT INTO user_parts (part, \"user\") VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    range: "SELECT p.user FROM user_parts p WHERE part >= ?1 AND part < ?2 ORDER BY part, p.user LIMIT ?3",
};

pub(super) const GROUPS: Index = Index {
    insert: "INSERT INTO group_parts (part, group_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    range: "SELECT group_id FROM group_parts WHERE part >= ?1 AND part < ?2 ORDER BY part, group_id LIMIT ?3",
};

/// A name or a query without regard to case, to the width of letters, and to how an accent was typed.
pub(super) fn fold(text: &str) -> String {
    // No name has the character 0, and PostgreSQL cannot be asked for it.
    text.nfkc().filter(|c| *c != '\0').flat_map(char::to_lowercase).nfc().collect()
}

/// A query, folded; what is beyond the limit of characters is ignored.
pub(super) fn fold_query(query: &str) -> String {
    fold(&query.trim().chars().take(limits::QUERY_CHARS).collect::<String>())
}

impl Index {
    pub(super) fn add(self, db: &Db<'_>, id: &[u8; 16], name: &str) -> db::Result<()> {
        let name = fold(name);
        let mut insert = db.prepare_cached(self.insert)?;
        let id = Blob(*id);
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
        db: &Db<'_>,
        query: &str,
        read: impl Fn([u8; 16]) -> Result<Option<Found<T>>>,
    ) -> Result<Vec<T>> {
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        let whole = format!("{WHOLE}{query}");
        let mut range = db.prepare_cached(self.range)?;
        let most = limits::SEARCH_RESULTS as i64;
        range.for_each(params![whole, format!("{whole}{LAST}"), most], |row| -> Result<_> {
            let Blob(id) = row.get(0)?;
            seen.insert(id);
            found.extend(read(id)?.map(|found| found.result));
            Ok(ControlFlow::Continue(()))
        })?;
        let part: String = query.chars().take(PART).collect();
        if query.is_empty() || found.len() >= limits::SEARCH_RESULTS {
            return Ok(found);
        }
        let mut inside = Vec::new();
        range.for_each(params![part, format!("{part}{LAST}"), LOOKED_AT], |row| -> Result<_> {
            let Blob(id) = row.get(0)?;
            if seen.insert(id) {
                inside.extend(read(id)?.filter(|found| part == query || fold(&found.name).contains(query)));
            }
            let is_enough = found.len() + inside.len() >= limits::SEARCH_RESULTS;
            Ok(if is_enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
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
    db: &Db<'_>,
    sql: &'static str,
    params: impl Params,
    read: impl Fn(&Row<'_>) -> db::Result<T>,
) -> Result<Vec<T>> {
    Ok(db.prepare_cached(sql)?.query_map(params, read)?)
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
