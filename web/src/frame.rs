//! What stands around everything while somebody is logged in: the sidebar, the open conversation
//! in the middle, its details, the dialogs, and the keys that work anywhere.

pub(crate) mod commands;
mod dropped_files;
pub(crate) mod first_run;
mod keys;
mod neighbour;
pub(crate) mod not_found;
pub(crate) mod pane;
mod shortcuts;
mod title;
mod viewport;

use chat::{Load, Topic};
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_url};
use protocol::User;

use crate::{
    conversation::names::is_known,
    details::Details,
    group::{
        add_people::AddPeopleDialog, find_group::FindGroupDialog, new_group::NewGroupDialog,
        removed::follow_removals,
    },
    link::{aloud::say_banners, breaks::watch_breaks},
    notification,
    routes::{self, conversation_at},
    screen::Screen,
    session::Session,
    shell,
    sidebar::Sidebar,
    store::{Store, of_name},
    ui::{
        announcer::Announcements,
        breakpoint::{self, PANELS_OVERLAP},
        focus::focus,
    },
};

use commands::Commands;
use shortcuts::ShortcutsDialog;

/// Its children are the pane in the middle.
#[component]
pub(crate) fn Frame(me: User, children: Children) -> impl IntoView {
    let store = Store::start(me, Session::expect());
    let screen = Screen::start();
    provide_context(store);
    provide_context(screen);
    watch_breaks(store, screen);
    say_banners(store, screen);

    let path = use_location().pathname;
    let at_home = Memo::new(move |_| path.with(|path| path == routes::HOME));
    let open = Memo::new(move |_| path.with(|path| conversation_at(path)));
    // Each time that somebody goes somewhere, also if they are there already.
    let url = use_url();
    Effect::new(move |_| {
        url.track();
        screen.sidebar.set(false);
        if breakpoint::matches(PANELS_OVERLAP) {
            screen.details.set(false);
        }
    });
    let list = store.select(|| [Topic::List], |state| state.list.clone());
    Effect::new(move |_| {
        if list.get() != Load::Loading {
            shell::started();
        }
    });
    title::show_unread(store, screen, open);
    notification::start(store, screen);
    keys::listen(store, screen);
    dropped_files::refuse(screen);
    provide_context(Commands::new(store, screen));
    viewport::follow();
    follow_removals(store, screen);

    let can_write = store.select(
        move || open.get().map(of_name),
        move |state| open.get_untracked().is_some_and(|id| is_known(state, id)),
    );
    // What is not there, as the message field beside an invitation, is no place to skip to.
    let skip_to = move || match (at_home.get(), can_write.get()) {
        (true, _) => ("#find", "Skip to finding people and groups"),
        (_, true) => ("#composer", "Skip to the message field"),
        _ => ("#pane", "Skip to the content"),
    };
    let skip = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        focus(untrack(skip_to).0);
    };
    let details = move || open.get().filter(|_| screen.details.get());
    view! {
        <div
            class="app"
            data-pane=Signal::derive(move || if at_home.get() { "list" } else { "conversation" })
            data-sidebar=Signal::derive(move || screen.sidebar.get().then_some("open"))
            data-details=Signal::derive(move || details().map(|_| "open"))
        >
            <a class="skip-link" href=move || skip_to().0 on:click=skip prop:textContent=move || skip_to().1></a>
            <Sidebar />
            {children()}
            <Show when=move || screen.sidebar.get() || details().is_some()>
                <div class="app-scrim" on:click=move |_| screen.close_panels()></div>
            </Show>
            {move || details().map(|id| view! { <Details id /> })}
        </div>
        <NewGroupDialog />
        <FindGroupDialog />
        <AddPeopleDialog />
        <ShortcutsDialog />
        <Announcements announcer=screen.announcer />
    }
}
