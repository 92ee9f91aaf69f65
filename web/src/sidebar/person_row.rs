//! One person in any list.

use chat::Topic;
use leptos::prelude::*;
use protocol::{ConversationId, UserId};

use crate::{
    conversation::names::{online, username},
    routes::conversation_path,
    store::Store,
    ui::{avatar::Avatar, matched::Matched},
};

#[component]
pub(crate) fn PersonRow(
    user: UserId,
    /// A word about them, at the end of the row.
    #[prop(optional, into)]
    word: Signal<Option<&'static str>>,
) -> impl IntoView {
    let store = Store::expect();
    let id = ConversationId::User(user);
    let name = store.select(move || [Topic::Person(user)], move |state| username(state, user));
    let online = online(store, user);
    let is_open = store.select(|| [Topic::Open], move |state| state.open == Some(id));
    let is_me = user == store.me();
    let hint = move || match (is_me, word.get()) {
        (true, Some(word)) => Some(format!("You · {word}")),
        (true, None) => Some("You".to_owned()),
        (false, word) => word.map(str::to_owned),
    };
    view! {
        <a
            class="person-row"
            href=conversation_path(id)
            aria-current=Signal::derive(move || is_open.get().then_some("page"))
            title=name
        >
            <Avatar id name small=true online />
            <span class="person-row-name truncate"><Matched name /></span>
            {move || hint().map(|hint| view! { <span class="person-row-hint" prop:textContent=hint></span> })}
            <Presence online />
        </a>
    }
}

/// What the mark on a picture says, in words.
#[component]
pub(crate) fn Presence(online: Memo<bool>) -> impl IntoView {
    view! { <span class="visually-hidden" prop:textContent=move || if online.get() { ", online" } else { "" }></span> }
}
