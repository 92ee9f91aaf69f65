//! The frame while somebody is logged in: sidebar, conversation, details.

use leptos::{ev, prelude::*};
use protocol::User;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement};

use super::{
    banner::Breaks,
    conversation::{ConversationPane, Welcome},
    details::Details,
    group_dialogs::{FindGroupDialog, NewGroupDialog},
    sidebar::Sidebar,
    started, title,
};
use crate::{
    app::App,
    calendar::Calendar,
    live::{derived, effect, memo, part, press, when},
    place::{Navigation, Place},
    session::Session,
    state::{Action, Load},
};

/// Which dialogs are open.
#[derive(Clone, Copy)]
pub(super) struct Dialogs {
    pub(super) new_group: RwSignal<bool>,
    pub(super) find_group: RwSignal<bool>,
}

#[component]
pub(super) fn Chat(me: User, calendar: Calendar) -> impl IntoView {
    let session: Session = expect_context();
    let navigation: Navigation = expect_context();
    let app = App::start(me, session, navigation, calendar);
    let dialogs = Dialogs { new_group: RwSignal::new(false), find_group: RwSignal::new(false) };
    provide_context(app);
    provide_context(Breaks::watch(app));
    provide_context(dialogs);

    let place = memo(move || navigation.place());
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
    let keys = window_event_listener(ev::keydown, move |event| key_pressed(app, &event));
    on_cleanup(move || keys.remove());

    let pane = derived(move || if place.get() == Place::Home { "list" } else { "conversation" });
    let unfolded = derived(move || if app.sidebar.get() { "open" } else { "" });
    let close_panels = move || {
        app.sidebar.set(false);
        app.details.set(false);
    };
    view! {
        <div class="app" data-pane=pane data-sidebar=unfolded>
            <a class="skip-link" href="#composer" on:click=move |event| {
                event.prevent_default();
                focus("#composer");
            }>
                "Skip to the message field"
            </a>
            <Sidebar open />
            {part(move || match (open.get(), place.get()) {
                (Some(id), _) => view! { <ConversationPane id /> }.into_any(),
                (None, place) => view! { <Welcome lost={place != Place::Home} /> }.into_any(),
            })}
            {when(
                move || app.sidebar.get() || app.details.get(),
                move || view! { <div class="app-scrim" on:click=press(close_panels)></div> }.into_any(),
            )}
            {part(move || match open.get().filter(|_| app.details.get()) {
                Some(id) => view! { <Details id /> }.into_any(),
                None => ().into_any(),
            })}
        </div>
        <NewGroupDialog />
        <FindGroupDialog />
        {app.announcer.region()}
    }
    .into_any()
}

/// Whether a panel lies over the conversation instead of beside it.
pub(super) fn is_narrow() -> bool {
    let wide = window().match_media("(width >= 1024px)").ok().flatten();
    wide.is_some_and(|wide| !wide.matches())
}

/// Gives the focus to the first thing that this selector finds.
pub(super) fn focus(selector: &str) -> bool {
    let found = document().query_selector(selector).ok().flatten();
    let element = found.and_then(|element| element.dyn_into::<HtmlElement>().ok());
    element.is_some_and(|element| element.focus().is_ok())
}

/// Keys that work anywhere.
fn key_pressed(app: App, event: &web_sys::KeyboardEvent) {
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
fn takes_keys(event: &web_sys::KeyboardEvent, key: &str) -> bool {
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
    request_animation_frame(|| {
        focus(".sidebar .find-input");
    });
}
