//! The page for an address that means nothing.

use chat::Action;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use protocol::shortened;

use super::pane::{HomeButton, Pane};
use crate::{screen::Screen, store::Store, ui::notice::Notice};

/// What the browser's tab says.
const TITLE: &str = "Page not found";
/// So much of an address is shown; nobody reads more.
const SHOWN: usize = 60;

#[component]
pub(crate) fn NotFound() -> impl IntoView {
    let path = use_location().pathname;
    let content = move || {
        let text = path.with_untracked(|path| {
            let shown = shortened(path, SHOWN);
            format!("Nothing is at {shown} here. The address may be mistyped, or cut off.")
        });
        view! {
            <Notice icon="warning" title=TITLE text pane=true>
                <HomeButton />
            </Notice>
        }
    };
    match use_context::<Store>() {
        Some(store) => {
            store.act(Action::Close);
            Screen::expect().name_pane(TITLE);
            view! { <Pane>{content()}</Pane> }.into_any()
        }
        // Nobody is logged in.
        None => {
            let before = document().title();
            document().set_title(&format!("{TITLE} · Parlance"));
            on_cleanup(move || document().set_title(&before));
            view! { <main class="auth-page">{content()}</main> }.into_any()
        }
    }
}
