//! What stands there while nothing is open.

use chat::Action;
use leptos::prelude::*;

use crate::{link::banner::Banner, store::Store, ui::icon::Logo};

#[component]
pub(crate) fn Welcome() -> impl IntoView {
    Store::expect().act(Action::Close);
    view! {
        <main class="conversation">
            <div class="notice is-pane">
                <Logo />
                <h1 class="notice-title">"Choose a conversation"</h1>
                <p class="notice-text">"Or find somebody in the field at the left."</p>
            </div>
            <div class="dock"><div class="dock-float"><Banner /></div></div>
        </main>
    }
}
