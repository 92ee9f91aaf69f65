//! The person's own account, find, and the conversations in their sections.

mod account;
pub(crate) mod collapsed;
pub(crate) mod conversation_row;
mod conversations;
mod excerpt;
mod find_field;
mod find_hints;
mod fold;
mod found_commands;
pub(crate) mod keys;
mod message_hit;
mod message_results;
mod people;
pub(crate) mod person_row;
mod results;
pub(crate) mod search;
mod width;

use chat::Topic;
use leptos::{
    ev::{KeyboardEvent, MouseEvent},
    html,
    prelude::*,
};
use wasm_bindgen::JsCast as _;
use web_sys::Element;

use crate::{
    notification::offer::Offer,
    screen::Screen,
    store::Store,
    ui::{breakpoint, button::IconButton, focus, icon::Icon, shortcut::pressed},
};
use account::Account;
use conversations::Conversations;
use find_field::FindField;
use keys::{IN_SIDEBAR, InSidebar};
use results::Results;
use width::Edge;

/// What scrolls.
const SCROLLER: &str = ".sidebar-scroll";

#[component]
pub(crate) fn Sidebar() -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    let sidebar: NodeRef<html::Nav> = NodeRef::new();
    let typed = RwSignal::new(String::new());
    let query = Memo::new(move |_| typed.with(|typed| typed.trim().to_owned()));
    let finds = Memo::new(move |_| query.with(|query| !query.is_empty()));
    // Opening a conversation ends the search, also if it was open already.
    let open = store.select(|| [Topic::Open], |state| state.open);
    Effect::new(move |_| {
        if open.get().is_some() {
            typed.set(String::new());
        }
    });
    let chosen = move |event: MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let link = target.and_then(|target| target.closest("a[href], .found-command").ok().flatten());
        let goes_elsewhere = event.ctrl_key() || event.meta_key() || event.shift_key() || event.button() != 0;
        if link.is_some() && !goes_elsewhere && !typed.with_untracked(String::is_empty) {
            typed.set(String::new());
            // The row that was pressed goes, and the focus with it.
            if !breakpoint::keyboard_covers() {
                request_animation_frame(|| {
                    let _ = focus::focus("#composer") || focus::focus(".find-input");
                });
            }
        }
    };
    let toggle_label =
        Signal::derive(move || if screen.sidebar.get() { "Hide the sidebar" } else { "Show the sidebar" });
    let walk = move |event: KeyboardEvent| {
        let step = match pressed(IN_SIDEBAR, &event) {
            Some(InSidebar::Down) => 1,
            Some(InSidebar::Up) => -1,
            _ => return,
        };
        // From the find field through the rows and back.
        let stops = ".find-input, .sidebar-scroll :is(a, button)";
        if sidebar.get_untracked().is_some_and(|sidebar| focus::walk(&sidebar, stops, step)) {
            event.prevent_default();
        }
    };
    let find = move |_| {
        screen.sidebar.set(true);
        focus::focus_soon(".sidebar .find-input");
    };
    view! {
        <nav
            class="sidebar"
            aria-label="Conversations"
            inert=Signal::derive(move || screen.sidebar_is_covered())
            node_ref=sidebar
            on:keydown=walk
        >
            <header class="sidebar-header">
                <button
                    class="icon-button sidebar-toggle"
                    type="button"
                    aria-label=toggle_label
                    title=toggle_label
                    aria-expanded=Signal::derive(move || screen.sidebar.get().to_string())
                    on:click=move |_| screen.sidebar.update(|open| *open = !*open)
                >
                    <Icon name="sidebar" />
                </button>
                <Account />
                <IconButton icon="find" label="Find people, groups and messages" class="sidebar-find" on_press=find />
            </header>
            <FindField typed />
            <Offer />
            <div class="sidebar-scroll" on:click=chosen>
                <div>
                    <Show when=move || finds.get() fallback=|| view! { <Conversations /> }>
                        <Results query />
                    </Show>
                </div>
            </div>
            <Edge sidebar />
        </nav>
    }
}

/// A part of what was found, with a title, which is its name.
#[component]
fn Section(
    /// The id of the title's element.
    id: &'static str,
    title: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <section class="sidebar-section" aria-labelledby=id>
            <header class="sidebar-section-header">
                <h2 class="section-title" id=id>{title}</h2>
            </header>
            {children()}
        </section>
    }
}
