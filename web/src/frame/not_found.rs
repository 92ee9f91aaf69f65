//! The page for an address that means nothing.

use chat::Action;
use leptos::prelude::*;

use super::pane::{HomeButton, Pane};
use crate::{store::Store, ui::notice::Notice};

#[component]
pub(crate) fn NotFound() -> impl IntoView {
    let content = || {
        view! {
            <Notice
                icon="warning"
                title="There is nothing here"
                text="The address leads nowhere. It may be cut off."
                pane=true
            >
                <HomeButton />
            </Notice>
        }
    };
    match use_context::<Store>() {
        Some(store) => {
            store.act(Action::Close);
            view! { <Pane>{content()}</Pane> }.into_any()
        }
        // Nobody is logged in.
        None => view! { <main class="auth-page">{content()}</main> }.into_any(),
    }
}
