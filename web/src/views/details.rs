//! About a person or a group, beside the conversation.

use leptos::{html, prelude::*, task::spawn_local};
use protocol::{ConversationId, Group, GroupId, UserId, Visibility};

use super::{
    avatar::Avatar,
    chat::focus,
    conversation::name_of,
    conversation_row::people,
    find::members,
    group_dialogs::LeaveGroupDialog,
    icon::{icon, small_icon},
    message::copy,
    notice::{Notice, Skeleton, TryAgain},
};
use crate::{
    app::App,
    live::{derived, effect, part, press},
    place::conversation_path,
    state::Load,
};

#[component]
pub(super) fn Details(id: ConversationId) -> impl IntoView {
    let app: App = expect_context();
    let name = name_of(app, id);
    let group = app.select(move |state| state.conversations.get(&id).and_then(|one| one.group().cloned()));
    let close: NodeRef<html::Button> = NodeRef::new();
    effect(move || {
        if let Some(close) = close.get() {
            let _ = close.focus();
        }
    });
    let shut = move || {
        app.details.set(false);
        focus(".conversation-header [aria-expanded]");
    };
    view! {
        <aside class="details" aria-label=derived(move || format!("Details of {}", name.get()))>
            <header class="details-header">
                <h2 class="details-title">"Details"</h2>
                <button class="icon-button" type="button" node_ref=close aria-label="Close details" on:click=press(shut)>
                    {icon("close")}
                </button>
            </header>
            <div class="details-scroll">
                {part(move || match (id, group.get()) {
                    (ConversationId::User(user), _) => view! { <AboutPerson user /> }.into_any(),
                    (_, Some(group)) => view! { <AboutGroup group /> }.into_any(),
                    (_, None) => ().into_any(),
                })}
            </div>
        </aside>
    }
    .into_any()
}

#[component]
fn AboutPerson(user: UserId) -> impl IntoView {
    let app: App = expect_context();
    let id = ConversationId::User(user);
    let name = name_of(app, id);
    let online = app.select(move |state| state.people.is_online(user));
    let fact = derived(move || match (user == app.me, online.get()) {
        (true, _) => "Only you see what you write here.",
        (_, true) => "Online",
        (_, false) => "Offline. Messages wait until they are back.",
    });
    view! {
        <div class="details-subject">
            <Avatar id name />
            <p class="details-name" dir="auto">{name}</p>
            <p class="details-fact">{fact}</p>
        </div>
    }
    .into_any()
}

#[component]
fn AboutGroup(group: Group) -> impl IntoView {
    let leaving = RwSignal::new(false);
    let id = ConversationId::Group(group.id);
    let (sign, kind) = match group.visibility {
        Visibility::Public => ("people", "Public group"),
        Visibility::Private => ("lock", "Private group"),
    };
    view! {
        <div class="details-subject">
            <Avatar id name=group.name.to_string() />
            <p class="details-name" dir="auto">{group.name.to_string()}</p>
            <p class="details-fact">{small_icon(sign)} {kind} ", " {members(group.member_count)}</p>
        </div>
        <InviteLink group=group.id />
        <Members group=group.id />
        <section class="details-section">
            <button class="button is-danger is-wide" type="button" on:click=press(move || leaving.set(true))>
                {icon("leave")} "Leave group"
            </button>
        </section>
        <LeaveGroupDialog open=leaving group />
    }
    .into_any()
}

#[component]
fn InviteLink(group: GroupId) -> impl IntoView {
    let app: App = expect_context();
    let origin = window().location().origin().unwrap_or_default();
    let link = format!("{origin}{}", conversation_path(ConversationId::Group(group)));
    let field: NodeRef<html::Input> = NodeRef::new();
    let copied = RwSignal::new(false);
    let text = link.clone();
    view! {
        <section class="details-section" aria-labelledby="invite-title">
            <h3 class="section-title" id="invite-title">"Invite link"</h3>
            <div class="invite-link">
                <input
                    readonly
                    node_ref=field
                    value=link
                    aria-label="Invite link"
                    on:focus=move |_| {
                        if let Some(field) = field.get_untracked() {
                            field.select();
                        }
                    }
                />
                <button class="button" type="button" on:click=press(move || {
                    copy(app, text.clone(), "The link is copied");
                    copied.set(true);
                    let back = move || copied.try_set(false);
                    set_timeout(move || { back(); }, std::time::Duration::from_secs(2));
                })>
                    {derived(move || if copied.get() { "Copied" } else { "Copy" })}
                </button>
            </div>
            <p class="field-hint">"Anyone with this link can join."</p>
        </section>
    }
    .into_any()
}

#[component]
fn Members(group: GroupId) -> impl IntoView {
    let app: App = expect_context();
    let id = ConversationId::Group(group);
    let load = RwSignal::new(Load::Loading);
    let look = move || {
        load.set(Load::Loading);
        spawn_local(async move {
            let result = app.load_members(group).await;
            load.try_set(result.map_or_else(Load::Failed, |()| Load::Loaded));
        });
    };
    effect(look);
    // Those online first.
    let members = app.select(move |state| {
        let members = state.conversations.get(&id)?.members.as_ref()?;
        let (online, offline): (Vec<_>, Vec<_>) =
            members.iter().map(|user| user.id).partition(|id| state.people.is_online(*id));
        Some([online, offline].concat())
    });
    view! {
        <section class="details-section" aria-labelledby="members-title">
            <h3 class="section-title" id="members-title">"Members"</h3>
            {part(move || match (members.with(Option::is_some), load.get()) {
                (true, _) => view! {
                    <ul>{people(move || members.get().unwrap_or_default(), None)}</ul>
                }
                .into_any(),
                (false, Load::Failed(sentence)) => view! {
                    <Notice icon="warning" title="The members did not load" text=sentence error=true>
                        <TryAgain on_press=move |()| look() />
                    </Notice>
                }
                .into_any(),
                (false, _) => view! { <Skeleton rows=3 small=true /> }.into_any(),
            })}
        </section>
    }
    .into_any()
}
