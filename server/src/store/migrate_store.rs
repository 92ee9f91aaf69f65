//! Moves everything from a data directory's SQLite to an empty PostgreSQL database, in one transaction, which is
//! committed only when each table has the same rows there.

use std::{fmt, path::Path};

use postgres::{
    Client,
    binary_copy::BinaryCopyInWriter,
    types::{FromSql, IsNull, ToSql, Type, private::BytesMut, to_sql_checked},
};
use rusqlite::{Connection, types::ValueRef};
use sha2::{Digest, Sha256};

use super::{
    check::Checked,
    db::{Db, DbError, Result},
    file::{connect, existing},
    installation,
    postgresql::Address,
    schema,
    value::{with_nul, without_nul},
};
use crate::{auth::key::SigningKey, error::StartError};

/// The tables, each behind those that it refers to.
const TABLES: &[&str] = &[
    "users",
    "sessions",
    "renewals",
    "conversations",
    "groups",
    "members",
    "membership_changes",
    "messages",
    "changes",
    "edits",
    "unchanged_edits",
    "mentions",
    "mentions_of_all",
    "bans",
    "looks",
    "user_parts",
    "group_parts",
];
/// How far a conversation is in the index that is searched, which the new server makes anew.
const MADE_ANEW: &str = "indexed";
/// Columns whose texts may have any character.
const ANY_TEXT: &[&str] = &["username", "name", "content", "client_id"];
/// Rows that are read from PostgreSQL at once.
const AT_ONCE: usize = 2_000;

/// Why nothing was moved. Each is a sentence.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MoveError {
    #[error("{0}")]
    Target(String),
    #[error(
        "The database {0} is of another version of Parlance. Start this one on it once, and stop it again."
    )]
    Version(String),
    #[error("The database “{0}” is not empty. Nothing was moved: name an empty one.")]
    NotEmpty(String),
    #[error("The table {table} is not the same there: {here} here, {there} there. Nothing was moved.")]
    Different { table: &'static str, here: Sum, there: Sum },
    #[error("The signing key is not the same there. Nothing was moved.")]
    DifferentKey,
    #[error("{0}")]
    Start(#[from] StartError),
    #[error("Nothing was moved: {0}.")]
    Database(#[from] DbError),
}

impl From<postgres::Error> for MoveError {
    fn from(error: postgres::Error) -> Self {
        DbError::from(error).into()
    }
}

/// What a table has in it: how many rows, and the SHA-256 of all of them in the order of their keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sum {
    rows: u64,
    hash: [u8; 32],
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows with the hash ", self.rows)?;
        self.hash[..6].iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Moves what is at `path`, which nobody else uses, to the database at `address`, and the signing key, so that people
/// stay logged in. This waits, and must not be done in a task.
pub(crate) fn migrate_store(
    path: &Path,
    key: Option<SigningKey>,
    address: &Address,
) -> Result<Checked, MoveError> {
    let source = connect(path, existing()).map_err(DbError::from)?;
    let version: u32 =
        source.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(DbError::from)?;
    if version != schema::version() {
        return Err(MoveError::Version(path.display().to_string()));
    }
    schema::postgresql::migrate(address).map_err(MoveError::Target)?;
    let connection = address.connect().map_err(|error| MoveError::Target(address.trouble(&error)))?;
    let snapshot = source.unchecked_transaction().map_err(DbError::from)?;
    let mut target = connection.into_client()?;
    // Whoever writes there meanwhile waits.
    let all = TABLES.join(", ");
    target.batch_execute(&format!(
        "BEGIN; SET LOCAL statement_timeout = 0; LOCK TABLE {all} IN SHARE ROW EXCLUSIVE MODE"
    ))?;
    for table in TABLES {
        let has_rows = format!("SELECT EXISTS (SELECT 1 FROM {table})");
        if target.query_one(&has_rows, &[])?.try_get(0)? {
            return Err(MoveError::NotEmpty(address.database().to_owned()));
        }
    }
    for table in TABLES {
        let table = Table::of(table, &mut target)?;
        let here = table.copy(&snapshot, &mut target)?;
        let there = table.sum(&mut target)?;
        if here != there {
            return Err(MoveError::Different { table: table.name, here, there });
        }
    }
    if let Some(key) = key
        && installation::put_key(&mut target, installation::random_id()?, key)? != key
    {
        return Err(MoveError::DifferentKey);
    }
    // New conversations get the next numbers.
    target.batch_execute(
        "SELECT setval(pg_get_serial_sequence('conversations', 'id'), max(id)) FROM conversations;
         COMMIT; ANALYZE",
    )?;
    Ok(Checked::count(&Db::Sqlite(&snapshot))?)
}

/// A table, as PostgreSQL describes it.
struct Table {
    name: &'static str,
    columns: Vec<(String, Type)>,
    /// Its rows in the order of their keys, in words that both engines understand.
    select: String,
}

impl Table {
    fn of(name: &'static str, target: &mut Client) -> Result<Self, MoveError> {
        let columns = target.query(
            "SELECT attname::TEXT, atttypid FROM pg_attribute
             WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
            &[&name],
        )?;
        let columns = columns
            .iter()
            .map(|row| Ok((row.try_get(0)?, Type::from_oid(row.try_get(1)?).unwrap_or(Type::UNKNOWN))))
            .collect::<Result<Vec<(String, Type)>, postgres::Error>>()?;
        let columns: Vec<_> = columns.into_iter().filter(|(column, _)| column != MADE_ANEW).collect();
        let key: Vec<String> = target
            .query(
                "SELECT quote_ident(a.attname) FROM pg_index i
                 JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
                 WHERE i.indrelid = to_regclass($1) AND i.indisprimary
                 ORDER BY array_position(i.indkey::INT2[], a.attnum)",
                &[&name],
            )?
            .iter()
            .map(|row| row.try_get(0))
            .collect::<Result<_, _>>()?;
        let names = Self::names(&columns);
        let select = format!("SELECT {names} FROM {name} ORDER BY {}", key.join(", "));
        Ok(Self { name, columns, select })
    }

    fn names(columns: &[(String, Type)]) -> String {
        columns.iter().map(|(column, _)| format!("\"{column}\"")).collect::<Vec<_>>().join(", ")
    }

    /// Copies all rows. Returns what they were.
    fn copy(&self, source: &Connection, target: &mut Client) -> Result<Sum, MoveError> {
        let types: Vec<Type> = self.columns.iter().map(|(_, kind)| kind.clone()).collect();
        let copy = format!("COPY {} ({}) FROM STDIN BINARY", self.name, Self::names(&self.columns));
        let mut writer = BinaryCopyInWriter::new(target.copy_in(&copy)?, &types);
        let mut summing = Summing::default();
        let mut select = source.prepare(&self.select).map_err(DbError::from)?;
        let mut rows = select.query([]).map_err(DbError::from)?;
        while let Some(row) = rows.next().map_err(DbError::from)? {
            let mut cells = Vec::with_capacity(self.columns.len());
            for (number, (column, kind)) in self.columns.iter().enumerate() {
                let cell = Cell::of(row.get_ref(number).map_err(DbError::from)?, kind)?;
                summing.add(&cell);
                cells.push(if ANY_TEXT.contains(&column.as_str()) { cell.escaped() } else { cell });
            }
            summing.end_row();
            writer.write(&cells.iter().map(|cell| cell as &(dyn ToSql + Sync)).collect::<Vec<_>>())?;
        }
        writer.finish()?;
        Ok(summing.sum())
    }

    /// Reads all rows where they are now.
    fn sum(&self, target: &mut Client) -> Result<Sum, MoveError> {
        target.batch_execute(&format!("DECLARE every NO SCROLL CURSOR FOR {}", self.select))?;
        let fetch = target.prepare(&format!("FETCH {AT_ONCE} FROM every"))?;
        let mut summing = Summing::default();
        loop {
            let rows = target.query(&fetch, &[])?;
            if rows.is_empty() {
                break;
            }
            for row in &rows {
                for (number, (column, _)) in self.columns.iter().enumerate() {
                    let cell: Cell = row.try_get(number)?;
                    summing.add(&if ANY_TEXT.contains(&column.as_str()) { cell.unescaped() } else { cell });
                }
                summing.end_row();
            }
        }
        target.batch_execute("CLOSE every")?;
        Ok(summing.sum())
    }
}

/// A value of any column.
#[derive(Debug)]
enum Cell {
    Null,
    Number(i64),
    Flag(bool),
    Bytes(Vec<u8>),
    Text(String),
}

impl Cell {
    fn of(value: ValueRef<'_>, kind: &Type) -> Result<Self> {
        let unreadable = |why: String| DbError::Unreadable(why.into());
        match value {
            ValueRef::Null => Ok(Self::Null),
            ValueRef::Integer(number) if *kind == Type::BOOL => Ok(Self::Flag(number != 0)),
            ValueRef::Integer(number) => Ok(Self::Number(number)),
            ValueRef::Blob(bytes) => Ok(Self::Bytes(bytes.to_vec())),
            ValueRef::Text(text) => match std::str::from_utf8(text) {
                Ok(text) => Ok(Self::Text(text.to_owned())),
                Err(error) => Err(unreadable(error.to_string())),
            },
            ValueRef::Real(number) => Err(unreadable(format!("{number} is in no column of ours"))),
        }
    }

    fn escaped(self) -> Self {
        match self {
            Self::Text(text) => Self::Text(without_nul(&text).into_owned()),
            other => other,
        }
    }

    fn unescaped(self) -> Self {
        match self {
            Self::Text(text) => Self::Text(with_nul(&text)),
            other => other,
        }
    }
}

impl ToSql for Cell {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Number(number) => number.to_sql_checked(kind, out),
            Self::Flag(flag) => flag.to_sql_checked(kind, out),
            Self::Bytes(bytes) => bytes.to_sql_checked(kind, out),
            Self::Text(text) => text.to_sql_checked(kind, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Cell {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        match *kind {
            Type::INT8 => i64::from_sql(kind, raw).map(Self::Number),
            Type::BOOL => bool::from_sql(kind, raw).map(Self::Flag),
            Type::BYTEA => Vec::from_sql(kind, raw).map(Self::Bytes),
            Type::TEXT => String::from_sql(kind, raw).map(Self::Text),
            _ => Err(format!("no column of ours is of the type {kind}").into()),
        }
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT8, Type::BOOL, Type::BYTEA, Type::TEXT].contains(kind)
    }
}

/// Adds rows up.
#[derive(Default)]
struct Summing {
    rows: u64,
    hash: Sha256,
}

impl Summing {
    fn add(&mut self, cell: &Cell) {
        let (kind, bytes): (u8, &[u8]) = match cell {
            Cell::Null => (0, &[]),
            Cell::Number(number) => (1, &number.to_be_bytes()),
            Cell::Flag(flag) => (2, &[u8::from(*flag)]),
            Cell::Bytes(bytes) => (3, bytes),
            Cell::Text(text) => (4, text.as_bytes()),
        };
        self.hash.update([kind]);
        self.hash.update(bytes.len().to_be_bytes());
        self.hash.update(bytes);
    }

    fn end_row(&mut self) {
        self.rows += 1;
    }

    fn sum(self) -> Sum {
        Sum { rows: self.rows, hash: self.hash.finalize().into() }
    }
}

#[cfg(test)]
mod tests;
