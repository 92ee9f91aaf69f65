//! Whom the conversation is with, and whether they are online.

use chat::{ChatState, Topic};
use leptos::prelude::*;
use protocol::ConversationId;

use super::{
    last_seen::{LastSeen, last_seen},
    names::{WATCHED_MEMBERS, members, name_of, online, other},
};
use crate::{
    frame::pane::BackButton,
    screen::Screen,
    store::Store,
    ui::{avatar::Avatar, focus::take_lost_focus, icon::Icon},
};

#[component]
pub(super) fn Header(id: ConversationId) -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    let name = name_of(store, id);
    let topics = move || {
        let of_person = other(store, id).map(Topic::Person);
        let of_group = of_person.is_none().then_some(Topic::People);
        [Topic::Conversation(id), Topic::Link].into_iter().chain(of_person).chain(of_group)
    };
    let title = NodeRef::new();
    take_lost_focus(title);
    let watched = store.select(
        move || [Topic::Conversation(id)],
        move |state| {
            let members = state.conversation(id).and_then(|one| one.members.as_ref());
            let members = members.filter(|members| members.len() <= WATCHED_MEMBERS);
            members.into_iter().flatten().map(|member| member.id).collect::<Vec<_>>()
        },
    );
    Effect::new(move |_| watched.with(|users| users.iter().for_each(|user| store.watch(*user))));
    let subtitle = store.select(topics, move |state| subtitle(state, id));
    let seen = last_seen(store, id);
    let subtitle = move || match seen.get() {
        Some(at) => view! { <LastSeen at /> }.into_any(),
        None => view! { <span prop:textContent=subtitle></span> }.into_any(),
    };
    let avatar = match other(store, id) {
        Some(user) => view! { <Avatar id name online=online(store, user) /> }.into_any(),
        None => view! { <Avatar id name /> }.into_any(),
    };
    let toggle_details = move |_| screen.details.update(|open| *open = !*open);
    view! {
        <header class="conversation-header">
            <BackButton />
            {avatar}
            // Whoever has a pointer may press the name, too.
            <div class="conversation-heading" on:click=toggle_details>
                <h1 class="conversation-title truncate" tabindex="-1" node_ref=title><bdi prop:textContent=name></bdi></h1>
                <p class="conversation-subtitle truncate">{subtitle}</p>
            </div>
            <button
                class="icon-button"
                type="button"
                aria-label="Details"
                title="Details"
                aria-expanded=Signal::derive(move || screen.details.get().to_string())
                on:click=toggle_details
            >
                <Icon name="details" />
            </button>
        </header>
    }
}

fn subtitle(state: &ChatState, id: ConversationId) -> String {
    let is_there = |id| state.people.is_online(id);
    match id {
        ConversationId::User(user) if user == state.me.id => "Only you see this".to_owned(),
        // Without a connection nobody knows.
        ConversationId::User(_) if !state.link.is_online() => String::new(),
        ConversationId::User(user) => match state.people.presence(user) {
            Some(true) => "Online".to_owned(),
            Some(false) => "Offline".to_owned(),
            None => String::new(),
        },
        ConversationId::Group(_) => {
            let Some(conversation) = state.conversation(id) else { return String::new() };
            let count = conversation.group().map_or(0, |group| group.member_count);
            let watched = conversation.members.as_ref().filter(|list| list.len() <= WATCHED_MEMBERS);
            match watched.filter(|_| state.link.is_online()) {
                Some(list) => {
                    let online = list.iter().filter(|user| is_there(user.id)).count();
                    format!("{}, {online} online", members(count))
                }
                None => members(count),
            }
        }
    }
}
