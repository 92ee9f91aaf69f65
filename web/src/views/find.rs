//! Finding people and groups while one types.

use std::{future::Future, time::Duration};

use crate::reactive::*;
use gloo_timers::future::sleep;
use js_sys::JsString;
use protocol::{ConversationId, Group, User};

use super::{
    avatar::avatar,
    conversation::name_in,
    conversation_row::{conversations, people as people_rows},
    notice::{failure, notice, skeleton},
};
use crate::{
    app::App,
    dom::{El, Item, View, a, button, div, el, list, part, span, when},
    live::{Live, Var, effect, memo, var},
    place::{Place, conversation_path},
};

/// How long to wait for the next letter.
const TYPING: Duration = Duration::from_millis(200);

/// None while the first answer is on its way.
type Found<T> = Var<Option<Result<Vec<T>, String>>>;

/// What a query finds, asked for again when it has changed and rested, or when one tries again.
pub(super) fn found<T, F>(
    query: impl Fn() -> String + 'static,
    ask: impl Fn(String) -> F + Copy + 'static,
) -> (Found<T>, impl Fn() + Copy + 'static)
where
    T: Send + Sync + 'static,
    F: Future<Output = Result<Vec<T>, String>> + 'static,
{
    let found: Found<T> = var(None);
    let tries = var(());
    // How often it was asked for.
    let times = var(0_u32);
    effect(move || {
        tries.track();
        let query = query();
        let before = times.get_untracked();
        times.set(before + 1);
        // False as well when the page went elsewhere.
        let is_newest = move || times.try_get_untracked() == Some(before + 1);
        spawn_local(async move {
            if before > 0 {
                sleep(TYPING).await;
            }
            if !is_newest() {
                return;
            }
            let answer = ask(query).await;
            // The answer to an older question comes too late.
            if is_newest() {
                found.set(Some(answer));
            }
        });
    });
    let again = move || {
        found.set(None);
        tries.set(());
    };
    (found, again)
}

/// What stands in the sidebar in place of the conversations while one looks for something.
pub(super) fn results(query: Live<String>, open: Live<Option<ConversationId>>) -> El {
    let app = App::here();
    let (people, people_again) = found(move || query.get(), move |query| app.find_people(query));
    let (groups, groups_again) = found(move || query.get(), move |query| app.find_groups(query));

    let all =
        app.select(|state| state.sorted_conversations().into_iter().map(|(id, _)| id).collect::<Vec<_>>());
    let own = memo(move || {
        let query = String::from(folded(&query.get()));
        let name = |id: ConversationId| app.look(|state| name_in(state, id));
        let matches = |id: &ConversationId| folded(&name(*id)).includes(&query, 0);
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
    let again = move || {
        people_again();
        groups_again();
    };

    let public_rows = move || list(move || public.get().into_iter().map(found_row).collect());
    let rest = part(move || match trouble() {
        Some(sentence) => Some(failure("The search did not work", &sentence, again)),
        None if loading() && nothing() => Some(skeleton(3)),
        None if nothing() => Some(notice(
            "find",
            &format!("Nothing found for “{}”", query.get()),
            "Try a part of the name. Private groups can be joined by their link only.",
        )),
        None => None,
    });
    div("")
        .attr("aria-live", "polite")
        .child(section("Conversations", move || own.with(Vec::is_empty), move || conversations(own, open)))
        .child(section(
            "People",
            move || others.with(Vec::is_empty),
            move || people_rows(move || others.get(), Some(open)),
        ))
        .child(section("Public groups", move || public.with(Vec::is_empty), public_rows))
        .child(rest)
}

fn error<T>(found: Option<&Result<T, String>>) -> Option<String> {
    found.and_then(|found| found.as_ref().err().cloned())
}

/// Answers to an older query stay until the next ones come; what does not fit any more does not.
fn fits(user: &User, query: &str) -> bool {
    folded(user.username.as_str()).includes(&String::from(folded(query)), 0)
}

/// What two spellings have in common. The browser knows every alphabet's small letters already.
fn folded(text: &str) -> JsString {
    JsString::from(text).to_lower_case()
}

fn section(
    title: &'static str,
    is_empty: impl Fn() -> bool + Send + Sync + 'static,
    rows: impl Fn() -> View + 'static,
) -> View {
    when(
        move || !is_empty(),
        move || {
            let title_row =
                el("header", "sidebar-section-header").child(el("h2", "section-title").text(title));
            el("section", "sidebar-section")
                .attr("aria-label", title)
                .child(title_row)
                .child(el("ul", "").child(rows()))
        },
    )
}

fn found_row(group: Group) -> Item {
    let key = format!("{} {}", group.id, group.member_count);
    Item::new(key, move || found_group(group, || {}))
}

/// A public group, with a button to join it or a link to where one is a member.
pub(super) fn found_group(group: Group, on_enter: impl Fn() + Copy + 'static) -> El {
    let app = App::here();
    let id = ConversationId::Group(group.id);
    let name = group.name.to_string();
    let is_member =
        app.select(move |state| state.conversations.get(&id).is_some_and(|group| group.group().is_some()));
    let wrong = var(None::<String>);
    let busy = var(false);
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
                    wrong.set(Some(sentence));
                }
            }
            busy.set(false);
        });
    };
    let count = group.member_count;
    let row = move || {
        let for_avatar = name.clone();
        let hint =
            span("person-row-hint is-below").live_text(move || wrong.get().unwrap_or_else(|| members(count)));
        let picture = avatar(id, move || for_avatar.clone());
        let label = span("person-row-name truncate").attr("dir", "auto").text(&name);
        if is_member.get() {
            a("person-row", &conversation_path(id))
                .on_press(on_enter)
                .children([picture, label, hint])
                .child(span("person-row-hint person-row-end").text("Joined"))
        } else {
            let join = button("button person-row-end")
                .attr("aria-label", &format!("Join {name}"))
                .live_attr("aria-disabled", move || busy.get().then_some("true"))
                .on_press(join)
                .text("Join");
            div("person-row").children([picture, label, hint.attr("aria-live", "polite"), join])
        }
    };
    el("li", "").child(part(row))
}

/// "1 member", "5 members".
pub(super) fn members(count: u64) -> String {
    if count == 1 { "1 member".to_owned() } else { format!("{count} members") }
}
