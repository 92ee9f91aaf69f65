//! What a list or a pane shows instead of content: empty, broken, or loading.

use leptos::prelude::*;

use super::icon::icon;
use crate::live::press;

/// Says what there is not, and the next thing to do.
#[component]
pub(crate) fn Notice(
    icon: &'static str,
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    /// Fills a pane, not a list.
    #[prop(optional)]
    pane: bool,
    /// Something went wrong.
    #[prop(optional)]
    error: bool,
    /// What can be pressed.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="notice" class:is-pane=pane class:is-error=error role=error.then_some("alert")>
            {self::icon(icon)}
            <p class="notice-title" dir="auto">{title}</p>
            <p class="notice-text">{text}</p>
            {children.map(|children| children())}
        </div>
    }
    .into_any()
}

/// The button that tries again.
#[component]
pub(crate) fn TryAgain(#[prop(into)] on_press: Callback<()>) -> impl IntoView {
    view! { <button class="button" type="button" on:click=press(move || on_press.run(()))>"Try again"</button> }.into_any()
}

/// Grey rows where content will be.
#[component]
pub(crate) fn Skeleton(rows: usize, #[prop(optional)] small: bool) -> impl IntoView {
    let row = move |index: usize| {
        view! {
            <div class="skeleton-row">
                <span class="skeleton-shape" class:is-small=small class:is-group={!small && index % 3 == 1}></span>
                <span class="skeleton-lines">
                    <span class="skeleton-line is-short"></span>
                    {(!small).then(|| view! {
                        <span class="skeleton-line" class:is-long={index.is_multiple_of(2)}></span>
                    })}
                </span>
            </div>
        }
    };
    view! {
        <div class="skeleton" role="status" aria-label="Loading">
            {(0..rows).map(row).collect_view()}
        </div>
    }
    .into_any()
}
