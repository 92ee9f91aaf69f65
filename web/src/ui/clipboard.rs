//! Copying.

use js_sys::Reflect;
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Clipboard;

use super::announcer::Announcer;

/// Copies a text and says what came of it.
pub(crate) fn copy(announcer: Announcer, text: &str, done: &'static str) {
    copy_and(announcer, text, done, || {});
}

/// The same, and does something if it is copied.
pub(crate) fn copy_and(
    announcer: Announcer,
    text: &str,
    done: &'static str,
    on_copied: impl FnOnce() + 'static,
) {
    // Without https browsers have no clipboard.
    let clipboard = Reflect::get(&window().navigator(), &"clipboard".into()).ok();
    let Some(clipboard) = clipboard.filter(JsValue::is_object) else {
        return announcer.show("Not copied: the browser allows it with https only.");
    };
    let written = clipboard.unchecked_into::<Clipboard>().write_text(text);
    spawn_local(async move {
        match JsFuture::from(written).await {
            Ok(_) => {
                announcer.show(done);
                on_copied();
            }
            Err(_) => announcer.show("Not copied: the browser does not allow it."),
        }
    });
}
