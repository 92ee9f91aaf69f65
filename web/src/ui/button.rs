//! Buttons that more than one feature has.

use leptos::{ev::MouseEvent, prelude::*};

use super::icon::Icon;

/// A button that is only an icon; its label is its name and its tooltip.
#[component]
pub(crate) fn IconButton(
    icon: &'static str,
    #[prop(into)] label: Signal<String>,
    on_press: impl FnMut(MouseEvent) + 'static,
    #[prop(optional)] class: &'static str,
    #[prop(optional)] small: bool,
) -> impl IntoView {
    view! {
        <button
            class=format!("icon-button {class}")
            type="button"
            aria-label=label
            title=label
            on:click=on_press
        >
            <Icon name=icon small />
        </button>
    }
}

/// The button that tries again.
#[component]
pub(crate) fn TryAgain(#[prop(into)] on_press: Callback<()>) -> impl IntoView {
    view! { <button class="button" type="button" on:click=move |_| on_press.run(())>"Try again"</button> }
}
