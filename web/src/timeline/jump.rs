//! The way back to the newest message.

use chat::Topic;
use leptos::prelude::*;
use protocol::{ConversationId, Seq};

use super::scroll::Scroll;
use crate::{
    store::Store,
    ui::{focus::focus_field, icon::Icon},
};

#[component]
pub(crate) fn JumpToLatest(id: ConversationId, scroll: Scroll) -> impl IntoView {
    let store = Store::expect();
    let of_this = move || [Topic::Conversation(id)];
    let newest = store.select(of_this, move |state| {
        state.conversation(id).map_or(Seq::ZERO, |conversation| conversation.timeline.head())
    });
    // The newest message while the timeline was at its end: what came later, and was not read, is new.
    let seen = RwSignal::new(Seq::ZERO);
    Effect::new(move |_| {
        let newest = newest.get();
        if scroll.placed.get() && scroll.at_end.get() {
            seen.set(newest);
        }
    });
    let new = store.select(of_this, move |state| {
        let seen = seen.get();
        state.conversation(id).map_or(0, |one| one.count_since(seen.max(one.read_up_to)))
    });
    let count = Signal::derive(move || Some(new.get()).filter(|new| *new > 0).map(|new| new.to_string()));
    let words = move || match new.get() {
        0 => "Jump to the latest".to_owned(),
        1 => "1 new message".to_owned(),
        count => format!("{count} new messages"),
    };
    let jump = move |_| {
        scroll.to_end();
        focus_field();
    };
    view! {
        <Show when=move || !scroll.at_end.get()>
            <button class="jump-to-latest" type="button" on:click=jump>
                <Icon name="down" />
                <span class="jump-count" data-count=count></span>
                <span class="jump-words" prop:textContent=words></span>
            </button>
        </Show>
    }
}
