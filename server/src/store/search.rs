//! Finding people and groups by a part of their name, without looking at every name.
//!
//! Each name is in the index as a whole, marked as such, and as every end of it: "hannah", "annah",
//! "nnah" … So what contains "ann" is one range of the index, and what begins with it another one.

use std::{collections::HashSet, iter, ops::ControlFlow};

use protocol::{limits, search::without_accents};
use unicode_normalization::UnicodeNormalization;

use super::{
    db::{self, Db, Row, params},
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
/// The same at first, because that is usually enough.
const LOOKED_AT_FIRST: i64 = 250;

/// An index of names: its rows are `(part, id)`.
#[derive(Clone, Copy)]
pub(super) struct Index {
    pub(super) insert: &'static str,
    /// The same for several parts, a line each. Each statement is a way to the server and back.
    pub(super) insert_all: &'static str,
    /// What has the parts from one to another, in order; not more than so many.
    pub(super) range: &'static str,
}

/// A text without what does not matter when one looks for it: "ΝΙΚΟΣ" and "Νίκος" are one. Nothing that is folded has the
/// character 0, for which PostgreSQL cannot be asked.
pub(super) fn fold(text: &str) -> String {
    without_accents(text.nfkd().flat_map(char::to_lowercase)).nfc().collect()
}

/// The same with its accents: without regard to case, to the width of letters, and to how an accent was typed. Until
/// version 16 of the tables names were looked for by this.
pub(super) fn spelling(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).nfc().collect()
}

/// A query, folded; what is beyond the limit of characters is ignored.
pub(super) fn fold_query(query: &str) -> String {
    fold(&query.trim().chars().take(limits::QUERY_CHARS).collect::<String>())
}

impl Index {
    pub(super) fn add(self, db: &Db<'_>, id: &[u8; 16], name: &str) -> db::Result<()> {
        let name = fold(name);
        let ends = name.char_indices().map(|(at, _)| name[at..].chars().take(PART).collect::<String>());
        let parts = iter::once(format!("{WHOLE}{name}")).chain(ends);
        match db {
            Db::Sqlite(_) => {
                let mut insert = db.prepare_cached(self.insert)?;
                for part in parts {
                    insert.execute(params![part, Blob(*id)])?;
                }
            }
            Db::Postgresql(_) => {
                let lines = parts.collect::<Vec<_>>().join("\n");
                db.prepare_cached(self.insert_all)?.execute(params![lines, Blob(*id)])?;
            }
        }
        Ok(())
    }

    /// What begins with the query, first the query itself; then what contains it.
    pub(super) fn find<T>(
        self,
        db: &Db<'_>,
        query: &str,
        read: impl Fn(&Row<'_>) -> db::Result<Found<T>>,
    ) -> Result<Vec<T>> {
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        let whole = format!("{WHOLE}{query}");
        let mut range = db.prepare_cached(self.range)?;
        let most = limits::SEARCH_RESULTS as i64;
        range.for_each(params![whole, format!("{whole}{LAST}"), most], |row| -> Result<_> {
            let Found { id, result, .. } = read(row)?;
            seen.insert(id);
            found.push(result);
            Ok(ControlFlow::Continue(()))
        })?;
        let part: String = query.chars().take(PART).collect();
        if query.is_empty() || found.len() >= limits::SEARCH_RESULTS {
            return Ok(found);
        }
        let mut inside = Vec::new();
        for most in [LOOKED_AT_FIRST, LOOKED_AT] {
            let mut looked_at = 0;
            range.for_each(params![part, format!("{part}{LAST}"), most], |row| -> Result<_> {
                looked_at += 1;
                let one = read(row)?;
                if seen.insert(one.id) && (part == query || fold(&one.name).contains(query)) {
                    inside.push(one);
                }
                let is_enough = found.len() + inside.len() >= limits::SEARCH_RESULTS;
                Ok(if is_enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            })?;
            if looked_at < most || found.len() + inside.len() >= limits::SEARCH_RESULTS {
                break;
            }
        }
        inside.sort_by(|one, other| one.by.cmp(&other.by));
        found.extend(inside.into_iter().map(|found| found.result));
        Ok(found)
    }
}

/// Something that was found.
pub(super) struct Found<T> {
    pub(super) id: [u8; 16],
    pub(super) result: T,
    pub(super) name: String,
    /// What it is sorted by among those that contain the query.
    pub(super) by: String,
}
