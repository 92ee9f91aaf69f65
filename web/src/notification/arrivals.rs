//! What is new since the page knew what there is, and showing it.

use std::{collections::HashMap, time::Duration};

use chat::{ChatState, ConversationState, Load, Topic};
use leptos::prelude::*;
use markdown::plain_text;
use protocol::{ConversationId, Message, Seq};

use super::{Notifications, attention::deserves_attention};
use crate::{
    conversation::names::{name_in, username},
    intl::direction::isolated,
    screen::Screen,
    store::Store,
};

/// How long to wait whether the person reads it just now, in another tab or on another device.
const SETTLES: Duration = Duration::from_millis(500);
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
        if let Some(before) = &before {
            let deserve = |state: &ChatState| {
                let new = state.conversations().iter().filter_map(|(id, one)| {
                    let new = new(one, before.get(id).copied().unwrap_or_default());
                    let deserves = |message: &&Message| deserves(state, screen, message);
                    Some((*id, new.into_iter().rfind(deserves)?.clone()))
                });
                new.collect::<Vec<_>>()
            };
            for (id, message) in store.with(deserve) {
                if document().hidden() {
                    notifications.missed.set(true);
                }
                if store.with(|state| state.leads) && untrack(|| notifications.wishes.are_on()) {
                    set_timeout(move || show(store, screen, notifications, id, &message), SETTLES);
                }
            }
        }
        let newest = |one: &ConversationState| one.last_message.as_ref().map_or(Seq::ZERO, |last| last.seq);
        Some(store.with(|state| state.conversations().iter().map(|(id, one)| (*id, newest(one))).collect()))
    });
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

fn show(store: Store, screen: Screen, notifications: Notifications, id: ConversationId, message: &Message) {
    // They may have logged out meanwhile.
    if notifications.missed.try_get_untracked().is_none() {
        return;
    }
    let Some((title, body)) = store.with(|state| {
        deserves(state, screen, message).then(|| {
            let text: String = plain_text(message.content.as_str()).chars().take(BODY).collect();
            let body = match id {
                ConversationId::User(_) => text,
                ConversationId::Group(_) => {
                    format!("{}: {}", isolated(&username(state, message.sender_id)), isolated(&text))
                }
            };
            (isolated(&name_in(state, id)).into_owned(), body)
        })
    }) else {
        return;
    };
    let is_shown = notifications.shown.show(id, message.seq, &title, &body);
    if is_shown && untrack(|| notifications.wishes.wants_sound()) {
        notifications.sound.play();
    }
}
