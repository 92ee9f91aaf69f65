//! The column in the middle, if there is no conversation in it.

use leptos::prelude::*;

use crate::{link::banner::Banner, routes, screen::Screen, ui::icon::Icon};

#[component]
pub(crate) fn Pane(children: Children) -> impl IntoView {
    let screen = Screen::expect();
    view! {
        <main
            class="conversation"
            id="pane"
            tabindex="-1"
            inert=Signal::derive(move || screen.pane_is_covered())
        >
            <header class="conversation-header"><BackButton /></header>
            {children()}
            <div class="dock"><div class="dock-float"><Banner /></div></div>
        </main>
    }
}

/// The way back to the list, if there is only one column.
#[component]
pub(crate) fn BackButton() -> impl IntoView {
    view! {
        <a class="icon-button back-button" href=routes::HOME aria-label="Back to the conversations">
            <Icon name="back" />
        </a>
    }
}

/// The way to the list from a page that shows nothing.
#[component]
pub(crate) fn HomeButton() -> impl IntoView {
    view! { <a class="button" href=routes::HOME>"To the conversations"</a> }
}
