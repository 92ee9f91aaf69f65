//! Keys that work anywhere.

use chat::ConversationState;
use gloo::events::{EventListener, EventListenerOptions};
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement, KeyboardEvent, ScrollIntoViewOptions, ScrollLogicalPosition};

use super::neighbour::{Step, neighbour};
use crate::{
    routes::{self, conversation_path},
    screen::Screen,
    sidebar::collapsed::{Collapsed, on_screen},
    store::Store,
    ui::{
        breakpoint::{self, ONE_COLUMN},
        focus::{focus, focus_soon},
        shortcut::{Shortcut, With, composes, plain, pressed, with, writes},
    },
};

const FIND: &str = ".sidebar .find-input";

/// What a key does anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anywhere {
    Find,
    Go(Step),
    Shortcuts,
    Close,
}

pub(super) const ANYWHERE: &[Shortcut<Anywhere>] = &[
    Shortcut {
        chords: &[with(With::Command, "k")],
        words: "Find people, groups, messages and actions",
        does: Anywhere::Find,
    },
    Shortcut {
        chords: &[with(With::Alt, "ArrowUp")],
        words: "Previous conversation",
        does: Anywhere::Go(Step::Previous),
    },
    Shortcut {
        chords: &[with(With::Alt, "ArrowDown")],
        words: "Next conversation",
        does: Anywhere::Go(Step::Next),
    },
    Shortcut {
        chords: &[with(With::AltShift, "ArrowUp")],
        words: "Previous conversation with something unread",
        does: Anywhere::Go(Step::PreviousUnread),
    },
    Shortcut {
        chords: &[with(With::AltShift, "ArrowDown")],
        words: "Next conversation with something unread",
        does: Anywhere::Go(Step::NextUnread),
    },
    Shortcut {
        chords: &[plain("?"), with(With::Command, "/")],
        words: "Show these shortcuts",
        does: Anywhere::Shortcuts,
    },
    Shortcut { chords: &[plain("Escape")], words: "Close the sidebar or the details", does: Anywhere::Close },
];

pub(super) fn listen(store: Store, screen: Screen) {
    let navigate = use_navigate();
    let go = move |path: &str| navigate(path, NavigateOptions::default());
    let options = EventListenerOptions::enable_prevent_default();
    let keys = EventListener::new_with_options(&document(), "keydown", options, move |event| {
        key_pressed(store, screen, event.unchecked_ref(), &go);
    });
    StoredValue::new_local(keys);
}

fn key_pressed(store: Store, screen: Screen, event: &KeyboardEvent, go: &impl Fn(&str)) {
    let modal = || document().query_selector("dialog[open]").ok().flatten().is_some();
    if event.default_prevented() || composes(event) || modal() {
        return;
    }
    let key = event.key();
    let is_written = writes(event);
    if is_written && takes_keys(event, &key) {
        return;
    }
    match pressed(ANYWHERE, event) {
        Some(Anywhere::Find) => {
            event.prevent_default();
            find(screen, go);
        }
        Some(Anywhere::Go(step)) => {
            event.prevent_default();
            go_to_neighbour(store, screen, step, go);
        }
        Some(Anywhere::Shortcuts) => {
            event.prevent_default();
            screen.shortcuts.set(true);
        }
        Some(Anywhere::Close) if screen.sidebar.get_untracked() => {
            screen.sidebar.set(false);
            focus(".sidebar-toggle");
        }
        Some(Anywhere::Close) if screen.details.get_untracked() => {
            screen.details.set(false);
            focus_soon(".conversation-header [aria-expanded]");
        }
        Some(Anywhere::Close) => {}
        None if is_written => {
            // Before the character is put in, so that it lands in the composer.
            focus("#composer");
        }
        None => {}
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

fn find(screen: Screen, go: &impl Fn(&str)) {
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
        go(routes::HOME);
    } else {
        screen.sidebar.set(true);
    }
    focus_soon(FIND);
}

/// A muted conversation asks for no attention: it does not count as one with something unread.
fn go_to_neighbour(store: Store, screen: Screen, step: Step, go: &impl Fn(&str)) {
    // What is unread is found wherever it is; what is next is the next row.
    let collapsed = match step {
        Step::Previous | Step::Next => screen.collapsed.get_untracked(),
        Step::PreviousUnread | Step::NextUnread => Collapsed::default(),
    };
    let there = store.with(|state| {
        let waits = |id| state.conversation(id).is_some_and(ConversationState::waits);
        let listed = on_screen(&state.sections(), &collapsed, state.open);
        let listed = listed.into_iter().map(|id| (id, waits(id)));
        neighbour(&listed.collect::<Vec<_>>(), state.open, step)
    });
    if let Some(id) = there {
        go(&conversation_path(id));
        request_animation_frame(show_open_row);
    }
}

/// The list shows where one is.
fn show_open_row() {
    let row = document().query_selector(".sidebar-scroll [aria-current='page']").ok().flatten();
    if let Some(row) = row {
        let options = ScrollIntoViewOptions::new();
        options.set_block(ScrollLogicalPosition::Nearest);
        row.scroll_into_view_with_scroll_into_view_options(&options);
    }
}
