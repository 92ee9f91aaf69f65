//! The suite: one file a feature.

mod change;
mod conversation;
mod durability;
mod group;
mod mention;
mod message;
mod order;
mod pages;
mod place_in_time;
mod presence;
mod receipt;
mod repeated;
mod role;
mod search;
mod session;
mod sync;
mod unread;
mod user;

use std::ops::Deref;

use protocol::{CreateGroup, ErrorCode, Group, GroupId, Message, Recipient, User, UserId, Visibility};
use tempfile::TempDir;
use tokio::sync::mpsc;

use super::{super::Engine, ENGINE};
use crate::{
    domain_event::{DomainEvent, Envelope, Origin},
    error::{Error, Result},
    ids::SocketId,
    store::{Store, message::NewMessage, part::Part},
    testing::{postgresql::TestDatabase, scratch},
};

const ORIGIN: Origin = Origin(Some(SocketId(7)));
const NOBODY: UserId = UserId::from_bytes([9; 16]);
const NO_GROUP: GroupId = GroupId::from_bytes([9; 16]);

/// A store of its own, and what it published.
pub(super) struct Opened {
    pub(super) store: Store,
    pub(super) domain_events: mpsc::Receiver<Envelope>,
    pub(super) data: Data,
}

/// Where a store keeps what it is given.
pub(super) enum Data {
    Folder(TempDir),
    Database(TestDatabase),
}

impl Data {
    fn new() -> Self {
        match ENGINE {
            Engine::Sqlite => Self::Folder(scratch()),
            Engine::Postgresql => Self::Database(TestDatabase::new()),
        }
    }

    /// A copy of what a closed store has kept.
    fn copy(&self) -> Self {
        match self {
            Self::Folder(folder) => {
                let copy = scratch();
                let file = |folder: &TempDir| folder.path().join("parlance.db");
                std::fs::copy(file(folder), file(&copy)).unwrap();
                Self::Folder(copy)
            }
            Self::Database(database) => Self::Database(database.copy()),
        }
    }

    fn open(&self) -> (Store, mpsc::Receiver<Envelope>) {
        match self {
            Self::Folder(folder) => Store::open(folder.path()).unwrap(),
            Self::Database(database) => Store::connect(&database.url().parse().unwrap()).unwrap(),
        }
    }
}

impl Deref for Opened {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl Opened {
    pub(super) fn new() -> Self {
        Self::at(Data::new())
    }

    fn at(data: Data) -> Self {
        let (store, domain_events) = data.open();
        Self { store, domain_events, data }
    }

    /// The same store after a restart.
    async fn restarted(self) -> Self {
        self.store.close().await;
        Self::at(self.data)
    }

    pub(super) async fn user(&self, name: &str) -> User {
        self.register(name.parse().unwrap(), "a hash".to_owned()).await.unwrap()
    }

    async fn lunch(&self, by: &User) -> Group {
        self.make(by, "Lunch", Visibility::Public).await
    }

    async fn make(&self, by: &User, name: &str, visibility: Visibility) -> Group {
        let new = CreateGroup { name: name.parse().unwrap(), visibility, client_id: None };
        self.create_group(by.id, ORIGIN, new).await.unwrap()
    }

    pub(super) async fn say(
        &self,
        sender: &User,
        recipient: impl ToRecipient,
        text: &str,
    ) -> Result<Message> {
        self.send(new_message(sender, recipient, text, None)).await
    }

    async fn say_once(
        &self,
        sender: &User,
        recipient: impl ToRecipient,
        text: &str,
        client_id: &str,
    ) -> Result<Message> {
        self.send(new_message(sender, recipient, text, Some(client_id))).await
    }

    /// What was published so far.
    pub(super) fn published(&mut self) -> Vec<DomainEvent> {
        std::iter::from_fn(|| self.domain_events.try_recv().ok()).map(|envelope| envelope.event).collect()
    }
}

/// Whom a message is for.
pub(super) trait ToRecipient {
    fn recipient(&self) -> Recipient;
}

impl ToRecipient for &User {
    fn recipient(&self) -> Recipient {
        Recipient::User(self.id)
    }
}

impl ToRecipient for UserId {
    fn recipient(&self) -> Recipient {
        Recipient::User(*self)
    }
}

impl ToRecipient for &Group {
    fn recipient(&self) -> Recipient {
        Recipient::Group(self.id)
    }
}

impl ToRecipient for GroupId {
    fn recipient(&self) -> Recipient {
        Recipient::Group(*self)
    }
}

pub(super) fn new_message(
    sender: &User,
    recipient: impl ToRecipient,
    text: &str,
    client_id: Option<&str>,
) -> NewMessage {
    NewMessage {
        sender: sender.id,
        recipient: recipient.recipient(),
        content: text.parse().unwrap(),
        client_id: client_id.map(|id| id.parse().unwrap()),
        reply_to: None,
    }
}

fn code<T: std::fmt::Debug>(result: Result<T>) -> ErrorCode {
    match result {
        Err(Error::Refused(body)) => body.code,
        other => panic!("not refused: {other:?}"),
    }
}
