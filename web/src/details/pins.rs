//! The pinned messages of a conversation.

use chat::Topic;
use leptos::prelude::*;
use protocol::{ConversationId, Message};

use crate::{
    conversation::names::username,
    message::preview::line,
    routes::message_path,
    screen::Screen,
    store::Store,
    ui::{notice::Failure, skeleton::Skeleton},
};

#[component]
pub(super) fn Pins(id: ConversationId) -> impl IntoView {
    let store = Store::expect();
    // When one of those on the page is pinned, unpinned or corrected, the list is another one; when one that is
    // not on the page has changed, it may be.
    let seen = store.select(
        move || [Topic::Conversation(id)],
        move |state| {
            let conversation = state.conversation(id);
            let messages = conversation.into_iter().flat_map(|one| one.timeline.runs()).flatten();
            let pinned = messages
                .filter_map(|message| Some((message.seq, message.pinned_at?, message.rev)))
                .collect::<Vec<_>>();
            (pinned, conversation.map(|one| one.unseen_changes))
        },
    );
    let load = LocalResource::new(move || {
        seen.track();
        store.pins(id)
    });
    // Nothing is heard during a break.
    let connected = store.select(|| [Topic::Link], |state| state.link.is_online());
    Effect::new(move |before: Option<bool>| {
        let now = connected.get();
        if before == Some(false) && now {
            load.refetch();
        }
        now
    });
    let again = Callback::new(move |()| load.refetch());
    let list = move || {
        match load.get() {
        None => view! { <Skeleton rows=1 small=true /> }.into_any(),
        Some(Err(text)) => view! { <Failure title="The pinned messages did not load" text again /> }.into_any(),
        Some(Ok(pins)) if pins.is_empty() => {
            view! { <p class="field-hint">"None. Pin a message with its menu, and everybody finds it here."</p> }
                .into_any()
        }
        Some(Ok(pins)) => {
            let row = |message: Message| view! { <li><Pin id message /></li> };
            view! { <ul>{pins.into_iter().map(row).collect_view()}</ul> }.into_any()
        }
    }
    };
    view! {
        <section class="details-section" aria-labelledby="pins-title">
            <h3 class="section-title" id="pins-title">"Pinned"</h3>
            {list}
        </section>
    }
}

#[component]
fn Pin(id: ConversationId, message: Message) -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    store.track(Topic::Person(message.sender_id));
    let (author, text) = store.with(|state| {
        let text = line(state, message.content.as_str());
        (username(state, message.sender_id), text)
    });
    view! {
        <a class="pin" href=message_path(id, message.id)>
            <span class="pin-head">
                <bdi class="truncate">{author}</bdi>
                <span class="pin-time">{screen.calendar.short(message.created_at)}</span>
            </span>
            <bdi class="pin-text">{text}</bdi>
        </a>
    }
}
