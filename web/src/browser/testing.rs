//! Browsers that are older than ours, or deny storage.

use idb::{Database, DatabaseEvent as _, Factory, ObjectStoreParams};
use js_sys::Function;
use wasm_bindgen::{JsCast as _, JsValue};

/// The database as version 1 of the page made and held it: it does not close for later versions.
pub(super) async fn open_as_version_1() -> Database {
    let mut request = Factory::new().unwrap().open("parlance", Some(1)).unwrap();
    request.on_upgrade_needed(|event| {
        let database = event.database().unwrap();
        database.create_object_store("outbox", ObjectStoreParams::new()).unwrap();
    });
    request.await.unwrap()
}

/// Deletes the database.
pub(super) async fn forget_everything() {
    Factory::new().unwrap().delete("parlance").unwrap().await.unwrap();
}

/// While it is held, every access to a storage throws, as in a browser that blocks cookies.
pub(crate) struct Denied {
    restore: Function,
}

impl Denied {
    pub(crate) fn everything() -> Self {
        Self::these(r#"["localStorage", "indexedDB"]"#)
    }

    pub(crate) fn database() -> Self {
        Self::these(r#"["indexedDB"]"#)
    }

    /// A database that was opened says no more what it has.
    pub(crate) fn reads() -> Self {
        Self::by(
            "const { get } = IDBObjectStore.prototype;
            IDBObjectStore.prototype.get = () => { throw new DOMException(\"Closed.\", \"InvalidStateError\"); };
            return () => { IDBObjectStore.prototype.get = get; };",
        )
    }

    /// A database in which somebody writes for as long: whoever reads has to wait.
    pub(crate) fn for_now() -> Self {
        Self::by(
            "let busy = true;
            const request = indexedDB.open(\"parlance\");
            request.onsuccess = () => {
                const database = request.result;
                const rows = database.transaction(\"drafts\", \"readwrite\").objectStore(\"drafts\");
                const again = () => { if (busy) rows.get(\"0\").onsuccess = again; else database.close(); };
                again();
            };
            return () => { busy = false; };",
        )
    }

    fn these(names: &str) -> Self {
        let deny = format!(
            "const before = {names}.map((name) => [name, Object.getOwnPropertyDescriptor(window, name)]);
            const get = () => {{ throw new DOMException(\"Access is denied.\", \"SecurityError\"); }};
            for (const [name] of before) Object.defineProperty(window, name, {{ get, configurable: true }});
            return () => {{
                for (const [name, property] of before) Object.defineProperty(window, name, property);
            }};"
        );
        Self::by(&deny)
    }

    /// A script that denies something, and returns what takes that back.
    fn by(deny: &str) -> Self {
        let restore = Function::new_no_args(deny).call0(&JsValue::NULL).unwrap();
        Self { restore: restore.unchecked_into() }
    }
}

impl Drop for Denied {
    fn drop(&mut self) {
        self.restore.call0(&JsValue::NULL).unwrap();
    }
}
