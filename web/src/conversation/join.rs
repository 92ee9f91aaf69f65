//! An invitation: a group that this person may join, or is banned from.

use chat::Topic;
use leptos::prelude::*;
use protocol::{ConversationId, Group, Visibility};

use super::names::members;
use crate::{
    intl::direction::isolated,
    store::Store,
    ui::{avatar::Avatar, focus::take_lost_focus},
};

const BANNED: &str = "You are banned from this group. Its owner or an admin can let you in again.";

#[component]
pub(super) fn Join(group: Group) -> impl IntoView {
    let store = Store::expect();
    let (id, name) = (group.id, group.name.to_string());
    let join = Action::new_local(move |_: &()| async move { store.join_group(id).await.err() });
    let busy = join.pending();
    let is_banned = store
        .select(move || [Topic::Conversation(ConversationId::Group(id))], move |state| state.is_banned(id));
    // A ban is said above the button.
    let wrong = move || join.value().get().flatten().filter(|_| !is_banned.get());
    let heading = NodeRef::new();
    take_lost_focus(heading);
    let kind = match group.visibility {
        Visibility::Public => "Public group",
        Visibility::Private => "Private group",
    };
    let press = move |_| {
        if !busy.get_untracked() {
            join.dispatch_local(());
        }
    };
    view! {
        <div class="notice is-pane">
            <Avatar id=ConversationId::Group(id) name=name.clone() />
            <h1 class="notice-title" tabindex="-1" node_ref=heading><bdi>{name.clone()}</bdi></h1>
            <p class="notice-text">{kind} ", " {members(group.member_count)}</p>
            <p class="notice-text" role="status" prop:textContent=move || if is_banned.get() { BANNED } else { "" }></p>
            // It keeps the focus. Nobody is told that a ban is over, so one may try again.
            <button
                class="button"
                class:is-primary=move || !is_banned.get()
                class:is-large=move || !is_banned.get()
                type="button"
                aria-disabled=Signal::derive(move || busy.get().then_some("true"))
                on:click=press
                prop:textContent=move || match is_banned.get() {
                    true => "Try again".to_owned(),
                    false => format!("Join {}", isolated(&name)),
                }
            ></button>
            <p class="field-error" role="alert" prop:textContent=move || wrong().unwrap_or_default()></p>
        </div>
    }
}
