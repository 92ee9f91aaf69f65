//! A modal dialog over the browser's own `<dialog>`.

use leptos::{html, prelude::*};
use wasm_bindgen::JsCast as _;
use web_sys::HtmlDialogElement;

use super::icon::icon;
use crate::live::{effect, part, press};

/// Opens and closes with its signal; its content is made anew each time it opens.
#[component]
pub(super) fn Dialog(
    open: RwSignal<bool>,
    /// Names its parts.
    id: &'static str,
    #[prop(into)] title: Signal<String>,
    children: ChildrenFn,
) -> impl IntoView {
    let dialog: NodeRef<html::Dialog> = NodeRef::new();
    // What is inside stays until the next time, so that it can fade away.
    let times = RwSignal::new(0_u32);
    effect(move || {
        let (open, dialog) = (open.get(), dialog.get_untracked());
        match dialog {
            Some(dialog) if open && !dialog.open() => {
                times.update(|times| *times += 1);
                // After the content is there, or its autofocus would be missed.
                request_animation_frame(move || {
                    let _ = dialog.show_modal();
                });
            }
            Some(dialog) if !open && dialog.open() => dialog.close(),
            _ => {}
        }
    });
    // A press beside the dialog is one on its backdrop.
    let press_beside = move |event: web_sys::MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<HtmlDialogElement>().ok());
        if target.is_some_and(|target| target.id() == id) {
            open.set(false);
        }
    };
    view! {
        <dialog
            class="dialog"
            id=id
            node_ref=dialog
            aria-labelledby=format!("{id}-title")
            on:close=move |_| open.set(false)
            on:mousedown=press_beside
        >
            <header class="dialog-header">
                <h2 class="dialog-title" id=format!("{id}-title") dir="auto">{title}</h2>
                <button class="icon-button" type="button" aria-label="Close" on:click=press(move || open.set(false))>
                    {icon("close")}
                </button>
            </header>
            {part(move || if times.get() > 0 { children().into_any() } else { ().into_any() })}
        </dialog>
    }
    .into_any()
}
