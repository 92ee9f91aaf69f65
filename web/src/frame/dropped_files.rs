//! Files that somebody drops on the page: the browser would leave it and show them.

use gloo::events::{EventListener, EventListenerOptions};
use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::DragEvent;

use crate::screen::Screen;

pub(super) fn refuse(screen: Screen) {
    let listen = |event, refused: fn(Screen)| {
        let options = EventListenerOptions::enable_prevent_default();
        let listener = EventListener::new_with_options(&document(), event, options, move |event| {
            if has_files(event.unchecked_ref()) {
                event.prevent_default();
                refused(screen);
            }
        });
        StoredValue::new_local(listener);
    };
    // Without the first one the page would not hear of the second.
    listen("dragover", |_| {});
    listen("drop", |screen| screen.announcer.show("Files cannot be sent."));
}

fn has_files(event: &DragEvent) -> bool {
    let types = event.data_transfer().map(|dragged| dragged.types());
    types.is_some_and(|types| types.includes(&JsValue::from_str("Files"), 0))
}
