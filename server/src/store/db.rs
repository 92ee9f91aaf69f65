//! What the operations need of a database, in rusqlite's terms: each operation is written once.

use std::{fmt, ops::ControlFlow};

use postgres::types::ToSql;
use rusqlite::{CachedStatement, params_from_iter};

pub(crate) use super::db_error::DbError;
pub(super) use super::db_error::Result;
use super::postgresql;

/// The transaction that an operation runs in.
pub(super) enum Db<'a> {
    Sqlite(&'a rusqlite::Connection),
    Postgresql(&'a postgresql::Connection),
}

/// A statement that was prepared once for its connection.
pub(super) enum Statement<'a> {
    Sqlite(CachedStatement<'a>),
    Postgresql(&'a postgresql::Connection, postgresql::Statement),
}

/// A row that was found.
pub(super) enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgresql(&'a postgres::Row),
}

/// What a statement can be given.
pub(super) trait Value: rusqlite::ToSql + ToSql + Sync {}

impl<T: rusqlite::ToSql + ToSql + Sync> Value for T {}

/// What a column can be read as.
pub(super) trait Column: rusqlite::types::FromSql + for<'a> postgres::types::FromSql<'a> {}

impl<T: rusqlite::types::FromSql + for<'a> postgres::types::FromSql<'a>> Column for T {}

/// What names a column: its number, or its name.
pub(super) trait ColumnIndex: rusqlite::RowIndex + postgres::row::RowIndex + fmt::Display {}

impl<T: rusqlite::RowIndex + postgres::row::RowIndex + fmt::Display> ColumnIndex for T {}

/// The values of `?1`, `?2` and so on.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$(&$value as &dyn $crate::store::db::Value),*] as &[&dyn $crate::store::db::Value]
    };
}
pub(super) use params;

/// What stands for the values: [`params!`], or an array of values of one type.
pub(super) trait Params {
    fn with<T>(&self, use_them: impl FnOnce(&[&dyn Value]) -> T) -> T;
}

impl Params for &[&dyn Value] {
    fn with<T>(&self, use_them: impl FnOnce(&[&dyn Value]) -> T) -> T {
        use_them(self)
    }
}

impl<V: Value, const N: usize> Params for [V; N] {
    fn with<T>(&self, use_them: impl FnOnce(&[&dyn Value]) -> T) -> T {
        use_them(&self.each_ref().map(|value| value as &dyn Value))
    }
}

impl Db<'_> {
    pub(super) fn prepare_cached(&self, sql: &'static str) -> Result<Statement<'_>> {
        match self {
            Self::Sqlite(connection) => Ok(Statement::Sqlite(connection.prepare_cached(sql)?)),
            Self::Postgresql(connection) => Ok(Statement::Postgresql(connection, connection.prepare(sql)?)),
        }
    }

    /// Says in each engine's words what both can do.
    pub(super) fn either(&self, sqlite: &'static str, postgresql: &'static str) -> &'static str {
        match self {
            Self::Sqlite(_) => sqlite,
            Self::Postgresql(_) => postgresql,
        }
    }

    /// Keeps others from changing a conversation until the transaction ends. Returns whether somebody may have
    /// changed it since it was read. On SQLite nobody else writes.
    pub(super) fn lock(&self, conversation: i64) -> Result<bool> {
        match self {
            Self::Sqlite(_) => Ok(false),
            Self::Postgresql(connection) => connection.lock(conversation),
        }
    }

    /// Has PostgreSQL plan every statement of the transaction for the values that it is asked with. After some times it
    /// would make one plan for any, which is as good where a key is looked up. On SQLite there is always one.
    pub(super) fn plan_by_values(&self) -> Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgresql(connection) => connection.batch("SET LOCAL plan_cache_mode = force_custom_plan"),
        }
    }

    /// Writes something that changes nothing, to find out whether it can be written.
    pub(super) fn touch(&self) -> Result<()> {
        match self {
            Self::Sqlite(connection) => {
                // The same number again: a page goes to the disk.
                let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
                Ok(connection.pragma_update(None, "user_version", version)?)
            }
            Self::Postgresql(connection) => {
                connection.batch("UPDATE parlance SET probed_at = extract(epoch FROM now()) * 1000")
            }
        }
    }

    /// Whether what was damaged is whole again.
    pub(super) fn is_whole(&self) -> Result<bool> {
        match self {
            Self::Sqlite(connection) => {
                let check = "PRAGMA quick_check(1)";
                Ok(connection.query_row(check, [], |row| row.get::<_, String>(0))? == "ok")
            }
            // It does not say that it is damaged, only that it cannot read something.
            Self::Postgresql(_) => Ok(true),
        }
    }
}

impl Statement<'_> {
    /// Carries it out. Returns how many rows it changed.
    pub(super) fn execute(&mut self, params: impl Params) -> Result<usize> {
        match self {
            Self::Sqlite(statement) => params.with(|params| Ok(statement.execute(for_sqlite(params))?)),
            Self::Postgresql(connection, statement) => {
                params.with(|params| connection.execute(statement, &for_postgresql(params)))
            }
        }
    }

    /// Reads the first row; [`DbError::NoRow`] if there is none.
    pub(super) fn query_row<T>(
        &mut self,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        match self {
            Self::Sqlite(statement) => params.with(|params| {
                let mut rows = statement.query(for_sqlite(params))?;
                read(&Row::Sqlite(rows.next()?.ok_or(DbError::NoRow)?))
            }),
            Self::Postgresql(connection, statement) => {
                let rows = params.with(|params| connection.query(statement, &for_postgresql(params)))?;
                read(&Row::Postgresql(rows.first().ok_or(DbError::NoRow)?))
            }
        }
    }

    /// Reads all rows.
    pub(super) fn query_map<T>(
        &mut self,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        if let Self::Postgresql(connection, statement) = self {
            let rows = params.with(|params| connection.query(statement, &for_postgresql(params)))?;
            return rows.iter().map(|row| read(&Row::Postgresql(row))).collect();
        }
        let mut all = Vec::new();
        self.for_each(params, |row| {
            all.push(read(row)?);
            Ok::<_, DbError>(ControlFlow::Continue(()))
        })?;
        Ok(all)
    }

    /// Reads rows until it is told to stop. `read` cannot ask the database anything.
    pub(super) fn for_each<E: From<DbError>>(
        &mut self,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        match self {
            Self::Sqlite(statement) => params.with(|params| {
                let mut rows = statement.query(for_sqlite(params)).map_err(DbError::from)?;
                while let Some(row) = rows.next().map_err(DbError::from)? {
                    if read(&Row::Sqlite(row))?.is_break() {
                        break;
                    }
                }
                Ok(())
            }),
            Self::Postgresql(connection, statement) => params.with(|params| {
                connection.for_each(statement, &for_postgresql(params), |row| read(&Row::Postgresql(row)))
            }),
        }
    }

    /// Whether it finds a row.
    pub(super) fn exists(&mut self, params: impl Params) -> Result<bool> {
        Ok(self.query_row(params, |_| Ok(())).optional()?.is_some())
    }
}

fn for_sqlite<'a>(params: &'a [&dyn Value]) -> impl rusqlite::Params + 'a {
    params_from_iter(params.iter().map(|value| *value as &dyn rusqlite::ToSql))
}

fn for_postgresql<'a>(params: &[&'a dyn Value]) -> Vec<&'a (dyn ToSql + Sync)> {
    params.iter().map(|value| *value as &(dyn ToSql + Sync)).collect()
}

impl Row<'_> {
    pub(super) fn get<I: ColumnIndex, T: Column>(&self, column: I) -> Result<T> {
        match self {
            Self::Sqlite(row) => Ok(row.get(column)?),
            Self::Postgresql(row) => Ok(row.try_get(column)?),
        }
    }
}

/// Takes a row that is not there for no fault.
pub(super) trait OptionalExtension<T> {
    fn optional(self) -> Result<Option<T>>;
}

impl<T> OptionalExtension<T> for Result<T> {
    fn optional(self) -> Result<Option<T>> {
        match self {
            Err(DbError::NoRow) => Ok(None),
            other => other.map(Some),
        }
    }
}
