//! One conversation in the sidebar, and one person in any list.

use protocol::{ConversationId, UserId};

use super::{
    avatar::{avatar, presence},
    conversation::{name_of, username},
};
use crate::{
    app::App,
    dom::{El, Item, View, a, el, list, span, when},
    live::Live,
    place::conversation_path,
    state::ChatState,
};

/// The newest words of a conversation.
#[derive(Clone, PartialEq)]
struct Preview {
    author: Option<UserId>,
    text: String,
}

fn conversation_row(id: ConversationId, open: Live<Option<ConversationId>>) -> El {
    let app = App::here();
    let name = name_of(app, id);
    let unread = app.select(move |state| state.conversations.get(&id).map_or(0, |one| one.unread()));
    let at = app.select(move |state| {
        let written = state.outbox.of(id).last().map(|unsent| unsent.written_at);
        written.max(state.conversations.get(&id).map(|one| one.updated_at))
    });
    let newest = app.select(move |state| newest(state, id));
    let preview = move || match newest.get() {
        None => "No messages yet".to_owned(),
        Some(Preview { author: None, text }) => text,
        Some(Preview { author: Some(author), text }) if author == app.me => format!("You: {text}"),
        Some(Preview { author: Some(author), text }) => {
            app.names.track();
            format!("{}: {text}", app.look(|state| username(state, author)))
        }
    };
    let online = match id {
        ConversationId::User(user) if user != app.me => {
            Some(app.select(move |state| state.people.is_online(user)))
        }
        _ => None,
    };
    let online_in_words = online.map(|online| {
        span("visually-hidden").live_text(move || if online.get() { ", online" } else { ", offline" })
    });
    let badge = move || {
        let count = move || match unread.get() {
            unread @ 0..100 => unread.to_string(),
            _ => "99+".to_owned(),
        };
        span("badge").live_text(count).child(span("visually-hidden").text(" unread"))
    };
    a("conversation-row", &conversation_path(id))
        .class_if("is-unread", move || unread.get() > 0)
        .live_attr("aria-current", move || (open.get() == Some(id)).then_some("page"))
        .child(avatar(id, move || name.get()).children(online.map(presence)))
        .child(span("conversation-row-name truncate").attr("dir", "auto").live_text(move || name.get()))
        .children(online_in_words)
        .child(span("conversation-row-time").live_text(move || match at.get() {
            Some(at) => app.calendar.short(at),
            None => String::new(),
        }))
        .child(span("conversation-row-preview truncate").attr("dir", "auto").live_text(preview))
        .child(when(move || unread.get() > 0, badge))
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
fn person_row(user: UserId, open: Option<Live<Option<ConversationId>>>) -> El {
    let app = App::here();
    let id = ConversationId::User(user);
    let name = app.select(move |state| username(state, user));
    let online = app.select(move |state| state.people.is_online(user));
    let is_open = move || open.is_some_and(|open| open.get() == Some(id));
    let hint = move || match (user == app.me, online.get()) {
        (true, _) => "You",
        (false, true) => "Online",
        (false, false) => "Offline",
    };
    a("person-row", &conversation_path(id))
        .live_attr("aria-current", move || is_open().then_some("page"))
        .child(avatar(id, move || name.get()).class("is-small").child(presence(online)))
        .child(span("person-row-name truncate").attr("dir", "auto").live_text(move || name.get()))
        .child(span("person-row-hint").live_text(hint))
}

/// Rows of people.
pub(super) fn people(
    users: impl Fn() -> Vec<UserId> + 'static,
    open: Option<Live<Option<ConversationId>>>,
) -> View {
    list(move || {
        let row =
            |user: UserId| Item::new(user.to_string(), move || el("li", "").child(person_row(user, open)));
        users().into_iter().map(row).collect()
    })
}

/// Rows of conversations.
pub(super) fn conversations(ids: Live<Vec<ConversationId>>, open: Live<Option<ConversationId>>) -> View {
    list(move || {
        let row = |id: ConversationId| {
            Item::new(conversation_path(id), move || el("li", "").child(conversation_row(id, open)))
        };
        ids.get().into_iter().map(row).collect()
    })
}
