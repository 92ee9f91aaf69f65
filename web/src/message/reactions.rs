//! Who reacted to a message with what. A press adds one's own reaction, or takes it back.

use chat::{ChatState, Command, Topic};
use leptos::prelude::*;
use protocol::{MessageId, Reaction, UserId};

use crate::{conversation::names::username, store::Store};

/// Names that are listed; the others are counted.
const NAMED: usize = 20;

#[component]
pub(super) fn Reactions(reactions: Vec<Reaction>, message: MessageId) -> impl IntoView {
    let chips = reactions.into_iter().map(|reaction| view! { <Chip reaction message /> }).collect_view();
    view! { <div class="message-reactions" role="group" aria-label="Reactions">{chips}</div> }
}

#[component]
fn Chip(reaction: Reaction, message: MessageId) -> impl IntoView {
    let store = Store::expect();
    let Reaction { emoji, user_ids } = reaction;
    let mine = user_ids.contains(&store.me());
    let count = user_ids.len();
    // Names come late, but never change.
    let named: Vec<UserId> = user_ids.iter().copied().take(NAMED).collect();
    let label = {
        let emoji = emoji.clone();
        Memo::new(move |_| {
            named.iter().for_each(|user| store.track(Topic::Person(*user)));
            format!("{emoji} {}", store.with(|state| who(state, &named, count)))
        })
    };
    let sign = emoji.to_string();
    let press = move |_| {
        if let Some(id) = store.with(|state| state.open) {
            store.write(id, Command::React { message, emoji: emoji.clone(), on: !mine });
        }
    };
    view! {
        <button
            class="reaction"
            type="button"
            tabindex="-1"
            aria-pressed=mine.to_string()
            aria-label=label
            title=label
            on:click=press
        >
            <span class="reaction-emoji" aria-hidden="true">{sign}</span>
            // Not a text: its name says in other words how many they are.
            <span class="reaction-count" data-count=count></span>
        </button>
    }
}

/// "you, Ann and Ben", "Ann, Ben and 12 others".
pub(super) fn who(state: &ChatState, named: &[UserId], count: usize) -> String {
    let name = |user: &UserId| match *user == state.me.id {
        true => "you".to_owned(),
        false => username(state, *user),
    };
    let mut names: Vec<String> = named.iter().map(name).filter(|name| !name.is_empty()).collect();
    match count.saturating_sub(names.len()) {
        0 => {}
        1 => names.push("1 other".to_owned()),
        others => names.push(format!("{others} others")),
    }
    match names.pop() {
        Some(last) if names.is_empty() => last,
        Some(last) => format!("{} and {last}", names.join(", ")),
        None => String::new(),
    }
}
