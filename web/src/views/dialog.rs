//! A modal dialog over the browser's own `<dialog>`.

use wasm_bindgen::JsCast as _;
use web_sys::HtmlDialogElement;

use super::icon::icon;
use crate::{
    dom::{El, View, button, el, next_frame, part},
    live::{Var, effect, var},
};

/// Opens and closes with its signal; its content is made anew each time it opens. The id names its
/// parts.
pub(super) fn dialog(open: Var<bool>, id: &str, title: &str, content: impl Fn() -> View + 'static) -> El {
    // What is inside stays until the next time, so that it can fade away.
    let times = var(0_u32);
    let title_id = format!("{id}-title");
    let close = button("icon-button").attr("aria-label", "Close").on_press(move || open.set(false));
    let header = el("header", "dialog-header")
        .child(el("h2", "dialog-title").attr("id", &title_id).attr("dir", "auto").text(title))
        .child(close.child(icon("close")));
    let this = el("dialog", "dialog").attr("id", id).attr("aria-labelledby", &title_id);
    let dialog: HtmlDialogElement = this.handle().unchecked_into();
    effect(move || match open.get() {
        true if !dialog.open() => {
            times.update(|times| *times += 1);
            // After the content is there, or its autofocus would be missed.
            let dialog = dialog.clone();
            next_frame(move || drop(dialog.show_modal()));
        }
        false if dialog.open() => dialog.close(),
        _ => {}
    });
    this.on("close", move |_| open.set(false))
        // A press beside the dialog is one on its backdrop.
        .on("mousedown", move |event| {
            if event.target() == event.current_target() {
                open.set(false);
            }
        })
        .child(header)
        .child(part(move || (times.get() > 0).then(&content)))
}
