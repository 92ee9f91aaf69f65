//! What the browser remembers between visits: whether somebody is logged in, and who.
//!
//! The value is for all tabs; index.html looks whether it is there, to paint the right face before
//! the program is.

use gloo::storage::{LocalStorage, Storage as _};
use leptos::prelude::window;
use protocol::UserId;

const SIGNED_IN: &str = "parlance.signed-in";
/// That somebody was logged in here once: who comes back is greeted differently.
const WAS_HERE: &str = "parlance.was-here";

/// gloo panics where storage is blocked.
fn is_allowed() -> bool {
    window().local_storage().is_ok_and(|storage| storage.is_some())
}

/// Whether somebody is logged in in this browser, and the id of who it is; unknown where storage
/// is blocked.
pub(super) fn signed_in() -> Option<Option<String>> {
    is_allowed().then(|| LocalStorage::raw().get_item(SIGNED_IN).ok().flatten())
}

pub(super) fn set_signed_in(who: Option<UserId>) {
    if !is_allowed() {
        return;
    }
    match who {
        Some(id) => {
            // Full is as good as blocked: the cookie is still there.
            let _ = LocalStorage::raw().set_item(SIGNED_IN, &id.to_string());
            let _ = LocalStorage::set(WAS_HERE, true);
        }
        None => LocalStorage::delete(SIGNED_IN),
    }
}

/// Whether somebody has ever been logged in in this browser.
pub(crate) fn was_here() -> bool {
    is_allowed() && LocalStorage::get(WAS_HERE).unwrap_or(false)
}
