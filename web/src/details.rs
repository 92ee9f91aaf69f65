//! About a person or a group, beside the conversation.

mod banned;
mod group;
pub(crate) mod invite;
mod member_actions;
mod members;
mod mute;
mod person;
mod pins;

use chat::Topic;
use leptos::{html, prelude::*};
use protocol::ConversationId;

use crate::{
    conversation::names::name_of,
    screen::Screen,
    store::Store,
    ui::{focus::focus_soon, icon::Icon},
};
use group::{AboutGroup, People};
use person::AboutPerson;
use pins::Pins;

#[component]
pub(crate) fn Details(id: ConversationId) -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    let name = name_of(store, id);
    let group = store.select(
        move || [Topic::Conversation(id)],
        move |state| state.conversation(id).and_then(|one| one.group().cloned()),
    );
    let close: NodeRef<html::Button> = NodeRef::new();
    close.on_load(|close| request_animation_frame(move || drop(close.focus())));
    let shut = move |_| {
        screen.details.set(false);
        focus_soon(".conversation-header [aria-expanded]");
    };
    let is_known = Memo::new(move |_| group.with(Option::is_some));
    let known = move || is_known.get().then(|| group.get_untracked()).flatten();
    let content = move || match (id, known()) {
        (ConversationId::User(user), _) => view! {
            <AboutPerson user />
            <Pins id />
        }
        .into_any(),
        (_, Some(group)) => view! {
            <AboutGroup group=group.clone() />
            // Before the members, of whom there may be thousands.
            <Pins id />
            <People group />
        }
        .into_any(),
        (_, None) => ().into_any(),
    };
    view! {
        <aside class="details" aria-label=Signal::derive(move || format!("Details of {}", name.get()))>
            <header class="details-header">
                <h2 class="details-title">"Details"</h2>
                <button
                    class="icon-button"
                    type="button"
                    node_ref=close
                    aria-label="Close details"
                    title="Close details"
                    on:click=shut
                >
                    <Icon name="close" />
                </button>
            </header>
            <div class="details-scroll">
                {content}
            </div>
        </aside>
    }
}
