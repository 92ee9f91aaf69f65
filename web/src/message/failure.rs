//! Why a message was not sent, and what can be done.

use chat::Action;
use leptos::{ev::MouseEvent, prelude::*};
use protocol::{ErrorBody, MessageText};
use wasm_bindgen::JsCast as _;
use web_sys::Element;

use crate::{
    composer::draft::Draft,
    store::Store,
    timeline::rows::RowKey,
    ui::focus::{focus, focus_element},
};

#[component]
pub(super) fn NotSent(error: ErrorBody, key: RowKey, content: MessageText, draft: Draft) -> impl IntoView {
    let RowKey::Own(client_id) = key else { return ().into_any() };
    let store = Store::expect();
    let client_id = StoredValue::new(client_id);
    let retry = move |event: MouseEvent| {
        // The button disappears, so the row takes the focus.
        let button = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let row = button.and_then(|button| button.closest(".message").ok().flatten());
        if let Some(row) = row {
            focus_element(&row);
        }
        store.act(Action::Retry(client_id.get_value()));
    };
    let edit = move |_| {
        draft.put_back(&content);
        store.act(Action::Discard(client_id.get_value()));
    };
    let discard = move |_| {
        store.act(Action::Discard(client_id.get_value()));
        focus("#composer");
    };
    view! {
        <div class="message-failure">
            <span>{format!("Not sent. {} It is kept here.", error.message)}</span>
            <button class="link-button" type="button" on:click=retry>"Try again"</button>
            <button class="link-button is-quiet" type="button" on:click=edit>"Edit"</button>
            <button class="link-button is-quiet" type="button" on:click=discard>"Discard"</button>
        </div>
    }
    .into_any()
}
