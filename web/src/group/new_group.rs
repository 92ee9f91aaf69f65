//! The dialog that makes a group.

use std::str::FromStr as _;

use leptos::{ev::SubmitEvent, html, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use protocol::{ConversationId, GroupName, UserId, Visibility};

use super::{asked_groups::AskedGroups, choose_people::ChoosePeople};
use crate::{
    routes::conversation_path,
    screen::Screen,
    store::{Store, new_client_id},
    ui::{
        dialog::{Dialog, Opening},
        field::{FieldHint, invalid},
    },
};

#[component]
pub(crate) fn NewGroupDialog() -> impl IntoView {
    let open = Screen::expect().new_group;
    view! { <Dialog open id="new-group" title="New group"><NewGroup /></Dialog> }
}

#[component]
fn NewGroup() -> impl IntoView {
    let (store, opening) = (Store::expect(), Opening::expect());
    let navigate = use_navigate();
    let name: NodeRef<html::Input> = NodeRef::new();
    let visibility = RwSignal::new(Visibility::Public);
    let wrong = RwSignal::new(None::<String>);

    let chosen = RwSignal::new(Vec::<UserId>::new());
    let problem = Screen::expect().problem;
    let asked = StoredValue::new(AskedGroups::default());
    let create = Action::new_local(move |name: &GroupName| {
        let (name, navigate) = (name.clone(), navigate.clone());
        let (visibility, people) = (visibility.get_untracked(), chosen.get_untracked());
        let client_id = asked.write_value().id_of(&name, visibility, new_client_id);
        async move {
            match store.create_group(client_id, name, visibility).await {
                Ok(id) => {
                    if let (ConversationId::Group(group), false) = (id, people.is_empty())
                        && let Err(sentence) = store.add_members(group, people).await
                    {
                        problem
                            .try_set(Some(format!("The group is there, but nobody was added. {sentence}")));
                    }
                    if opening.close() {
                        navigate(&conversation_path(id), NavigateOptions::default());
                    }
                }
                Err(sentence) => {
                    wrong.try_set(Some(sentence));
                }
            }
        }
    });
    let busy = create.pending();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(input) = name.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        let text = input.value();
        match GroupName::from_str(&text) {
            Ok(name) => drop(create.dispatch_local(name)),
            Err(_) if text.trim().is_empty() => wrong.set(Some("A group needs a name.".to_owned())),
            Err(error) => wrong.set(Some(error.to_string())),
        }
        let _ = input.focus();
    };
    view! {
        <form novalidate on:submit=submit>
            <div class="dialog-body">
                <div class="field">
                    <label class="field-label" for="group-name">"Name"</label>
                    <input
                        class="field-input"
                        id="group-name"
                        node_ref=name
                        autofocus
                        autocomplete="off"
                        dir="auto"
                        aria-invalid=invalid(wrong)
                        aria-describedby="group-name-hint"
                        on:input=move |_| wrong.set(None)
                    />
                    <FieldHint id="group-name-hint" hint="Up to 64 characters" wrong />
                </div>
                <fieldset class="choices">
                    <legend class="field-label">"Who can join"</legend>
                    <Choice
                        chosen=visibility
                        this=Visibility::Public
                        title="Public"
                        hint="Anyone here can find it and join."
                    />
                    <Choice
                        chosen=visibility
                        this=Visibility::Private
                        title="Private"
                        hint="Only people with the invite link can join, and those whom a member adds."
                    />
                </fieldset>
                <ChoosePeople id="new-group-people" chosen label="Add people" has_already=Vec::new() />
            </div>
            <footer class="dialog-footer">
                <button class="button" type="button" on:click=move |_| { opening.close(); }>"Cancel"</button>
                <button class="button is-primary" aria-disabled=Signal::derive(move || busy.get().then_some("true"))>
                    "Create group"
                </button>
            </footer>
        </form>
    }
}

#[component]
fn Choice(
    chosen: RwSignal<Visibility>,
    this: Visibility,
    title: &'static str,
    hint: &'static str,
) -> impl IntoView {
    view! {
        <label class="choice">
            <input
                type="radio"
                name="visibility"
                prop:checked=Signal::derive(move || chosen.get() == this)
                on:change=move |_| chosen.set(this)
            />
            <span class="choice-title">{title}</span>
            <span class="choice-hint">{hint}</span>
        </label>
    }
}
