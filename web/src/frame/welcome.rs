//! What the middle shows while nothing is open.

use chat::Action;
use leptos::prelude::*;

use crate::{
    link::banner::Banner,
    screen::Screen,
    store::Store,
    ui::{focus::take_lost_focus, icon::Logo},
};

#[component]
pub(crate) fn Welcome() -> impl IntoView {
    let screen = Screen::expect();
    Store::expect().act(Action::Close);
    let title = NodeRef::new();
    take_lost_focus(title);
    view! {
        <main class="conversation" inert=Signal::derive(move || screen.pane_is_covered())>
            <div class="notice is-pane">
                <Logo />
                <h1 class="notice-title" tabindex="-1" node_ref=title>"Choose a conversation"</h1>
                <p class="notice-text">"Or find somebody in the field at the left."</p>
            </div>
            <div class="dock"><div class="dock-float"><Banner /></div></div>
        </main>
    }
}
