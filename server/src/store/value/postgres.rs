//! The same values on their way into PostgreSQL and out of it.

use std::{borrow::Cow, error::Error, fmt::Debug};

use postgres::types::{FromSql, IsNull, ToSql, Type, private::BytesMut, to_sql_checked};
use protocol::text::Stored;

use super::{Blob, Bytes, Id, Many, Text};

impl<T: Bytes + Debug> ToSql for Id<T> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Converted<IsNull> {
        (&self.0.bytes()[..]).to_sql(ty, out)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::BYTEA
    }

    to_sql_checked!();
}

impl<'a, T: Bytes> FromSql<'a> for Id<T> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Converted<Self> {
        Ok(Self(T::of(raw.try_into()?)))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::BYTEA
    }
}

impl<const N: usize> ToSql for Blob<N> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Converted<IsNull> {
        (&self.0[..]).to_sql(ty, out)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::BYTEA
    }

    to_sql_checked!();
}

impl<'a, const N: usize> FromSql<'a> for Blob<N> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Converted<Self> {
        Ok(Self(raw.try_into()?))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::BYTEA
    }
}

impl<T: AsRef<str> + Debug> ToSql for Text<T> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Converted<IsNull> {
        without_nul(self.0.as_ref()).to_sql(ty, out)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::TEXT
    }

    to_sql_checked!();
}

impl<'a, T: Stored> FromSql<'a> for Text<T> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Converted<Self> {
        let text = <&str as FromSql<'_>>::from_sql(ty, raw)?;
        Ok(Self(T::stored(with_nul(text))))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::TEXT
    }
}

impl<T: ToSql> ToSql for Many<'_, T> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Converted<IsNull> {
        self.0.to_sql(ty, out)
    }

    fn accepts(ty: &Type) -> bool {
        <&[T]>::accepts(ty)
    }

    to_sql_checked!();
}

type Converted<T> = Result<T, Box<dyn Error + Sync + Send>>;

/// PostgreSQL's texts cannot have the character 0. This one, which is none by Unicode's rules, and a letter
/// stand for it, and this one twice for itself.
const ESCAPE: char = '\u{ffff}';

/// A text as PostgreSQL can keep it.
pub(in crate::store) fn without_nul(text: &str) -> Cow<'_, str> {
    if !text.contains(['\0', ESCAPE]) {
        return text.into();
    }
    let escaped = text.replace(ESCAPE, "\u{ffff}\u{ffff}");
    escaped.replace('\0', "\u{ffff}0").into()
}

/// The text that [`without_nul`] was given.
pub(in crate::store) fn with_nul(text: &str) -> String {
    if !text.contains(ESCAPE) {
        return text.to_owned();
    }
    let mut rest = text.chars();
    let mut read = String::with_capacity(text.len());
    while let Some(c) = rest.next() {
        let meant = if c == ESCAPE { rest.next() } else { Some(c) };
        read.extend(meant.map(|meant| if c == ESCAPE && meant == '0' { '\0' } else { meant }));
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_kept_whatever_characters_it_has() {
        for text in ["", "a", "\0", "a\0b\0", "\u{ffff}", "\u{ffff}0", "\u{ffff}\0\u{ffff}\u{ffff}00"] {
            let kept = without_nul(text);
            assert!(!kept.contains('\0'));
            assert_eq!(with_nul(&kept), text);
        }
    }
}
