//! What the first person on a server is told: how the others get here, and where all of them can talk.

use std::str::FromStr as _;

use chat::{ChatState, Load, Topic};
use gloo::timers::callback::Timeout;
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use protocol::{GroupName, Visibility};

use crate::{
    routes::conversation_path,
    screen::Screen,
    store::Store,
    ui::{clipboard::copy, icon::Icon},
};

/// The group that is offered.
const EVERYONE: &str = "Everyone";
/// How long the button says that it is done, in milliseconds.
const SAYS_COPIED: u32 = 2_000;

/// Whether there is nobody else yet, as far as is known, and nothing else to show.
pub(crate) fn is_first(store: Store) -> Memo<bool> {
    let is_first = |state: &ChatState| {
        state.list == Load::Loaded && state.conversations().is_empty() && state.people.known() <= 1
    };
    store.select(|| [Topic::List, Topic::People], is_first)
}

#[component]
pub(crate) fn FirstRun() -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    let navigate = use_navigate();
    let address = window().location().origin().unwrap_or_default();
    let copied = RwSignal::new(false);
    let copy_address = {
        let address = address.clone();
        move |_| {
            copy(screen.announcer, &address, "The address is copied");
            copied.set(true);
            let back = Timeout::new(SAYS_COPIED, move || {
                copied.try_set(false);
            });
            back.forget();
        }
    };
    let create = Action::new_local(move |(): &()| {
        let navigate = navigate.clone();
        async move {
            let name = GroupName::from_str(EVERYONE).map_err(|error| error.to_string())?;
            let id = store.create_group(name, Visibility::Public).await?;
            navigate(&conversation_path(id), NavigateOptions::default());
            Ok::<(), String>(())
        }
    });
    let busy = create.pending();
    let wrong = move || create.value().get().and_then(Result::err);
    let press = move |_| {
        if !busy.get_untracked() {
            create.dispatch_local(());
        }
    };
    view! {
        <div class="first-run">
            <p class="first-run-title">"Nobody else is here yet"</p>
            <p class="first-run-text">"Send this address to those whom you want to talk to. They appear here once they have registered."</p>
            <div class="invite-link">
                <input readonly value=address aria-label="Address of this page" />
                <button class="button" type="button" on:click=copy_address>
                    {move || if copied.get() { "Copied" } else { "Copy" }}
                </button>
            </div>
            <button
                class="button is-wide"
                type="button"
                aria-disabled=Signal::derive(move || busy.get().then_some("true"))
                on:click=press
            >
                <Icon name="people" small=true />
                "Create a group for everyone"
            </button>
            {move || wrong().map(|said| view! { <p class="field-error" role="alert">{said}</p> })}
        </div>
    }
}
