//! The frame while somebody is logged in: sidebar, conversation, details.

use crate::reactive::*;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use super::{
    banner::watch_breaks,
    conversation::{conversation_pane, lost, welcome},
    details::details,
    group_dialogs::{find_group_dialog, new_group_dialog},
    sidebar::sidebar,
    started, title,
};
use crate::{
    app::App,
    dom::{self, View, a, div, listen, next_frame, part, together, when},
    live::{effect, memo},
    place::Place,
    state::{Action, Load},
};

pub(super) fn chat(app: App) -> View {
    provide_context(app);
    watch_breaks(app);

    let place = memo(move || app.navigation.place());
    let open = memo(move || place.get().conversation());
    effect(move || {
        app.act(open.get().map_or(Action::Close, Action::Open));
        app.sidebar.set(false);
        if is_narrow() {
            app.details.set(false);
        }
    });
    let list = app.select(|state| state.list.clone());
    effect(move || {
        if list.get() != Load::Loading {
            started();
        }
    });
    title::show_unread(app, open);
    listen(&window(), "keydown", move |event| key_pressed(app, event.unchecked_ref()));

    let skip = a("skip-link", "#composer")
        .on("click", |event| {
            event.prevent_default();
            focus("#composer");
        })
        .text("Skip to the message field");
    let pane = part(move || match (open.get(), place.get()) {
        (Some(id), _) => conversation_pane(id),
        (None, Place::Home) => welcome().into(),
        (None, _) => lost().into(),
    });
    let close_panels = move || {
        app.sidebar.set(false);
        app.details.set(false);
    };
    let scrim =
        when(move || app.sidebar.get() || app.details.get(), move || div("app-scrim").on_press(close_panels));
    let frame = div("app")
        .live_attr("data-pane", move || if place.get() == Place::Home { "list" } else { "conversation" })
        .live_attr("data-sidebar", move || if app.sidebar.get() { "open" } else { "" })
        .child(skip)
        .child(sidebar(open))
        .child(pane)
        .child(scrim)
        .child(part(move || open.get().filter(|_| app.details.get()).map(details)));
    together([
        frame.into(),
        new_group_dialog().into(),
        find_group_dialog().into(),
        app.announcer.region().into(),
    ])
}

/// Whether a panel lies over the conversation instead of beside it.
pub(super) fn is_narrow() -> bool {
    let wide = window().match_media("(width >= 1024px)").ok().flatten();
    wide.is_some_and(|wide| !wide.matches())
}

/// Gives the focus to the first thing that this selector finds.
pub(super) fn focus(selector: &str) -> bool {
    let found = document().query_selector(selector).ok().flatten();
    found.is_some_and(|element| dom::focus(&element))
}

/// Keys that work anywhere.
fn key_pressed(app: App, event: &KeyboardEvent) {
    let modal = || document().query_selector("dialog[open]").ok().flatten().is_some();
    if event.default_prevented() || event.is_composing() || modal() {
        return;
    }
    let command = event.ctrl_key() || event.meta_key();
    match event.key().as_str() {
        "k" | "K" if command && !event.alt_key() && !event.shift_key() => {
            event.prevent_default();
            find(app);
        }
        "Escape" if app.sidebar.get_untracked() => {
            app.sidebar.set(false);
            focus(".sidebar-toggle");
        }
        "Escape" if app.details.get_untracked() => {
            app.details.set(false);
            focus(".conversation-header [aria-expanded]");
        }
        key if !command && !event.alt_key() && key.chars().count() == 1 && !takes_keys(event, key) => {
            // Before the character is put in, so that it lands in the composer.
            focus("#composer");
        }
        _ => {}
    }
}

/// Whether what has the focus does something of its own with a character.
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

fn find(app: App) {
    let input = document().query_selector(".sidebar .find-input").ok().flatten();
    let visible = || {
        let input = input.as_ref().and_then(|input| input.dyn_ref::<HtmlElement>());
        input.is_some_and(|input| input.offset_width() > 0)
    };
    if visible() {
        focus(".sidebar .find-input");
        return;
    }
    // The rail hides it; a narrow window shows the conversation instead.
    app.sidebar.set(true);
    if window().match_media("(width < 640px)").ok().flatten().is_some_and(|narrow| narrow.matches()) {
        app.navigation.go(Place::Home);
    }
    next_frame(|| {
        focus(".sidebar .find-input");
    });
}
