//! A modal dialog over the browser's own `<dialog>`.

use leptos::{ev::MouseEvent, html, prelude::*};

use super::button::IconButton;

/// One time that a dialog is open; in the context of what is in it. An answer may come when it was closed, or is open
/// again for something else.
#[derive(Clone, Copy)]
pub(crate) struct Opening {
    open: RwSignal<bool>,
    content: StoredValue<()>,
}

impl Opening {
    pub(crate) fn expect() -> Self {
        expect_context()
    }

    /// Closes the dialog. Says whether it was open until now.
    pub(crate) fn close(self) -> bool {
        let is_open = self.content.try_get_value().is_some() && self.open.try_get_untracked() == Some(true);
        if is_open {
            self.open.set(false);
        }
        is_open
    }
}

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
                <h2 class="dialog-title" id=title_id.clone()><bdi prop:textContent=title></bdi></h2>
                <IconButton icon="close" label="Close" on_press=move |_| open.set(false) />
            </header>
            {move || {
                (times.get() > 0).then(|| {
                    provide_context(Opening { open, content: StoredValue::new(()) });
                    children()
                })
            }}
        </dialog>
    }
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests {
    use std::{sync::mpsc::channel, time::Duration};

    use gloo::{timers::future::sleep, utils::body};
    use leptos::mount::mount_to;
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    #[component]
    fn Content(all: StoredValue<Vec<Opening>>) -> impl IntoView {
        all.update_value(|all| all.push(Opening::expect()));
    }

    #[wasm_bindgen_test]
    async fn an_answer_that_comes_late_does_not_close_what_was_opened_after_it_was_asked_for() {
        let (sender, receiver) = channel();
        let mounted = mount_to(body(), move || {
            let (open, all) = (RwSignal::new(false), StoredValue::new(Vec::new()));
            sender.send((open, all)).unwrap();
            view! { <Dialog open id="question" title="Really?"><Content all /></Dialog> }
        });
        let (open, all) = receiver.recv().unwrap();
        let soon = || sleep(Duration::from_millis(100));
        for opened in [true, false, true] {
            open.set(opened);
            soon().await;
        }
        let all = all.get_value();
        let [first, second] = &all[..] else { panic!("opened {} times", all.len()) };
        assert!(!first.close() && open.get_untracked());
        assert!(second.close() && !open.get_untracked());
        soon().await;
        assert!(!second.close());
        drop(mounted);
    }
}
