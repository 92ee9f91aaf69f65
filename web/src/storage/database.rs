//! Rows of text in IndexedDB. Each operation is done when the browser says that it is on disk.

use std::time::Duration;

use futures::future::{Either, select};
use gloo_timers::future::sleep;
use js_sys::{Function, JSON, Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbDatabase, IdbKeyRange, IdbObjectStore, IdbRequest, IdbTransaction};

const NAME: &str = "parlance";
const VERSION: u32 = 1;
/// One row a message. Its key is `<user>/<clientId>`, so that one person's rows are one range.
const ROWS: &str = "outbox";

/// An open database.
pub(super) struct Database(IdbDatabase);

/// What the browser is asked and answers later: see [`Pending::settled`].
pub(super) struct Pending {
    answer: Promise,
    request: Option<IdbRequest>,
}

impl Pending {
    /// Waits, for so long. One function for every request: each is compiled into the page.
    pub(super) async fn settled(self, patience: Duration) -> Option<JsValue> {
        match select(JsFuture::from(self.answer), sleep(patience)).await {
            Either::Left((Ok(_), _)) => {
                self.request.map_or(Some(JsValue::NULL), |request| request.result().ok())
            }
            _ => None,
        }
    }
}

impl Database {
    /// Its result is to be given to [`Self::opened`].
    pub(super) fn open() -> Result<Pending, JsValue> {
        let factory = window().indexed_db()?.ok_or(JsValue::NULL)?;
        let request = factory.open_with_u32(NAME, VERSION)?;
        let opened = request.clone();
        let make = Closure::once_into_js(move || {
            let database: IdbDatabase = opened.result()?.unchecked_into();
            database.create_object_store(ROWS).map(drop)
        });
        request.set_onupgradeneeded(Some(make.unchecked_ref()));
        Ok(done(request.unchecked_into()))
    }

    pub(super) fn opened(result: JsValue) -> Self {
        Self(result.unchecked_into())
    }

    /// Every row whose key begins with `prefix` and a slash, as an array of texts.
    pub(super) fn read(&self, prefix: &str) -> Result<Pending, JsValue> {
        // "0" is what comes after "/".
        let range = IdbKeyRange::bound(&format!("{prefix}/").into(), &format!("{prefix}0").into())?;
        let (rows, _) = self.rows("readonly")?;
        Ok(done(rows.get_all_with_key(&range)?))
    }

    /// Writes a row, or removes it.
    pub(super) fn put(&self, key: &str, row: Option<&str>) -> Result<Pending, JsValue> {
        let (rows, transaction) = self.rows("readwrite")?;
        match row {
            Some(row) => rows.put_with_key(&row.into(), &key.into())?,
            None => rows.delete(&key.into())?,
        };
        let answer = Promise::new(&mut |resolve, reject| {
            transaction.set_oncomplete(Some(&resolve));
            // An error ends with an abort, and so does a disk that is full at the commit.
            transaction.set_onabort(Some(&reject));
        });
        Ok(Pending { answer, request: None })
    }

    fn rows(&self, mode: &str) -> Result<(IdbObjectStore, IdbTransaction), JsValue> {
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

fn done(request: IdbRequest) -> Pending {
    let answer = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    Pending { answer, request: Some(request) }
}
