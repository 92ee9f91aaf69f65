//! Somebody removed this person from groups: says so, and leads away from them as leaving does.

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
        || [Topic::Removals],
        |state| {
            let told = state.removals.iter();
            told.map(|removal| (removal.group, sentence(state, removal))).collect::<Vec<_>>()
        },
    );
    let banner = StoredValue::new(String::new());
    Effect::new(move |_| {
        let removed = removed.get();
        if removed.is_empty() {
            return;
        }
        // It stays until it is closed: nobody may be looking now. Until then what comes is added to it.
        let shown = banner.with_value(|banner| {
            let is_shown = screen.problem.with_untracked(|problem| problem.as_ref() == Some(banner));
            is_shown.then(|| banner.clone())
        });
        let sentences = shown.into_iter().chain(removed.iter().map(|(_, sentence)| sentence.clone()));
        banner.set_value(sentences.collect::<Vec<_>>().join(" "));
        screen.problem.set(Some(banner.get_value()));
        store.act(Action::NoticedRemovals);
        let open = path.with_untracked(|path| conversation_at(path));
        if removed.iter().any(|(group, _)| open == Some(ConversationId::Group(*group))) {
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
