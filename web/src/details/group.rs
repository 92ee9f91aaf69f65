//! About a group.

use leptos::prelude::*;
use protocol::{ConversationId, Group, Visibility};

use super::{invite::InviteLink, members::Members, mute::Mute};
use crate::{
    conversation::names::members,
    group::{add_people::AddPeopleButton, leave_group::LeaveGroupDialog},
    ui::{avatar::Avatar, icon::Icon},
};

#[component]
pub(super) fn AboutGroup(group: Group) -> impl IntoView {
    let (sign, kind) = match group.visibility {
        Visibility::Public => ("people", "Public group"),
        Visibility::Private => ("lock", "Private group"),
    };
    let name = group.name.to_string();
    view! {
        <div class="details-subject">
            <Avatar id=ConversationId::Group(group.id) name=name.clone() />
            <p class="details-name"><bdi>{name}</bdi></p>
            <p class="details-fact">
                <Icon name=sign small=true />
                {kind} ", " {members(group.member_count)}
            </p>
        </div>
        <InviteLink group=group.id />
        <section class="details-section"><AddPeopleButton /></section>
        <Mute id=ConversationId::Group(group.id) />
        <Members group=group.id />
    }
}

/// Comes last.
#[component]
pub(super) fn Leave(group: Group) -> impl IntoView {
    let leaving = RwSignal::new(false);
    view! {
        <section class="details-section">
            <button class="button is-quiet is-leaving" type="button" on:click=move |_| leaving.set(true)>
                <Icon name="leave" small=true />
                "Leave group"
            </button>
        </section>
        <LeaveGroupDialog open=leaving group />
    }
}
