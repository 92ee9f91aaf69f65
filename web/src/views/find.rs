//! Finding people and groups while one types.

use std::{future::Future, time::Duration};

use gloo_timers::future::sleep;
use js_sys::JsString;
use leptos::{prelude::*, task::spawn_local};
use protocol::{ConversationId, Group, User};

use super::{
    avatar::Avatar,
    conversation::name_in,
    conversation_row::{conversations, people as people_rows},
    notice::{Notice, Skeleton, TryAgain},
};
use crate::{
    app::App,
    live::{Item, Live, derived, effect, list, memo, part, press, when},
    place::{Place, conversation_path},
};

/// How long to wait for the next letter.
const TYPING: Duration = Duration::from_millis(200);

/// None while the first answer is on its way.
type Found<T> = RwSignal<Option<Result<Vec<T>, String>>>;

/// What a query finds, asked for again when it has changed and rested, or when one tries again.
pub(super) fn found<T, F>(
    query: Signal<String>,
    ask: impl Fn(String) -> F + Copy + 'static,
) -> (Found<T>, Callback<()>)
where
    T: Send + Sync + 'static,
    F: Future<Output = Result<Vec<T>, String>> + 'static,
{
    let found: Found<T> = RwSignal::new(None);
    let tries = RwSignal::new(0_u32);
    let mut first = true;
    effect(move || {
        let asked = (query.get(), tries.get());
        let at_once = std::mem::take(&mut first);
        spawn_local(async move {
            if !at_once {
                sleep(TYPING).await;
            }
            let current = || (query.try_get_untracked(), tries.try_get_untracked());
            let now = (Some(asked.0.clone()), Some(asked.1));
            if current() != now {
                return;
            }
            let answer = ask(asked.0).await;
            // The answer to an older question comes too late.
            if current() == now {
                found.try_set(Some(answer));
            }
        });
    });
    let again = Callback::new(move |()| {
        found.set(None);
        tries.update(|tries| *tries += 1);
    });
    (found, again)
}

/// What stands in the sidebar in place of the conversations while one looks for something.
#[component]
pub(super) fn Results(query: Live<String>, open: Live<Option<ConversationId>>) -> impl IntoView {
    let app: App = expect_context();
    let (people, people_again) = found(query.into(), move |query| app.find_people(query));
    let (groups, groups_again) = found(query.into(), move |query| app.find_groups(query));

    let all =
        app.select(|state| state.sorted_conversations().into_iter().map(|(id, _)| id).collect::<Vec<_>>());
    let own = memo(move || {
        let query = folded(&query.get());
        let name = |id: ConversationId| app.look(|state| name_in(state, id));
        let matches = |id: &ConversationId| folded(&name(*id)).contains(&query);
        all.get().into_iter().filter(matches).collect::<Vec<_>>()
    });
    let others = memo(move || match people.get() {
        Some(Ok(people)) => {
            let own = own.get();
            let is_new = |user: &User| {
                user.id != app.me && !own.contains(&ConversationId::User(user.id)) && fits(user, &query.get())
            };
            people.into_iter().filter(is_new).map(|user| user.id).collect()
        }
        _ => vec![],
    });
    let public = memo(move || match groups.get() {
        Some(Ok(groups)) => {
            let own = own.get();
            groups.into_iter().filter(|group| !own.contains(&ConversationId::Group(group.id))).collect()
        }
        _ => vec![],
    });
    let loading = move || people.with(Option::is_none) || groups.with(Option::is_none);
    let trouble = move || {
        people.with(|found| error(found.as_ref())).or_else(|| groups.with(|found| error(found.as_ref())))
    };
    let nothing = move || own.with(Vec::is_empty) && others.with(Vec::is_empty) && public.with(Vec::is_empty);
    let again = Callback::new(move |()| {
        people_again.run(());
        groups_again.run(());
    });

    view! {
        <div aria-live="polite">
            {section("Conversations", move || own.with(Vec::is_empty), move || conversations(own, open))}
            {section("People", move || others.with(Vec::is_empty), move || {
                people_rows(move || others.get(), Some(open))
            })}
            {section("Public groups", move || public.with(Vec::is_empty), move || {
                list(move || public.get().into_iter().map(found_row).collect())
            })}
            {part(move || match trouble() {
                Some(sentence) => view! {
                    <Notice icon="warning" title="The search did not work" text=sentence error=true>
                        <TryAgain on_press=again />
                    </Notice>
                }
                .into_any(),
                None if loading() && nothing() => view! { <Skeleton rows=3 /> }.into_any(),
                None if nothing() => {
                    let title = format!("Nothing found for “{}”", query.get());
                    let text = "Try a part of the name. Private groups can be joined by their link only.";
                    view! { <Notice icon="find" title text /> }.into_any()
                }
                None => ().into_any(),
            })}
        </div>
    }
    .into_any()
}

fn error<T>(found: Option<&Result<T, String>>) -> Option<String> {
    found.and_then(|found| found.as_ref().err().cloned())
}

/// Answers to an older query stay until the next ones come; what does not fit any more does not.
fn fits(user: &User, query: &str) -> bool {
    folded(user.username.as_str()).contains(&folded(query))
}

/// What two spellings have in common. The browser knows every alphabet's small letters already.
fn folded(text: &str) -> String {
    JsString::from(text).to_lower_case().into()
}

fn section(
    title: &'static str,
    is_empty: impl Fn() -> bool + Send + Sync + 'static,
    list: impl Fn() -> AnyView + Send + 'static,
) -> AnyView {
    when(
        move || !is_empty(),
        move || {
            view! {
                <section class="sidebar-section" aria-label=title>
                    <header class="sidebar-section-header"><h2 class="section-title">{title}</h2></header>
                    <ul>{list()}</ul>
                </section>
            }
            .into_any()
        },
    )
}

fn found_row(group: Group) -> Item {
    let key = format!("{} {}", group.id, group.member_count);
    Item::new(key, move || view! { <FoundGroup group on_enter=|| {} /> }.into_any())
}

/// A public group, with a button to join it or a link to where one is a member.
#[component]
pub(super) fn FoundGroup(group: Group, on_enter: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let app: App = expect_context();
    let id = ConversationId::Group(group.id);
    let name = group.name.to_string();
    let is_member =
        app.select(move |state| state.conversations.get(&id).is_some_and(|group| group.group().is_some()));
    let wrong = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let group_id = group.id;
    let join = move || {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            match app.join_group(group_id).await {
                Ok(id) => {
                    on_enter();
                    app.navigation.go(Place::Conversation(id));
                }
                Err(sentence) => {
                    wrong.try_set(Some(sentence));
                }
            }
            busy.try_set(false);
        });
    };
    let members = members(group.member_count);
    let hint = derived(move || wrong.get().unwrap_or_else(|| members.clone()));
    let label = format!("Join {name}");
    let row = {
        let name = name.clone();
        move || {
            view! {
                <Avatar id name=name.clone() />
                <span class="person-row-name truncate" dir="auto">{name.clone()}</span>
            }
        }
    };
    view! {
        <li>
            {part(move || if is_member.get() {
                view! {
                    <a class="person-row" href=conversation_path(id) on:click=press(on_enter)>
                        {row()}
                        <span class="person-row-hint is-below">{hint}</span>
                        <span class="person-row-hint person-row-end">"Joined"</span>
                    </a>
                }
                .into_any()
            } else {
                view! {
                    <div class="person-row">
                        {row()}
                        <span class="person-row-hint is-below" aria-live="polite">{hint}</span>
                        <button
                            class="button person-row-end"
                            type="button"
                            aria-label=label.clone()
                            aria-disabled=derived(move || busy.get().then_some("true"))
                            on:click=press(join)
                        >
                            "Join"
                        </button>
                    </div>
                }
                .into_any()
            })}
        </li>
    }
    .into_any()
}

/// "1 member", "5 members".
pub(super) fn members(count: u64) -> String {
    if count == 1 { "1 member".to_owned() } else { format!("{count} members") }
}
