//! Icons and the logo, from `web/icons.svg`, which index.html holds.

use leptos::prelude::*;

#[component]
pub(crate) fn Icon(name: &'static str, #[prop(optional)] small: bool) -> impl IntoView {
    view! {
        <svg class="icon" class:is-small=small aria-hidden="true">
            <use_ href=format!("#icon-{name}") />
        </svg>
    }
}

#[component]
pub(crate) fn Logo() -> impl IntoView {
    view! { <svg class="logo" aria-hidden="true"><use_ href="#logo" /></svg> }
}
