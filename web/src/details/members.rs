//! Who is in a group, with their roles and what one may do with them.

use std::collections::HashMap;

use chat::{ChatState, Topic};
use leptos::{ev::MouseEvent, html, prelude::*};
use protocol::{ConversationId, GroupId, Role, UserId};

use super::member_actions::{MemberActions, MemberDialog};
use crate::{
    conversation::names::username,
    group::roles::{MemberAction, allowed, by_role, word},
    intl::{collation::by_name, direction::isolated},
    sidebar::person_row::PersonRow,
    store::Store,
    ui::{
        focus::{focus, focus_is_lost},
        icon::Icon,
        notice::Failure,
        popover::{self, walk},
        skeleton::Skeleton,
        windowed_list::WindowedList,
    },
};

#[component]
pub(super) fn Members(group: GroupId, actions: MemberActions, own: Memo<Role>) -> impl IntoView {
    let store = Store::expect();
    let id = ConversationId::Group(group);
    // The conversation asks for them, too, after each break.
    let load = LocalResource::new(move || async move {
        match store.with(|state| present(state, id).is_some()) {
            true => Ok(()),
            false => store.load_members(group).await,
        }
    });
    let present = store.select(move || [Topic::Conversation(id)], move |state| present(state, id));
    let are_known = Memo::new(move |_| present.with(Option::is_some));
    let members = Memo::new(move |_| {
        let present = present.get().unwrap_or_default();
        by_role(store.with(|state| by_name(present, |(id, _)| username(state, *id))))
    });
    // A few of many.
    let special = Memo::new(move |_| {
        let special = |present: &Vec<(UserId, Role)>| {
            present.iter().copied().filter(|(_, role)| !role.is_member()).collect::<HashMap<_, _>>()
        };
        present.with(|present| present.as_ref().map(special).unwrap_or_default())
    });
    let role_of = move |user| special.with(|special| special.get(&user).copied().unwrap_or_default());
    Effect::new(move |_| {
        members.track();
        if let Some(user) = actions.moving.try_update_value(Option::take).flatten() {
            request_animation_frame(move || {
                if focus_is_lost() {
                    focus(&format!("[data-member='{user}']"));
                }
            });
        }
    });
    let row = move |user: UserId| {
        let role = Memo::new(move |_| role_of(user));
        view! { <MemberRow user role own actions /> }.into_any()
    };
    let again = Callback::new(move |()| load.refetch());
    let list = move || match (are_known.get(), load.get()) {
        (true, _) => view! { <WindowedList items=members scroller=".details-scroll" row /> }.into_any(),
        (false, Some(Err(text))) => {
            view! { <Failure title="The members did not load" text again /> }.into_any()
        }
        (false, _) => view! { <Skeleton rows=3 small=true /> }.into_any(),
    };
    view! {
        <section class="details-section" aria-labelledby="members-title">
            <h3 class="section-title" id="members-title" tabindex="-1">"Members"</h3>
            {list}
        </section>
        <MemberDialog actions />
    }
}

/// The members and their roles, in any order.
fn present(state: &ChatState, id: ConversationId) -> Option<Vec<(UserId, Role)>> {
    let members = state.conversation(id)?.members.as_ref()?;
    Some(members.iter().map(|member| (member.id, member.role)).collect())
}

#[component]
fn MemberRow(user: UserId, role: Memo<Role>, own: Memo<Role>, actions: MemberActions) -> impl IntoView {
    let may = Memo::new(move |_| allowed(own.get(), role.get()));
    let word = Signal::derive(move || word(role.get()));
    view! {
        <div class="member-row">
            <PersonRow user word />
            <Show when=move || !may.with(Vec::is_empty)>
                <ActionsMenu user may actions />
            </Show>
        </div>
    }
}

#[component]
fn ActionsMenu(user: UserId, may: Memo<Vec<MemberAction>>, actions: MemberActions) -> impl IntoView {
    let store = Store::expect();
    let label = store.select(
        move || [Topic::Person(user)],
        move |state| format!("Actions for {}", isolated(&username(state, user))),
    );
    let menu: NodeRef<html::Div> = NodeRef::new();
    let item = move |action: MemberAction| {
        let press = move |_: MouseEvent| {
            popover::close(menu);
            actions.choose(user, action);
        };
        view! {
            <button class="menu-item" class:is-danger=action.is_harsh() type="button" on:click=press>
                <Icon name=action.icon() />
                {action.label()}
            </button>
        }
    };
    view! {
        <button
            class="icon-button"
            type="button"
            data-member=user.to_string()
            aria-label=label
            title=label
            on:click=move |event| popover::toggle_beside(menu, &event)
        >
            <Icon name="more" small=true />
        </button>
        <div
            class="menu is-beside"
            popover="auto"
            role="group"
            aria-label=label
            node_ref=menu
            on:keydown=move |event| walk(&event, menu)
        >
            {move || may.get().into_iter().map(item).collect_view()}
        </div>
    }
}
