//! Walking through a timeline by keys.

use leptos::{ev::KeyboardEvent, prelude::*};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement};

use super::scroll::Scroll;
use crate::ui::focus::{all, focus, focus_element, step};

fn rows(timeline: &Element) -> Vec<HtmlElement> {
    all(timeline, ".message")
}

/// Up and down go from row to row, right and left through a row's actions, Escape to the composer.
pub(super) fn walk(event: &KeyboardEvent, scroll: Scroll) {
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    let Some(timeline) = event.current_target().and_then(|target| target.dyn_into::<Element>().ok()) else {
        return;
    };
    let active = document().active_element();
    let row = active.as_ref().and_then(|active| active.closest(".message").ok().flatten());
    // What is in a closed popover cannot be reached.
    let pressable = |row: &Element| all(row, ":is(button, a):not([popover] *)");
    let moved = match event.key().as_str() {
        "ArrowUp" => step(&rows(&timeline), row.as_ref(), -1),
        "ArrowDown" => step(&rows(&timeline), row.as_ref(), 1) || (row.is_some() && focus("#composer")),
        "Home" => step(&rows(&timeline), None, 1),
        "End" => {
            scroll.to_end();
            step(&rows(&timeline), None, -1)
        }
        "ArrowRight" => row.as_ref().is_some_and(|row| step(&pressable(row), active.as_ref(), 1)),
        "ArrowLeft" => match (&row, &active) {
            (Some(row), Some(active)) if row != active => {
                step(&pressable(row), Some(active), -1) || focus_element(row)
            }
            _ => false,
        },
        "Escape" => focus("#composer"),
        _ => false,
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
