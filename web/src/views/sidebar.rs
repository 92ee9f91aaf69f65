//! One's own account, find, conversations, people.

use std::collections::HashSet;

use leptos::{ev, html, prelude::*, task::spawn_local};
use protocol::{ConversationId, UserId};
use wasm_bindgen::JsCast as _;
use web_sys::{HtmlElement, KeyboardEvent};

use super::{
    avatar::Avatar,
    chat::{Dialogs, focus},
    conversation_row::{conversations, people},
    find::Results,
    icon::{icon, small_icon},
    notice::{Notice, Skeleton, TryAgain},
};
use crate::{
    app::App,
    live::{Live, derived, effect, memo, part, press, when},
    place::{Place, conversation_path},
    state::{Action, Link, Load},
};

/// So many people are listed; the others are found by their names.
const LISTED: usize = 100;

#[component]
pub(super) fn Sidebar(open: Live<Option<ConversationId>>) -> impl IntoView {
    let app: App = expect_context();
    let typed = RwSignal::new(String::new());
    let query = memo(move || typed.get().trim().to_owned());
    let finds = memo(move || !query.get().is_empty());
    // Whoever went somewhere has found it.
    effect(move || {
        if open.get().is_some() {
            typed.set(String::new());
        }
    });
    view! {
        <nav class="sidebar" aria-label="Conversations" on:keydown=move |event| walk(&event)>
            <header class="sidebar-header">
                <button
                    class="icon-button sidebar-toggle"
                    type="button"
                    aria-label=derived(move || if app.sidebar.get() { "Hide the sidebar" } else { "Show the sidebar" })
                    aria-expanded=derived(move || app.sidebar.get().to_string())
                    on:click=press(move || app.sidebar.update(|open| *open = !*open))
                >
                    {icon("sidebar")}
                </button>
                <Account />
            </header>
            <FindField typed />
            <div class="sidebar-scroll">
                {part(move || if finds.get() {
                    view! { <Results query open /> }.into_any()
                } else {
                    view! { <Conversations open /> <People open /> }.into_any()
                })}
            </div>
        </nav>
    }
    .into_any()
}

#[component]
fn Account() -> impl IntoView {
    let app: App = expect_context();
    let dialogs: Dialogs = expect_context();
    let name = app.look(|state| state.me.username.to_string());
    let link: Signal<&str> = app
        .select(|state| match state.link {
            Link::Online => "Online",
            Link::Connecting => "Connecting",
            Link::Offline { .. } | Link::Refused(_) => "Offline",
        })
        .into();
    let online = memo(move || link.get() == "Online");
    let menu: NodeRef<html::Div> = NodeRef::new();
    let close = move || {
        if let Some(menu) = menu.get_untracked() {
            let _ = menu.unchecked_ref::<HtmlElement>().hide_popover();
        }
    };
    let log_out = move || {
        close();
        spawn_local(async move {
            match app.session().log_out().await {
                Ok(()) => app.navigation.leave(),
                Err(trouble) => {
                    app.problem.set(Some(format!("You are still logged in. {}", trouble.sentence())))
                }
            }
        });
    };
    let label = {
        let name = name.clone();
        derived(move || format!("Your account: {name}, {}", link.get().to_ascii_lowercase()))
    };
    let me = ConversationId::User(app.me);
    view! {
        <button class="account-button" type="button" popovertarget="account-menu" aria-label=label>
            <Avatar id=me name=name.clone() online />
            <span class="account-name truncate" dir="auto">{name.clone()}</span>
            <span class="account-state">{link}</span>
            {icon("expand")}
        </button>
        <div class="menu account-menu" id="account-menu" popover="auto" node_ref=menu>
            <p class="menu-heading">"Logged in as " <bdi>{name}</bdi></p>
            <a class="menu-item" href=conversation_path(me) on:click=press(close)>
                {icon("edit")} "Notes to self"
            </a>
            <button class="menu-item" type="button" on:click=press(move || {
                close();
                dialogs.find_group.set(true);
            })>
                {icon("people")} "Find a group"
            </button>
            <button class="menu-item" type="button" on:click=press(log_out)>{icon("leave")} "Log out"</button>
        </div>
    }
    .into_any()
}

#[component]
fn FindField(typed: RwSignal<String>) -> impl IntoView {
    /// Where the focus was before.
    fn go_back(from: StoredValue<Option<HtmlElement>, LocalStorage>) {
        let before = from.get_value().filter(|element| element.is_connected());
        match before {
            Some(element) => drop(element.focus()),
            None => drop(focus("#composer")),
        }
    }
    let from = StoredValue::new_local(None);
    let key_pressed = move |event: KeyboardEvent| {
        if event.key() == "Escape" && !event.is_composing() {
            event.prevent_default();
            // First the words go, then oneself.
            if typed.with_untracked(String::is_empty) {
                go_back(from);
            } else {
                typed.set(String::new());
            }
        }
    };
    let entered = move |event: ev::FocusEvent| {
        let before = event.related_target().and_then(|element| element.dyn_into::<HtmlElement>().ok());
        from.set_value(before);
    };
    view! {
        <search class="find-field">
            {icon("find")}
            <input
                class="find-input"
                type="search"
                placeholder="Find people and groups"
                aria-label="Find people and groups"
                aria-keyshortcuts="Control+K Meta+K"
                autocomplete="off"
                spellcheck="false"
                prop:value=typed
                on:input:target=move |event| typed.set(event.target().value())
                on:keydown=key_pressed
                on:focus=entered
            />
            {when(move || !typed.with(String::is_empty), move || {
                let clear = press(move || {
                    typed.set(String::new());
                    focus(".sidebar .find-input");
                });
                view! {
                    <button class="icon-button" type="button" aria-label="Clear" on:click=clear>
                        {icon("close")}
                    </button>
                }
                .into_any()
            })}
        </search>
    }
    .into_any()
}

#[component]
fn Conversations(open: Live<Option<ConversationId>>) -> impl IntoView {
    let app: App = expect_context();
    let dialogs: Dialogs = expect_context();
    let load = app.select(|state| state.list.clone());
    let ids =
        app.select(|state| state.sorted_conversations().into_iter().map(|(id, _)| id).collect::<Vec<_>>());
    let empty = memo(move || ids.with(Vec::is_empty));
    let again = Callback::new(move |()| app.act(Action::ListAgain));
    let list = part(move || match (load.get(), empty.get()) {
        (_, false) => view! { <ul>{conversations(ids, open)}</ul> }.into_any(),
        (Load::Loading, _) => view! { <Skeleton rows=6 /> }.into_any(),
        (Load::Failed(sentence), _) => view! {
            <Notice icon="warning" title="The list did not load" text=sentence error=true>
                <TryAgain on_press=again />
            </Notice>
        }
        .into_any(),
        (Load::Loaded, _) => {
            let text = "Choose somebody below, or create a group and send the link around.";
            view! { <Notice icon="chat" title="No conversations yet" text /> }.into_any()
        }
    });
    view! {
        <section class="sidebar-section" aria-labelledby="conversations-title">
            <header class="sidebar-section-header">
                <h2 class="section-title" id="conversations-title">"Conversations"</h2>
                <button class="button is-quiet" type="button" on:click=press(move || dialogs.new_group.set(true))>
                    {small_icon("plus")} "New group"
                </button>
            </header>
            {list}
        </section>
    }
    .into_any()
}

/// Those whom one has no conversation with yet.
#[component]
fn People(open: Live<Option<ConversationId>>) -> impl IntoView {
    let app: App = expect_context();
    let load = RwSignal::new(Load::Loading);
    let connected = app.select(|state| state.link.is_online());
    let look = move || {
        load.set(Load::Loading);
        spawn_local(async move {
            let found = app.find_people(String::new()).await;
            load.try_set(found.map_or_else(Load::Failed, |_| Load::Loaded));
        });
    };
    // Again after each break: somebody may have registered meanwhile.
    effect(move || {
        if connected.get() {
            look();
        }
    });
    let ids = app.select(|state| {
        let known: HashSet<ConversationId> =
            state.sorted_conversations().into_iter().map(|(id, _)| id).collect();
        let is_new = |id: &UserId| *id != state.me.id && !known.contains(&ConversationId::User(*id));
        let people = state.people.sorted().into_iter().map(|user| user.id);
        people.filter(is_new).take(LISTED).collect::<Vec<_>>()
    });
    let alone = app.select(|state| state.people.known() <= 1);
    let empty = memo(move || ids.with(Vec::is_empty));
    let list = part(move || match (load.get(), empty.get()) {
        (_, false) => view! { <ul>{people(move || ids.get(), Some(open))}</ul> }.into_any(),
        (Load::Loading, _) => view! { <Skeleton rows=2 small=true /> }.into_any(),
        (Load::Failed(sentence), _) => view! {
            <Notice icon="warning" title="The people did not load" text=sentence error=true>
                <TryAgain on_press=move |()| look() />
            </Notice>
        }
        .into_any(),
        (Load::Loaded, _) => {
            let text = "People appear once they have registered. Send them the address of this page.";
            view! { <Notice icon="people" title="Nobody else is here" text /> }.into_any()
        }
    });
    // Who talks to everybody needs no list of the others.
    let needless = derived(move || load.get() == Load::Loaded && empty.get() && !alone.get());
    view! {
        <section class="sidebar-section is-people" aria-labelledby="people-title" hidden=needless>
            <header class="sidebar-section-header">
                <h2 class="section-title" id="people-title">"People"</h2>
            </header>
            {list}
        </section>
    }
    .into_any()
}

/// The arrow keys go from the find field through the rows and back.
fn walk(event: &KeyboardEvent) {
    let step: i32 = match event.key().as_str() {
        "ArrowDown" => 1,
        "ArrowUp" => -1,
        _ => return,
    };
    let rows = ".sidebar .find-input, .sidebar-scroll :is(a, button)";
    let Ok(stops) = document().query_selector_all(rows) else { return };
    let stops: Vec<HtmlElement> =
        (0..stops.length()).filter_map(|index| stops.item(index)?.dyn_into().ok()).collect();
    let Some(active) = document().active_element() else { return };
    let Some(here) = stops.iter().position(|stop| **stop == active) else { return };
    let there = here.checked_add_signed(step as isize).and_then(|index| stops.get(index));
    if let Some(stop) = there {
        event.prevent_default();
        let _ = stop.focus();
    }
}

/// Used where a link leads home.
pub(super) fn home() -> String {
    Place::Home.path()
}
