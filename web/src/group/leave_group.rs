//! The dialog that asks before a person leaves a group.

use chat::Topic;
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};
use protocol::{ConversationId, Group, Role, Visibility};

use super::roles::successor;
use crate::{
    intl::direction::isolated,
    routes::{self, conversation_at},
    store::Store,
    ui::{
        dialog::{Dialog, Opening},
        field::FormError,
    },
};

#[component]
pub(crate) fn LeaveGroupDialog(open: RwSignal<bool>, group: Group) -> impl IntoView {
    let title = format!("Leave {}?", isolated(group.name.as_str()));
    view! { <Dialog open id="leave-group" title><LeaveGroup group=group.clone() /></Dialog> }
}

#[component]
fn LeaveGroup(group: Group) -> impl IntoView {
    let (store, opening) = (Store::expect(), Opening::expect());
    let (navigate, path) = (use_navigate(), use_location().pathname);
    let id = group.id;
    let leave = Action::new_local(move |_: &()| {
        let navigate = navigate.clone();
        async move {
            store.leave_group(id).await?;
            opening.close();
            // They may have gone elsewhere meanwhile.
            if path.with_untracked(|path| conversation_at(path)) == Some(ConversationId::Group(id)) {
                navigate(routes::HOME, NavigateOptions { replace: true, ..NavigateOptions::default() });
            }
            Ok::<(), String>(())
        }
    });
    let busy = leave.pending();
    let wrong = Signal::derive(move || leave.value().get().and_then(Result::err));
    let back = match group.visibility {
        Visibility::Public => "You can find it and join again at any time.",
        Visibility::Private => "This group is private: to come back you need the invite link.",
    };
    let conversation = ConversationId::Group(id);
    let successor = store.select(
        move || [Topic::Conversation(conversation)],
        move |state| {
            let conversation = state.conversation(conversation).filter(|one| one.role == Role::Owner)?;
            successor(state.me.id, conversation.members.as_deref().unwrap_or_default())
        },
    );
    let succession = move || {
        let who = successor.get()?;
        Some(
            view! { <p class="dialog-text">"You are the owner. When you leave, " {who} " becomes the owner."</p> },
        )
    };
    let press = move |_| {
        if !busy.get_untracked() {
            leave.dispatch_local(());
        }
    };
    view! {
        <div class="dialog-body">
            <p class="dialog-text">"You will no longer get its messages. " {back}</p>
            {succession}
            <FormError wrong />
        </div>
        <footer class="dialog-footer">
            <button class="button" type="button" autofocus on:click=move |_| { opening.close(); }>"Stay"</button>
            <button
                class="button is-danger"
                type="button"
                aria-disabled=Signal::derive(move || busy.get().then_some("true"))
                on:click=press
            >
                "Leave group"
            </button>
        </footer>
    }
}
