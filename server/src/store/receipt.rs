//! Receipts: how far messages have reached people, and how far they have read.
//!
//! What others are told comes from three marks of a member, and never goes back: `delivered_up_to`,
//! `read_up_to`, and `seen_up_to`, which remembers the second where that is moved back. Sending a message
//! moves `read_up_to` of its sender and writes nothing more.

mod mark;

use super::{
    Store,
    conversation_row::{self, ConversationRow},
    db::{self, Db, Row, params},
    participants::Participants,
    value::{Id, count, id, seq},
    writer::Done,
};
use crate::{
    domain_event::DomainEvent,
    error::{Error, Result},
};
use protocol::{ConversationId, DeliveredUpTo, Receipt, UserId, limits};

impl Store {
    /// Moves the marks of `me` forward, each at most to the newest message, never back.
    pub(crate) async fn mark_delivered(&self, me: UserId, marks: Vec<DeliveredUpTo>) -> Result<()> {
        self.write(move |db| {
            let moved = match db {
                Db::Sqlite(_) => mark::each(db, me, &marks)?,
                Db::Postgresql(_) => mark::together(db, me, &marks)?,
            };
            Ok(Done::without_event(()).and_all(moved))
        })
        .await
    }

    /// How far a conversation of `me` has reached the others in it.
    pub(crate) async fn receipts(&self, me: UserId, conversation: ConversationId) -> Result<Vec<Receipt>> {
        self.read_for(me, move |db| match conversation_row::find(db, me, conversation)? {
            Some(stored) if is_told(db, stored)? => receipts(db, stored, me),
            Some(_) => Err(Error::group_too_large()),
            None => Ok(Vec::new()),
        })
        .await
    }
}

/// How far somebody has read, for the others.
macro_rules! read {
    () => {
        "CASE WHEN seen_up_to > read_up_to THEN seen_up_to ELSE read_up_to END"
    };
}

/// How far messages have reached somebody.
macro_rules! delivered {
    () => {
        "CASE WHEN delivered_up_to > read_up_to AND delivered_up_to > seen_up_to THEN delivered_up_to
              WHEN seen_up_to > read_up_to THEN seen_up_to ELSE read_up_to END"
    };
}

use {delivered, read};

macro_rules! receipt {
    ($who:literal) => {
        concat!(
            "SELECT \"user\", ",
            delivered!(),
            ", ",
            read!(),
            ", joined_after FROM members WHERE conversation = ?1 AND \"user\" ",
            $who
        )
    };
}
const OWN: &str = receipt!("= ?2");
const OTHERS: &str = receipt!("!= ?2");
const HAS_SEEN: &str =
    "SELECT read_up_to <= seen_up_to FROM members m WHERE conversation = ?1 AND m.user = ?2";
const MEMBERS: &str = "SELECT members FROM groups WHERE conversation = ?1";

/// After `read_up_to` of `me` moved forward: what the others are told, if it is more than they knew, and if
/// they are not too many.
pub(super) fn read_further(
    db: &Db<'_>,
    stored: ConversationRow,
    me: UserId,
    conversation: ConversationId,
) -> Result<Option<DomainEvent>> {
    let has_seen: bool =
        db.prepare_cached(HAS_SEEN)?.query_row(params![stored.id, Id(me)], |row| row.get(0))?;
    if has_seen || !is_told(db, stored)? {
        return Ok(None);
    }
    changed(db, stored, me, conversation).map(Some)
}

fn changed(
    db: &Db<'_>,
    stored: ConversationRow,
    me: UserId,
    conversation: ConversationId,
) -> Result<DomainEvent> {
    let receipt = db.prepare_cached(OWN)?.query_row(params![stored.id, Id(me)], receipt)?;
    Ok(DomainEvent::ReceiptChanged { conversation, receipt })
}

/// Whether the people of a conversation are told who has read what.
fn is_told(db: &Db<'_>, stored: ConversationRow) -> Result<bool> {
    let Participants::Group(_) = stored.participants else { return Ok(true) };
    let members = db.prepare_cached(MEMBERS)?.query_row([stored.id], |row| count(row, 0))?;
    Ok(members <= limits::RECEIPT_MEMBERS)
}

fn receipts(db: &Db<'_>, stored: ConversationRow, me: UserId) -> Result<Vec<Receipt>> {
    let mut statement = db.prepare_cached(OTHERS)?;
    Ok(statement.query_map(params![stored.id, Id(me)], receipt)?)
}

fn receipt(row: &Row<'_>) -> db::Result<Receipt> {
    Ok(Receipt {
        user_id: id(row, 0)?,
        delivered_up_to: seq(row, 1)?,
        read_up_to: seq(row, 2)?,
        joined_after: seq(row, 3)?,
    })
}

#[cfg(test)]
mod tests {
    use protocol::{CreateGroup, Recipient, Seq, Visibility};

    use super::*;
    use crate::{
        store::{message::NewMessage, schema},
        testing::TestApp,
    };

    #[test]
    fn no_query_scans_a_table_that_grows() {
        schema::no_query_scans(&[OWN, OTHERS, HAS_SEEN, MEMBERS]);
    }

    #[tokio::test]
    async fn once_read_is_read_for_the_others_even_if_one_marks_it_as_unread() {
        let test_app = TestApp::new();
        let (ann, ben) = (test_app.session("ann").await.user.id, test_app.session("ben").await.user.id);
        let store = &test_app.store;
        let group =
            CreateGroup { name: "Lunch".parse().unwrap(), visibility: Visibility::Public, client_id: None };
        let group = store.create_group(ann, Default::default(), group).await.unwrap();
        store.add_members(ann, group.id, vec![ben]).await.unwrap();
        let conversation = ConversationId::Group(group.id);
        for number in 0..7 {
            let content = format!("m{number}").parse().unwrap();
            let recipient = Recipient::Group(group.id);
            let new = NewMessage { sender: ann, recipient, content, client_id: None, reply_to: None };
            store.send(new).await.unwrap();
        }
        let read =
            async |seq| store.mark_read(ben, Default::default(), conversation, seq, None).await.unwrap();
        read(Seq(7)).await;
        store.mark_unread(ben, Default::default(), conversation, Seq(5)).await.unwrap();
        read(Seq(6)).await;
        store
            .write(move |db| {
                let stored = conversation_row::find(db, ben, conversation)?.unwrap();
                assert_eq!(read_further(db, stored, ben, conversation)?, None, "nobody is told it twice");
                Ok(Done::without_event(()))
            })
            .await
            .unwrap();
        let receipts = store.receipts(ann, conversation).await.unwrap();
        assert_eq!((receipts[0].read_up_to, receipts[0].delivered_up_to), (Seq(7), Seq(7)));
    }
}
