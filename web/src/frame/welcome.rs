//! What the middle shows while nothing is open.

use chat::Action;
use leptos::prelude::*;

use crate::{
    frame::first_run::{FirstRun, is_first},
    link::banner::Banner,
    screen::Screen,
    store::Store,
    ui::{focus::take_lost_focus, icon::Logo},
};

#[component]
pub(crate) fn Welcome() -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    store.act(Action::Close);
    let first = is_first(store);
    let title = NodeRef::new();
    take_lost_focus(title);
    view! {
        <main class="conversation" inert=Signal::derive(move || screen.pane_is_covered())>
            <div class="notice is-pane">
                <Logo />
                <h1 class="notice-title" tabindex="-1" node_ref=title>
                    {move || if first.get() { "Welcome to Parlance" } else { "Choose a conversation" }}
                </h1>
                {move || match first.get() {
                    true => view! { <FirstRun /> }.into_any(),
                    false => {
                        let text = "Or find people, groups and messages at the left.";
                        view! { <p class="notice-text">{text}</p> }.into_any()
                    }
                }}
            </div>
            <div class="dock"><div class="dock-float"><Banner /></div></div>
        </main>
    }
}
