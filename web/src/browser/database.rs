//! Rows in IndexedDB.
//!
//! A browser whose database says nothing for [`PATIENCE`] is treated as one that has none, until
//! somebody asks for it again ([`Rows::open`]). What was asked goes on in a task of its own, so that
//! an answer that comes late harms nobody.

use std::{
    cell::RefCell,
    future::{Future, IntoFuture as _},
    rc::Rc,
    time::Duration,
};

use futures::{
    FutureExt as _,
    channel::oneshot,
    future::{Either, LocalBoxFuture, Shared, select},
};
use gloo_timers::future::sleep;
use idb::{
    DatabaseEvent as _, Error, Event as _, Factory, KeyRange, ObjectStore, ObjectStoreParams, Query,
    Request as _, Transaction, event::VersionChangeEvent,
};
use js_sys::{Function, JSON, Reflect};
use serde::{Serialize, de::DeserializeOwned};
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{IdbDatabase, IdbTransaction};

const NAME: &str = "parlance";

/// 1: rows of JSON text in the store `outbox`. 2: rows are values, and there are drafts.
const VERSION: u32 = 2;

const PATIENCE: Duration = Duration::from_secs(1);

/// What is kept. A key is `<user>/…`, so that one person's rows are one range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Store {
    /// One row for each message that the server does not have yet.
    Outbox,
    /// One row for each conversation.
    Drafts,
}

impl Store {
    fn name(self) -> &'static str {
        match self {
            Self::Outbox => "outbox",
            Self::Drafts => "drafts",
        }
    }

    /// What must be done when the browser says that a row is written. A message that was sent must
    /// survive a power cut; a draft changes with every word, and must survive the browser.
    fn durability(self) -> &'static str {
        match self {
            Self::Outbox => "strict",
            Self::Drafts => "relaxed",
        }
    }
}

/// Whether there is a database.
pub(super) async fn works() -> bool {
    let rows = Rows::of(Store::Drafts);
    rows.open().await;
    rows.database().is_some()
}

/// The database did not say what it has.
#[derive(Debug, PartialEq)]
pub(super) struct Unreadable;

type Opening = Shared<LocalBoxFuture<'static, Option<Rc<Database>>>>;

/// The rows of one store, while the database works.
pub(super) struct Rows {
    store: Store,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    database: Option<Rc<Database>>,
    /// It may be opened later than we had the patience to wait for.
    opening: Option<Opening>,
    /// What it has stays there, whether it can be read now or not.
    was_open: bool,
}

impl Rows {
    /// Not open yet.
    pub(super) fn of(store: Store) -> Self {
        Self { store, state: RefCell::default() }
    }

    /// Opens the database, unless it is open.
    pub(super) async fn open(&self) {
        if self.database().is_some() {
            return;
        }
        let under_way = self.state.borrow().opening.clone();
        let opening = under_way.unwrap_or_else(|| {
            let opening = Database::open().map(|opened| opened.ok().map(Rc::new)).boxed_local().shared();
            self.state.borrow_mut().opening = Some(opening.clone());
            spawn_local(opening.clone().map(drop));
            opening
        });
        select(opening, sleep(PATIENCE)).await;
    }

    /// Every row whose key begins with `prefix` and a slash; none, if there is no database.
    pub(super) async fn read_all<T: DeserializeOwned>(&self, prefix: &str) -> Vec<T> {
        // "0" is what comes after "/".
        let range = (format!("{prefix}/").into(), format!("{prefix}0").into());
        let rows = self.work("readonly", |rows| async move {
            let range = KeyRange::bound(&range.0, &range.1, None, Some(true))?;
            rows.store()?.get_all(Some(Query::KeyRange(range)), None)?.await
        });
        let rows = rows.await.unwrap_or_default();
        rows.into_iter().filter_map(|row| serde_wasm_bindgen::from_value(row).ok()).collect()
    }

    /// The keys of these rows, without the prefix and the slash.
    pub(super) async fn keys(&self, prefix: &str) -> Vec<String> {
        let range = (format!("{prefix}/").into(), format!("{prefix}0").into());
        let keys = self.work("readonly", |rows| async move {
            let range = KeyRange::bound(&range.0, &range.1, None, Some(true))?;
            rows.store()?.get_all_keys(Some(Query::KeyRange(range)), None)?.await
        });
        let keys = keys.await.unwrap_or_default().into_iter();
        keys.filter_map(|key| key.as_string()?.get(prefix.len() + 1..).map(str::to_owned)).collect()
    }

    /// The row of this key, if there is one; [`Unreadable`] if nobody knows. A browser that has never had a
    /// database has no rows.
    pub(super) async fn read<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Unreadable> {
        let key = JsValue::from(key);
        let row = self.work("readonly", |rows| async move { rows.store()?.get(Query::Key(key))?.await });
        match row.await {
            Some(row) => Ok(row.and_then(|row| serde_wasm_bindgen::from_value(row).ok())),
            None if self.is_missing() => Ok(None),
            None => Err(Unreadable),
        }
    }

    /// Writes a row, or removes it. Says whether that is done.
    pub(super) async fn write<T: Serialize + ?Sized>(&self, key: &str, row: Option<&T>) -> bool {
        let key = JsValue::from(key);
        let row = row.map(|row| row.serialize(&Serializer::json_compatible()));
        let written = self.work("readwrite", |rows| async move {
            match row {
                Some(row) => drop(rows.store()?.put(&row.unwrap_or_default(), Some(&key))?),
                None => drop(rows.store()?.delete(Query::Key(key))?),
            }
            rows.transaction.await
        });
        written.await.is_some_and(|result| result.is_committed())
    }

    /// The database, if it is open by now.
    fn database(&self) -> Option<Rc<Database>> {
        let mut state = self.state.borrow_mut();
        if let Some(opened) = state.opening.as_ref().and_then(|opening| opening.peek().cloned()) {
            state.opening = None;
            state.was_open |= opened.is_some();
            state.database = opened;
        }
        state.database.clone()
    }

    /// Whether the browser said that there is no database, each time that it was asked.
    fn is_missing(&self) -> bool {
        let state = self.state.borrow();
        state.database.is_none() && state.opening.is_none() && !state.was_open
    }

    /// After something that fails, or is not done in time, the database is not used any more.
    async fn work<T: 'static, F: Future<Output = Result<T, Error>> + 'static>(
        &self,
        mode: &'static str,
        ask: impl FnOnce(InTransaction) -> F,
    ) -> Option<T> {
        let database = self.database()?;
        let done = match database.begin(self.store, mode) {
            Ok(transaction) => {
                let (sender, receiver) = oneshot::channel();
                let asked = ask(InTransaction { transaction, store: self.store });
                spawn_local(async move { drop(sender.send(asked.await.ok())) });
                match select(receiver, sleep(PATIENCE)).await {
                    Either::Left((Ok(done), _)) => done,
                    _ => None,
                }
            }
            Err(_) => None,
        };
        if done.is_none() {
            self.state.borrow_mut().database = None;
        }
        done
    }
}

/// A transaction over one store.
struct InTransaction {
    transaction: Transaction,
    store: Store,
}

impl InTransaction {
    fn store(&self) -> Result<ObjectStore, Error> {
        self.transaction.object_store(self.store.name())
    }
}

/// An open database.
struct Database {
    raw: IdbDatabase,
    /// Keeps the listener.
    _open: idb::Database,
}

impl Database {
    async fn open() -> Result<Self, Error> {
        let mut request = Factory::new()?.open(NAME, Some(VERSION))?;
        request.on_upgrade_needed(|event| {
            if upgrade(&event).is_err() {
                // Then the database stays as it was, and cannot be opened.
                let transaction = event.target().ok().and_then(|request| request.transaction());
                drop(transaction.map(Transaction::abort));
            }
        });
        let raw: IdbDatabase = request.await?.into();
        let mut open = idb::Database::from(raw.clone());
        // A later version of the page, in another tab, must not wait for this one to be closed.
        let closing = raw.clone();
        open.on_version_change(move |_| closing.close());
        Ok(Self { raw, _open: open })
    }

    fn begin(&self, store: Store, mode: &str) -> Result<Transaction, JsValue> {
        // The option is newer than web-sys's stable part; a browser that does not know it ignores it.
        let options = serde_wasm_bindgen::to_value(&TransactionOptions { durability: store.durability() })?;
        let begin: Function = Reflect::get(&self.raw, &"transaction".into())?.dyn_into()?;
        let begun = begin.call3(&self.raw, &store.name().into(), &mode.into(), &options)?;
        Ok(begun.dyn_into::<IdbTransaction>()?.into())
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.raw.close();
    }
}

#[derive(Serialize)]
struct TransactionOptions {
    durability: &'static str,
}

/// Makes what is missing. Runs inside the transaction of the upgrade.
fn upgrade(event: &VersionChangeEvent) -> Result<(), Error> {
    let database = event.database()?;
    let from = event.old_version()?;
    if from < 1 {
        database.create_object_store(Store::Outbox.name(), ObjectStoreParams::new())?;
    }
    if from < 2 {
        database.create_object_store(Store::Drafts.name(), ObjectStoreParams::new())?;
    }
    if from == 1 {
        let transaction = event.target()?.transaction().ok_or(Error::EventTargetNotFound)?;
        let rows = transaction.object_store(Store::Outbox.name())?;
        spawn_local(async move { drop(parse_rows(rows).await) });
    }
    Ok(())
}

/// Turns the JSON texts of version 1 into the values that they stand for.
async fn parse_rows(rows: ObjectStore) -> Result<(), Error> {
    // Both are asked at once: a transaction ends when nobody asks for anything more.
    let keys = rows.get_all_keys(None, None)?.into_future();
    let texts = rows.get_all(None, None)?.into_future();
    let (keys, texts) = (keys.await?, texts.await?);
    for (key, text) in keys.iter().zip(texts) {
        if let Some(value) = text.as_string().and_then(|text| JSON::parse(&text).ok()) {
            rows.put(&value, Some(key))?;
        }
    }
    Ok(())
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests {
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    #[wasm_bindgen_test]
    async fn a_message_is_written_to_the_disk_and_a_draft_to_the_browser() {
        let database = Database::open().await.unwrap();
        for (store, durability) in [(Store::Outbox, "strict"), (Store::Drafts, "relaxed")] {
            let transaction: JsValue = database.begin(store, "readwrite").unwrap().into();
            let asked = Reflect::get(&transaction, &"durability".into()).unwrap();
            assert_eq!(asked.as_string().as_deref(), Some(durability));
        }
    }
}
