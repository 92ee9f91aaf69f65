//! Somebody removed this person from a group: says so, and leads away from it as leaving does.

use chat::{Action, ChatState, Removal, Topic};
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};
use protocol::ConversationId;

use crate::{
    conversation::names::username,
    intl::direction::isolated,
    routes::{self, conversation_at},
    screen::Screen,
    store::Store,
};

pub(crate) fn follow_removals(store: Store, screen: Screen) {
    let (navigate, path) = (use_navigate(), use_location().pathname);
    let removed = store.select(
        || [Topic::Removal],
        |state| state.removal.as_ref().map(|removal| (removal.group, sentence(state, removal))),
    );
    Effect::new(move |_| {
        let Some((group, sentence)) = removed.get() else { return };
        // It stays until it is closed: nobody may be looking now.
        screen.problem.set(Some(sentence));
        store.act(Action::NoticedRemoval);
        if path.with_untracked(|path| conversation_at(path)) == Some(ConversationId::Group(group)) {
            navigate(routes::HOME, NavigateOptions { replace: true, ..NavigateOptions::default() });
        }
    });
}

fn sentence(state: &ChatState, Removal { name, by, .. }: &Removal) -> String {
    let group = isolated(name.as_str());
    let by = by.map(|by| username(state, by));
    match by.as_deref() {
        // It was noticed after a break.
        None => format!("You are no longer a member of {group}."),
        Some("") => format!("You were removed from {group}."),
        Some(by) => format!("{} removed you from {group}.", isolated(by)),
    }
}
