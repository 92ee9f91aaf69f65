//! About a person: whether they are online, and the shared groups.

use chat::Topic;
use leptos::prelude::*;
use protocol::{ConversationId, Group, UserId};

use super::mute::Mute;
use crate::{
    conversation::names::name_of,
    routes::conversation_path,
    screen::Screen,
    store::Store,
    ui::{avatar::Avatar, focus::focus_soon, icon::Icon, notice::Failure, skeleton::Skeleton},
};

#[component]
pub(super) fn AboutPerson(user: UserId) -> impl IntoView {
    let store = Store::expect();
    let id = ConversationId::User(user);
    let name = name_of(store, id);
    let is_me = user == store.me();
    store.watch(user);
    let topics = move || [Topic::Person(user), Topic::Link];
    let presence =
        store.select(topics, move |state| state.link.is_online().then(|| state.people.presence(user)));
    let fact = move || match (is_me, presence.get().flatten()) {
        (true, _) => "Only you see what you write here.",
        (_, Some(true)) => "Online",
        (_, Some(false)) => "Offline. Messages wait until they are back.",
        (_, None) => "",
    };
    view! {
        <div class="details-subject">
            <Avatar id name />
            <p class="details-name"><bdi prop:textContent=name></bdi></p>
            <p class="details-fact" prop:textContent=fact></p>
        </div>
        <Write label=if is_me { "Write a note" } else { "Write a message" } />
        {(!is_me).then(|| view! { <Mute id /> <SharedGroups user /> })}
    }
}

/// Leads to the field in which messages are written.
#[component]
fn Write(label: &'static str) -> impl IntoView {
    let screen = Screen::expect();
    let write = move |_| {
        // The details may lie over the field.
        if untrack(|| screen.pane_is_covered()) {
            screen.details.set(false);
        }
        focus_soon("#composer");
    };
    view! {
        <section class="details-section">
            <button class="button is-wide" type="button" on:click=write>
                <Icon name="edit" small=true />
                {label}
            </button>
        </section>
    }
}

#[component]
fn SharedGroups(user: UserId) -> impl IntoView {
    let store = Store::expect();
    let load = LocalResource::new(move || store.shared_groups(user));
    let again = Callback::new(move |()| load.refetch());
    let list = move || match load.get() {
        None => view! { <Skeleton rows=2 small=true /> }.into_any(),
        Some(Err(text)) => view! { <Failure title="The groups did not load" text again /> }.into_any(),
        Some(Ok(groups)) if groups.is_empty() => view! { <p class="field-hint">"None"</p> }.into_any(),
        Some(Ok(groups)) => {
            let row = |group: Group| view! { <li><GroupRow group /></li> };
            view! { <ul>{groups.into_iter().map(row).collect_view()}</ul> }.into_any()
        }
    };
    view! {
        <section class="details-section" aria-labelledby="shared-title">
            <h3 class="section-title" id="shared-title">"Groups you share"</h3>
            {list}
        </section>
    }
}

#[component]
fn GroupRow(group: Group) -> impl IntoView {
    let (id, name) = (ConversationId::Group(group.id), group.name.to_string());
    view! {
        <a class="person-row" href=conversation_path(id) title=name.clone()>
            <Avatar id name=name.clone() small=true />
            <span class="person-row-name truncate"><bdi>{name.clone()}</bdi></span>
        </a>
    }
}
