//! The index: FTS5 in SQLite, a `tsvector` in PostgreSQL. Both get the same words and find the same messages.

use std::{collections::HashMap, ops::ControlFlow};

use protocol::UserId;

use crate::{
    error::Result,
    store::{
        db::{self, Db, OptionalExtension, params},
        value::Id,
    },
};

/// What a message that the index proposes has: one of each of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Term {
    Word(String),
    /// One of these words.
    AnyOf(Vec<String>),
    /// A word that begins so.
    Beginning(String),
}

// In SQLite, a row's number is first the conversation's, so that the messages of one are a range, then the seq.
const INSERT: (&str, &str) = (
    "INSERT INTO message_search (rowid, words) VALUES (?1 << 32 | ?2, ?3)",
    "INSERT INTO message_words (conversation, seq, words)
     VALUES (?1, ?2, array_to_tsvector(string_to_array(?3, ' '))) ON CONFLICT DO NOTHING",
);
const DELETE: (&str, &str) = (
    "INSERT INTO message_search (message_search, rowid, words) VALUES ('delete', ?1 << 32 | ?2, ?3)",
    "DELETE FROM message_words WHERE conversation = ?1 AND seq = ?2 AND ?3::TEXT IS NOT NULL",
);
const FEW: (&str, &str) = (
    "SELECT rowid >> 32, rowid & 4294967295 FROM message_search
     WHERE message_search MATCH ?1 ORDER BY rowid LIMIT ?3",
    "SELECT w.conversation, w.seq FROM message_words w
     JOIN members own ON own.conversation = w.conversation AND own.user = ?2
     WHERE w.words @@ ?1::TEXT::TSQUERY ORDER BY w.conversation, w.seq LIMIT ?3",
);
const PROPOSED: (&str, &str) = (
    "SELECT rowid & 4294967295 FROM message_search
     WHERE message_search MATCH ?1 AND rowid > (?2 << 32 | ?3) AND rowid < (?2 << 32 | ?4) ORDER BY rowid",
    "SELECT seq FROM message_words
     WHERE words @@ ?1::TEXT::TSQUERY AND conversation = ?2 AND seq > ?3 AND seq < ?4 ORDER BY seq",
);

/// Puts a message into it.
pub(super) fn insert(db: &Db<'_>, conversation: i64, seq: i64, words: &str) -> Result<()> {
    db.prepare_cached(db.either(INSERT.0, INSERT.1))?.execute(params![conversation, seq, words])?;
    Ok(())
}

/// Takes a message out of it that has these words there.
pub(super) fn delete(db: &Db<'_>, conversation: i64, seq: i64, words: &str) -> Result<()> {
    db.prepare_cached(db.either(DELETE.0, DELETE.1))?.execute(params![conversation, seq, words])?;
    Ok(())
}

/// The seqs of all messages that it proposes, by conversation, at least of those of `me`; None if there are more
/// than `most`.
pub(super) fn few(db: &Db<'_>, asked: &str, me: UserId, most: i64) -> Result<Option<HashMap<i64, Vec<i64>>>> {
    let mut few: HashMap<i64, Vec<i64>> = HashMap::new();
    let mut count = 0;
    let mut find = db.prepare_cached(db.either(FEW.0, FEW.1))?;
    find.for_each(params![asked, Id(me), most + 1], |row| -> Result<_> {
        few.entry(row.get(0)?).or_default().push(row.get(1)?);
        count += 1;
        Ok(ControlFlow::Continue(()))
    })?;
    Ok((count <= most).then_some(few))
}

/// The seqs of the messages that it proposes between two of a conversation, oldest first.
pub(super) fn proposed(
    db: &Db<'_>,
    asked: &str,
    conversation: i64,
    above: i64,
    below: i64,
) -> Result<Vec<i64>> {
    let mut proposed = db.prepare_cached(db.either(PROPOSED.0, PROPOSED.1))?;
    Ok(proposed.query_map(params![asked, conversation, above, below], |row| row.get(0))?)
}

/// What to ask it, in the engine's language.
pub(super) fn asked(db: &Db<'_>, terms: &[Term]) -> String {
    let terms: Vec<String> = match db {
        Db::Sqlite(_) => terms.iter().map(in_fts5).collect(),
        Db::Postgresql(_) => terms.iter().map(in_tsquery).collect(),
    };
    terms.join(db.either(" AND ", " & "))
}

fn in_fts5(term: &Term) -> String {
    // As a string, in which nothing has a meaning.
    let quoted = |word: &String| format!("\"{}\"", word.replace('"', "\"\""));
    match term {
        Term::Word(word) => quoted(word),
        Term::AnyOf(words) => format!("({})", words.iter().map(quoted).collect::<Vec<_>>().join(" OR ")),
        Term::Beginning(beginning) => format!("{} *", quoted(beginning)),
    }
}

fn in_tsquery(term: &Term) -> String {
    let quoted = |word: &String| format!("'{}'", word.replace('\\', "\\\\").replace('\'', "''"));
    match term {
        Term::Word(word) => quoted(word),
        Term::AnyOf(words) => format!("({})", words.iter().map(quoted).collect::<Vec<_>>().join(" | ")),
        Term::Beginning(beginning) => format!("{}:*", quoted(beginning)),
    }
}

/// Each step finds the next word, not the next place of the same one.
const COMPLETION: &str = "SELECT term FROM message_search_words WHERE term >= ?1 AND term < ?2 LIMIT 1";

/// What finds the words that begin so; None if nothing in the index does. FTS5 knows beginnings of `short`
/// characters. Of longer ones at most `most` words can be named; if there are more, a short one must do.
pub(super) fn beginning(db: &Db<'_>, beginning: &str, most: usize, short: Option<&str>) -> Result<Beginning> {
    let Db::Sqlite(_) = db else { return Ok(Beginning::Term(Term::Beginning(beginning.to_owned()))) };
    let mut next = db.prepare_cached(COMPLETION)?;
    let end = format!("{beginning}\u{10ffff}");
    let mut words: Vec<String> = Vec::new();
    let mut from = beginning.to_owned();
    while let Some(word) = next.query_row([&from, &end], |row| row.get::<_, String>(0)).optional()? {
        if words.len() == most {
            let short = short.map(|short| Beginning::Term(Term::Beginning(short.to_owned())));
            return Ok(short.unwrap_or(Beginning::Common));
        }
        from = format!("{word}\u{1}");
        words.push(word);
    }
    Ok(if words.is_empty() { Beginning::Nothing } else { Beginning::Term(Term::AnyOf(words)) })
}

/// What the beginning of a word means for a search.
pub(super) enum Beginning {
    Term(Term),
    /// There are too many words that begin so.
    Common,
    /// There is none.
    Nothing,
}

/// Notes that a conversation has a message that is not in the index. SQLite's writer has a temporary table for
/// it, PostgreSQL's a set
/// that follows the transaction. To be called in the transaction that inserts the message.
pub(in crate::store) fn note(db: &Db<'_>, row: i64) -> db::Result<()> {
    match db {
        Db::Sqlite(_) => {
            db.prepare_cached("INSERT OR IGNORE INTO temp.unindexed VALUES (?1)")?.execute([row])?;
        }
        Db::Postgresql(connection) => {
            connection.unindexed.add(row);
        }
    }
    Ok(())
}

/// A conversation that was noted. FTS5 writes a part of its index each time that it gets a smaller row.
pub(super) fn next(db: &Db<'_>) -> Result<Option<i64>> {
    const NEXT: &str = "SELECT conversation FROM temp.unindexed ORDER BY conversation LIMIT 1";
    match db {
        Db::Sqlite(_) => {
            Ok(db.prepare_cached(NEXT)?.query_row(params![], |row| row.get::<_, i64>(0)).optional()?)
        }
        Db::Postgresql(connection) => Ok(connection.unindexed.first()),
    }
}

/// All its messages are in the index.
pub(super) fn is_done(db: &Db<'_>, row: i64) -> Result<()> {
    match db {
        Db::Sqlite(_) => {
            db.prepare_cached("DELETE FROM temp.unindexed WHERE conversation = ?1")?.execute([row])?;
        }
        Db::Postgresql(connection) => {
            connection.unindexed.remove(row);
        }
    }
    Ok(())
}
