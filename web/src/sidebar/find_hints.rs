//! What a search can be narrowed by, shown under the empty field while it has the focus.

use leptos::prelude::*;

/// A condition, what follows it, and what it does.
const HINTS: [(&str, &str, &str); 6] = [
    ("from:", "name", "written by"),
    ("in:", "name", "in a conversation"),
    ("before:", "2026-01-31", "before a day"),
    ("after:", "2026-01-31", "after a day"),
    ("has:link", "", "with a link"),
    ("\"", "two words\"", "exact words"),
];

/// Hidden by its style sheet unless the focus is in the field or here.
#[component]
pub(super) fn FindHints(on_choose: Callback<&'static str>) -> impl IntoView {
    let hint = move |(condition, rest, meaning): (&'static str, &'static str, &'static str)| {
        view! {
            <button
                class="find-hint"
                type="button"
                // The field keeps the focus, else the hints would be gone before the click.
                on:mousedown=|event| event.prevent_default()
                on:click=move |_| on_choose.run(condition)
            >
                <code class="find-hint-condition">{condition}<span class="find-hint-rest">{rest}</span></code>
                <span class="find-hint-meaning">{meaning}</span>
            </button>
        }
    };
    view! {
        <div class="find-hints" role="group" aria-label="Narrow the search for messages">
            <p class="find-hints-title">"Narrow a search for messages"</p>
            {HINTS.map(hint).into_iter().collect_view()}
            <p class="find-hints-title">"Or type what to do: new group, mute, jump to a date"</p>
        </div>
    }
}
