//! Keys in the field that finds, and in the list under it.

use crate::ui::shortcut::{Shortcut, plain};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InSidebar {
    Down,
    Up,
    Open,
    Leave,
}

pub(crate) const IN_SIDEBAR: &[Shortcut<InSidebar>] = &[
    Shortcut { chords: &[plain("ArrowDown")], words: "To the next row", does: InSidebar::Down },
    Shortcut { chords: &[plain("ArrowUp")], words: "To the row before", does: InSidebar::Up },
    Shortcut { chords: &[plain("Enter")], words: "Open the first that is found", does: InSidebar::Open },
    Shortcut {
        chords: &[plain("Escape")],
        words: "Clear the field, and then leave it",
        does: InSidebar::Leave,
    },
];
