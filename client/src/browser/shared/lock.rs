//! The lock that says which tab leads, by [Web Locks](https://w3c.github.io/web-locks/).

use futures::channel::mpsc::UnboundedSender;
use js_sys::{Function, Object, Promise, Reflect};
use serde::Serialize;
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::Wake;

/// The browser's lock manager.
pub(super) struct Locks(Object);

impl Locks {
    /// `None` where the browser has none: outside of secure contexts.
    pub(super) fn find() -> Option<Self> {
        let navigator = web_sys::window()?.navigator();
        // web-sys calls it unstable.
        Reflect::get(&navigator, &"locks".into()).ok()?.dyn_into().ok().map(Self)
    }

    /// Whether the browser answers requests. With all cookies blocked it has locks and denies every one:
    /// nobody would ever lead.
    pub(super) async fn work(&self, name: &str) -> bool {
        let granted = Closure::<dyn Fn(JsValue)>::new(|_lock_or_null| {});
        let options = LockOptions { if_available: true, ..LockOptions::default() };
        match self.request(&format!("{name}/probe"), &options, granted.as_ref()) {
            Ok(requested) => JsFuture::from(requested).await.is_ok(),
            Err(_) => false,
        }
    }

    fn request(&self, name: &str, options: &LockOptions, granted: &JsValue) -> Result<Promise, JsValue> {
        let request: Function = Reflect::get(&self.0, &"request".into())?.dyn_into()?;
        let options = serde_wasm_bindgen::to_value(options)?;
        Ok(Promise::from(request.call3(&self.0, &name.into(), &options, granted)?))
    }
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct LockOptions {
    steal: bool,
    if_available: bool,
}

/// A lock, or the request for one. Dropping it gives the lock back.
pub(super) struct Lock {
    release: Function,
}

impl Lock {
    /// Asks for it. [`Wake::Elected`] and [`Wake::Deposed`] tell the outcome.
    pub(super) fn request(
        locks: &Locks,
        name: &str,
        by_force: bool,
        turn: u32,
        wakes: &UnboundedSender<Wake>,
    ) -> Self {
        let mut release = None;
        // The browser keeps the lock for us until this is resolved.
        let held = Promise::new(&mut |resolve, _| release = Some(resolve));
        let granted = Closure::once_into_js({
            let wakes = wakes.clone();
            move |_lock: JsValue| {
                let _ = wakes.unbounded_send(Wake::Elected(turn));
                held
            }
        });
        let options = LockOptions { steal: by_force, ..LockOptions::default() };
        if let Ok(requested) = locks.request(name, &options, &granted) {
            let wakes = wakes.clone();
            spawn_local(async move {
                if JsFuture::from(requested).await.is_err() {
                    let _ = wakes.unbounded_send(Wake::Deposed(turn));
                }
            });
        }
        Self { release: release.unwrap_or_default() }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = self.release.call0(&JsValue::UNDEFINED);
    }
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests {
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    /// A lock manager that answers every request with this promise.
    fn answering(request: fn() -> Promise) -> Locks {
        let locks = Object::new();
        let request = Closure::<dyn Fn() -> Promise>::new(request).into_js_value();
        Reflect::set(&locks, &"request".into(), &request).unwrap();
        Locks(locks)
    }

    #[wasm_bindgen_test]
    async fn a_browser_may_have_locks_and_deny_them() {
        assert!(Locks::find().unwrap().work("name").await);
        assert!(!answering(|| Promise::reject(&"SecurityError".into())).work("name").await);
        assert!(!Locks(Object::new()).work("name").await, "none at all");
    }
}
