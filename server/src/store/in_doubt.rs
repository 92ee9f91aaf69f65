//! Transactions of which it is not known whether they were committed, because the answer to their COMMIT was lost and
//! the database cannot be asked. Whoever waits is answered that nothing was kept, and nobody is told what changed. If
//! it was kept after all, repeating it changes nothing more: so whoever may be told something must be made to ask.
//! Only PostgreSQL is far enough away for that.

use std::{
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::sleep};

use super::{
    Store,
    db::{Db, DbError},
    postgresql::Connection,
};

/// How long to wait before the database is asked again.
const AGAIN: Duration = Duration::from_millis(500);

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Committed,
    RolledBack,
    /// It goes on, or the database does not answer.
    Undecided,
    /// The database does not know.
    Forgotten,
}

impl Fate {
    /// Asks the database, on another connection than that of the transaction.
    pub(super) fn of(number: &str, connection: &Connection) -> Self {
        let status = connection.ask::<Option<String>>(&format!("SELECT txid_status({number})"));
        match status.as_ref().map(Option::as_deref) {
            Ok(Some("committed")) => Self::Committed,
            Ok(Some("aborted")) => Self::RolledBack,
            Ok(Some(_)) => Self::Undecided,
            Ok(None) => Self::Forgotten,
            Err(error) => Self::after(error),
        }
    }

    pub(super) fn after(error: &DbError) -> Self {
        if error.storage_fault().is_some() { Self::Undecided } else { Self::Forgotten }
    }
}

#[derive(Default)]
pub(super) struct InDoubt {
    numbers: Mutex<Numbers>,
    added: Notify,
}

#[derive(Default)]
struct Numbers {
    /// Nobody was made to ask since they were added.
    new: Vec<String>,
    waiting: Vec<String>,
}

impl InDoubt {
    pub(super) fn add(&self, number: String) {
        self.numbers().new.push(number);
        self.added.notify_one();
    }

    fn numbers(&self) -> MutexGuard<'_, Numbers> {
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    /// Waits until something may have been committed that nobody was told: once when that is not known yet, so that
    /// nobody is told for long what is not theirs any more, and again when it turns out to be so.
    pub(crate) async fn untold(&self) {
        loop {
            {
                let mut numbers = self.in_doubt.numbers();
                if !numbers.new.is_empty() {
                    let new = mem::take(&mut numbers.new);
                    numbers.waiting.extend(new);
                    return;
                }
            }
            if self.is_decided_and_untold().await {
                tracing::warn!("what was taken for lost was kept: whom it concerns is made to ask");
                return;
            }
            if self.in_doubt.numbers().waiting.is_empty() {
                self.in_doubt.added.notified().await;
            } else {
                sleep(AGAIN).await;
            }
        }
    }

    /// Forgets what is decided. Returns whether any of it was committed.
    async fn is_decided_and_untold(&self) -> bool {
        let mut untold = false;
        let waiting = mem::take(&mut self.in_doubt.numbers().waiting);
        for number in waiting {
            // Each by itself, because after an error nothing more is answered in the same transaction.
            match self.fate(number.clone()).await {
                Fate::Undecided => self.in_doubt.numbers().waiting.push(number),
                Fate::RolledBack => {}
                Fate::Committed | Fate::Forgotten => untold = true,
            }
        }
        untold
    }

    async fn fate(&self, number: String) -> Fate {
        let fate = self.read(move |db| match *db {
            Db::Postgresql(connection) => Ok(Fate::of(&number, connection)),
            Db::Sqlite(_) => Ok(Fate::RolledBack),
        });
        fate.await.unwrap_or(Fate::Undecided)
    }
}
