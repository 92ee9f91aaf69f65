//! A text to be handed on, such as an address, and a button that copies it.

use gloo::timers::callback::Timeout;
use leptos::{html, prelude::*};

use super::{announcer::Announcer, clipboard::copy_and};

/// How long the button says that it is done, in milliseconds.
const SAYS_COPIED: u32 = 2_000;

#[component]
pub(crate) fn CopyField(
    announcer: Announcer,
    #[prop(into)] text: String,
    /// What the text is.
    label: &'static str,
    /// What is said when it is copied.
    done: &'static str,
) -> impl IntoView {
    let field: NodeRef<html::Input> = NodeRef::new();
    let copied = RwSignal::new(false);
    let press = {
        let text = text.clone();
        move |_| {
            copy_and(announcer, &text, done, move || {
                copied.try_set(true);
                let back = Timeout::new(SAYS_COPIED, move || {
                    copied.try_set(false);
                });
                back.forget();
            });
        }
    };
    let select = move |_| {
        if let Some(field) = field.get_untracked() {
            field.select();
        }
    };
    view! {
        <div class="copy-field">
            <input readonly node_ref=field value=text aria-label=label on:focus=select />
            <button class="button" type="button" on:click=press prop:textContent=move || if copied.get() { "Copied" } else { "Copy" }></button>
        </div>
    }
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests {
    use std::time::Duration;

    use gloo::{timers::future::sleep, utils::body};
    use js_sys::Function;
    use leptos::mount::mount_to;
    use wasm_bindgen::{JsCast as _, JsValue};
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
    use web_sys::HtmlElement;

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    /// What the button says after it was pressed, where the browser's clipboard is this.
    async fn says_with(clipboard: &str) -> String {
        let define = format!(
            "Object.defineProperty(navigator, 'clipboard', {{ value: {clipboard}, configurable: true }})"
        );
        Function::new_no_args(&define).call0(&JsValue::NULL).unwrap();
        let place: HtmlElement = document().create_element("div").unwrap().unchecked_into();
        body().append_child(&place).unwrap();
        let mounted = mount_to(place.clone(), || {
            view! { <CopyField announcer=Announcer::new() text="https://chat.example" label="Link" done="Copied" /> }
        });
        let button: HtmlElement = place.query_selector("button").unwrap().unwrap().unchecked_into();
        button.click();
        sleep(Duration::from_millis(100)).await;
        let says = button.inner_text();
        drop(mounted);
        place.remove();
        Function::new_no_args("delete navigator.clipboard").call0(&JsValue::NULL).unwrap();
        says
    }

    #[wasm_bindgen_test]
    async fn the_button_says_that_it_has_copied_only_if_it_has() {
        assert_eq!(says_with("{ writeText: async () => {} }").await, "Copied");
        assert_eq!(says_with("{ writeText: async () => { throw new Error() } }").await, "Copy");
        assert_eq!(says_with("undefined").await, "Copy");
    }
}
