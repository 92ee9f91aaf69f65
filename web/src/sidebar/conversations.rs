//! The conversations, newest first.

use chat::{Action, Load, Topic};
use leptos::prelude::*;

use super::{SCROLLER, Section, conversation_row::ConversationRow};
use crate::{
    frame::first_run::is_first,
    screen::Screen,
    store::Store,
    ui::{
        button::IconButton,
        icon::Icon,
        notice::{Failure, Notice},
        skeleton::Skeleton,
        windowed_list::WindowedList,
    },
};

#[component]
pub(super) fn Conversations() -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    let load = store.select(|| [Topic::List], |state| state.list.clone());
    let ids = store.select(
        || [Topic::List],
        |state| state.sorted_conversations().into_iter().map(|(id, _)| id).collect::<Vec<_>>(),
    );
    let is_empty = Memo::new(move |_| ids.with(Vec::is_empty));
    let first = is_first(store);
    let again = Callback::new(move |()| store.act(Action::ListAgain));
    let list = move || match (load.get(), is_empty.get()) {
        (_, false) => view! {
            <WindowedList
                items=ids
                scroller=SCROLLER
                row=|id| view! { <ConversationRow id /> }.into_any()
            />
        }
        .into_any(),
        (Load::Loading, _) => view! { <Skeleton rows=6 /> }.into_any(),
        (Load::Failed(text), _) => view! { <Failure title="The list did not load" text again /> }.into_any(),
        // The card for the first person says all.
        (Load::Loaded, _) if first.get() => ().into_any(),
        (Load::Loaded, _) => {
            let text = "Choose somebody below, or create a group and send the link around.";
            view! { <Notice icon="chat" title="No conversations yet" text /> }.into_any()
        }
    };
    let actions = move || {
        view! {
            <IconButton
                icon="people"
                label="Find a group"
                small=true
                on_press=move |_| screen.find_group.set(true)
            />
            <button class="button is-quiet" type="button" on:click=move |_| screen.new_group.set(true)>
                <Icon name="plus" small=true />
                "New group"
            </button>
        }
    };
    view! { <Section id="conversations-title" title="Conversations" actions=actions>{list}</Section> }
}
