//! Why a message was not sent, not corrected or not deleted, and what can be done.

use chat::Action;
use leptos::{ev::MouseEvent, prelude::*};
use protocol::{ClientId, MessageId, MessageText, Quote};
use wasm_bindgen::JsCast as _;
use web_sys::Element;

use crate::{
    composer::draft::Draft,
    store::Store,
    timeline::rows::{Refused, RowKey},
    ui::focus::{focus_element, focus_field},
};

#[component]
pub(super) fn NotSent(
    sentence: String,
    key: RowKey,
    content: MessageText,
    quote: Option<Quote>,
    draft: Draft,
) -> impl IntoView {
    let RowKey::Own(id) = key else { return ().into_any() };
    let edit = Callback::new(move |()| draft.put_back(&content, quote.clone()));
    view! { <Decide id sentence edit=Some(edit) /> }.into_any()
}

/// What was done to a message and refused.
#[component]
pub(super) fn NotChanged(
    refused: Refused,
    message: MessageId,
    /// What the message says.
    content: MessageText,
    draft: Draft,
) -> impl IntoView {
    let Refused { id, text, sentence } = refused;
    match text {
        Some(text) => {
            let edit = Callback::new(move |()| draft.edit(message, content.clone(), &text));
            view! { <Decide id sentence edit=Some(edit) /> }
        }
        None => view! { <Decide id sentence edit=None /> },
    }
}

/// Says why, and what can be done. What is edited or discarded is in the outbox no more.
#[component]
fn Decide(
    id: ClientId,
    sentence: String,
    /// Takes the text back into the field, if there is one.
    edit: Option<Callback<()>>,
) -> impl IntoView {
    let store = Store::expect();
    let id = StoredValue::new(id);
    let retry = move |event: MouseEvent| {
        // The button disappears, so the row takes the focus.
        let button = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let row = button.and_then(|button| button.closest(".message").ok().flatten());
        if let Some(row) = row {
            focus_element(&row);
        }
        store.act(Action::Retry(id.get_value()));
    };
    let give_up = if edit.is_some() { "Discard" } else { "Leave it" };
    let edit = edit.map(|edit| {
        let press = move |_| {
            // The component goes with what is discarded.
            let id = id.get_value();
            edit.run(());
            store.act(Action::Discard(id));
        };
        view! { <button class="link-button is-quiet" type="button" on:click=press>"Edit"</button> }
    });
    let discard = move |_| {
        store.act(Action::Discard(id.get_value()));
        focus_field();
    };
    view! {
        <div class="message-failure">
            <span prop:textContent=sentence></span>
            <button class="link-button" type="button" on:click=retry>"Try again"</button>
            {edit}
            <button class="link-button is-quiet" type="button" on:click=discard prop:textContent=give_up></button>
        </div>
    }
}
