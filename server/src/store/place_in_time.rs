//! Which message of a conversation was the first at a time or later.

use super::{
    conversation_row::ConversationRow,
    db::{Db, OptionalExtension, params},
    value::{number, time},
};
use crate::error::Result;
use protocol::{Seq, Timestamp};

/// A row of the primary key: no index by time is needed.
const WRITTEN_AT: &str = "SELECT created_at FROM messages WHERE conversation = ?1 AND seq = ?2";

/// The first message of that time or later; the newest if there is none.
pub(super) fn at(db: &Db<'_>, stored: ConversationRow, wanted: Timestamp) -> Result<Seq> {
    let mut statement = db.prepare_cached(WRITTEN_AT)?;
    first(stored.head, |place| {
        let written =
            statement.query_row(params![stored.id, number(place)], |row| time(row, 0)).optional()?;
        Ok(written.is_none_or(|written| written < wanted))
    })
}

/// The first place that is not before the time, by halving, as times grow with `seq`. Where a clock has gone
/// back they do not, and the place is one near that time: what is left to search becomes smaller with each
/// step, whatever the times are.
fn first(head: Seq, mut is_before: impl FnMut(Seq) -> Result<bool>) -> Result<Seq> {
    let (mut first, mut last) = (1, head.0.max(1));
    while first < last {
        let middle = first + (last - first) / 2;
        match is_before(Seq(middle))? {
            true => first = middle + 1,
            false => last = middle,
        }
    }
    Ok(Seq(first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema;

    #[test]
    fn no_query_scans_a_table_that_grows() {
        schema::no_query_scans(&[WRITTEN_AT]);
    }

    /// Every conversation of up to six messages with times from 0 to 2, in any order.
    fn conversations() -> Vec<Vec<u64>> {
        let all = (0..=6_u32).flat_map(|length| (0..3_u64.pow(length)).map(move |number| (length, number)));
        all.map(|(length, number)| (0..length).map(|digit| number / 3_u64.pow(digit) % 3).collect()).collect()
    }

    #[test]
    fn the_place_is_the_first_at_that_time_and_near_it_where_a_clock_went_back() {
        for times in conversations() {
            let head = times.len() as u64;
            for wanted in 0..=3 {
                let mut looks = 0;
                let is_before = |place: Seq| {
                    looks += 1;
                    Ok(times[place.0 as usize - 1] < wanted)
                };
                let Seq(found) = first(Seq(head), is_before).unwrap();
                assert!((1..=head.max(1)).contains(&found), "{times:?}, {wanted}");
                assert!(looks <= 3, "{looks} looks at {head} messages");
                if times.is_sorted() {
                    let before = times.iter().filter(|time| **time < wanted).count() as u64;
                    assert_eq!(found, (before + 1).min(head.max(1)), "{times:?}, {wanted}");
                }
                // The message before it is older, whatever the others are.
                let is_older = |place: u64| place == 0 || times[place as usize - 1] < wanted;
                assert!(is_older(found - 1), "{times:?}, {wanted}");
            }
        }
    }

    #[test]
    fn the_first_of_a_million_is_found_with_twenty_looks() {
        let mut looks = 0;
        let is_before = |place: Seq| {
            looks += 1;
            Ok(place.0 < 123_456)
        };
        assert_eq!(first(Seq(1_000_000), is_before).unwrap(), Seq(123_456));
        assert!(looks <= 20, "{looks}");
    }
}
