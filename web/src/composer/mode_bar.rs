//! Says above the field that it is not for a new message, and leads back.

use chat::Topic;
use leptos::prelude::*;
use protocol::{ConversationId, Quote};

use super::{draft::Draft, mode::Mode};
use crate::{
    conversation::names::username,
    message::{preview::preview, quote::quoted},
    store::Store,
    ui::{button::IconButton, focus::focus},
};

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
    move || {
        let (what, text, label) = match draft.mode.get() {
            Mode::New => return ().into_any(),
            Mode::Reply(quote) => (replying(store, &quote), quoted(store, &quote), "Do not reply"),
            Mode::Unsent { reply_to: Some(quote), .. } => {
                (replying(store, &quote), quoted(store, &quote), "Join it to your draft")
            }
            Mode::Unsent { reply_to: None, .. } => {
                let what = "Editing an unsent message".into_any();
                (what, "Your draft comes back afterwards".to_owned(), "Join it to your draft")
            }
            Mode::Edit { before, .. } => {
                let present = present.get().unwrap_or_else(|| before.clone());
                let what = match present == before {
                    true => "Editing your message",
                    false => "Changed meanwhile to:",
                };
                (what.into_any(), shown(store, present.as_str()), "Do not edit")
            }
        };
        view! {
            <div class="composer-mode" role="status">
                <span class="composer-mode-what">{what}</span>
                <span class="composer-mode-text truncate"><bdi>{text}</bdi></span>
                <IconButton icon="close" label=label small=true on_press=leave />
            </div>
        }
        .into_any()
    }
}

fn replying(store: Store, quote: &Quote) -> AnyView {
    store.track(Topic::Person(quote.sender_id));
    let name = store.with(|state| username(state, quote.sender_id));
    view! { "Replying to " <bdi>{name}</bdi> }.into_any()
}

fn shown(store: Store, text: &str) -> String {
    store.with(|state| preview(state, text))
}
