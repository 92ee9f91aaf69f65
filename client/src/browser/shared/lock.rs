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
}

#[derive(Serialize)]
struct LockOptions {
    steal: bool,
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
        let options = serde_wasm_bindgen::to_value(&LockOptions { steal: by_force }).unwrap_or_default();
        let request: Function =
            Reflect::get(&locks.0, &"request".into()).unwrap_or_default().unchecked_into();
        if let Ok(requested) = request.call3(&locks.0, &name.into(), &options, &granted) {
            let wakes = wakes.clone();
            spawn_local(async move {
                if JsFuture::from(Promise::from(requested)).await.is_err() {
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
