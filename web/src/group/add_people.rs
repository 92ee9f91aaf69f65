//! The dialog that adds people to a group.

use chat::Topic;
use leptos::{ev::SubmitEvent, prelude::*};
use protocol::{ConversationId, GroupId, UserId};

use super::choose_people::ChoosePeople;
use crate::{
    conversation::names::name_of,
    screen::Screen,
    store::Store,
    ui::{
        dialog::{Dialog, Opening},
        field::FormError,
        icon::Icon,
    },
};

/// Opens the dialog for the group that is open.
#[component]
pub(crate) fn AddPeopleButton() -> impl IntoView {
    let open = Screen::expect().add_people;
    view! {
        <button class="button is-wide" type="button" on:click=move |_| open.set(true)>
            <Icon name="plus" small=true />
            "Add people"
        </button>
    }
}

#[component]
pub(crate) fn AddPeopleDialog() -> impl IntoView {
    let (store, open) = (Store::expect(), Screen::expect().add_people);
    let group = store.select(
        || [Topic::Open],
        |state| match state.open {
            Some(ConversationId::Group(group)) => Some(group),
            _ => None,
        },
    );
    // Whom one chose for a group comes into no other one, and over a page without a group nothing is to be asked.
    Effect::new(move |before: Option<Option<GroupId>>| {
        let now = group.get();
        if before.is_some_and(|before| before != now) {
            open.set(false);
        }
        now
    });
    view! {
        <Dialog open id="add-people" title="Add people">
            {move || group.get().map(|group| view! { <AddPeople group /> })}
        </Dialog>
    }
}

#[component]
fn AddPeople(group: GroupId) -> impl IntoView {
    let (store, announcer, opening) = (Store::expect(), Screen::expect().announcer, Opening::expect());
    let id = ConversationId::Group(group);
    let name = name_of(store, id);
    let chosen = RwSignal::new(Vec::<UserId>::new());
    let members = store.select(
        move || [Topic::Conversation(id)],
        move |state| {
            let members = state.conversation(id).and_then(|one| one.members.as_ref());
            members.into_iter().flatten().map(|member| member.id).collect::<Vec<_>>()
        },
    );
    let add = Action::new_local(move |people: &Vec<UserId>| {
        let people = people.clone();
        async move {
            let count = people.len();
            store.add_members(group, people).await?;
            announcer.say(if count == 1 { "Added".to_owned() } else { format!("{count} people added") });
            opening.close();
            Ok::<(), String>(())
        }
    });
    let busy = add.pending();
    let wrong = Signal::derive(move || add.value().get().and_then(Result::err));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let people = chosen.get_untracked();
        if !busy.get_untracked() && !people.is_empty() {
            add.dispatch_local(people);
        }
    };
    let words = move || match chosen.with(Vec::len) {
        0 | 1 => "Add".to_owned(),
        count => format!("Add {count} people"),
    };
    let disabled = move || (busy.get() || chosen.with(Vec::is_empty)).then_some("true");
    view! {
        <form novalidate on:submit=submit>
            <div class="dialog-body">
                <p class="dialog-text">
                    "They become members of " <bdi>{name}</bdi> " at once, and can read what was written before."
                </p>
                <ChoosePeople id="add-people-field" chosen label="People" has_already=members offers=true autofocus=true />
                <FormError wrong />
            </div>
            <footer class="dialog-footer">
                <button class="button" type="button" on:click=move |_| { opening.close(); }>"Cancel"</button>
                <button class="button is-primary" aria-disabled=Signal::derive(disabled) prop:textContent=words></button>
            </footer>
        </form>
    }
}
