//! When the other person was online last.

use chat::Topic;
use gloo::timers::callback::Interval;
use leptos::{prelude::*, task::spawn_local};
use protocol::{ConversationId, Timestamp};

use super::names::other;
use crate::{
    intl::{
        calendar::{self, machine_readable},
        relative::ago,
    },
    screen::Screen,
    store::Store,
};

/// How often the words are made anew, in milliseconds.
const AGAIN: u32 = 20_000;

/// When the other person of a private conversation was online last, if they are offline and it is known.
pub(super) fn last_seen(store: Store, id: ConversationId) -> Memo<Option<Timestamp>> {
    let seen = RwSignal::new(None);
    let other = other(store, id);
    let is_offline = store.select(
        move || other.map(Topic::Person).into_iter().chain([Topic::Link]),
        move |state| {
            state.link.is_online() && other.is_some_and(|user| state.people.presence(user) == Some(false))
        },
    );
    Effect::new(move |_| {
        seen.set(None);
        if let Some(user) = other.filter(|_| is_offline.get()) {
            spawn_local(async move {
                if let Ok(at) = store.last_seen(user).await {
                    seen.try_set(at);
                }
            });
        }
    });
    Memo::new(move |_| seen.get().filter(|_| is_offline.get()))
}

#[component]
pub(super) fn LastSeen(at: Timestamp) -> impl IntoView {
    let calendar = Screen::expect().calendar;
    let now = RwSignal::new(calendar::now());
    StoredValue::new_local(Interval::new(AGAIN, move || {
        now.try_set(calendar::now());
    }));
    view! {
        <span>"Last seen "</span>
        <time
            datetime=machine_readable(at)
            title=calendar.everything(at)
            prop:textContent=move || ago(at, now.get())
        ></time>
    }
}
