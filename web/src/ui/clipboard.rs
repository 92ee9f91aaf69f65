//! Copying.

use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen_futures::JsFuture;

use super::announcer::Announcer;

/// Copies a text and says what came of it.
pub(crate) fn copy(announcer: Announcer, text: &str, done: &'static str) {
    let written = window().navigator().clipboard().write_text(text);
    spawn_local(async move {
        match JsFuture::from(written).await {
            Ok(_) => announcer.show(done),
            Err(_) => announcer.show("Not copied: the browser does not allow it."),
        }
    });
}
