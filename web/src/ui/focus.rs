//! Where the keyboard is.

use leptos::{html, prelude::*};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement};

use super::breakpoint;

/// Gives the focus to the first thing that this selector finds. Says whether there was one.
pub(crate) fn focus(selector: &str) -> bool {
    let found = document().query_selector(selector).ok().flatten();
    found.is_some_and(|element| focus_element(&element))
}

/// The message field gets the focus, or the title of what is open: where there is no field, and where the field would
/// bring up a keyboard that nobody has asked for.
pub(crate) fn focus_field() -> bool {
    const FIELD: &str = "#composer";
    let has_it = || document().active_element().is_some_and(|active| active.matches(FIELD) == Ok(true));
    ((!breakpoint::keyboard_covers() || has_it()) && focus(FIELD)) || focus("main h1[tabindex]")
}

/// Gives it the focus with the next frame: what is changed now may have to be there, or be reachable, first.
pub(crate) fn focus_soon(selector: &'static str) {
    request_animation_frame(move || {
        focus(selector);
    });
}

pub(crate) fn focus_element(element: &Element) -> bool {
    element.dyn_ref::<HtmlElement>().is_some_and(|element| element.focus().is_ok())
}

/// Everything that a selector finds within an element, in the order of the page.
pub(crate) fn all(within: &Element, selector: &str) -> Vec<HtmlElement> {
    let Ok(found) = within.query_selector_all(selector) else { return vec![] };
    (0..found.length()).filter_map(|index| found.item(index)?.dyn_into().ok()).collect()
}

/// Whether it can take the focus: what is hidden says that it did, and does not.
pub(crate) fn is_rendered(element: &HtmlElement) -> bool {
    element.offset_width() > 0
}

/// Moves the focus by this many among those of these that are rendered; from outside of them, to their first
/// or last. Says whether there was one to move to.
pub(crate) fn step(stops: &[HtmlElement], from: Option<&Element>, by: isize) -> bool {
    let is_it = |stop: &&HtmlElement| from.is_some_and(|from| ***stop == *from);
    let stops: Vec<&HtmlElement> = stops.iter().filter(|stop| is_rendered(stop)).collect();
    let there = match stops.iter().position(is_it) {
        Some(here) => here.checked_add_signed(by),
        None if by > 0 => Some(0),
        None => stops.len().checked_sub(1),
    };
    there.and_then(|there| stops.get(there)).is_some_and(|stop| stop.focus().is_ok())
}

/// The same among what a selector finds within an element, if the focus is there already.
pub(crate) fn walk(within: &Element, selector: &str, by: isize) -> bool {
    let (stops, active) = (all(within, selector), document().active_element());
    let is_inside = stops.iter().any(|stop| active.as_ref().is_some_and(|active| **stop == *active));
    is_inside && step(&stops, active.as_ref(), by)
}

/// A heading takes the focus when a page has come and the element with the focus is gone. Otherwise the
/// focus would fall to the body, and a keyboard would begin at the top.
pub(crate) fn take_lost_focus(heading: NodeRef<html::H1>) {
    heading.on_load(|heading| {
        request_animation_frame(move || {
            if focus_is_lost() {
                let _ = heading.focus();
            }
        });
    });
}

pub(crate) fn has_focus(element: &Element) -> bool {
    document().active_element().is_some_and(|active| active == *element)
}

/// Whether the element that had the focus is gone.
pub(crate) fn focus_is_lost() -> bool {
    document().active_element().is_none_or(|active| active.tag_name() == "BODY")
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests {
    use gloo::utils::body;
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    #[wasm_bindgen_test]
    fn arrow_keys_pass_over_what_is_not_rendered() {
        let list = document().create_element("div").unwrap();
        body().append_child(&list).unwrap();
        list.set_inner_html(
            "<input id='field'><section hidden><button>Unread</button></section><button id='first'>1</button>
             <button style='display: none'>2</button><button id='last'>3</button>",
        );
        let at = || document().active_element().map(|active| active.id()).unwrap_or_default();
        assert!(focus("#field"));
        for (by, there) in [(1, "first"), (1, "last"), (-1, "first"), (-1, "field")] {
            assert!(walk(&list, "input, button", by));
            assert_eq!(at(), there);
        }
        assert!(!walk(&list, "input, button", -1), "there is nothing before it");
        list.remove();
    }
}
