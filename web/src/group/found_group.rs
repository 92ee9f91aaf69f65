//! A public group, with a button to join it, or a link to it if this person is a member or banned from it.

use chat::Topic;
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};
use protocol::{ConversationId, Group};

use crate::{
    conversation::names::members,
    routes::conversation_path,
    store::Store,
    ui::{
        avatar::Avatar,
        dialog::Opening,
        focus::{focus, focus_is_lost},
        matched::Matched,
    },
};

#[component]
pub(crate) fn FoundGroup(group: Group) -> impl IntoView {
    // In the sidebar there is no dialog around it.
    let (store, opening) = (Store::expect(), use_context::<Opening>());
    let (navigate, path) = (use_navigate(), use_location().pathname);
    let (group_id, count) = (group.id, group.member_count);
    let id = ConversationId::Group(group_id);
    let name = StoredValue::new(group.name.to_string());
    // Why there is nothing to join.
    let standing = store.select(
        move || [Topic::Conversation(id)],
        move |state| match state.conversation(id).is_some_and(|group| group.group().is_some()) {
            true => Some("Joined"),
            false => state.is_banned(group_id).then_some("Banned"),
        },
    );
    let join = Action::new_local(move |_: &()| {
        let (navigate, from) = (navigate.clone(), path.get_untracked());
        async move {
            let joined = store.join_group(group_id).await;
            if joined.is_err() {
                // If it was a ban, the button is gone, and the row leads to what can be done.
                request_animation_frame(move || {
                    if focus_is_lost() {
                        let row = format!("[href='{}']", conversation_path(id));
                        let _ = focus(&format!("dialog[open] {row}")) || focus(&format!(".sidebar {row}"));
                    }
                });
            }
            let id = joined?;
            // They may have gone elsewhere meanwhile.
            if opening.map_or_else(|| path.get_untracked() == from, Opening::close) {
                navigate(&conversation_path(id), NavigateOptions::default());
            }
            Ok::<(), String>(())
        }
    });
    let busy = join.pending();
    let hint = move || join.value().get().and_then(Result::err).unwrap_or_else(|| members(count));
    let press = move |_| {
        if !busy.get_untracked() {
            join.dispatch_local(());
        }
    };
    move || {
        let name = name.get_value();
        let picture = view! {
            <Avatar id name=name.clone() />
            <span class="person-row-name truncate" title=name.clone()><Matched name=name.clone() /></span>
        };
        if let Some(standing) = standing.get() {
            view! {
                <a class="person-row" href=conversation_path(id) on:click=move |_| { opening.map(Opening::close); }>
                    {picture}
                    <span class="person-row-hint is-below" prop:textContent=hint></span>
                    <span class="person-row-hint person-row-end" prop:textContent=standing></span>
                </a>
            }
            .into_any()
        } else {
            view! {
                <div class="person-row">
                    {picture}
                    <span class="person-row-hint is-below" aria-live="polite" prop:textContent=hint></span>
                    <button
                        class="button person-row-end"
                        type="button"
                        aria-label=format!("Join {name}")
                        aria-disabled=Signal::derive(move || busy.get().then_some("true"))
                        on:click=press
                    >
                        "Join"
                    </button>
                </div>
            }
            .into_any()
        }
    }
}
