//! Who reacted to a message with what. A press adds one's own reaction, or takes it back.

use chat::{ChatState, Command, Topic};
use leptos::prelude::*;
use protocol::{Emoji, MessageId, Reaction, UserId};

use super::keep_focus_in_row;
use crate::{conversation::names::username, store::Store};

/// Names that are listed; the others are counted.
const NAMED: usize = 20;

/// A chip stays, and with it the focus, for as long as anybody reacts with its emoji.
#[component]
pub(super) fn Reactions(reactions: ArcRwSignal<Vec<Reaction>>, message: MessageId) -> impl IntoView {
    let are_there = {
        let reactions = reactions.clone();
        Memo::new(move |_| reactions.with(|reactions| !reactions.is_empty()))
    };
    let chips = move || {
        let reactions = reactions.clone();
        let each = {
            let reactions = reactions.clone();
            move || {
                keep_focus_in_row();
                reactions.with(|reactions| reactions.iter().map(|one| one.emoji.clone()).collect::<Vec<_>>())
            }
        };
        view! {
            <div class="message-reactions" role="group" aria-label="Reactions">
                <For each key=Emoji::clone let:emoji>
                    <Chip emoji reactions=reactions.clone() message />
                </For>
            </div>
        }
    };
    move || {
        keep_focus_in_row();
        are_there.get().then(&chips)
    }
}

#[component]
fn Chip(emoji: Emoji, reactions: ArcRwSignal<Vec<Reaction>>, message: MessageId) -> impl IntoView {
    let store = Store::expect();
    let sought = emoji.clone();
    let users = Memo::new(move |_| {
        let found = |all: &Vec<Reaction>| Some(all.iter().find(|one| one.emoji == sought)?.user_ids.clone());
        reactions.with(found).unwrap_or_default()
    });
    let mine = Memo::new(move |_| users.with(|users| users.contains(&store.me())));
    let label = {
        let emoji = emoji.clone();
        Memo::new(move |_| {
            users.with(|users| {
                let named = &users[..users.len().min(NAMED)];
                // Names come late, but never change.
                named.iter().for_each(|user| store.track(Topic::Person(*user)));
                format!("{emoji} {}", store.with(|state| who(state, named, users.len())))
            })
        })
    };
    let sign = emoji.to_string();
    let press = move |_| {
        if let Some(id) = store.with(|state| state.open) {
            let on = !mine.get_untracked();
            store.write(id, Command::React { message, emoji: emoji.clone(), on });
        }
    };
    view! {
        <button
            class="reaction"
            type="button"
            tabindex="-1"
            aria-pressed=Signal::derive(move || mine.get().to_string())
            aria-label=label
            title=label
            on:click=press
        >
            <span class="reaction-emoji" aria-hidden="true">{sign}</span>
            // Not a text: its name says in other words how many they are.
            <span class="reaction-count" data-count=move || users.with(Vec::len)></span>
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
