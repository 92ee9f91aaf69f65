//! Says above the field that it is not for a new message, and leads back.

use chat::Topic;
use leptos::prelude::*;

use super::draft::{Draft, Mode};
use crate::{
    conversation::names::username,
    message::preview::preview,
    store::Store,
    ui::{button::IconButton, focus::focus},
};

#[component]
pub(super) fn ModeBar(draft: Draft) -> impl IntoView {
    let store = Store::expect();
    let leave = move |_| {
        draft.leave_mode();
        focus("#composer");
    };
    move || {
        let (what, text, label) = match draft.mode.get() {
            Mode::New => return ().into_any(),
            Mode::Reply(quote) => {
                store.track(Topic::Person(quote.sender_id));
                let name = store.with(|state| username(state, quote.sender_id));
                let what = view! { "Replying to " <bdi>{name}</bdi> }.into_any();
                (what, store.with(|state| preview(state, &quote.excerpt)), "Do not reply")
            }
            Mode::Edit { before, .. } => {
                let what = "Editing your message".into_any();
                (what, store.with(|state| preview(state, before.as_str())), "Do not edit")
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
