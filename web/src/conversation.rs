//! The main column: header, timeline, dock. And what stands there if this person may not write.

mod header;
mod join;
mod last_seen;
pub(crate) mod names;

use chat::{Action, Load, Topic};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_url},
};
use protocol::{ConversationId, Group, Peer};

use crate::{
    composer::{Composer, draft::Draft},
    frame::pane::{HomeButton, Pane},
    link::banner::Banner,
    message::dialogs::{Dialogs, MessageDialogs},
    routes::{conversation_at, message_at, message_path},
    screen::Screen,
    store::{Store, of_name},
    timeline::{Timeline, jump::JumpToLatest, new_since::NewSince, scroll::Scroll},
    ui::{
        notice::{Failure, Notice},
        skeleton::Skeleton,
    },
};
use header::Header;
use join::Join;
use names::is_known;

/// Whether this person may write here.
#[derive(Clone, Debug, PartialEq)]
enum Access {
    Open,
    Looking,
    /// A group that this person is no member of.
    Stranger(Group),
    /// A group that this person is banned from.
    Banned,
    Nobody,
    Failed(String),
}

#[component]
pub(crate) fn ConversationPane(id: ConversationId) -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    // First of all: this fixes the place where reading stopped.
    store.act(Action::Open(id));

    let known = store.select(move || [of_name(id)], move |state| is_known(state, id));
    let list = store.select(|| [Topic::List], |state| state.list.clone());
    // What the address was found to be about; `None` while nobody has looked.
    let looked = RwSignal::new(None::<Result<Option<Peer>, String>>);
    let look = Callback::new(move |()| {
        looked.set(None);
        spawn_local(async move {
            let answer = store.look_up(id).await;
            looked.try_set(Some(answer));
        });
    });
    // The list of conversations may know it, and then nobody needs to ask.
    Effect::new(move |_| {
        if !known.get() && list.get() == Load::Loaded {
            look.run(());
        }
    });
    let is_banned = store.select(
        move || [Topic::Conversation(id)],
        move |state| matches!(id, ConversationId::Group(group) if state.is_banned(group)),
    );
    let connected = store.select(|| [Topic::Link], |state| state.link.is_online());
    // What failed is tried again after a break. That somebody is banned is an answer: it stays until they try again
    // themselves, and is not said anew after each break.
    Effect::new(move |_| {
        let has_failed = || looked.with_untracked(|looked| matches!(looked, Some(Err(_))));
        if connected.get() && !known.get_untracked() && has_failed() && !is_banned.get_untracked() {
            look.run(());
        }
    });
    // This person joined, perhaps on another device.
    Effect::new(move |before: Option<bool>| {
        let now = known.get();
        if before == Some(false) && now {
            store.act(Action::Open(id));
            store.act(Action::Reload(id));
        }
        now
    });
    let access = Memo::new(move |_| match (known.get(), looked.get(), list.get()) {
        (true, ..) => Access::Open,
        (_, Some(Err(_)), _) if is_banned.get() => Access::Banned,
        (_, Some(Ok(None)), _) => Access::Nobody,
        (_, Some(Ok(Some(Peer::Group(group)))), _) => Access::Stranger(group),
        (_, Some(Err(sentence)), _) | (_, None, Load::Failed(sentence)) => Access::Failed(sentence),
        _ => Access::Looking,
    });
    let again = Callback::new(move |()| {
        store.act(Action::ListAgain);
        look.run(());
    });
    move || match access.get() {
        Access::Open => view! { <Conversation id /> }.into_any(),
        Access::Looking => view! {
            <Pane>
                <h1 class="visually-hidden">"Loading the conversation"</h1>
                <div class="timeline"><div class="timeline-column"><Skeleton rows=5 /></div></div>
            </Pane>
        }
        .into_any(),
        Access::Stranger(group) => view! { <Pane><Join group /></Pane> }.into_any(),
        Access::Nobody => {
            let (title, text) = match id {
                ConversationId::User(_) => (
                    "There is no such person",
                    "The link may be wrong. Find people by their names at the left.",
                ),
                ConversationId::Group(_) => {
                    ("There is no such group", "The link may be wrong or incomplete. Ask for it again.")
                }
            };
            screen.name_pane(title);
            view! { <Pane><Notice icon="warning" title text pane=true><HomeButton /></Notice></Pane> }
                .into_any()
        }
        Access::Banned => view! {
            <Pane>
                <Failure
                    title="You are banned from this group"
                    text="Its owner or an admin can let you in again."
                    again
                    pane=true
                />
            </Pane>
        }
        .into_any(),
        Access::Failed(text) => view! {
            <Pane><Failure title="The conversation did not load" text again pane=true /></Pane>
        }
        .into_any(),
    }
}

/// An address may name a message: goes there.
fn go_to_address(store: Store, screen: Screen, id: ConversationId, scroll: Scroll) {
    // Not only what it is: who presses the same link again wants to go there again.
    let url = use_url();
    let navigate = use_navigate();
    let go = Callback::new(move |path: String| {
        navigate(&path, NavigateOptions { replace: true, ..NavigateOptions::default() });
    });
    let named =
        move || url.with(|url| message_at(url.path()).filter(|_| conversation_at(url.path()) == Some(id)));
    Effect::new(move |_| {
        let Some(message) = named() else { return };
        let here = store.with(|state| state.conversation(id)?.timeline.find(message).map(|one| one.seq));
        // What is loaded is found without a connection, once the timeline has come to where it begins.
        if let Some(seq) = here {
            if scroll.placed.get() {
                scroll.go_to(seq);
            }
            return;
        }
        spawn_local(async move {
            let found = store.message(message).await;
            // They may have gone elsewhere meanwhile, and are not led back.
            if !scroll.is_there() {
                return;
            }
            match found {
                Ok(Some(message)) if message.conversation(store.me()) == id => scroll.go_to(message.seq),
                // The two people of a private conversation name it differently: this is the other one's link.
                Ok(Some(found)) => {
                    let path = message_path(found.conversation(store.me()), message);
                    go.try_run(path);
                }
                Ok(_) => screen.announcer.show("There is no such message here."),
                Err(sentence) => screen.announcer.show(sentence),
            }
        });
    });
}

/// Says what was refused, and why.
fn announce_refusals(store: Store, screen: Screen, id: ConversationId) {
    let refusal = store.select(|| [Topic::Refusal], |state| state.refusal.clone());
    Effect::new(move |_| {
        if let Some(refusal) = refusal.get().filter(|refusal| refusal.conversation == id) {
            screen.announcer.show(refusal.sentence);
            store.act(Action::Noticed);
        }
    });
}

#[component]
fn Conversation(id: ConversationId) -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    let draft = Draft::open(store, id);
    let scroll = Scroll::new(store, id);
    let dialogs = Dialogs::new();
    provide_context(dialogs);
    announce_refusals(store, screen, id);
    go_to_address(store, screen, id, scroll);
    if let ConversationId::Group(group) = id {
        let connected = store.select(|| [Topic::Link], |state| state.link.is_online());
        // Again after each break: who is a member may have changed meanwhile.
        Effect::new(move |_| {
            if connected.get() {
                spawn_local(async move { drop(store.load_members(group).await) });
            }
        });
    }
    view! {
        <main class="conversation" inert=Signal::derive(move || screen.pane_is_covered())>
            <Header id />
            <Timeline id draft scroll />
            <div class="dock">
                <div class="dock-float">
                    <NewSince id scroll />
                    <JumpToLatest id scroll />
                    <Banner />
                </div>
                <Composer id draft scroll />
            </div>
            <MessageDialogs id dialogs />
        </main>
    }
}
