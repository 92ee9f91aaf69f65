//! `localStorage`: small, and written when the call returns.

use gloo::storage::{LocalStorage, Storage as _};
use protocol::UserId;

/// Who is logged in. index.html looks whether it is there, to paint the right page before the program
/// has loaded.
const SIGNED_IN: &str = "parlance.signed-in";
/// That somebody was logged in here once: the page greets somebody who comes back in another way.
const WAS_HERE: &str = "parlance.was-here";
/// Whether a person wants notifications, and their sound.
const NOTIFY: &str = "parlance.notify";
const SOUND: &str = "parlance.sound";
/// How wide the sidebar is, and which of its sections are collapsed: on this device, whoever uses it.
/// index.html reads the width for the first paint.
const SIDEBAR_WIDTH: &str = "parlance.sidebar-width";
const COLLAPSED: &str = "parlance.collapsed-sections";

/// The storage, unless it is denied: then the browser throws at the first touch, as gloo does.
pub(super) fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?.map(|_| LocalStorage::raw())
}

/// Whether something that is put there stays there.
pub(super) fn works() -> bool {
    const PROBE: &str = "parlance.probe";
    let works = put(PROBE, "1") && text(PROBE).is_some();
    remove(PROBE);
    works
}

pub(super) fn text(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

/// What is kept under keys that begin like this, with the rest of the key.
pub(super) fn items(begin: &str) -> Vec<(String, String)> {
    let Some(storage) = storage() else { return vec![] };
    let keys = (0..storage.length().unwrap_or(0)).filter_map(|number| storage.key(number).ok()?);
    let with_text = keys.filter_map(|key| Some((key.strip_prefix(begin)?.to_owned(), text(&key)?)));
    with_text.collect()
}

/// Says whether it is kept.
pub(super) fn put(key: &str, text: &str) -> bool {
    storage().is_some_and(|storage| storage.set_item(key, text).is_ok())
}

pub(super) fn remove(key: &str) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(key);
    }
}

/// Whether somebody is logged in in this browser, and their id; `None` if storage is denied.
pub(crate) fn signed_in() -> Option<Option<String>> {
    storage()?.get_item(SIGNED_IN).ok()
}

pub(crate) fn set_signed_in(who: Option<UserId>) {
    match who {
        Some(id) => {
            put(SIGNED_IN, &id.to_string());
            put(WAS_HERE, "true");
        }
        None => remove(SIGNED_IN),
    }
}

/// Whether somebody has ever been logged in in this browser.
pub(crate) fn was_here() -> bool {
    text(WAS_HERE).is_some()
}

/// Whether somebody wants notifications; `None` if they have not said.
pub(crate) fn notify_wish(who: UserId) -> Option<bool> {
    wish(NOTIFY, who)
}

pub(crate) fn set_notify_wish(who: UserId, wish: bool) {
    put(&format!("{NOTIFY}.{who}"), &wish.to_string());
}

/// Whether they want to hear a sound with them.
pub(crate) fn sound_wish(who: UserId) -> Option<bool> {
    wish(SOUND, who)
}

pub(crate) fn set_sound_wish(who: UserId, wish: bool) {
    put(&format!("{SOUND}.{who}"), &wish.to_string());
}

fn wish(key: &str, who: UserId) -> Option<bool> {
    text(&format!("{key}.{who}"))?.parse().ok()
}

/// How wide somebody made the sidebar, as it was kept.
pub(crate) fn sidebar_width() -> Option<String> {
    text(SIDEBAR_WIDTH)
}

pub(crate) fn set_sidebar_width(width: Option<u32>) {
    match width {
        Some(width) => drop(put(SIDEBAR_WIDTH, &width.to_string())),
        None => remove(SIDEBAR_WIDTH),
    }
}

/// Which sections of the sidebar somebody collapsed, as it was kept.
pub(crate) fn collapsed_sections() -> Option<String> {
    text(COLLAPSED)
}

pub(crate) fn set_collapsed_sections(text: &str) {
    put(COLLAPSED, text);
}
