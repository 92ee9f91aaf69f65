//! Popovers that stand beside the button that opened them.

use leptos::{
    ev::{KeyboardEvent, MouseEvent},
    html,
    prelude::*,
};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement};

use super::{
    breakpoint::{self, ONE_COLUMN},
    focus,
};

/// Between the popover and what is around it.
const GAP: f64 = 4.0;

/// Opens a popover beside the button of this event, or closes it.
pub(crate) fn toggle_beside(popover: NodeRef<html::Div>, event: &MouseEvent) {
    let Some(popover) = popover.get_untracked() else { return };
    let popover: &HtmlElement = popover.unchecked_ref();
    if popover.matches(":popover-open").unwrap_or(false) {
        let _ = popover.hide_popover();
        return;
    }
    if let Some(button) = event.current_target().and_then(|target| target.dyn_into::<Element>().ok()) {
        show_beside(popover, &button);
    }
}

/// Opens a popover beside something.
pub(crate) fn show_beside(popover: &HtmlElement, beside: &Element) {
    if popover.show_popover().is_ok() {
        place(popover, beside);
        focus::step(&focus::all(popover, ".menu-item"), None, 1);
    }
}

/// Opens a popover in the middle of the screen, or as a sheet on a narrow one.
pub(crate) fn show(popover: NodeRef<html::Div>) {
    let Some(popover) = popover.get_untracked() else { return };
    let popover: &HtmlElement = popover.unchecked_ref();
    let _ = popover.show_popover();
    let style = popover.style();
    if breakpoint::matches(ONE_COLUMN) {
        let _ = style.remove_property("left");
        let _ = style.remove_property("top");
        return;
    }
    let (screen, own) = (screen(), popover.get_bounding_client_rect());
    let _ = style.set_property("left", &format!("{}px", (screen.0 - own.width()) / 2.0));
    let _ = style.set_property("top", &format!("{}px", (screen.1 - own.height()) / 2.0));
}

pub(crate) fn close(popover: NodeRef<html::Div>) {
    if let Some(popover) = popover.get_untracked() {
        let _ = popover.unchecked_ref::<HtmlElement>().hide_popover();
    }
}

/// Closes what a row of the timeline opened, and gives the row the focus: the button that opened it may go, with
/// the toolbar or alone.
pub(crate) fn close_to_row(popover: NodeRef<html::Div>) {
    close(popover);
    let row = popover.get_untracked().and_then(|popover| popover.closest(".message").ok().flatten());
    let _ = row.is_some_and(|row| focus::focus_element(&row));
}

/// Below the button, or above it where there is no room. On a narrow screen the style sheet makes a sheet
/// of it.
fn place(popover: &HtmlElement, button: &Element) {
    let style = popover.style();
    if breakpoint::matches(ONE_COLUMN) {
        let _ = style.remove_property("left");
        let _ = style.remove_property("top");
        return;
    }
    let (width, height) = screen();
    let (at, own) = (button.get_bounding_client_rect(), popover.get_bounding_client_rect());
    let left = (at.right() - own.width()).min(width - own.width() - GAP).max(GAP);
    let below = at.bottom() + GAP;
    let top = if below + own.height() < height { below } else { (at.top() - own.height() - GAP).max(GAP) };
    let _ = style.set_property("left", &format!("{left}px"));
    let _ = style.set_property("top", &format!("{top}px"));
}

/// How wide and how high the page is.
fn screen() -> (f64, f64) {
    let size =
        |value: Result<wasm_bindgen::JsValue, _>| value.ok().and_then(|one| one.as_f64()).unwrap_or_default();
    (size(window().inner_width()), size(window().inner_height()))
}

/// Arrow keys go through the items of a menu.
pub(crate) fn walk(event: &KeyboardEvent, menu: NodeRef<html::Div>) {
    let Some(menu) = menu.get_untracked() else { return };
    let items = focus::all(&menu, ".menu-item");
    let from = document().active_element();
    let moved = match event.key().as_str() {
        "ArrowDown" | "ArrowRight" => focus::step(&items, from.as_ref(), 1),
        "ArrowUp" | "ArrowLeft" => focus::step(&items, from.as_ref(), -1),
        "Home" => focus::step(&items, None, 1),
        "End" => focus::step(&items, None, -1),
        // What is around the menu has a use of its own for this key.
        "Escape" => return event.stop_propagation(),
        _ => return,
    };
    if moved {
        event.prevent_default();
    }
    event.stop_propagation();
}
