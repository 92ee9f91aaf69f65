//! Making a group, finding one, leaving one.

use std::str::FromStr as _;

use leptos::{html, prelude::*, task::spawn_local};
use protocol::{ConversationId, Group, GroupName, Visibility};

use super::{
    chat::Dialogs,
    dialog::Dialog,
    entrance::{form_error, hint},
    find::{FoundGroup, found},
    icon::icon,
    notice::{Notice, Skeleton, TryAgain},
};
use crate::{
    app::App,
    live::{derived, part, press},
    place::Place,
};

#[component]
pub(super) fn NewGroupDialog() -> impl IntoView {
    let dialogs: Dialogs = expect_context();
    view! {
        <Dialog open=dialogs.new_group id="new-group" title="New group".to_owned()>
            <NewGroup />
        </Dialog>
    }
}

#[component]
fn NewGroup() -> impl IntoView {
    let app: App = expect_context();
    let open = expect_context::<Dialogs>().new_group;
    let name: NodeRef<html::Input> = NodeRef::new();
    let visibility = RwSignal::new(Visibility::Public);
    let wrong = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);

    let create = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some(input) = name.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        match GroupName::from_str(&input.value()) {
            Ok(parsed) => {
                busy.set(true);
                spawn_local(async move {
                    match app.create_group(parsed, visibility.get_untracked()).await {
                        Ok(id) => {
                            open.try_set(false);
                            app.navigation.go(Place::Conversation(id));
                        }
                        Err(sentence) => {
                            wrong.try_set(Some(sentence));
                        }
                    }
                    busy.try_set(false);
                });
            }
            Err(_) if input.value().trim().is_empty() => wrong.set(Some("A group needs a name.".to_owned())),
            Err(error) => wrong.set(Some(error.to_string())),
        }
        let _ = input.focus();
    };
    let choice = move |this: Visibility, title: &'static str, hint: &'static str| {
        view! {
            <label class="choice">
                <input
                    type="radio"
                    name="visibility"
                    prop:checked=derived(move || visibility.get() == this)
                    on:change=move |_| visibility.set(this)
                />
                <span class="choice-title">{title}</span>
                <span class="choice-hint">{hint}</span>
            </label>
        }
    };
    view! {
        <form novalidate on:submit=create>
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
                        aria-invalid=derived(move || wrong.get().is_some().then_some("true"))
                        aria-describedby="group-name-hint"
                        on:input=move |_| wrong.set(None)
                    />
                    {hint("group-name-hint", "Up to 64 characters", move || wrong.get())}
                </div>
                <fieldset class="choices">
                    <legend class="field-label">"Who can join"</legend>
                    {choice(Visibility::Public, "Public", "Anyone here can find it and join.")}
                    {choice(Visibility::Private, "Private", "Only people with the invite link can join.")}
                </fieldset>
            </div>
            <footer class="dialog-footer">
                <button class="button" type="button" on:click=press(move || open.set(false))>"Cancel"</button>
                <button class="button is-primary" aria-disabled=derived(move || busy.get().then_some("true"))>
                    "Create group"
                </button>
            </footer>
        </form>
    }
    .into_any()
}

#[component]
pub(super) fn FindGroupDialog() -> impl IntoView {
    let dialogs: Dialogs = expect_context();
    view! {
        <Dialog open=dialogs.find_group id="find-group" title="Find a group".to_owned()>
            <FindGroup />
        </Dialog>
    }
}

#[component]
fn FindGroup() -> impl IntoView {
    let app: App = expect_context();
    let open = expect_context::<Dialogs>().find_group;
    let query = RwSignal::new(String::new());
    let (groups, again) = found(query.into(), move |query| app.find_groups(query));
    let list = part(move || match groups.get() {
        None => view! { <Skeleton rows=3 /> }.into_any(),
        Some(Err(sentence)) => view! {
            <Notice icon="warning" title="The groups did not load" text=sentence error=true>
                <TryAgain on_press=again />
            </Notice>
        }
        .into_any(),
        Some(Ok(groups)) if groups.is_empty() => {
            let text = "Create a group of your own, or ask for the invite link of a private one.";
            view! { <Notice icon="people" title="No public group here" text /> }.into_any()
        }
        Some(Ok(groups)) => {
            let row = move |group: Group| view! { <FoundGroup group on_enter=move || open.set(false) /> };
            view! { <ul class="dialog-list">{groups.into_iter().map(row).collect_view()}</ul> }.into_any()
        }
    });
    view! {
        <div class="dialog-body">
            <search class="find-field">
                {icon("find")}
                <input
                    class="find-input"
                    type="search"
                    autofocus
                    placeholder="Name of the group"
                    aria-label="Name of the group"
                    on:input:target=move |event| query.set(event.target().value())
                />
            </search>
            <div aria-live="polite">{list}</div>
        </div>
    }
    .into_any()
}

#[component]
pub(super) fn LeaveGroupDialog(open: RwSignal<bool>, group: Group) -> impl IntoView {
    let title = format!("Leave {}?", group.name);
    view! {
        <Dialog open id="leave-group" title=title>
            <LeaveGroup open group=group.clone() />
        </Dialog>
    }
}

#[component]
fn LeaveGroup(open: RwSignal<bool>, group: Group) -> impl IntoView {
    let app: App = expect_context();
    let wrong = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let leave = move || {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            match app.leave_group(group.id).await {
                Ok(()) => {
                    open.try_set(false);
                    if app.navigation.is_at(ConversationId::Group(group.id)) {
                        app.navigation.replace(Place::Home);
                    }
                }
                Err(sentence) => {
                    wrong.try_set(Some(sentence));
                    busy.try_set(false);
                }
            }
        });
    };
    let back = match group.visibility {
        Visibility::Public => "You can find it and join again at any time.",
        Visibility::Private => "This group is private: to come back you need the invite link.",
    };
    view! {
        <div class="dialog-body">
            <p class="dialog-text">"You will no longer get its messages. " {back}</p>
            {form_error(move || wrong.get())}
        </div>
        <footer class="dialog-footer">
            <button class="button" type="button" autofocus on:click=press(move || open.set(false))>"Stay"</button>
            <button
                class="button is-danger"
                type="button"
                aria-disabled=derived(move || busy.get().then_some("true"))
                on:click=press(leave)
            >
                "Leave group"
            </button>
        </footer>
    }
    .into_any()
}
