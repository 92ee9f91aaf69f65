//! Says above the field that it is not for a new message, and leads back.

use chat::Topic;
use leptos::prelude::*;
use protocol::{ConversationId, Quote};

use super::{draft::Draft, mode::Mode};
use crate::{
    conversation::names::username,
    message::{preview::preview, quote::quoted},
    store::Store,
    ui::{anew::Anew, button::IconButton, focus::focus},
};

const REPLYING: &str = "Replying to";

#[component]
pub(super) fn ModeBar(id: ConversationId, draft: Draft) -> impl IntoView {
    let store = Store::expect();
    let leave = move |_| {
        draft.leave_mode();
        focus("#composer");
    };
    // What the message that is corrected says now. The bar is read aloud again only when that changes.
    let present = Memo::new(move |_| {
        store.track(Topic::Conversation(id));
        match draft.mode.get() {
            Mode::Edit { message, .. } => draft.present_text(message),
            _ => None,
        }
    });
    let words = Anew::new();
    move || {
        let (what, name, text, label) = match draft.mode.get() {
            Mode::New => return ().into_any(),
            Mode::Reply(quote) => {
                (REPLYING, Some(name(store, &quote)), quoted(store, &quote), "Do not reply")
            }
            Mode::Unsent { reply_to: Some(quote), .. } => {
                (REPLYING, Some(name(store, &quote)), quoted(store, &quote), "Join it to your draft")
            }
            Mode::Unsent { reply_to: None, .. } => {
                let text = "Your draft comes back afterwards".to_owned();
                ("Editing an unsent message", None, text, "Join it to your draft")
            }
            Mode::Edit { before, .. } => {
                let present = present.get().unwrap_or_else(|| before.clone());
                let what = match present == before {
                    true => "Editing your message",
                    false => "Changed meanwhile to:",
                };
                (what, None, shown(store, present.as_str()), "Do not edit")
            }
        };
        let says = (what, name.clone(), text.clone());
        let said = view! {
            <span class="composer-mode-what">{what} {name.map(|name| view! { " " <bdi>{name}</bdi> })}</span>
            <span class="composer-mode-text truncate"><bdi>{text}</bdi></span>
        };
        view! {
            <div class="composer-mode" role="status">
                {words.view(says, said)}
                <IconButton icon="close" label=label small=true on_press=leave />
            </div>
        }
        .into_any()
    }
}

/// Of whom the message is that is replied to.
fn name(store: Store, quote: &Quote) -> String {
    store.track(Topic::Person(quote.sender_id));
    store.with(|state| username(state, quote.sender_id))
}

fn shown(store: Store, text: &str) -> String {
    store.with(|state| preview(state, text))
}
