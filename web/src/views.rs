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

use crate::reactive::*;

use crate::{
    app::App,
    calendar::Calendar,
    dom::{View, button, div, p, part},
    live::effect,
    place::Navigation,
    session::{Session, Status},
};
use chat::chat;
use entrance::entrance;

/// The whole page: the chat, the way in, or what is in the way of both.
pub(crate) fn page() -> View {
    let session = Session::start();
    let navigation = Navigation::start();
    let calendar = Calendar::start();

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
        Status::Restoring(None) => View::nothing(),
        Status::Restoring(Some(sentence)) => {
            let again = button("button is-primary").on_press(move || session.try_now()).text("Try again");
            let text = p("").text("Nothing is lost. ").text(&sentence);
            div("shell-message").attr("role", "alert").child(text).child(again).into()
        }
        Status::SignedOut(sentence) => entrance(session, navigation, sentence),
        Status::SignedIn(me) => chat(App::start(me, session, navigation, calendar)),
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
