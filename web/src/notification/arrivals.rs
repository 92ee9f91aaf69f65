//! What is new since the page knew what there is, and showing it.

use std::{cmp::Reverse, collections::HashMap, time::Duration};

use chat::{ChatState, ConversationState, Load, Topic};
use gloo::timers::future::sleep;
use leptos::{prelude::*, task::spawn_local};
use protocol::{ConversationId, Message, Seq, beginning};

use super::{
    Notifications,
    attention::deserves_attention,
    burst::{Burst, and_more},
    shown::Content,
};
use crate::{
    browser::elapsed,
    conversation::names::{name_in, username},
    intl::direction::isolated,
    message::preview::{preview, signed},
    routes::{HOME, conversation_path},
    screen::Screen,
    store::Store,
};

/// How long to wait whether the person reads it just now, in another tab or on another device.
const SETTLES: Duration = Duration::from_millis(500);
/// How often to wait once more for a name that is not known yet.
const NAMES: u32 = 4;
/// Characters of a message that a notification shows.
const BODY: usize = 200;

/// The newest message of each conversation.
type Newest = HashMap<ConversationId, Seq>;

pub(super) fn watch(store: Store, screen: Screen, notifications: Notifications) {
    Effect::new(move |before: Option<Option<Newest>>| {
        // What is new is unread; and the list comes once.
        store.track(Topic::Unread);
        store.track(Topic::List);
        let before = before.flatten();
        // Until it is known what there is, nothing is new.
        if store.with(|state| state.list != Load::Loaded) {
            return before;
        }
        let new = before.as_ref().map(|before| store.with(|state| deserving(state, screen, before)));
        if let Some(new) = new.filter(|new| !new.is_empty()) {
            if document().hidden() {
                notifications.missed.set(true);
            }
            if store.with(|state| state.leads) && untrack(|| notifications.wishes.are_on()) {
                let show = show(store, screen, notifications, new);
                set_timeout(move || spawn_local(show), SETTLES);
            }
        }
        let newest = |one: &ConversationState| one.last_message.as_ref().map_or(Seq::ZERO, |last| last.seq);
        Some(store.with(|state| state.conversations().iter().map(|(id, one)| (*id, newest(one))).collect()))
    });
}

/// The newest message of each conversation that deserves attention, the newest of all first.
fn deserving(state: &ChatState, screen: Screen, before: &Newest) -> Vec<(ConversationId, Message)> {
    let conversations = state.conversations().iter();
    let mut deserving: Vec<_> = conversations
        .filter_map(|(id, one)| {
            let new = new(one, before.get(id).copied().unwrap_or_default());
            let message = new.into_iter().rfind(|message| deserves(state, screen, message))?;
            Some((*id, message.clone()))
        })
        .collect();
    deserving.sort_by_key(|(_, message)| Reverse(message.created_at));
    deserving
}

/// The messages of a conversation after this one that are here, in their order: at least the last.
fn new(conversation: &ConversationState, after: Seq) -> Vec<&Message> {
    let loaded = conversation.timeline.messages();
    let loaded = &loaded[loaded.partition_point(|message| message.seq <= after)..];
    match &conversation.last_message {
        Some(last) if loaded.is_empty() && last.seq > after => vec![last],
        _ => loaded.iter().collect(),
    }
}

fn deserves(state: &ChatState, screen: Screen, message: &Message) -> bool {
    let looks_at = state.open.filter(|_| screen.attention.get_untracked());
    deserves_attention(state, message, looks_at)
}

async fn show(
    store: Store,
    screen: Screen,
    notifications: Notifications,
    new: Vec<(ConversationId, Message)>,
) {
    let Notifications { wishes, shown, sound, missed, burst } = notifications;
    let are_named = |state: &ChatState| new.iter().all(|(id, message)| is_named(state, *id, message));
    for _ in 0..NAMES {
        match store.runtime() {
            Ok(runtime) if !runtime.with(are_named) => sleep(SETTLES).await,
            _ => break,
        }
    }
    let unread = |state: &ChatState| {
        new.iter().filter(|(_, message)| deserves(state, screen, message)).collect::<Vec<_>>()
    };
    let contents = burst.try_update_value(|burst| store.with(|state| contents(state, burst, &unread(state))));
    // They may have logged out meanwhile, or have read all of it: then there is nothing that the browser
    // could refuse to show.
    let Some(contents) = contents.filter(|contents| !contents.is_empty()) else { return };
    let mut is_shown = false;
    for content in contents {
        is_shown |= shown.show(content).await;
    }
    if missed.try_get_untracked().is_none() {
        return;
    }
    if !is_shown {
        wishes.were_not_shown();
    } else if untrack(|| wishes.wants_sound()) {
        sound.play();
    }
}

/// Some one by one, all others as a number.
fn contents(state: &ChatState, burst: &mut Burst, unread: &[&(ConversationId, Message)]) -> Vec<Content> {
    let now = elapsed();
    let mut contents = Vec::new();
    let mut others = Vec::new();
    for (id, message) in unread {
        if burst.has_room(*id, message.seq, now) {
            contents.push(content(state, *id, message));
        } else {
            others = burst.others();
        }
    }
    if !others.is_empty() {
        contents.push(Content {
            title: and_more(others.len()),
            body: "There are new messages for you.".to_owned(),
            path: HOME.to_owned(),
            about: others,
        });
    }
    contents
}

/// Whether it is known what the conversation is called, and who wrote there.
fn is_named(state: &ChatState, id: ConversationId, message: &Message) -> bool {
    !name_in(state, id).is_empty() && !username(state, message.sender_id).is_empty()
}

fn content(state: &ChatState, id: ConversationId, message: &Message) -> Content {
    let text = preview(state, message.content.as_str());
    let text = beginning(&text, BODY);
    let (name, author) = (name_in(state, id), username(state, message.sender_id));
    let body = match id {
        ConversationId::User(_) => text.to_owned(),
        ConversationId::Group(_) => signed(&author, text),
    };
    Content {
        title: if name.is_empty() { "New message".to_owned() } else { isolated(&name).into_owned() },
        body,
        path: conversation_path(id),
        about: vec![(id, message.seq)],
    }
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests {
    use protocol::{GroupId, MessageId, Recipient, User, UserId};
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    #[wasm_bindgen_test]
    fn where_no_name_is_known_none_is_missing() {
        let (ann, zoe) = (UserId::from_bytes([1; 16]), UserId::from_bytes([26; 16]));
        let mut state = ChatState::new(User { id: ann, username: "ann".parse().unwrap() });
        let lunch = GroupId::from_bytes([3; 16]);
        let shown = |state: &ChatState, recipient: Recipient| {
            let id = MessageId::from_bytes([4; 16]);
            let message = Message::new(id, zoe, recipient, Seq(1), "Hello".parse().unwrap());
            let id = message.conversation(ann);
            let Content { title, body, .. } = content(state, id, &message);
            (title, body, is_named(state, id, &message))
        };
        let unknown = ("New message".to_owned(), "Hello".to_owned(), false);
        assert_eq!(shown(&state, Recipient::User(ann)), unknown);
        assert_eq!(shown(&state, Recipient::Group(lunch)), unknown);
        state.learn([User { id: zoe, username: "zoe".parse().unwrap() }]);
        assert_eq!(shown(&state, Recipient::User(ann)), ("zoe".to_owned(), "Hello".to_owned(), true));
        assert_eq!(
            shown(&state, Recipient::Group(lunch)),
            ("New message".to_owned(), "zoe: Hello".to_owned(), false)
        );
    }
}
