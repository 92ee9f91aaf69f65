//! Why a correction was not made, and what can be done.

use chat::Action;
use leptos::prelude::*;
use protocol::MessageId;

use crate::{composer::draft::Draft, store::Store, timeline::rows::Refused, ui::focus::focus};

#[component]
pub(super) fn NotCorrected(refused: Refused, message: MessageId, draft: Draft) -> impl IntoView {
    let store = Store::expect();
    let Refused { id, text, error } = refused;
    let id = StoredValue::new(id);
    let edit = move |_| {
        store.act(Action::Discard(id.get_value()));
        draft.edit(message, text.clone());
    };
    let discard = move |_| {
        store.act(Action::Discard(id.get_value()));
        focus("#composer");
    };
    view! {
        <div class="message-failure">
            <span>{format!("Not corrected. {} Your text is kept here.", error.message)}</span>
            <button class="link-button" type="button" on:click=move |_| store.act(Action::Retry(id.get_value()))>
                "Try again"
            </button>
            <button class="link-button is-quiet" type="button" on:click=edit>"Edit"</button>
            <button class="link-button is-quiet" type="button" on:click=discard>"Discard"</button>
        </div>
    }
}
