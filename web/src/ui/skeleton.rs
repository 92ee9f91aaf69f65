//! Grey rows where content will be: one element, which its style sheet paints. index.html has the
//! same in its first paint.

use leptos::prelude::*;

/// Rows of conversations or messages; small ones of people.
#[component]
pub(crate) fn Skeleton(rows: usize, #[prop(optional)] small: bool) -> impl IntoView {
    view! {
        <div
            class="skeleton"
            class:is-small=small
            style:--rows=rows.to_string()
            role="status"
            aria-label="Loading"
        ></div>
    }
}
