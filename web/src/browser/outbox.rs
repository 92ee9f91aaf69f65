//! What the person wrote and the server does not have yet, on this browser's disk.
//!
//! One row for each message in IndexedDB, so that tabs never overwrite each other's. A message goes
//! into the [`journal`] first, which needs no waiting, and out of it once its row is on disk.

use chat::{Disk, Unsent};
use futures::{
    FutureExt as _, StreamExt as _,
    channel::{
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded},
        oneshot,
    },
    future::LocalBoxFuture,
};
use protocol::{ClientId, UserId};
use wasm_bindgen_futures::spawn_local;

use super::{
    database::{Rows, Store},
    journal,
};

/// The rows of one person. What is asked is done in the order of asking.
pub(crate) struct OutboxRows {
    me: UserId,
    asked: UnboundedSender<Asked>,
}

enum Asked {
    Keep { unsent: Unsent, kept: oneshot::Sender<bool> },
    Forget { client_id: ClientId, done: oneshot::Sender<()> },
    Read { rows: oneshot::Sender<Vec<Unsent>> },
}

impl OutboxRows {
    /// Opens the rows of `me`.
    pub(crate) fn open(me: UserId) -> Self {
        let (sender, asked) = unbounded();
        spawn_local(work(me, asked));
        Self { me, asked: sender }
    }

    fn ask<T: Default + 'static>(
        &self,
        asked: impl FnOnce(oneshot::Sender<T>) -> Asked,
    ) -> LocalBoxFuture<'static, T> {
        let (sender, answer) = oneshot::channel();
        // The worker ends with the last sender only.
        let _ = self.asked.unbounded_send(asked(sender));
        answer.map(Result::unwrap_or_default).boxed_local()
    }
}

impl Disk for OutboxRows {
    /// It is in the journal when this returns.
    fn keep(&self, unsent: &Unsent) -> LocalBoxFuture<'static, bool> {
        let journaled = journal::put(&key(self.me, &unsent.client_id), unsent);
        let unsent = unsent.clone();
        let kept = self.ask(|kept| Asked::Keep { unsent, kept });
        async move { kept.await || journaled }.boxed_local()
    }

    fn forget(&self, client_id: &ClientId) -> LocalBoxFuture<'static, ()> {
        let client_id = client_id.clone();
        self.ask(|done| Asked::Forget { client_id, done })
    }

    fn read(&self) -> LocalBoxFuture<'static, Vec<Unsent>> {
        self.ask(|rows| Asked::Read { rows })
    }
}

/// Does what is asked. If nobody waits for an answer any more, that is fine.
async fn work(me: UserId, mut asked: UnboundedReceiver<Asked>) {
    let rows = Rows::of(Store::Outbox);
    rows.open().await;
    // What was forgotten while the database did not answer. Its rows are still there.
    let mut forgotten: Vec<String> = Vec::new();
    while let Some(next) = asked.next().await {
        match next {
            Asked::Keep { unsent, kept } => {
                let key = key(me, &unsent.client_id);
                forgotten.retain(|other| *other != key);
                let _ = kept.send(settle(&rows, &key, &unsent).await);
            }
            Asked::Forget { client_id, done } => {
                let key = key(me, &client_id);
                journal::delete(&key);
                if !rows.write::<Unsent>(&key, None).await {
                    forgotten.push(key);
                }
                let _ = done.send(());
            }
            Asked::Read { rows: answer } => {
                rows.open().await;
                for key in std::mem::take(&mut forgotten) {
                    if !rows.write::<Unsent>(&key, None).await {
                        forgotten.push(key);
                    }
                }
                // First the journal: a message leaves it only after its row is there.
                let journaled = journal::read(me);
                let mut all: Vec<Unsent> = journaled.iter().map(|(_, unsent)| unsent.clone()).collect();
                all.extend(rows.read_all(&me.to_string()).await);
                all.retain(|unsent: &Unsent| !forgotten.contains(&key(me, &unsent.client_id)));
                for (key, unsent) in &journaled {
                    settle(&rows, key, unsent).await;
                }
                let _ = answer.send(all);
            }
        }
    }
}

/// Writes the row of a message, which then need not be in the journal any more.
async fn settle(rows: &Rows, key: &str, unsent: &Unsent) -> bool {
    let done = rows.write(key, Some(unsent)).await;
    if done {
        journal::delete(key);
    }
    done
}

fn key(me: UserId, client_id: &ClientId) -> String {
    format!("{me}/{client_id}")
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests;
