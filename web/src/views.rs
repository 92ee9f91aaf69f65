//! The components, from the whole page down.

mod avatar;
mod banner;
mod chat;
mod composer;
mod conversation;
mod conversation_row;
mod details;
mod dialog;
mod entrance;
mod find;
mod group_dialogs;
mod icon;
mod message;
mod notice;
mod sidebar;
mod timeline;
mod title;

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests;

use leptos::prelude::*;

use crate::{
    calendar::Calendar,
    live::{effect, part, press},
    place::Navigation,
    session::{Session, Status},
};
use chat::Chat;
use entrance::Entrance;

/// The whole page: the chat, the way in, or what is in the way of both.
#[component]
pub(crate) fn Root() -> impl IntoView {
    let session = Session::start();
    let navigation = Navigation::start();
    let calendar = Calendar::start();
    provide_context(session);
    provide_context(navigation);

    // The shell of index.html stays until it is known which face comes after it.
    effect(move || match session.status() {
        Status::Restoring(_) => {}
        Status::SignedOut(_) => {
            navigation.signed_out();
            remove_shell();
            started();
        }
        Status::SignedIn(_) => {
            navigation.signed_in();
            remove_shell();
        }
    });

    part(move || match session.status() {
        Status::Restoring(None) => ().into_any(),
        Status::Restoring(Some(sentence)) => view! {
            <div class="shell-message" role="alert">
                <p>"Nothing is lost. " {sentence}</p>
                <button class="button is-primary" on:click=press(move || session.try_now())>
                    "Try again"
                </button>
            </div>
        }
        .into_any(),
        Status::SignedOut(sentence) => view! { <Entrance sentence /> }.into_any(),
        Status::SignedIn(me) => view! { <Chat me calendar /> }.into_any(),
    })
}

fn remove_shell() {
    if let Some(shell) = document().get_element_by_id("shell") {
        shell.remove();
    }
}

/// The first content is there: what loads from now on waits a moment before it says so.
fn started() {
    if let Some(root) = document().document_element() {
        let _ = root.remove_attribute("data-shell");
        let _ = root.remove_attribute("data-shell-pane");
    }
}
