//! Ids and texts on their way into the database and out of it.

mod postgres;

pub(super) use self::postgres::{with_nul, without_nul};

use protocol::{ChangeId, GroupId, MessageId, Rev, Seq, Timestamp, UserId, text::Stored};
use rusqlite::{
    ToSql,
    types::{FromSql, FromSqlResult, ToSqlOutput, ValueRef},
};
use serde::{Serialize, Serializer};

use super::db::{self, ColumnIndex, Row};
use crate::ids::SessionId;

/// An id as its 16 bytes.
pub(super) trait Bytes: Copy {
    fn bytes(self) -> [u8; 16];
    fn of(bytes: [u8; 16]) -> Self;
}

macro_rules! ids {
    ($($id:ty),+) => { $(
        impl Bytes for $id {
            fn bytes(self) -> [u8; 16] {
                self.into_bytes()
            }

            fn of(bytes: [u8; 16]) -> Self {
                Self::from_bytes(bytes)
            }
        }
    )+ };
}

ids!(UserId, GroupId, MessageId, ChangeId);

impl Bytes for SessionId {
    fn bytes(self) -> [u8; 16] {
        self.0
    }

    fn of(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

/// A column that holds an id.
#[derive(Clone, Copy, Debug)]
pub(super) struct Id<T>(pub(super) T);

impl<T: Bytes> ToSql for Id<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.bytes().to_vec()))
    }
}

impl<T: Bytes> FromSql for Id<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        <[u8; 16]>::column_result(value).map(|bytes| Self(T::of(bytes)))
    }
}

/// As one of [`Many`]: JSON has no bytes, so that SQLite's `unhex` reads them.
impl<T: Bytes> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:032x}", u128::from_be_bytes(self.0.bytes())))
    }
}

/// A column that holds bytes of a fixed number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Blob<const N: usize>(pub(super) [u8; N]);

impl<const N: usize> ToSql for Blob<N> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(&self.0[..]))
    }
}

impl<const N: usize> FromSql for Blob<N> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        <[u8; N]>::column_result(value).map(Self)
    }
}

/// A column that holds a parsed text.
#[derive(Debug)]
pub(super) struct Text<T>(pub(super) T);

impl<T: AsRef<str>> ToSql for Text<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.0.as_ref().to_sql()
    }
}

/// It was parsed when it was written, perhaps by rules that have been tightened since.
impl<T: Stored> FromSql for Text<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        String::column_result(value).map(|text| Self(T::stored(text)))
    }
}

/// Several values at once: for PostgreSQL an array, for SQLite a JSON that `json_each` reads.
#[derive(Debug)]
pub(super) struct Many<'a, T>(pub(super) &'a [T]);

impl<T: Serialize> ToSql for Many<'_, T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let json = serde_json::to_string(self.0);
        json.map(ToSqlOutput::from).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
    }
}

pub(super) fn id<T: Bytes>(row: &Row<'_>, column: impl ColumnIndex) -> db::Result<T> {
    row.get::<_, Id<T>>(column).map(|id| id.0)
}

pub(super) fn text<T: Stored>(row: &Row<'_>, column: impl ColumnIndex) -> db::Result<T> {
    row.get::<_, Text<T>>(column).map(|text| text.0)
}

pub(super) fn seq(row: &Row<'_>, column: impl ColumnIndex) -> db::Result<Seq> {
    row.get::<_, i64>(column).map(|seq| Seq(seq.unsigned_abs()))
}

pub(super) fn rev(row: &Row<'_>, column: impl ColumnIndex) -> db::Result<Rev> {
    row.get::<_, i64>(column).map(|rev| Rev(rev.unsigned_abs()))
}

/// A column that may be empty.
pub(super) fn optional_id<T: Bytes>(row: &Row<'_>, column: impl ColumnIndex) -> db::Result<Option<T>> {
    Ok(row.get::<_, Option<Id<T>>>(column)?.map(|id| id.0))
}

pub(super) fn optional_time(row: &Row<'_>, column: impl ColumnIndex) -> db::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp))
}

/// A count, which is never negative.
pub(super) fn count(row: &Row<'_>, column: impl ColumnIndex) -> db::Result<u64> {
    row.get::<_, i64>(column).map(i64::unsigned_abs)
}

pub(super) fn time(row: &Row<'_>, column: impl ColumnIndex) -> db::Result<Timestamp> {
    row.get(column).map(Timestamp)
}

/// A seq as the database's number. A larger one than it knows does not exist, and names the end.
pub(super) fn number(seq: Seq) -> i64 {
    i64::try_from(seq.0).unwrap_or(i64::MAX)
}

/// The same for a revision.
pub(super) fn rev_number(rev: Rev) -> i64 {
    i64::try_from(rev.0).unwrap_or(i64::MAX)
}
