//! Who is in a group.

use chat::{ChatState, Topic};
use leptos::prelude::*;
use protocol::{ConversationId, GroupId, UserId};

use crate::{
    conversation::names::{WATCHED_MEMBERS, username},
    intl::collation::by_name,
    sidebar::person_row::PersonRow,
    store::Store,
    ui::{notice::Failure, skeleton::Skeleton, windowed_list::WindowedList},
};

#[component]
pub(super) fn Members(group: GroupId) -> impl IntoView {
    let store = Store::expect();
    let id = ConversationId::Group(group);
    let load = LocalResource::new(move || store.load_members(group));
    let present =
        store.select(move || [Topic::Conversation(id), Topic::People], move |state| present(state, id));
    let are_known = Memo::new(move |_| present.with(Option::is_some));
    let members = Memo::new(move |_| {
        present.with(|present| store.with(|state| sorted(state, present.as_deref().unwrap_or_default())))
    });
    let again = Callback::new(move |()| load.refetch());
    let list = move || match (are_known.get(), load.get()) {
        (true, _) => view! {
            <WindowedList
                items=members
                scroller=".details-scroll"
                row=|user| view! { <PersonRow user /> }.into_any()
            />
        }
        .into_any(),
        (false, Some(Err(text))) => {
            view! { <Failure title="The members did not load" text again /> }.into_any()
        }
        (false, _) => view! { <Skeleton rows=3 small=true /> }.into_any(),
    };
    view! {
        <section class="details-section" aria-labelledby="members-title">
            <h3 class="section-title" id="members-title">"Members"</h3>
            {list}
        </section>
    }
}

/// The members, and whether they are online if all are watched; not sorted.
fn present(state: &ChatState, id: ConversationId) -> Option<Vec<(UserId, bool)>> {
    let members = state.conversation(id)?.members.as_ref()?;
    let is_there = |id| members.len() <= WATCHED_MEMBERS && state.people.is_online(id);
    Some(members.iter().map(|user| (user.id, is_there(user.id))).collect())
}

/// Those online first, then by name.
fn sorted(state: &ChatState, present: &[(UserId, bool)]) -> Vec<UserId> {
    let named = by_name(present.to_vec(), |(id, _)| username(state, *id));
    let (online, offline): (Vec<_>, Vec<_>) = named.into_iter().partition(|(_, online)| *online);
    online.into_iter().chain(offline).map(|(id, _)| id).collect()
}
