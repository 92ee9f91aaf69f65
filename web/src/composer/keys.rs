//! Keys in the field for messages.

use crate::ui::shortcut::{Shortcut, With, plain, with};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InComposer {
    Send,
    /// The browser does it.
    NewLine,
    Up,
    Escape,
}

pub(crate) const IN_COMPOSER: &[Shortcut<InComposer>] = &[
    Shortcut {
        chords: &[plain("Enter"), with(With::Command, "Enter")],
        words: "Send",
        does: InComposer::Send,
    },
    Shortcut { chords: &[with(With::Shift, "Enter")], words: "Begin a new line", does: InComposer::NewLine },
    Shortcut {
        chords: &[plain("ArrowUp")],
        words: "Edit your last message, or go to the messages, if the field is empty",
        does: InComposer::Up,
    },
    Shortcut {
        chords: &[plain("Escape")],
        words: "End a reply or a correction, or go to the latest message",
        does: InComposer::Escape,
    },
];
