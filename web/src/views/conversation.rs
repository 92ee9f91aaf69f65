//! The main column: header, timeline, dock. And what stands there when there is no conversation.

use leptos::{prelude::*, task::spawn_local};
use protocol::{ConversationId, Group, Peer, UserId, Visibility};

use super::{
    avatar::Avatar,
    banner::Banner,
    composer::{Composer, Draft},
    find::members,
    icon::{icon, logo},
    notice::{Notice, Skeleton, TryAgain},
    sidebar::home,
    timeline::{JumpToLatest, Scroll, Timeline},
};
use crate::{
    app::App,
    live::{derived, effect, memo, part, press},
    state::{Action, ChatState, Load},
};

/// The name of a person or a group; empty while it is not known.
pub(super) fn name_of(app: App, id: ConversationId) -> Signal<String> {
    app.select(move |state| name_in(state, id)).into()
}

pub(super) fn name_in(state: &ChatState, id: ConversationId) -> String {
    match id {
        ConversationId::User(user) if user == state.me.id => "Notes to self".to_owned(),
        ConversationId::User(user) => username(state, user),
        ConversationId::Group(_) => {
            let group = state.conversations.get(&id).and_then(|conversation| conversation.group());
            group.map(|group| group.name.to_string()).unwrap_or_default()
        }
    }
}

/// The name of a person; empty while it is not known.
pub(super) fn username(state: &ChatState, id: UserId) -> String {
    state.people.get(id).map(|user| user.username.to_string()).unwrap_or_default()
}

/// Whether one may write here.
#[derive(Clone, Debug, PartialEq)]
enum Door {
    Open,
    Looking,
    /// A group that one is no member of.
    Stranger(Group),
    Nobody,
    Failed(String),
}

/// What an address was found to be about; none while nobody has looked.
type Looked = Option<Result<Option<Peer>, String>>;

#[component]
pub(super) fn ConversationPane(id: ConversationId) -> impl IntoView {
    let app: App = expect_context();
    let looked: RwSignal<Looked> = RwSignal::new(None);
    let known = app.select(move |state| match id {
        ConversationId::User(user) => state.people.get(user).is_some(),
        ConversationId::Group(_) => {
            state.conversations.get(&id).is_some_and(|conversation| conversation.group().is_some())
        }
    });
    let list = app.select(|state| state.list.clone());
    let look = Callback::new(move |()| {
        looked.set(None);
        spawn_local(async move {
            let answer = app.look_up(id).await;
            looked.try_set(Some(answer));
        });
    });
    // The list may answer it without asking.
    effect(move || {
        if !known.get() && list.get() == Load::Loaded {
            look.run(());
        }
    });
    // One joined, perhaps on another device.
    let mut before = None;
    effect(move || {
        let now = known.get();
        if before.replace(now) == Some(false) && now {
            app.act(Action::Open(id));
            app.act(Action::Reload(id));
        }
    });
    let door = memo(move || match (known.get(), looked.get(), list.get()) {
        (true, ..) => Door::Open,
        (_, Some(Ok(None)), _) => Door::Nobody,
        (_, Some(Ok(Some(Peer::Group(group)))), _) => Door::Stranger(group),
        (_, Some(Err(sentence)), _) | (_, None, Load::Failed(sentence)) => Door::Failed(sentence),
        _ => Door::Looking,
    });
    part(move || match door.get() {
        Door::Open => view! { <Conversation id /> }.into_any(),
        Door::Looking => view! {
            <Pane>
                <div class="timeline"><div class="timeline-column"><Skeleton rows=5 /></div></div>
            </Pane>
        }
        .into_any(),
        Door::Stranger(group) => view! { <Pane><Join group /></Pane> }.into_any(),
        Door::Nobody => {
            let (title, text) = match id {
                ConversationId::User(_) => (
                    "There is no such person",
                    "The link may be wrong. Find people by their names at the left.",
                ),
                ConversationId::Group(_) => {
                    ("There is no such group", "The link may be wrong or incomplete. Ask for it again.")
                }
            };
            view! { <Pane><Notice icon="warning" title text pane=true><HomeButton /></Notice></Pane> }
                .into_any()
        }
        Door::Failed(sentence) => view! {
            <Pane>
                <Notice
                    icon="warning"
                    title="The conversation did not load"
                    text=sentence
                    pane=true
                    error=true
                >
                    <TryAgain on_press=move |()| {
                        app.act(Action::ListAgain);
                        look.run(());
                    } />
                </Notice>
            </Pane>
        }
        .into_any(),
    })
}

/// Nothing is open.
#[component]
pub(super) fn Welcome(
    /// The address means nothing.
    lost: bool,
) -> impl IntoView {
    if lost {
        let text = "The address leads nowhere. It may be cut off.";
        return view! {
            <Pane><Notice icon="warning" title="There is nothing here" text pane=true><HomeButton /></Notice></Pane>
        }
        .into_any();
    }
    view! {
        <main class="conversation">
            <div class="notice is-pane">
                {logo()}
                <p class="notice-title">"Choose a conversation"</p>
                <p class="notice-text">"Or find somebody in the field at the left."</p>
            </div>
            <div class="dock"><div class="dock-float"><Banner /></div></div>
        </main>
    }
    .into_any()
}

/// A pane without a conversation in it.
#[component]
fn Pane(children: Children) -> impl IntoView {
    view! {
        <main class="conversation">
            <header class="conversation-header">{back()}</header>
            {children()}
            <div class="dock"><div class="dock-float"><Banner /></div></div>
        </main>
    }
    .into_any()
}

#[component]
fn HomeButton() -> impl IntoView {
    view! { <a class="button" href=home()>"To the conversations"</a> }
}

fn back() -> AnyView {
    view! {
        <a class="icon-button back-button" href=home() aria-label="Back to the conversations">{icon("back")}</a>
    }
    .into_any()
}

/// An invitation: a group that one may join.
#[component]
fn Join(group: Group) -> impl IntoView {
    let app: App = expect_context();
    let id = ConversationId::Group(group.id);
    let name = group.name.to_string();
    let label = format!("Join {name}");
    let wrong = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let join = move || {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            if let Err(sentence) = app.join_group(group.id).await {
                wrong.try_set(Some(sentence));
            }
            busy.try_set(false);
        });
    };
    let kind = match group.visibility {
        Visibility::Public => "Public group",
        Visibility::Private => "Private group",
    };
    view! {
        <div class="notice is-pane">
            <Avatar id name=name.clone() />
            <p class="notice-title" dir="auto">{name}</p>
            <p class="notice-text">{kind} ", " {members(group.member_count)}</p>
            <button
                class="button is-primary is-large"
                type="button"
                aria-disabled=derived(move || busy.get().then_some("true"))
                on:click=press(join)
            >
                {label}
            </button>
            <p class="field-error" role="alert">{derived(move || wrong.get().unwrap_or_default())}</p>
        </div>
    }
    .into_any()
}

#[component]
fn Conversation(id: ConversationId) -> impl IntoView {
    let app: App = expect_context();
    let draft = Draft::open(app, id);
    let scroll = Scroll::new();
    let connected = app.select(|state| state.link.is_online());
    if let ConversationId::Group(group) = id {
        // Again after each break: who is a member may have changed meanwhile.
        effect(move || {
            if connected.get() {
                spawn_local(async move { drop(app.load_members(group).await) });
            }
        });
    }
    view! {
        <main class="conversation">
            <Header id />
            <Timeline id draft scroll />
            <div class="dock">
                <div class="dock-float"><JumpToLatest id scroll /><Banner /></div>
                <Composer id draft scroll />
            </div>
        </main>
    }
    .into_any()
}

#[component]
fn Header(id: ConversationId) -> impl IntoView {
    let app: App = expect_context();
    let name = name_of(app, id);
    let subtitle: Signal<String> = app.select(move |state| subtitle(state, id)).into();
    let online = match id {
        ConversationId::User(user) if user != app.me => {
            let online = app.select(move |state| state.people.is_online(user));
            view! { <Avatar id name online /> }.into_any()
        }
        _ => view! { <Avatar id name /> }.into_any(),
    };
    view! {
        <header class="conversation-header">
            {back()}
            {online}
            <div class="conversation-heading">
                <h1 class="conversation-title truncate" dir="auto">{name}</h1>
                <p class="conversation-subtitle truncate">{subtitle}</p>
            </div>
            <button
                class="icon-button"
                type="button"
                aria-label="Details"
                aria-expanded=derived(move || app.details.get().to_string())
                on:click=press(move || app.details.update(|open| *open = !*open))
            >
                {icon("details")}
            </button>
        </header>
    }
    .into_any()
}

fn subtitle(state: &ChatState, id: ConversationId) -> String {
    match id {
        ConversationId::User(user) if user == state.me.id => "Only you see this".to_owned(),
        ConversationId::User(user) if state.people.is_online(user) => "Online".to_owned(),
        ConversationId::User(_) => "Offline".to_owned(),
        ConversationId::Group(_) => {
            let Some(conversation) = state.conversations.get(&id) else { return String::new() };
            let count = conversation.group().map_or(0, |group| group.member_count);
            match &conversation.members {
                Some(list) => {
                    let online = list.iter().filter(|user| state.people.is_online(user.id)).count();
                    format!("{}, {online} online", members(count))
                }
                None => members(count),
            }
        }
    }
}
