//! The shell of index.html, which is on the screen before the program is.

use leptos::prelude::document;

pub(crate) fn remove() {
    if let Some(shell) = document().get_element_by_id("shell") {
        shell.remove();
    }
}

/// The first content is there: what loads from now on waits a moment before it says so.
pub(crate) fn started() {
    if let Some(root) = document().document_element() {
        let _ = root.remove_attribute("data-shell");
        let _ = root.remove_attribute("data-shell-pane");
    }
}
