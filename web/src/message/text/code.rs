//! Lines of code, and a button that copies them.

use leptos::{ev::KeyboardEvent, prelude::*};

use crate::{screen::Screen, ui::clipboard::copy, ui::icon::Icon};

#[component]
pub(super) fn CodeBlock(language: Option<String>, text: String) -> impl IntoView {
    let announcer = Screen::expect().announcer;
    let code = text.clone();
    let is_plain = language.is_none();
    // Long lines are scrolled; the keys for that go no further, where they would leave the row.
    let scroll = |event: KeyboardEvent| {
        if matches!(event.key().as_str(), "ArrowLeft" | "ArrowRight") {
            event.stop_propagation();
        }
    };
    view! {
        <div class="code-block" class:is-plain=is_plain dir="ltr">
            <div class="code-head">
                <bdi class="code-language truncate">{language}</bdi>
                <button
                    class="code-copy"
                    type="button"
                    tabindex="-1"
                    aria-label="Copy code"
                    title="Copy code"
                    on:click=move |_| copy(announcer, &code, "Code copied")
                >
                    <Icon name="copy" small=true />
                </button>
            </div>
            <pre on:keydown=scroll><code>{text}</code></pre>
        </div>
    }
}
