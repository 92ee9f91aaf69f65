//! Keys that work anywhere.

use gloo::events::{EventListener, EventListenerOptions};
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use crate::{
    routes,
    screen::Screen,
    ui::{
        breakpoint::{self, ONE_COLUMN},
        focus::{focus, focus_soon},
    },
};

const FIND: &str = ".sidebar .find-input";

pub(super) fn listen(screen: Screen) {
    let navigate = use_navigate();
    let go_home = move || navigate(routes::HOME, NavigateOptions::default());
    let options = EventListenerOptions::enable_prevent_default();
    let keys = EventListener::new_with_options(&document(), "keydown", options, move |event| {
        pressed(screen, event.unchecked_ref(), &go_home);
    });
    StoredValue::new_local(keys);
}

fn pressed(screen: Screen, event: &KeyboardEvent, go_home: &impl Fn()) {
    let modal = || document().query_selector("dialog[open]").ok().flatten().is_some();
    if event.default_prevented() || event.is_composing() || modal() {
        return;
    }
    let command = event.ctrl_key() || event.meta_key();
    match event.key().as_str() {
        "k" | "K" if command && !event.alt_key() && !event.shift_key() => {
            event.prevent_default();
            find(screen, go_home);
        }
        "Escape" if screen.sidebar.get_untracked() => {
            screen.sidebar.set(false);
            focus(".sidebar-toggle");
        }
        "Escape" if screen.details.get_untracked() => {
            screen.details.set(false);
            focus_soon(".conversation-header [aria-expanded]");
        }
        key if !command && !event.alt_key() && key.chars().count() == 1 && !takes_keys(event, key) => {
            // Before the character is put in, so that it lands in the composer.
            focus("#composer");
        }
        _ => {}
    }
}

/// Whether the element with the focus has a use of its own for a character.
fn takes_keys(event: &KeyboardEvent, key: &str) -> bool {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else {
        return false;
    };
    let selector = match key {
        " " => "input, textarea, select, button, a, [popover], .timeline",
        _ => "input, textarea, select, [popover]",
    };
    target.closest(selector).ok().flatten().is_some()
}

fn find(screen: Screen, go_home: &impl Fn()) {
    let input = document().query_selector(FIND).ok().flatten();
    let visible = || {
        let input = input.as_ref().and_then(|input| input.dyn_ref::<HtmlElement>());
        input.is_some_and(|input| input.offset_width() > 0)
    };
    if visible() {
        focus(FIND);
        return;
    }
    // The rail hides it; a narrow window shows the conversation instead.
    if breakpoint::matches(ONE_COLUMN) {
        go_home();
    } else {
        screen.sidebar.set(true);
    }
    focus_soon(FIND);
}
