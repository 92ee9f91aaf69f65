//! What stands above the first row: the beginning, or that there is more.

use chat::{Action, ChatState, Load, Topic};
use leptos::prelude::*;
use protocol::{ConversationId, Group, Seq, Visibility};

use super::{
    comings::{Comings, ComingsLines},
    messages::{lines, messages},
    scroll::Scroll,
};
use crate::{
    conversation::names::name_of, details::invite::InviteLink, group::add_people::AddPeopleButton,
    store::Store, ui::avatar::Avatar,
};

#[component]
pub(super) fn Beginning(id: ConversationId, scroll: Scroll) -> impl IntoView {
    let store = Store::expect();
    let of_this = move || [Topic::Conversation(id)];
    let more = store.select(of_this, move |state| {
        scroll.window.get().hides_older(messages(state, id))
            || state.conversation(id).is_some_and(|one| one.timeline.older(one.place).is_some())
    });
    let older = store
        .select(of_this, move |state| state.conversation(id).map_or(Load::Loaded, |one| one.older.clone()));
    let again = Callback::new(move |()| store.act(Action::LoadOlder(id)));
    move || match (more.get(), older.get()) {
        (true, Load::Failed(why)) => {
            view! { <Missing what="Older messages did not load." why again /> }.into_any()
        }
        (true, Load::Loading) => {
            view! { <div class="timeline-older">"Loading older messages"</div> }.into_any()
        }
        (true, Load::Loaded) => view! { <div class="timeline-older"></div> }.into_any(),
        (false, _) => view! { <Start id /> }.into_any(),
    }
}

/// A place at which messages are missing.
#[component]
pub(super) fn Missing(what: &'static str, why: String, again: Callback<()>) -> impl IntoView {
    view! {
        <div class="timeline-older is-error" role="alert">
            <span prop:textContent=format!("{what} {why}")></span>
            <button class="link-button" type="button" on:click=move |_| again.run(())>"Try again"</button>
        </div>
    }
}

#[component]
fn Start(id: ConversationId) -> impl IntoView {
    let store = Store::expect();
    let name = name_of(store, id);
    // A group that nobody has written in, or that nobody else is in, needs people before words.
    let invites = store.select(
        move || [Topic::Conversation(id)],
        move |state| {
            let conversation = state.conversation(id);
            let is_alone = |group: &Group| group.member_count <= 1;
            let is_empty = conversation.is_none_or(|one| one.timeline.run(one.place).is_empty());
            conversation.and_then(|one| one.group()).is_some_and(|group| is_empty || is_alone(group))
        },
    );
    let invitation = move || match id {
        ConversationId::Group(group) if invites.get() => {
            view! { <InviteLink group id="invite-first" /> <AddPeopleButton /> }.into_any()
        }
        _ => ().into_any(),
    };
    let text = store.select(move || [Topic::Conversation(id)], move |state| text(state, id));
    // Before anybody wrote anything.
    let comings = store.select(
        move || [Topic::Conversation(id)],
        move |state| Comings::of(lines(state, id).iter().filter(|line| line.after == Seq::ZERO)),
    );
    view! {
        <div class="timeline-start">
            <Avatar id name />
            <p class="timeline-start-title"><bdi prop:textContent=name></bdi></p>
            <p class="timeline-start-text" prop:textContent=text></p>
            {invitation}
        </div>
        {move || comings.get().map(|comings| view! { <ComingsLines comings /> })}
    }
}

fn text(state: &ChatState, id: ConversationId) -> &'static str {
    let conversation = state.conversation(id);
    let is_empty = conversation.is_none_or(|one| one.timeline.run(one.place).is_empty())
        && state.outbox.of(id).next().is_none();
    let private =
        conversation.and_then(|one| one.group()).is_some_and(|group| group.visibility == Visibility::Private);
    match (id, is_empty) {
        (ConversationId::User(user), _) if user == state.me.id => {
            "What you write here only you can read, on all of your devices."
        }
        (ConversationId::User(_), true) => "Nothing said yet. Write the first message below.",
        (ConversationId::User(_), false) => "This is where your conversation begins.",
        (ConversationId::Group(_), true) if private => {
            "Nothing said yet. Add the people who should be here, or send them the link."
        }
        (ConversationId::Group(_), true) => {
            "Nothing said yet. Add people, or let them find this group by its name or the link."
        }
        (ConversationId::Group(_), false) => "This is where the group begins.",
    }
}
