//! A modal dialog over the browser's own `<dialog>`.

use leptos::{ev::MouseEvent, html, prelude::*};

use super::button::IconButton;

/// Opens and closes with its signal; its content is made anew each time it opens.
#[component]
pub(crate) fn Dialog(
    open: RwSignal<bool>,
    /// The id of the dialog; the id of its title begins with it.
    id: &'static str,
    #[prop(into)] title: Signal<String>,
    children: ChildrenFn,
) -> impl IntoView {
    let dialog: NodeRef<html::Dialog> = NodeRef::new();
    // What is inside stays until the next time, so that it can fade away.
    let times = RwSignal::new(0_u32);
    Effect::new(move |_| match (open.get(), dialog.get()) {
        (true, Some(dialog)) if !dialog.open() => {
            times.update(|times| *times += 1);
            // After the content is there, or its autofocus would be missed.
            request_animation_frame(move || {
                let _ = dialog.show_modal();
            });
        }
        (false, Some(dialog)) if dialog.open() => dialog.close(),
        _ => {}
    });
    // A press beside the dialog is one on its backdrop.
    let press_beside = move |event: MouseEvent| {
        if event.target() == event.current_target() {
            open.set(false);
        }
    };
    let title_id = format!("{id}-title");
    view! {
        <dialog
            class="dialog"
            id=id
            node_ref=dialog
            aria-labelledby=title_id.clone()
            on:close=move |_| open.set(false)
            on:mousedown=press_beside
        >
            <header class="dialog-header">
                <h2 class="dialog-title" id=title_id.clone()><bdi>{title}</bdi></h2>
                <IconButton icon="close" label="Close" on_press=move |_| open.set(false) />
            </header>
            {move || (times.get() > 0).then(|| children())}
        </dialog>
    }
}
