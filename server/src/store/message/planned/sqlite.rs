//! Planning on SQLite, where a statement is a call: each conversation is looked up once, and written once.

use std::collections::HashMap;

use protocol::{Recipient, UserId};

use super::{Named, NewMessage, Plan, Planned, Position, Sending};
use crate::{
    error::Error,
    store::{
        conversation_row,
        db::{self, Db, params},
        message::{self, COUNT_UP, INSERT, READ, SENT},
        message_search,
        participants::Pair,
        value::{Id, Text, number, rev_number},
    },
};

/// A place for each message that may have one.
pub(super) fn places(db: &Db<'_>, asked: &[&Sending]) -> db::Result<Vec<Option<Position>>> {
    let mut found: HashMap<(Named, UserId), Option<Position>> = HashMap::new();
    let mut sent = db.prepare_cached(SENT)?;
    let mut places = Vec::with_capacity(asked.len());
    for new in asked.iter().map(|sending| &sending.new) {
        let of = (Named::of(new), new.sender);
        let place = match found.get(&of) {
            Some(place) => *place,
            None => *found.entry(of).or_insert(place(db, new)?),
        };
        let is_sent = match &new.client_id {
            Some(client_id) if place.is_some() => sent.exists(params![Id(new.sender), Text(client_id)])?,
            _ => false,
        };
        places.push(place.filter(|_| !is_sent));
    }
    Ok(places)
}

/// Its conversation, if that is there and the sender in it.
fn place(db: &Db<'_>, new: &NewMessage) -> db::Result<Option<Position>> {
    let row = match new.recipient {
        Recipient::User(user) => conversation_row::pair(db, Pair::of(new.sender, user)),
        Recipient::Group(group) => conversation_row::own_group(db, new.sender, group).map(Some),
    };
    match row {
        Ok(row) => Ok(row.map(|row| Position { row: row.id, head: row.head, rev: row.rev })),
        Err(Error::Database(error)) => Err(error),
        // It is refused when its turn comes.
        Err(_) => Ok(None),
    }
}

pub(super) fn write(db: &Db<'_>, plan: &Plan<'_>) -> db::Result<()> {
    let mut count_up = db.prepare_cached(COUNT_UP)?;
    for (place, at) in plan.conversations.values() {
        count_up.execute(params![place.row, number(place.head), rev_number(place.rev), at.0])?;
        message_search::note(db, place.row)?;
    }
    let mut read = db.prepare_cached(READ)?;
    for ((row, sender), seq) in &plan.read {
        read.execute(params![row, Id(*sender), number(*seq)])?;
    }
    let mut insert = db.prepare_cached(INSERT)?;
    for Planned { row, message, .. } in &plan.messages {
        message::insert(&mut insert, *row, message)?;
    }
    Ok(())
}
