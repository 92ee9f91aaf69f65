//! How wide the sidebar is: somebody drags its edge, or moves it with the arrow keys. On a narrow window the
//! style sheet takes the edge away.

use leptos::{
    ev::{KeyboardEvent, PointerEvent},
    html,
    prelude::*,
};
use leptos_use_resize_observer::use_resize_observer;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement};

use crate::browser::{set_sidebar_width, sidebar_width};

/// In pixels. index.html has the same limits.
const NARROWEST: u32 = 280;
const WIDEST: u32 = 360;
/// By how much an arrow key moves the edge.
const STEP: i32 = 8;
/// The style sheet has a width of its own where this is not set.
const PROPERTY: &str = "--sidebar-own-width";

/// Where the edge was taken hold of, and how wide the sidebar was then.
#[derive(Clone, Copy)]
struct Hold {
    at: i32,
    width: u32,
}

impl Hold {
    fn dragged_to(self, at: i32) -> u32 {
        limited(i64::from(self.width) + i64::from(at) - i64::from(self.at))
    }
}

fn limited(width: i64) -> u32 {
    let width = width.clamp(NARROWEST.into(), WIDEST.into());
    u32::try_from(width).unwrap_or(NARROWEST)
}

/// A width that was kept; nothing that the sidebar may not have.
fn read(text: &str) -> Option<u32> {
    text.parse().ok().filter(|width| (NARROWEST..=WIDEST).contains(width))
}

/// What a key makes of a width.
fn moved(width: u32, key: &str) -> Option<u32> {
    let by = |step: i32| limited(i64::from(width) + i64::from(step));
    match key {
        "ArrowLeft" => Some(by(-STEP)),
        "ArrowRight" => Some(by(STEP)),
        "Home" => Some(NARROWEST),
        "End" => Some(WIDEST),
        _ => None,
    }
}

fn apply(width: Option<u32>) {
    let style = gloo::utils::document_element().unchecked_into::<HtmlElement>().style();
    let _ = match width {
        Some(width) => style.set_property(PROPERTY, &format!("{width}px")),
        None => style.remove_property(PROPERTY).map(drop),
    };
}

#[component]
pub(super) fn Edge(sidebar: NodeRef<html::Nav>) -> impl IntoView {
    // What somebody chose; `None` where the style sheet decides.
    let chosen = RwSignal::new(sidebar_width().and_then(|text| read(&text)));
    Effect::new(move |_| apply(chosen.get()));
    let width = RwSignal::new(NARROWEST);
    let _ = use_resize_observer(sidebar, move |_, _| {
        if let Some(sidebar) = sidebar.get_untracked() {
            width.set(limited(sidebar.offset_width().into()));
        }
    });
    let choose = move |width| {
        chosen.set(width);
        set_sidebar_width(width);
    };
    let hold = StoredValue::new(None::<Hold>);
    let take = move |event: PointerEvent| {
        let Some(edge) = event.current_target().and_then(|target| target.dyn_into::<Element>().ok()) else {
            return;
        };
        if event.button() == 0 && edge.set_pointer_capture(event.pointer_id()).is_ok() {
            hold.set_value(Some(Hold { at: event.client_x(), width: width.get_untracked() }));
        }
    };
    let drag = move |event: PointerEvent| {
        // A press that moves nothing chooses nothing.
        if let Some(hold) = hold.get_value().filter(|hold| hold.at != event.client_x()) {
            chosen.set(Some(hold.dragged_to(event.client_x())));
        }
    };
    let let_go = move |_| {
        if hold.try_update_value(Option::take).flatten().is_some() {
            choose(chosen.get_untracked());
        }
    };
    let key_pressed = move |event: KeyboardEvent| {
        if event.alt_key() || event.ctrl_key() || event.meta_key() {
            return;
        }
        if let Some(width) = moved(width.get_untracked(), &event.key()) {
            event.prevent_default();
            choose(Some(width));
        }
    };
    view! {
        <div
            class="sidebar-edge"
            role="separator"
            aria-orientation="vertical"
            aria-label="Width of the sidebar"
            aria-valuemin=NARROWEST
            aria-valuemax=WIDEST
            aria-valuenow=width
            title="Drag to make the sidebar wider; press twice to reset"
            tabindex="0"
            on:pointerdown=take
            on:pointermove=drag
            on:lostpointercapture=let_go
            on:dblclick=move |_| choose(None)
            on:keydown=key_pressed
        ></div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edge_follows_the_pointer_within_its_limits() {
        let hold = Hold { at: 320, width: 318 };
        assert_eq!((hold.dragged_to(320), hold.dragged_to(330), hold.dragged_to(310)), (318, 328, 308));
        assert_eq!((hold.dragged_to(-4_000), hold.dragged_to(i32::MAX)), (NARROWEST, WIDEST));
    }

    #[test]
    fn keys_move_it_by_steps_or_to_an_end() {
        assert_eq!((moved(300, "ArrowLeft"), moved(300, "ArrowRight")), (Some(292), Some(308)));
        assert_eq!((moved(284, "ArrowLeft"), moved(356, "ArrowRight")), (Some(280), Some(360)));
        assert_eq!((moved(300, "Home"), moved(300, "End"), moved(300, "Tab")), (Some(280), Some(360), None));
    }

    #[test]
    fn a_width_that_was_kept_counts_only_within_the_limits() {
        assert_eq!((read("280"), read("333"), read("360")), (Some(280), Some(333), Some(360)));
        for other in ["279", "361", "", "300px", "NaN", "-300"] {
            assert_eq!(read(other), None, "{other}");
        }
        let first_paint = include_str!("../../../index.html");
        assert!(first_paint.contains(&format!("width >= {NARROWEST} && width <= {WIDEST}")));
        assert!(first_paint.contains(PROPERTY));
    }
}
