//! Rows of text in IndexedDB. Each operation is done when the browser says that it is on disk.

use js_sys::{Array, Function, JSON, Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbDatabase, IdbKeyRange, IdbObjectStore, IdbRequest, IdbTransaction, IdbTransactionMode};

const NAME: &str = "parlance";
const VERSION: u32 = 1;
/// One row a message. Its key is `<user>/<clientId>`, so that one person's rows are one range.
const ROWS: &str = "outbox";

/// An open database.
pub(super) struct Database(IdbDatabase);

impl Database {
    pub(super) async fn open() -> Result<Self, JsValue> {
        let factory = window().indexed_db()?.ok_or(JsValue::NULL)?;
        let request = factory.open_with_u32(NAME, VERSION)?;
        let opened = request.clone();
        let make = Closure::once_into_js(move || {
            let database: IdbDatabase = opened.result()?.unchecked_into();
            database.create_object_store(ROWS).map(drop)
        });
        request.set_onupgradeneeded(Some(make.unchecked_ref()));
        done(&request).await?;
        Ok(Self(request.result()?.unchecked_into()))
    }

    /// Every row whose key begins with `prefix` and a slash.
    pub(super) async fn read(&self, prefix: &str) -> Result<Vec<String>, JsValue> {
        // "0" is what comes after "/".
        let range = IdbKeyRange::bound(&format!("{prefix}/").into(), &format!("{prefix}0").into())?;
        let (rows, _) = self.rows(IdbTransactionMode::Readonly)?;
        let request = rows.get_all_with_key(&range)?;
        done(&request).await?;
        let rows: Array = request.result()?.unchecked_into();
        Ok(rows.iter().filter_map(|row| row.as_string()).collect())
    }

    pub(super) async fn put(&self, key: &str, row: &str) -> Result<(), JsValue> {
        let (rows, transaction) = self.rows(IdbTransactionMode::Readwrite)?;
        rows.put_with_key(&row.into(), &key.into())?;
        committed(&transaction).await
    }

    pub(super) async fn delete(&self, key: &str) -> Result<(), JsValue> {
        let (rows, transaction) = self.rows(IdbTransactionMode::Readwrite)?;
        rows.delete(&key.into())?;
        committed(&transaction).await
    }

    fn rows(&self, mode: IdbTransactionMode) -> Result<(IdbObjectStore, IdbTransaction), JsValue> {
        // The option is newer than web-sys's stable part; a browser that does not know it ignores it.
        let begin: Function = Reflect::get(&self.0, &"transaction".into())?.unchecked_into();
        let options = JSON::parse(r#"{"durability":"strict"}"#)?;
        let transaction: IdbTransaction =
            begin.call3(&self.0, &ROWS.into(), &mode.into(), &options)?.unchecked_into();
        Ok((transaction.object_store(ROWS)?, transaction))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.0.close();
    }
}

async fn done(request: &IdbRequest) -> Result<(), JsValue> {
    settled(|resolve, reject| {
        request.set_onsuccess(Some(resolve));
        request.set_onerror(Some(reject));
    })
    .await
}

async fn committed(transaction: &IdbTransaction) -> Result<(), JsValue> {
    settled(|resolve, reject| {
        transaction.set_oncomplete(Some(resolve));
        // An error ends with an abort, and so does a disk that is full at the commit.
        transaction.set_onabort(Some(reject));
    })
    .await
}

async fn settled(listen: impl Fn(&Function, &Function)) -> Result<(), JsValue> {
    let promise = Promise::new(&mut |resolve, reject| listen(&resolve, &reject));
    JsFuture::from(promise).await.map(drop)
}
