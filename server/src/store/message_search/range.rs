//! From which time on, and until when, a search looks: messages between two ids.

use protocol::{MessageId, Timestamp};

use super::{Search, candidates::ConversationScan};
use crate::{error::Result, store::db::Db};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// From one message until before another one. Ids begin with the time of making.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Range {
    pub(super) from: MessageId,
    pub(super) to: MessageId,
}

impl Range {
    pub(super) fn of(search: &Search) -> Self {
        let begins = |day: i32| {
            let time = i64::from(day) * DAY - i64::from(search.utc_offset) * MINUTE;
            first_id_at(Timestamp(time))
        };
        let from = search.query.after.map_or(FIRST, |day| begins(day.since_1970() + 1));
        let until = search.query.before.map_or(LAST, |day| begins(day.since_1970()));
        Self { from, to: until }
    }

    /// What of it comes behind a message, on a page that begins there. In one conversation that is what stands before
    /// the message. Ids cannot tell it: they do not grow where a clock was set back, or where the clocks of two servers
    /// differ. Between conversations nothing else tells what is newer.
    pub(super) fn behind(
        self,
        db: &Db<'_>,
        message: MessageId,
        places: &mut [ConversationScan],
    ) -> Result<Self> {
        if let [place] = places
            && place.begin_behind(db, message)?
        {
            return Ok(self);
        }
        Ok(Self { to: self.to.min(message), ..self })
    }

    pub(super) fn contains(self, message: MessageId) -> bool {
        (self.from..self.to).contains(&message)
    }
}

pub(super) const FIRST: MessageId = MessageId::from_bytes([0; 16]);
pub(super) const LAST: MessageId = MessageId::from_bytes([255; 16]);

/// The smallest id that a message of this time can have.
pub(super) fn first_id_at(Timestamp(time): Timestamp) -> MessageId {
    let time = u64::try_from(time).unwrap_or_default();
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&time.to_be_bytes()[2..]);
    MessageId::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use protocol::query::Query;

    use super::*;

    #[test]
    fn a_day_begins_where_the_asker_is() {
        let range = |query: &str, utc_offset| {
            Range::of(&Search { query: Query::parse(query).unwrap(), utc_offset, ..Search::default() })
        };
        let at = |time| first_id_at(Timestamp(time));
        assert_eq!(range("before:1970-01-03", 0), Range { from: FIRST, to: at(2 * DAY) });
        assert_eq!(range("after:1970-01-03", 0), Range { from: at(3 * DAY), to: LAST });
        assert_eq!(range("after:1970-01-03", 60).from, at(3 * DAY - 60 * MINUTE));
        assert_eq!(range("before:1970-01-03", -60).to, at(2 * DAY + 60 * MINUTE));
        assert_eq!(range("before:1970-01-01", 60).to, FIRST);
        assert!(range("x", 0).contains(at(0)));
        let uuid = crate::clock::new_id();
        let now = crate::clock::now();
        let id = MessageId::from_bytes(uuid);
        assert!((at(now.0 - 1000)..at(now.0 + 1000)).contains(&id), "ids begin with their time");
    }
}
