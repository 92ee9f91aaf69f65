//! The switch that mutes a conversation.

use chat::Topic;
use leptos::prelude::*;
use protocol::ConversationId;

use crate::store::Store;

/// In groups, and once somebody has written: before that there is nothing to mute.
#[component]
pub(super) fn Mute(id: ConversationId) -> impl IntoView {
    let store = Store::expect();
    let topics = move || [Topic::Conversation(id)];
    let is_there = store.select(topics, move |state| {
        let conversation = state.conversation(id);
        conversation.is_some_and(|one| one.last_message.is_some() || one.group().is_some())
    });
    let muted = store.select(topics, move |state| state.conversation(id).is_some_and(|one| one.muted));
    let change = Action::new_local(move |muted: &bool| {
        let muted = *muted;
        async move { store.mute(id, muted).await.err() }
    });
    let wrong = move || change.value().get().flatten();
    // It shows what the server has, whatever was pressed.
    let shown = RwSignal::new(false);
    Effect::new(move |_| {
        change.pending().track();
        shown.set(muted.get());
        shown.notify();
    });
    let switch = move || {
        view! {
            <section class="details-section choices">
                <label class="choice">
                    <input
                        type="checkbox"
                        role="switch"
                        prop:checked=shown
                        on:change:target=move |event| drop(change.dispatch_local(event.target().checked()))
                    />
                    <span class="choice-title">"Mute"</span>
                    <span class="choice-hint">"New messages come quietly and do not count in the title."</span>
                </label>
                {move || wrong().map(|said| view! { <p class="field-error" role="alert" prop:textContent=said></p> })}
            </section>
        }
    };
    move || is_there.get().then(switch)
}
