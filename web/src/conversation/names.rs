//! What people, groups and conversations are called.

use chat::{ChatState, Topic};
use leptos::prelude::*;
use protocol::{ConversationId, UserId};

use crate::store::{Store, of_name};

/// The name of a person or a group; empty while it is not known.
pub(crate) fn name_of(store: Store, id: ConversationId) -> Memo<String> {
    store.select(move || [of_name(id)], move |state| name_in(state, id))
}

pub(crate) fn name_in(state: &ChatState, id: ConversationId) -> String {
    match id {
        ConversationId::User(user) if user == state.me.id => "Notes to self".to_owned(),
        ConversationId::User(user) => username(state, user),
        ConversationId::Group(_) => {
            let group = state.conversation(id).and_then(|conversation| conversation.group());
            group.map(|group| group.name.to_string()).unwrap_or_default()
        }
    }
}

/// Whether the person or the group is known: somebody whom this person has met, or a group that they are in.
pub(crate) fn is_known(state: &ChatState, id: ConversationId) -> bool {
    match id {
        ConversationId::User(user) => state.people.get(user).is_some(),
        ConversationId::Group(_) => state.conversation(id).is_some_and(|one| one.group().is_some()),
    }
}

/// The name of a person; empty while it is not known.
pub(crate) fn username(state: &ChatState, id: UserId) -> String {
    state.people.get(id).map(|user| user.username.to_string()).unwrap_or_default()
}

/// In a group with more members than this, the page does not show how many are online.
pub(crate) const WATCHED_MEMBERS: usize = 200;

/// Whether to show somebody as online: they are, and there is a connection by which to know it.
pub(crate) fn online(store: Store, id: UserId) -> Memo<bool> {
    store.watch(id);
    store.select(
        move || [Topic::Person(id), Topic::Link],
        move |state| state.link.is_online() && state.people.is_online(id),
    )
}

/// The other person of a private conversation; nobody in the conversation with oneself.
pub(crate) fn other(store: Store, id: ConversationId) -> Option<UserId> {
    match id {
        ConversationId::User(user) if user != store.me() => Some(user),
        _ => None,
    }
}

/// "1 member", "5 members".
pub(crate) fn members(count: u64) -> String {
    if count == 1 { "1 member".to_owned() } else { format!("{count} members") }
}
