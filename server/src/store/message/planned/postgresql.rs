//! Planning on PostgreSQL: one statement finds the places, one writes everything.

use protocol::{ClientId, Rev, Seq};

use super::{Named, Plan, Planned, Position, Sending};
use crate::store::{
    db::Result,
    postgresql::Connection,
    value::{number, rev_number, without_nul},
};

/// Where each message would stand: its conversation, if that is there and the sender in it, and whether it was sent
/// before.
const PLACES: &str = r#"
    SELECT n.number, c.id, c.head, c.rev,
           (n.of IS NULL OR EXISTS (SELECT 1 FROM members m WHERE m.conversation = c.id AND m.user = n.sender))
           AND NOT EXISTS (SELECT 1 FROM messages s WHERE s.sender = n.sender AND s.client_id = n.client_id)
    FROM unnest(?1::BYTEA[], ?2::BYTEA[], ?3::BYTEA[], ?4::BYTEA[], ?5::TEXT[])
         WITH ORDINALITY AS n (low, high, of, sender, client_id, number)
    JOIN conversations c ON c.id = coalesce(
        (SELECT g.conversation FROM groups g WHERE g.id = n.of),
        (SELECT p.id FROM conversations p WHERE p.low = n.low AND p.high = n.high))"#;

/// The conversations, what the senders have read, and the messages.
const WRITE: &str = r#"
    WITH of AS (
        UPDATE conversations c SET head = v.head, rev = v.rev, change_id = NULL, updated_at = v.at
        FROM unnest(?1::BIGINT[], ?2::BIGINT[], ?3::BIGINT[], ?4::BIGINT[]) AS v (id, head, rev, at)
        WHERE c.id = v.id
    ), own AS (
        UPDATE members m SET read_up_to = v.seq
        FROM unnest(?5::BIGINT[], ?6::BYTEA[], ?7::BIGINT[]) AS v (conversation, sender, seq)
        WHERE m.conversation = v.conversation AND m.user = v.sender
    )
    INSERT INTO messages (conversation, seq, id, sender, client_id, content, created_at, born)
    SELECT * FROM unnest(?8::BIGINT[], ?9::BIGINT[], ?10::BYTEA[], ?11::BYTEA[], ?12::TEXT[], ?13::TEXT[],
                         ?14::BIGINT[], ?15::BIGINT[])"#;

/// A place for each message that may have one.
pub(super) fn places(connection: &Connection, asked: &[&Sending]) -> Result<Vec<Option<Position>>> {
    let (mut lows, mut highs, mut groups) = (Vec::new(), Vec::new(), Vec::new());
    for sending in asked {
        let (low, high, group) = match Named::of(&sending.new) {
            Named::Pair(low, high) => (Some(low.into_bytes()), Some(high.into_bytes()), None),
            Named::Group(group) => (None, None, Some(group.into_bytes())),
        };
        lows.push(low.map(Vec::from));
        highs.push(high.map(Vec::from));
        groups.push(group.map(Vec::from));
    }
    let senders = every(asked, |sending| sending.new.sender.into_bytes().to_vec());
    let client_ids = every(asked, |sending| client_id(&sending.new.client_id));
    let rows = connection.ask_all(PLACES, &[&lows, &highs, &groups, &senders, &client_ids])?;
    let mut places = vec![None; asked.len()];
    for row in rows {
        let (number, is_free): (i64, bool) = (row.try_get(0)?, row.try_get(4)?);
        let (head, rev): (i64, i64) = (row.try_get(2)?, row.try_get(3)?);
        let place =
            Position { row: row.try_get(1)?, head: Seq(head.unsigned_abs()), rev: Rev(rev.unsigned_abs()) };
        let place_of = usize::try_from(number - 1).ok().and_then(|number| places.get_mut(number));
        // What somebody made after the locks were taken is not locked.
        if let Some(place_of) = place_of.filter(|_| is_free && connection.holds(place.row)) {
            *place_of = Some(place);
        }
    }
    Ok(places)
}

pub(super) fn write(connection: &Connection, plan: &Plan<'_>) -> Result<()> {
    let conversations: Vec<_> = plan.conversations.values().collect();
    let read: Vec<_> = plan.read.iter().collect();
    let messages: Vec<_> = plan.messages.iter().map(|Planned { row, message, .. }| (*row, message)).collect();
    let written = connection.ask_all(
        WRITE,
        &[
            &every(&conversations, |(place, _)| place.row),
            &every(&conversations, |(place, _)| number(place.head)),
            &every(&conversations, |(place, _)| rev_number(place.rev)),
            &every(&conversations, |(_, at)| at.0),
            &every(&read, |((row, _), _)| *row),
            &every(&read, |((_, sender), _)| sender.into_bytes().to_vec()),
            &every(&read, |(_, seq)| number(**seq)),
            &every(&messages, |(row, _)| *row),
            &every(&messages, |(_, message)| number(message.seq)),
            &every(&messages, |(_, message)| message.id.into_bytes().to_vec()),
            &every(&messages, |(_, message)| message.sender_id.into_bytes().to_vec()),
            &every(&messages, |(_, message)| client_id(&message.client_id)),
            &every(&messages, |(_, message)| without_nul(message.content.as_str()).into_owned()),
            &every(&messages, |(_, message)| message.created_at.0),
            &every(&messages, |(_, message)| rev_number(message.rev)),
        ],
    )?;
    drop(written);
    plan.conversations.keys().for_each(|conversation| connection.unindexed.add(*conversation));
    Ok(())
}

/// As it is kept.
fn client_id(id: &Option<ClientId>) -> Option<String> {
    id.as_ref().map(|id| without_nul(id.as_str()).into_owned())
}

fn every<T, U>(all: &[T], of: impl Fn(&T) -> U) -> Vec<U> {
    all.iter().map(of).collect()
}
