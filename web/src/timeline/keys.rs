//! Walking through a timeline by keys.

use leptos::{ev::KeyboardEvent, prelude::*};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement};

use super::scroll::Scroll;
use crate::ui::{
    focus::{all, focus, focus_element, step},
    shortcut::{Shortcut, plain, pressed},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InTimeline {
    Up,
    Down,
    First,
    Last,
    Right,
    Left,
    Leave,
}

pub(crate) const IN_TIMELINE: &[Shortcut<InTimeline>] = &[
    Shortcut { chords: &[plain("ArrowUp")], words: "To the message before", does: InTimeline::Up },
    Shortcut { chords: &[plain("ArrowDown")], words: "To the next message", does: InTimeline::Down },
    Shortcut { chords: &[plain("Home")], words: "To the first message on the page", does: InTimeline::First },
    Shortcut { chords: &[plain("End")], words: "To the latest message", does: InTimeline::Last },
    Shortcut {
        chords: &[plain("ArrowRight")],
        words: "To what can be done with a message, and through it",
        does: InTimeline::Right,
    },
    Shortcut { chords: &[plain("ArrowLeft")], words: "Back through it", does: InTimeline::Left },
    Shortcut { chords: &[plain("Escape")], words: "To the field for messages", does: InTimeline::Leave },
];

fn rows(timeline: &Element) -> Vec<HtmlElement> {
    all(timeline, ".message")
}

/// Up and down go from row to row, right and left through a row's actions, Escape to the composer.
pub(super) fn walk(event: &KeyboardEvent, scroll: Scroll) {
    let Some(does) = pressed(IN_TIMELINE, event) else { return };
    let Some(timeline) = event.current_target().and_then(|target| target.dyn_into::<Element>().ok()) else {
        return;
    };
    let active = document().active_element();
    let row = active.as_ref().and_then(|active| active.closest(".message").ok().flatten());
    // What is in a closed popover cannot be reached. The author's name would come before all actions.
    let pressable = |row: &Element| all(row, ":is(button, a):not([popover] *, .message-author)");
    let moved = match does {
        InTimeline::Up => step(&rows(&timeline), row.as_ref(), -1),
        InTimeline::Down => step(&rows(&timeline), row.as_ref(), 1) || (row.is_some() && focus("#composer")),
        InTimeline::First => step(&rows(&timeline), None, 1),
        InTimeline::Last => {
            scroll.to_end();
            step(&rows(&timeline), None, -1)
        }
        InTimeline::Right => row.as_ref().is_some_and(|row| step(&pressable(row), active.as_ref(), 1)),
        InTimeline::Left => match (&row, &active) {
            (Some(row), Some(active)) if row != active => {
                step(&pressable(row), Some(active), -1) || focus_element(row)
            }
            _ => false,
        },
        InTimeline::Leave => focus("#composer"),
    };
    if moved {
        event.prevent_default();
    }
}

/// Focuses the newest row: the way from the composer into the timeline.
pub(crate) fn enter_from_below() -> bool {
    let timeline = document().query_selector(".timeline").ok().flatten();
    timeline.is_some_and(|timeline| step(&rows(&timeline), None, -1))
}
