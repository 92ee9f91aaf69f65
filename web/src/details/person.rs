//! About a person: how it stands with them, and the groups that one shares.

use chat::{ChatState, Topic};
use leptos::prelude::*;
use protocol::{ConversationId, GroupId, UserId};

use crate::{
    conversation::names::{name_in, name_of},
    intl::collation::by_name,
    routes::conversation_path,
    screen::Screen,
    store::Store,
    ui::{avatar::Avatar, focus::focus_soon, icon::Icon},
};

/// Of so many groups, those in which something happened last, the members are asked for.
const LOOKED_AT: usize = 20;

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
            <p class="details-name"><bdi>{name}</bdi></p>
            <p class="details-fact" prop:textContent=fact></p>
        </div>
        <Write label=if is_me { "Write a note" } else { "Write a message" } />
        {(!is_me).then(|| view! { <SharedGroups user /> })}
    }
}

/// Leads to the field in which one writes.
#[component]
fn Write(label: &'static str) -> impl IntoView {
    let screen = Screen::expect();
    let write = move |_| {
        // It may lie over the field.
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
    let load = LocalResource::new(move || {
        let unknown = store.with(without_members);
        async move {
            for group in unknown {
                store.load_members(group).await?;
            }
            Ok::<(), String>(())
        }
    });
    let topics = move || {
        let groups = store.with(latest_groups);
        groups.into_iter().map(|group| Topic::Conversation(ConversationId::Group(group)))
    };
    let shared = store.select(topics, move |state| shared_with(state, user));
    let none = move || match (shared.with(Vec::is_empty), load.get()) {
        (false, _) => None,
        (true, None) => Some("Looking"),
        (true, Some(Ok(()))) => Some("None"),
        (true, Some(Err(_))) => Some("They could not be asked for."),
    };
    view! {
        <section class="details-section" aria-labelledby="shared-title">
            <h3 class="section-title" id="shared-title">"Groups you share"</h3>
            {move || none().map(|words| view! { <p class="field-hint">{words}</p> })}
            <ul>
                <For each=move || shared.get() key=|id| *id let:id>
                    <li><GroupRow id /></li>
                </For>
            </ul>
        </section>
    }
}

#[component]
fn GroupRow(id: ConversationId) -> impl IntoView {
    let name = name_of(Store::expect(), id);
    view! {
        <a class="person-row" href=conversation_path(id) title=name>
            <Avatar id name small=true />
            <span class="person-row-name truncate"><bdi>{name}</bdi></span>
        </a>
    }
}

/// One's groups, those in which something happened last.
fn latest_groups(state: &ChatState) -> Vec<GroupId> {
    let groups = state.sorted_conversations().into_iter().filter_map(|(id, _)| match id {
        ConversationId::Group(group) => Some(group),
        ConversationId::User(_) => None,
    });
    groups.take(LOOKED_AT).collect()
}

fn without_members(state: &ChatState) -> Vec<GroupId> {
    let is_unknown = |group: &GroupId| {
        let group = state.conversations().get(&ConversationId::Group(*group));
        group.is_some_and(|group| group.members.is_none())
    };
    latest_groups(state).into_iter().filter(is_unknown).collect()
}

/// In the order of their names.
fn shared_with(state: &ChatState, user: UserId) -> Vec<ConversationId> {
    let conversations = latest_groups(state).into_iter().map(ConversationId::Group);
    let is_shared = |id: &ConversationId| {
        let members = state.conversations().get(id).and_then(|group| group.members.as_ref());
        members.is_some_and(|members| members.iter().any(|member| member.id == user))
    };
    by_name(conversations.filter(is_shared).collect(), |id| name_in(state, *id))
}
