//! About a group.

use chat::{ChatState, Topic};
use leptos::prelude::*;
use protocol::{ConversationId, Group, Role, Visibility};

use super::{
    banned::Banned, invite::InviteLink, member_actions::MemberActions, members::Members, mute::Mute,
};
use crate::{
    conversation::names::members,
    group::{add_people::AddPeopleButton, leave_group::LeaveGroupDialog},
    store::Store,
    ui::{avatar::Avatar, icon::Icon},
};

/// What of it can change is asked of the store, so that nothing here is made anew when somebody joins.
#[component]
pub(super) fn AboutGroup(group: Group) -> impl IntoView {
    let id = ConversationId::Group(group.id);
    let count = member_count(id);
    let (sign, kind) = match group.visibility {
        Visibility::Public => ("people", "Public group"),
        Visibility::Private => ("lock", "Private group"),
    };
    let name = group.name.to_string();
    view! {
        <div class="details-subject">
            <Avatar id name=name.clone() />
            <p class="details-name"><bdi>{name}</bdi></p>
            <p class="details-fact">
                <Icon name=sign small=true />
                {kind} ", " <span prop:textContent=move || members(count.get())></span>
            </p>
        </div>
        <InviteLink group=group.id />
        <section class="details-section"><AddPeopleButton /></section>
        <Mute id />
    }
}

fn member_count(id: ConversationId) -> Memo<u64> {
    let count = move |state: &ChatState| {
        state.conversation(id).and_then(|one| one.group()).map_or(0, |group| group.member_count)
    };
    Store::expect().select(move || [Topic::Conversation(id)], count)
}

/// Who is in it, who may not be, and the way out of it. Comes last.
#[component]
pub(super) fn People(group: Group) -> impl IntoView {
    let id = ConversationId::Group(group.id);
    let own = Store::expect().select(
        move || [Topic::Conversation(id)],
        move |state| state.conversation(id).map_or(Role::Member, |one| one.role),
    );
    let actions = MemberActions::new(group.clone());
    let leaving = RwSignal::new(false);
    view! {
        <Members group=group.id actions own />
        <Banned group=group.id actions own count=member_count(id) />
        <section class="details-section">
            <button class="button is-quiet is-leaving" type="button" on:click=move |_| leaving.set(true)>
                <Icon name="leave" small=true />
                "Leave group"
            </button>
        </section>
        <LeaveGroupDialog open=leaving group />
    }
}
