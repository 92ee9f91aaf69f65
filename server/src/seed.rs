//! Data directories with people and messages in them, for measurements: no password is hashed and
//! nobody has to log in, which for thousands of people would take longer than what is measured.

use std::{error::Error, path::Path, time::Duration};

use futures::future::try_join_all;
use protocol::{ConversationId, HistoryPage, MessageText, Recipient, Seq, Timestamp, UserId};
use tokio::sync::mpsc;

use crate::{
    auth::{
        key,
        token::{Grant, Tokens},
    },
    config::DatabaseUrl,
    data_dir::DataDir,
    domain_event::Envelope,
    error::StartError,
    store::{Store, conversation::Page, message::NewMessage},
};

/// People who are made at once.
const AT_ONCE: usize = 500;
/// How long their tokens last.
const TTL: Duration = Duration::from_secs(24 * 60 * 60);

/// A data directory that no server uses yet.
pub struct Seed {
    store: Store,
    tokens: Tokens,
    data_dir: DataDir,
}

/// Somebody who is logged in.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their id.
    pub id: UserId,
    /// What they connect with.
    pub token: String,
}

/// Anything that goes wrong.
pub type SeedError = Box<dyn Error + Send + Sync>;

impl Seed {
    /// Opens a data directory, making it when it is missing.
    ///
    /// # Errors
    /// As [`Server::bind`](crate::Server::bind).
    pub fn open(data_dir: &Path) -> Result<Self, StartError> {
        Self::with(data_dir, Store::open)
    }

    /// The same for a PostgreSQL database. In the data directory is then only a lock.
    ///
    /// # Errors
    /// As [`Server::bind`](crate::Server::bind).
    pub fn connect(data_dir: &Path, database: &DatabaseUrl) -> Result<Self, StartError> {
        Self::with(data_dir, |_| Store::connect(&database.as_str().parse().map_err(StartError::Postgresql)?))
    }

    fn with(
        data_dir: &Path,
        open: impl FnOnce(&Path) -> Result<(Store, mpsc::Receiver<Envelope>), StartError>,
    ) -> Result<Self, StartError> {
        let held = DataDir::take(data_dir)?;
        // Nobody is told of what happens here.
        let (store, _) = open(data_dir)?;
        let key = key::load(&held, store.signing_key())?;
        Ok(Self { store, tokens: Tokens::new(&key, TTL), data_dir: held })
    }

    /// Registers people and logs them in. Nobody can log in as one of them later.
    ///
    /// # Errors
    /// A name is taken, or the database refused.
    pub async fn people(&self, prefix: &str, count: usize) -> Result<Vec<Person>, SeedError> {
        let mut people = Vec::with_capacity(count);
        while people.len() < count {
            let numbers = people.len()..count.min(people.len() + AT_ONCE);
            let some = numbers.map(|number| self.person(format!("{prefix}{number}")));
            people.extend(try_join_all(some).await?);
        }
        Ok(people)
    }

    async fn person(&self, name: String) -> Result<Person, SeedError> {
        let user = self.store.register(name.parse()?, "none".to_owned()).await?;
        let session = self.store.start_session(user.id, [0; 32]).await?;
        let grant = Grant { user: user.id, session, rotation: 0, ends_at: Timestamp(i64::MAX) };
        Ok(Person { id: user.id, token: self.tokens.issue(grant)?.token })
    }

    /// Makes two people's conversation `count` messages long.
    ///
    /// # Errors
    /// The database refused.
    pub async fn converse(&self, one: UserId, other: UserId, count: u64) -> Result<(), SeedError> {
        Ok(self.store.converse(one, other, count).await?)
    }

    /// Makes each message of two people's conversation so much older than the one after it.
    ///
    /// # Errors
    /// The database refused.
    pub async fn age(&self, one: UserId, other: UserId, apart: Duration) -> Result<(), SeedError> {
        Ok(self.store.age(one, other, apart).await?)
    }

    /// Sends so many private messages, all before the first is answered, and waits for the answers.
    ///
    /// # Errors
    /// One was not kept.
    pub async fn send(&self, from: UserId, to: UserId, count: usize) -> Result<(), SeedError> {
        let content: MessageText = "the quick brown fox jumps over the lazy dog, and back".parse()?;
        let send = |_| {
            let (recipient, content) = (Recipient::User(to), content.clone());
            self.store.send(NewMessage { sender: from, recipient, content, client_id: None, reply_to: None })
        };
        try_join_all((0..count).map(send)).await?;
        Ok(())
    }

    /// Makes two people's conversation consist of these texts, by turns from one and from the other.
    ///
    /// # Errors
    /// The database refused.
    pub async fn say(&self, one: UserId, other: UserId, texts: Vec<String>) -> Result<(), SeedError> {
        Ok(self.store.say(one, other, texts).await?)
    }

    /// Puts every message into the index that is searched.
    ///
    /// # Errors
    /// The database refused.
    pub async fn index(&self) -> Result<(), SeedError> {
        Ok(self.store.index_messages().await?)
    }

    /// Says that messages need not be put into the index that is searched. To put millions there takes minutes
    /// in the background, during which reading is slower.
    ///
    /// # Errors
    /// The database refused.
    pub async fn leave_unindexed(&self) -> Result<(), SeedError> {
        Ok(self.store.leave_unindexed().await?)
    }

    /// Reads a page of two people's conversation that ends before a message.
    ///
    /// # Errors
    /// The database refused.
    pub async fn history(&self, me: UserId, with: UserId, before: Seq) -> Result<HistoryPage, SeedError> {
        let page = Page { before: Some(before), ..Page::default() };
        Ok(self.store.history(me, ConversationId::User(with), page).await?)
    }

    /// Closes the directory, for a server to use.
    pub async fn close(self) {
        self.store.close().await;
        drop(self.data_dir);
    }
}
