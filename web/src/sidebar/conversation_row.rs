//! Conversations in a list.

use chat::{ChatState, Topic};
use leptos::prelude::*;
use protocol::{ConversationId, Timestamp, UserId};

use super::person_row::Presence;
use crate::{
    conversation::names::{name_in, online, other, username},
    intl::calendar::machine_readable,
    message::preview::line,
    routes::conversation_path,
    screen::Screen,
    store::{Store, of_name},
    ui::{avatar::Avatar, badge::Badge, icon::Icon, matched::Matched, windowed_list::WindowedList},
};

/// All that a row shows of the state.
#[derive(Clone, PartialEq)]
struct Summary {
    name: String,
    unread: u64,
    mentions: u64,
    is_muted: bool,
    at: Option<Timestamp>,
    newest: Option<Preview>,
    is_open: bool,
}

/// The newest words of a conversation.
#[derive(Clone, PartialEq)]
struct Preview {
    author: Option<UserId>,
    text: String,
}

/// Many of them, of which those near the screen are in the page.
#[component]
pub(crate) fn ConversationRows(
    ids: Memo<Vec<ConversationId>>,
    /// Finds the element that scrolls.
    scroller: &'static str,
) -> impl IntoView {
    view! { <WindowedList items=ids scroller row=|id| view! { <ConversationRow id /> }.into_any() /> }
}

#[component]
fn ConversationRow(id: ConversationId) -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    let topics = move || [of_name(id)].into_iter().chain([Topic::Conversation(id), Topic::Open]);
    let summary = store.select(topics, move |state| Summary::of(state, id));
    let is_muted = move || summary.with(|summary| summary.is_muted);
    let is_unread = move || summary.with(|summary| summary.unread > 0);
    let name = Signal::derive(move || summary.with(|summary| summary.name.clone()));
    // What one writes right now needs no sign.
    let is_begun = Memo::new(move |_| store.has_draft(id) && !summary.with(|summary| summary.is_open));

    let (avatar, presence) = match other(store, id) {
        Some(user) => {
            let online = online(store, user);
            (view! { <Avatar id name online /> }.into_any(), Some(view! { <Presence online /> }))
        }
        None => (view! { <Avatar id name /> }.into_any(), None),
    };
    let time = move || {
        summary.with(|summary| summary.at).map(|at| {
            view! {
                <time
                    class="conversation-row-time"
                    datetime=machine_readable(at)
                    prop:textContent=screen.calendar.short(at)
                ></time>
            }
        })
    };
    let newest = move || {
        let Some(Preview { author, text }) = summary.with(|summary| summary.newest.clone()) else {
            return view! { <span>"No messages yet"</span> }.into_any();
        };
        let author = author.map(|author| {
            if author == store.me() {
                return "You".to_owned();
            }
            store.track(Topic::Person(author));
            store.with(|state| username(state, author))
        });
        // Separate elements, because each may be written in another direction.
        view! { {author.map(|author| view! { <bdi class="conversation-row-author" prop:textContent=author></bdi> ": " })} <bdi prop:textContent=text></bdi> }.into_any()
    };
    view! {
        <a
            class="conversation-row"
            class:is-unread=is_unread
            class:is-muted=is_muted
            href=conversation_path(id)
            aria-current=Signal::derive(move || summary.with(|summary| summary.is_open).then_some("page"))
            title=name
        >
            {avatar}
            <span class="conversation-row-name truncate"><Matched name /></span>
            {presence}
            <span class="conversation-row-aside">
                {move || is_begun.get().then(|| view! { <Icon name="edit" small=true /><span class="visually-hidden">"draft"</span> })}
                {move || is_muted().then(|| view! { <Icon name="muted" small=true /><span class="visually-hidden">"muted"</span> })}
                {time}
            </span>
            <span class="conversation-row-preview truncate">{newest}</span>
            {move || {
                is_unread()
                    .then(|| {
                        let (unread, mentions) = summary.with(|summary| (summary.unread, summary.mentions));
                        view! { <Badge unread mentions /> }
                    })
            }}
        </a>
    }
}

impl Summary {
    fn of(state: &ChatState, id: ConversationId) -> Self {
        let conversation = state.conversation(id);
        let written = state.outbox.of(id).last().map(|unsent| unsent.written_at);
        Self {
            name: name_in(state, id),
            unread: conversation.map_or(0, |one| one.unread),
            mentions: conversation.map_or(0, |one| one.unread_mentions),
            is_muted: conversation.is_some_and(|one| one.muted),
            at: written.max(conversation.map(|one| one.updated_at)),
            newest: newest(state, id),
            is_open: state.open == Some(id),
        }
    }
}

/// If this person wrote something that the server has not confirmed, the last of that is the newest.
fn newest(state: &ChatState, id: ConversationId) -> Option<Preview> {
    let unsent = state.outbox.of(id).filter_map(|unsent| unsent.content()).last();
    let (author, text) = match unsent {
        Some(text) => (state.me.id, text),
        None => {
            let last = state.conversation(id)?.last_message.as_ref()?;
            if last.is_deleted() {
                return Some(Preview { author: None, text: "Message deleted".to_owned() });
            }
            (last.sender_id, &last.content)
        }
    };
    // Between two people, words without a name are those of the other person.
    let is_clear = match id {
        ConversationId::User(with) => author == with,
        ConversationId::Group(_) => false,
    };
    let text = line(state, text.as_str());
    Some(Preview { author: (!is_clear).then_some(author), text })
}
