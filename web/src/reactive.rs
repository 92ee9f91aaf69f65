//! What the page uses of Leptos: its signals, memos, effects, owners and contexts.
//!
//! They are a crate of their own, `reactive_graph`. The `leptos` crate around it brings server
//! functions along, whose JavaScript classes stay in the program though nobody calls them: 5.6 KB
//! of the first load.

pub(crate) use reactive_graph::{
    computed::Memo,
    effect::{Effect, RenderEffect},
    graph::untrack,
    owner::{LocalStorage, Owner, StoredValue, on_cleanup, provide_context, use_context},
    prelude::*,
    signal::{ArcRwSignal, RwSignal},
};
pub(crate) use wasm_bindgen_futures::spawn_local;

#[expect(clippy::expect_used, reason = "this program runs in a browser's window")]
pub(crate) fn window() -> web_sys::Window {
    web_sys::window().expect("a window")
}

#[expect(clippy::expect_used, reason = "every window has one")]
pub(crate) fn document() -> web_sys::Document {
    window().document().expect("a document")
}
