//! The way to where reading stopped, if that is above what is on the screen: what came while nobody looked
//! is read all the same, but not unseen.

use chat::{ChatState, Topic};
use leptos::prelude::*;
use protocol::{ConversationId, Seq, Timestamp};

use super::{messages::divider, scroll::Scroll};
use crate::{
    screen::Screen,
    store::Store,
    ui::{button::IconButton, focus::focus_field, icon::Icon},
};

/// What came after reading stopped.
#[derive(Clone, Copy, Debug, PartialEq)]
struct New {
    /// The first of it.
    first: Seq,
    count: u64,
    /// When that was, if it is loaded.
    since: Option<Timestamp>,
}

impl New {
    fn of(state: &ChatState, id: ConversationId) -> Option<Self> {
        let read = divider(state, id)?;
        let conversation = state.conversation(id)?;
        let (first, count) = (read.next(), conversation.count_since(read));
        let since = conversation.timeline.get(first).map(|message| message.created_at);
        (count > 0).then_some(Self { first, count, since })
    }
}

#[component]
pub(crate) fn NewSince(id: ConversationId, scroll: Scroll) -> impl IntoView {
    let (store, calendar) = (Store::expect(), Screen::expect().calendar);
    let new = store.select(move || [Topic::Conversation(id)], move |state| New::of(state, id));
    // The divider, and whether it was on the screen already, or is not to be seen.
    let looked = RwSignal::new(None::<(Seq, bool)>);
    Effect::new(move |_| {
        let Some(New { first, .. }) = new.get().filter(|_| scroll.placed.get()) else { return };
        scroll.first.track();
        // Where nobody looked, nothing was scrolled: that happens with the next frame.
        let look = move || {
            let is_seen = scroll.first_on_screen().is_some_and(|on_screen| on_screen <= first);
            if is_seen || looked.try_get_untracked() != Some(Some((first, true))) {
                looked.try_set(Some((first, is_seen)));
            }
        };
        request_animation_frame(move || request_animation_frame(look));
    });
    let is_shown = Memo::new(move |_| new.get().is_some_and(|new| looked.get() == Some((new.first, false))));
    let words = move || {
        let Some(New { count, since, .. }) = new.get() else { return String::new() };
        match since {
            Some(since) => format!("{count} new since {}", calendar.short(since)),
            None => format!("{count} new"),
        }
    };
    let jump = move |_| {
        if let Some(new) = new.get_untracked() {
            scroll.go_to(new.first);
        }
    };
    let dismiss = move |_| {
        looked.set(new.get_untracked().map(|new| (new.first, true)));
        // The button goes, and the focus with it.
        focus_field();
    };
    view! {
        <Show when=move || is_shown.get()>
            <div class="new-since">
                <button class="new-since-jump" type="button" title="Go to the first of them" on:click=jump>
                    <Icon name="up" />
                    <span prop:textContent=words></span>
                </button>
                <IconButton icon="close" label="Dismiss" small=true on_press=dismiss />
            </div>
        </Show>
    }
}
