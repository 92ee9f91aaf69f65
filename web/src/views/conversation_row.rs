//! One conversation in the sidebar, and one person in any list.

use leptos::prelude::*;
use protocol::{ConversationId, UserId};

use super::{
    avatar::Avatar,
    conversation::{name_of, username},
};
use crate::{
    app::App,
    live::{Item, Live, derived, list, when},
    place::conversation_path,
    state::ChatState,
};

/// The newest words of a conversation.
#[derive(Clone, PartialEq)]
struct Preview {
    author: Option<UserId>,
    text: String,
}

#[component]
fn ConversationRow(id: ConversationId, open: Live<Option<ConversationId>>) -> impl IntoView {
    let app: App = expect_context();
    let name = name_of(app, id);
    let unread = app.select(move |state| state.conversations.get(&id).map_or(0, |one| one.unread()));
    let at = app.select(move |state| {
        let written = state.outbox.of(id).last().map(|unsent| unsent.written_at);
        written.max(state.conversations.get(&id).map(|one| one.updated_at))
    });
    let newest = app.select(move |state| newest(state, id));
    let preview = derived(move || match newest.get() {
        None => "No messages yet".to_owned(),
        Some(Preview { author: None, text }) => text,
        Some(Preview { author: Some(author), text }) if author == app.me => format!("You: {text}"),
        Some(Preview { author: Some(author), text }) => {
            app.names.track();
            format!("{}: {text}", app.look(|state| username(state, author)))
        }
    });
    let other = match id {
        ConversationId::User(user) if user != app.me => Some(user),
        _ => None,
    };
    let online =
        other.map(|user| -> Signal<bool> { app.select(move |state| state.people.is_online(user)).into() });
    let presence = online.map(|online| {
        let word = derived(move || if online.get() { ", online" } else { ", offline" });
        view! { <span class="visually-hidden">{word}</span> }
    });
    view! {
        <a
            class="conversation-row"
            class:is-unread=derived(move || unread.get() > 0)
            href=conversation_path(id)
            aria-current=derived(move || (open.get() == Some(id)).then_some("page"))
        >
            {match online {
                Some(online) => view! { <Avatar id name online /> },
                None => view! { <Avatar id name /> },
            }}
            <span class="conversation-row-name truncate" dir="auto">{name}</span>
            {presence}
            <span class="conversation-row-time">{derived(move || at.get().map(|at| app.calendar.short(at)).unwrap_or_default())}</span>
            <span class="conversation-row-preview truncate" dir="auto">{preview}</span>
            {when(
                move || unread.get() > 0,
                move || view! {
                    <span class="badge">
                        {derived(move || match unread.get() {
                            unread @ 0..100 => unread.to_string(),
                            _ => "99+".to_owned(),
                        })}
                        <span class="visually-hidden">" unread"</span>
                    </span>
                }
                .into_any(),
            )}
        </a>
    }
    .into_any()
}

/// What one wrote last and the server has not confirmed is the newest.
fn newest(state: &ChatState, id: ConversationId) -> Option<Preview> {
    let (author, text) = match state.outbox.of(id).last() {
        Some(unsent) => (state.me.id, &unsent.content),
        None => {
            let last = state.conversations.get(&id)?.last_message.as_ref()?;
            (last.sender_id, &last.content)
        }
    };
    // To oneself one needs no name, and of two people the other is meant.
    let is_clear = match id {
        ConversationId::User(with) => author == with,
        ConversationId::Group(_) => false,
    };
    let text = text.as_str().chars().take(200).collect();
    Some(Preview { author: (!is_clear).then_some(author), text })
}

/// A person, with whether they are online.
#[component]
fn PersonRow(user: UserId, open: Option<Live<Option<ConversationId>>>) -> impl IntoView {
    let app: App = expect_context();
    let id = ConversationId::User(user);
    let name: Signal<String> = app.select(move |state| username(state, user)).into();
    let online = app.select(move |state| state.people.is_online(user));
    let hint = derived(move || match (user == app.me, online.get()) {
        (true, _) => "You",
        (false, true) => "Online",
        (false, false) => "Offline",
    });
    view! {
        <a
            class="person-row"
            href=conversation_path(id)
            aria-current=derived(move || open.is_some_and(|open| open.get() == Some(id)).then_some("page"))
        >
            <Avatar id name small=true online />
            <span class="person-row-name truncate" dir="auto">{name}</span>
            <span class="person-row-hint">{hint}</span>
        </a>
    }
    .into_any()
}

/// Rows of people.
pub(super) fn people(
    users: impl Fn() -> Vec<UserId> + Send + 'static,
    open: Option<Live<Option<ConversationId>>>,
) -> AnyView {
    list(move || {
        let row = move |user: UserId| {
            Item::new(user.to_string(), move || view! { <li><PersonRow user open /></li> }.into_any())
        };
        users().into_iter().map(row).collect()
    })
}

/// Rows of conversations.
pub(super) fn conversations(ids: Live<Vec<ConversationId>>, open: Live<Option<ConversationId>>) -> AnyView {
    list(move || {
        let row = move |id: ConversationId| {
            Item::new(conversation_path(id), move || {
                view! { <li><ConversationRow id open /></li> }.into_any()
            })
        };
        ids.get().into_iter().map(row).collect()
    })
}
