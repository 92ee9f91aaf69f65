//! Who is logged in, with a menu.

use chat::{Link, Topic};
use leptos::{html, prelude::*};
use protocol::ConversationId;

use crate::{
    frame::commands::log_out,
    notification::menu::NotificationSwitches,
    routes::conversation_path,
    screen::Screen,
    session::Session,
    store::Store,
    ui::{avatar::Avatar, icon::Icon, popover},
};

#[component]
pub(super) fn Account() -> impl IntoView {
    let (store, screen, session) = (Store::expect(), Screen::expect(), Session::expect());
    let name = store.with(|state| state.me.username.to_string());
    let link = store.select(
        || [Topic::Link],
        |state| match state.link {
            Link::Online => "Online",
            Link::Connecting => "Connecting",
            Link::Offline { .. } | Link::Waiting { .. } | Link::Refused(_) => "Offline",
        },
    );
    let online = Memo::new(move |_| link.get() == "Online");
    let label = {
        let name = name.clone();
        Signal::derive(move || format!("Your account: {name}, {}", link.get().to_lowercase()))
    };
    let menu: NodeRef<html::Div> = NodeRef::new();
    let leave = move |everywhere| {
        popover::close(menu);
        log_out(session, screen, everywhere);
    };
    let show_shortcuts = move |_| {
        popover::close(menu);
        screen.shortcuts.set(true);
    };
    let me = ConversationId::User(store.me());
    view! {
        <button
            class="account-button"
            type="button"
            popovertarget="account-menu"
            aria-label=label
            title=name.clone()
        >
            <Avatar id=me name=name.clone() online />
            <span class="account-name truncate"><bdi>{name.clone()}</bdi></span>
            // Not a text: the button's name says it.
            <span class="account-state" data-words=move || if online.get() { "" } else { link.get() }></span>
            <Icon name="expand" />
        </button>
        <div class="menu account-menu" id="account-menu" popover="auto" role="group" aria-label="Your account" node_ref=menu on:keydown=move |event| popover::walk(&event, menu)>
            <p class="menu-heading">"Logged in as " <bdi>{name}</bdi></p>
            <a class="menu-item" href=conversation_path(me) on:click=move |_| popover::close(menu)>
                <Icon name="edit" />
                "Notes to self"
            </a>
            <NotificationSwitches />
            <button class="menu-item" type="button" on:click=show_shortcuts>
                <Icon name="keys" />
                "Keyboard shortcuts"
            </button>
            <button class="menu-item" type="button" on:click=move |_| leave(false)>
                <Icon name="leave" />
                "Log out"
            </button>
            <button class="menu-item" type="button" on:click=move |_| leave(true)>
                <Icon name="leave" />
                "Log out on all devices"
            </button>
        </div>
    }
}
