//! A long press of a finger on a message: the way to its actions where there is no pointer that hovers.

use gloo::timers::callback::Timeout;
use leptos::{ev, html, prelude::*};
use leptos_use_event_listener::use_event_listener;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, PointerEvent};

/// How long it is, in milliseconds.
const LONG: u32 = 500;
/// How far a finger may wander meanwhile, in CSS pixels: nobody holds it quite still.
const WANDERS: f64 = 10.0;
/// What has a use of its own for a long press, or for what follows it.
const PRESSABLE: &str = "a, button";

/// A finger that lies on a row.
struct Press {
    pointer: i32,
    at: (f64, f64),
    row: String,
    _timer: Timeout,
}

/// Says which row of a timeline was pressed for long, by its `data-row`.
pub(crate) fn on_rows(timeline: NodeRef<html::Div>) -> RwSignal<Option<String>> {
    let pressed = RwSignal::new(None);
    let press = StoredValue::new_local(None::<Press>);
    // Nothing is selected by a press that opens the actions, and the browser opens nothing of its own.
    let end = move || {
        press.try_set_value(None);
        if let Some(timeline) = timeline.try_get_untracked().flatten() {
            let _ = timeline.class_list().remove_1("is-touched");
        }
    };
    let open = move || {
        if let Some(press) = press.try_update_value(Option::take).flatten() {
            pressed.try_set(Some(press.row));
        }
    };
    let _ = use_event_listener(timeline, ev::pointerdown, move |event| {
        // A second finger does something else.
        end();
        let Some(row) = row_under(&event).filter(|_| event.is_primary()) else { return };
        if let Some(timeline) = timeline.get_untracked() {
            let _ = timeline.class_list().add_1("is-touched");
        }
        press.set_value(Some(Press {
            pointer: event.pointer_id(),
            at: (event.x().into(), event.y().into()),
            row,
            _timer: Timeout::new(LONG, open),
        }));
    });
    let _ = use_event_listener(timeline, ev::pointermove, move |event| {
        let wanders = press.with_value(|press| {
            press
                .as_ref()
                .is_some_and(|press| press.pointer == event.pointer_id() && is_far(press.at, &event))
        });
        if wanders {
            end();
        }
    });
    let _ = use_event_listener(timeline, ev::pointerup, move |_| end());
    // The browser scrolls.
    let _ = use_event_listener(timeline, ev::pointercancel, move |_| end());
    // Some browsers call a long press so, perhaps earlier or on behalf of a screen reader.
    let _ = use_event_listener(timeline, ev::contextmenu, move |event| {
        let is_touched = timeline.get_untracked().is_some_and(|one| one.class_list().contains("is-touched"));
        if is_touched {
            event.prevent_default();
            open();
        }
    });
    pressed
}

fn row_under(event: &PointerEvent) -> Option<String> {
    if event.pointer_type() == "mouse" {
        return None;
    }
    let target = event.target()?.dyn_into::<Element>().ok()?;
    let is_pressable = target.closest(PRESSABLE).ok()?.is_some();
    target.closest(".message").ok()??.get_attribute("data-row").filter(|_| !is_pressable)
}

fn is_far((x, y): (f64, f64), event: &PointerEvent) -> bool {
    (f64::from(event.x()) - x).hypot(f64::from(event.y()) - y) > WANDERS
}
