//! What the first person on a server is told: how the others get here, and where all of them can talk.

use std::str::FromStr as _;

use chat::{ChatState, Load, Topic};
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};
use protocol::{GroupName, Visibility};

use crate::{
    routes::conversation_path,
    screen::Screen,
    store::{Store, new_client_id},
    ui::{copy_field::CopyField, icon::Icon},
};

/// The group that is offered.
const EVERYONE: &str = "Everyone";

/// Whether there is nobody else yet, as far as is known, and nothing else to show.
pub(crate) fn is_first(store: Store) -> Memo<bool> {
    let is_first = |state: &ChatState| {
        state.list == Load::Loaded && state.conversations().is_empty() && state.people.known() <= 1
    };
    store.select(|| [Topic::List, Topic::People], is_first)
}

#[component]
pub(crate) fn FirstRun() -> impl IntoView {
    let (store, announcer) = (Store::expect(), Screen::expect().announcer);
    let (navigate, path) = (use_navigate(), use_location().pathname);
    // Whoever presses again because no answer came makes no second group.
    let client_id = StoredValue::new(new_client_id());
    let address = window().location().origin().unwrap_or_default();
    let create = Action::new_local(move |(): &()| {
        let navigate = navigate.clone();
        let (client_id, from) = (client_id.get_value(), path.get_untracked());
        async move {
            let name = GroupName::from_str(EVERYONE).map_err(|error| error.to_string())?;
            let id = store.create_group(client_id, name, Visibility::Public).await?;
            // They may have gone elsewhere meanwhile.
            if path.get_untracked() == from {
                navigate(&conversation_path(id), NavigateOptions::default());
            }
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
            <CopyField announcer text=address label="Address of this page" done="The address is copied" />
            <button
                class="button is-wide"
                type="button"
                aria-disabled=Signal::derive(move || busy.get().then_some("true"))
                on:click=press
            >
                <Icon name="people" small=true />
                "Create a group for everyone"
            </button>
            {move || wrong().map(|said| view! { <p class="field-error" role="alert" prop:textContent=said></p> })}
        </div>
    }
}
