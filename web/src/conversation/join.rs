//! An invitation: a group that this person may join.

use leptos::prelude::*;
use protocol::{ConversationId, Group, Visibility};

use super::names::members;
use crate::{intl::direction::isolated, store::Store, ui::avatar::Avatar};

#[component]
pub(super) fn Join(group: Group) -> impl IntoView {
    let store = Store::expect();
    let (id, name) = (group.id, group.name.to_string());
    let join = Action::new_local(move |_: &()| async move { store.join_group(id).await.err() });
    let busy = join.pending();
    let wrong = move || join.value().get().flatten();
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
            <h1 class="notice-title"><bdi>{name.clone()}</bdi></h1>
            <p class="notice-text">{kind} ", " {members(group.member_count)}</p>
            <button
                class="button is-primary is-large"
                type="button"
                aria-disabled=Signal::derive(move || busy.get().then_some("true"))
                on:click=press
            >
                {format!("Join {}", isolated(&name))}
            </button>
            <p class="field-error" role="alert">{wrong}</p>
        </div>
    }
}
