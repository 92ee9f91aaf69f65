//! At which widths the page's layout changes. The style sheets use the same two, and no other: a
//! test looks.

/// One column: the list or a conversation. From 640 px on they stand beside each other.
pub(crate) const ONE_COLUMN: &str = "(width < 640px)";
/// Side panels lie over the conversation. From 1024 px on they stand beside it.
pub(crate) const PANELS_OVERLAP: &str = "(width < 1024px)";

use leptos::prelude::*;

/// Whether a field that takes the focus brings up a keyboard over half of the screen. Who has no
/// pointer at all types.
pub(crate) fn keyboard_covers() -> bool {
    matches("(pointer: coarse)")
}

/// Whether a media query holds now.
pub(crate) fn matches(query: &str) -> bool {
    window().match_media(query).ok().flatten().is_some_and(|list| list.matches())
}
