//! People without a conversation with this person.

use std::time::Duration;

use chat::{ChatState, Topic};
use leptos::prelude::*;
use protocol::{ConversationId, UserId};

use super::person_row::PersonRow;
use crate::{
    conversation::names::username,
    frame::first_run::{FirstRun, is_first},
    intl::collation::by_name,
    screen::Screen,
    store::Store,
    ui::{notice::Failure, skeleton::Skeleton},
};

/// How many are listed; the others are found by their names.
const LISTED: usize = 100;
/// How often to look whether somebody has registered, if there is room for them.
const LOOKS_AGAIN: Duration = Duration::from_secs(20);

/// Whom this person could write to and has not yet; asked for now and then.
#[derive(Clone, Copy)]
pub(super) struct Strangers {
    ids: Memo<Vec<UserId>>,
    /// What the server answered last; `None` until it has.
    outcome: Memo<Option<Result<(), String>>>,
    is_alone: Memo<bool>,
    again: Callback<()>,
}

impl Strangers {
    pub(super) fn find() -> Self {
        let (store, screen) = (Store::expect(), Screen::expect());
        let connected = store.select(|| [Topic::Link], |state| state.link.is_online());
        // Again after each break: somebody may have registered meanwhile.
        let load = LocalResource::new(move || {
            let connected = connected.get();
            async move {
                match connected {
                    true => Some(store.find_people(String::new()).await.map(drop)),
                    false => None,
                }
            }
        });
        if let Ok(looking) = set_interval_with_handle(
            move || {
                let has_room = store.with(|state| state.people.known() < LISTED);
                if has_room && screen.attention.get_untracked() {
                    load.refetch();
                }
            },
            LOOKS_AGAIN,
        ) {
            on_cleanup(move || looking.clear());
        }
        // Somebody is here after all: the others are, too.
        let is_alone = is_first(store);
        Effect::new(move |was_alone: Option<bool>| {
            let is_alone = is_alone.get();
            if was_alone == Some(true) && !is_alone {
                load.refetch();
            }
            is_alone
        });
        let candidates = store.select(|| [Topic::People, Topic::List], candidates);
        // Sorting takes long, and who is online changes often.
        let by_name = Memo::new(move |_| {
            let username = |id: &UserId| store.with(|state| username(state, *id));
            by_name(candidates.get(), username)
        });
        Self {
            ids: Memo::new(move |_| {
                store.track(Topic::People);
                by_name.with(|ids| store.with(|state| first(state, ids)))
            }),
            outcome: Memo::new(move |before: Option<&Option<_>>| {
                load.get().flatten().or_else(|| before.cloned().flatten())
            }),
            is_alone,
            again: Callback::new(move |()| load.refetch()),
        }
    }

    /// Somebody who has a conversation with everybody needs no list of the others.
    pub(super) fn are_needless(self) -> bool {
        matches!(self.outcome.get(), Some(Ok(()))) && self.ids.with(Vec::is_empty) && !self.is_alone.get()
    }
}

#[component]
pub(super) fn Others(
    strangers: Strangers,
    /// Whether they come after conversations.
    #[prop(into)]
    follow: Signal<bool>,
) -> impl IntoView {
    let Strangers { ids, outcome, again, .. } = strangers;
    let is_empty = Memo::new(move |_| ids.with(Vec::is_empty));
    let list = move || match (outcome.get(), is_empty.get()) {
        (_, false) => view! {
            <h3 class="section-subtitle" hidden=move || !follow.get()>"No messages yet"</h3>
            <ul>
                <For each=move || ids.get() key=|user| *user let:user>
                    <li><PersonRow user /></li>
                </For>
            </ul>
        }
        .into_any(),
        (None, _) => view! { <Skeleton rows=2 small=true /> }.into_any(),
        (Some(Err(text)), _) => view! { <Failure title="The people did not load" text again /> }.into_any(),
        (Some(Ok(())), _) if strangers.is_alone.get() => view! { <FirstRun /> }.into_any(),
        (Some(Ok(())), _) => ().into_any(),
    };
    view! { <div class="people-others">{list}</div> }
}

/// Those without a conversation; not sorted.
fn candidates(state: &ChatState) -> Vec<UserId> {
    let is_new = |id: &UserId| *id != state.me.id && !state.lists(ConversationId::User(*id));
    state.people.all().map(|user| user.id).filter(is_new).collect()
}

/// Those online first.
fn first(state: &ChatState, candidates: &[UserId]) -> Vec<UserId> {
    let is_online = |id: &&UserId| state.people.is_online(**id);
    let (online, offline) =
        (candidates.iter().filter(is_online), candidates.iter().filter(|id| !is_online(id)));
    online.chain(offline).take(LISTED).copied().collect()
}
