//! The message that another one replies to, and the way to it.

use chat::Topic;
use leptos::prelude::*;
use protocol::Quote;

use super::preview::preview;
use crate::{conversation::names::username, store::Store, timeline::scroll::Scroll, ui::icon::Icon};

/// What it says of the message.
pub(crate) fn quoted(store: Store, quote: &Quote) -> String {
    match quote.excerpt.is_empty() {
        true => "This message was deleted.".to_owned(),
        false => store.with(|state| preview(state, &quote.excerpt)),
    }
}

#[component]
pub(super) fn QuoteLine(quote: Quote) -> impl IntoView {
    let (store, scroll) = (Store::expect(), expect_context::<Scroll>());
    let text = quoted(store, &quote);
    let Quote { seq, sender_id, .. } = quote;
    store.track(Topic::Person(sender_id));
    let name = store.with(|state| username(state, sender_id));
    view! {
        <button
            class="message-quote"
            type="button"
            tabindex="-1"
            on:click=move |_| scroll.go_to(seq)
        >
            <Icon name="reply" small=true />
            <span class="visually-hidden">"Go to the message of "</span>
            <bdi class="message-quote-name" prop:textContent=name></bdi>
            <bdi class="message-quote-text truncate" prop:textContent=text></bdi>
        </button>
    }
}
