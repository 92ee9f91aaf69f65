//! Grey rows where content will be. index.html has the same in its first paint.

use leptos::prelude::*;

/// Rows of conversations or messages; small ones of people.
#[component]
pub(crate) fn Skeleton(rows: usize, #[prop(optional)] small: bool) -> impl IntoView {
    let row = move |index: usize| {
        let text = (!small).then(|| {
            view! { <span class="skeleton-line" class:is-long=index.is_multiple_of(2)></span> }
        });
        view! {
            <div class="skeleton-row">
                <span
                    class="skeleton-shape"
                    class:is-small=small
                    class:is-group=!small && index % 3 == 1
                ></span>
                <span class="skeleton-lines">
                    <span class="skeleton-line is-short"></span>
                    {text}
                </span>
            </div>
        }
    };
    view! {
        <div class="skeleton" role="status" aria-label="Loading">
            {(0..rows).map(row).collect_view()}
        </div>
    }
}
