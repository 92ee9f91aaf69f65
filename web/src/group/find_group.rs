//! The dialog that lists public groups.

use leptos::prelude::*;

use super::found_group::FoundGroup;
use crate::{
    screen::Screen,
    sidebar::search::search,
    store::Store,
    ui::{
        dialog::Dialog,
        icon::Icon,
        notice::{Failure, Notice},
        skeleton::Skeleton,
    },
};

#[component]
pub(crate) fn FindGroupDialog() -> impl IntoView {
    let open = Screen::expect().find_group;
    view! { <Dialog open id="find-group" title="Find a group"><FindGroup /></Dialog> }
}

#[component]
fn FindGroup() -> impl IntoView {
    let store = Store::expect();
    let query = RwSignal::new(String::new());
    let groups = search(query, move |query| store.find_groups(query));
    let again = Callback::new(move |()| groups.refetch());
    let list = move || match groups.get() {
        None => view! { <Skeleton rows=3 /> }.into_any(),
        Some(Err(text)) => view! { <Failure title="The groups did not load" text again /> }.into_any(),
        Some(Ok(groups)) if groups.is_empty() => {
            let text = "Create a group of your own, or ask for the invite link of a private one.";
            view! { <Notice icon="people" title="No public group here" text /> }.into_any()
        }
        Some(Ok(groups)) => {
            let row = |group| view! { <li><FoundGroup group /></li> };
            view! { <ul class="dialog-list">{groups.into_iter().map(row).collect_view()}</ul> }.into_any()
        }
    };
    let summary = move || match groups.get() {
        Some(Ok(groups)) if groups.len() == 1 => "1 group".to_owned(),
        Some(Ok(groups)) => format!("{} groups", groups.len()),
        _ => String::new(),
    };
    view! {
        <div class="dialog-body">
            <search class="find-field">
                <Icon name="find" />
                <input
                    class="find-input"
                    type="search"
                    autofocus
                    placeholder="Name of the group"
                    aria-label="Name of the group"
                    on:input:target=move |event| query.set(event.target().value())
                />
            </search>
            <div class="visually-hidden" role="status" prop:textContent=summary></div>
            {list}
        </div>
    }
}
