//! Planning on SQLite, where a statement is a call: each conversation is looked up once, and written once.

use std::collections::HashMap;

use protocol::{Recipient, UserId};

use super::{Named, NewMessage, Place, Plan, Planned};
use crate::{
    error::Error,
    store::{
        conversation_row::{self, Pair},
        db::{self, Db, Statement, params},
        message::{self, COUNT_UP, INSERT, READ, SENT},
        message_search,
        value::{Id, Text, number, rev_number},
    },
};

/// Where messages would stand.
pub(super) struct Places<'a> {
    db: &'a Db<'a>,
    /// What was looked up.
    found: HashMap<(Named, UserId), Option<Place>>,
    sent: Statement<'a>,
}

impl<'a> Places<'a> {
    pub(super) fn of(db: &'a Db<'a>) -> db::Result<Self> {
        Ok(Self { db, found: HashMap::new(), sent: db.prepare_cached(SENT)? })
    }

    /// A place for a message, if it may have one.
    pub(super) fn find(&mut self, new: &NewMessage) -> db::Result<Option<Place>> {
        let of = (Named::of(new), new.sender);
        let place = match self.found.get(&of) {
            Some(place) => *place,
            None => *self.found.entry(of).or_insert(place(self.db, new)?),
        };
        let is_sent = match &new.client_id {
            Some(client_id) => self.sent.exists(params![Id(new.sender), Text(client_id)])?,
            None => false,
        };
        Ok(place.filter(|_| !is_sent))
    }
}

/// Its conversation, if that is there and the sender in it.
fn place(db: &Db<'_>, new: &NewMessage) -> db::Result<Option<Place>> {
    let row = match new.recipient {
        Recipient::User(user) => conversation_row::pair(db, Pair::of(new.sender, user)),
        Recipient::Group(group) => conversation_row::own_group(db, new.sender, group).map(Some),
    };
    match row {
        Ok(row) => Ok(row.map(|row| Place { row: row.id, head: row.head, rev: row.rev })),
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
