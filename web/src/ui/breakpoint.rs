//! At which widths the page's layout changes. The style sheets use these two and no others; a test
//! checks that.

/// One column: the list or a conversation. From 640 px on they stand beside each other.
pub(crate) const ONE_COLUMN: &str = "(width < 640px)";
/// Side panels lie over the conversation. From 1024 px on they stand beside it.
pub(crate) const PANELS_OVERLAP: &str = "(width < 1024px)";

use leptos::prelude::*;

/// Whether a field that takes the focus brings up a keyboard over half of the screen. Somebody without
/// any pointer has a real keyboard.
pub(crate) fn keyboard_covers() -> bool {
    matches("(pointer: coarse)")
}

/// Whether a media query holds now.
pub(crate) fn matches(query: &str) -> bool {
    window().match_media(query).ok().flatten().is_some_and(|list| list.matches())
}
