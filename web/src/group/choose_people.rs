//! Choosing people: a field that finds them, and those who are chosen as chips.

use leptos::{ev::KeyboardEvent, html, prelude::*};
use protocol::{ConversationId, User, UserId, limits};
use wasm_bindgen::JsCast as _;
use web_sys::Element;

use crate::{
    conversation::names::name_of,
    sidebar::search::search,
    store::Store,
    ui::{
        avatar::Avatar,
        button::IconButton,
        focus,
        matched::{Matched, Wanted},
        shortcut::composes,
    },
};

/// How many are offered; the others are found by more letters.
const OFFERED: usize = 6;

#[component]
pub(super) fn ChoosePeople(
    /// The field's id.
    id: &'static str,
    chosen: RwSignal<Vec<UserId>>,
    label: &'static str,
    /// People who are in it already.
    #[prop(into)]
    has_already: Signal<Vec<UserId>>,
    /// Whether people are offered before a letter is typed.
    #[prop(optional)]
    offers: bool,
    #[prop(optional)] autofocus: bool,
) -> impl IntoView {
    let store = Store::expect();
    let typed = RwSignal::new(String::new());
    let query = Memo::new(move |_| typed.with(|typed| typed.trim().to_owned()));
    let wants = move || offers || query.with(|query| !query.is_empty());
    let search = search(query, move |query| async move {
        match query.is_empty() && !offers {
            true => Ok(vec![]),
            false => store.find_people(query).await,
        }
    });
    provide_context(Wanted(query));
    let field: NodeRef<html::Input> = NodeRef::new();
    let body: NodeRef<html::Div> = NodeRef::new();

    let is_full = Memo::new(move |_| chosen.with(Vec::len) >= limits::ADD_MEMBERS);
    let offered = Memo::new(move |_| {
        let found = search.get().and_then(Result::ok).filter(|_| wants() && !is_full.get());
        let is_new = |user: &User| {
            user.id != store.me()
                && !chosen.with(|chosen| chosen.contains(&user.id))
                && !has_already.with(|members| members.contains(&user.id))
        };
        found.map(|found| {
            found.into_iter().filter(is_new).map(|user| user.id).take(OFFERED).collect::<Vec<_>>()
        })
    });
    let said = move || match (is_full.get(), search.get(), offered.get()) {
        (true, ..) => format!("{} people are as many as can be added at once.", limits::ADD_MEMBERS),
        (_, Some(Err(sentence)), _) => sentence,
        (_, _, Some(offered)) if offered.is_empty() && wants() => {
            "Nobody else is found. Try a part of the name.".to_owned()
        }
        _ => String::new(),
    };
    let go_back = move || {
        if let Some(field) = field.get_untracked() {
            let _ = field.focus();
        }
    };
    let choose = move |user: UserId| {
        chosen.update(|chosen| chosen.push(user));
        typed.set(String::new());
        go_back();
    };
    let remove = move |user: UserId| {
        chosen.update(|chosen| chosen.retain(|one| *one != user));
        go_back();
    };
    let key_pressed = move |event: KeyboardEvent| {
        let Some(body) = body.get_untracked().filter(|_| !composes(&event)) else { return };
        let in_field =
            event.target().is_some_and(|target| target.dyn_ref::<web_sys::HtmlInputElement>().is_some());
        let done = match event.key().as_str() {
            key @ ("ArrowDown" | "ArrowUp") => {
                let stops = focus::all(&body, ".field-input, .chosen-offer");
                let from: Option<Element> = document().active_element();
                focus::step(&stops, from.as_ref(), if key == "ArrowDown" { 1 } else { -1 })
            }
            "Enter" if in_field => {
                // While somebody is looked for, Enter does not send the form.
                let first = offered.get_untracked().and_then(|offered| offered.first().copied());
                let looks = !query.with_untracked(String::is_empty);
                if let Some(first) = first.filter(|_| looks) {
                    choose(first);
                }
                looks
            }
            "Backspace" if in_field && typed.with_untracked(String::is_empty) => {
                chosen.update(|chosen| {
                    chosen.pop();
                });
                false
            }
            _ => false,
        };
        if done {
            event.prevent_default();
        }
    };
    let summary = move || match offered.get().map(|offered| offered.len()) {
        Some(count) if count > 0 => format!("{count} offered"),
        _ => String::new(),
    };
    let hint_id = format!("{id}-hint");
    view! {
        <div class="field" node_ref=body on:keydown=key_pressed>
            <label class="field-label" for=id>{label}</label>
            <ul class="chips" aria-label="Chosen" hidden=move || chosen.with(Vec::is_empty)>
                <For each=move || chosen.get() key=|user| *user let:user>
                    <Chip user on_remove=move |()| remove(user) />
                </For>
            </ul>
            <input
                class="field-input"
                id=id
                type="search"
                node_ref=field
                autofocus=autofocus
                autocomplete="off"
                spellcheck="false"
                placeholder="Part of a name"
                aria-describedby=hint_id.clone()
                prop:value=typed
                on:input:target=move |event| typed.set(event.target().value())
            />
            <div class="visually-hidden" role="status">{summary}</div>
            <p class="field-hint" id=hint_id.clone() aria-live="polite">{said}</p>
            <ul class="chosen-offers">
                <For each=move || offered.get().unwrap_or_default() key=|user| *user let:user>
                    <li><Offer user on_choose=move |()| choose(user) /></li>
                </For>
            </ul>
        </div>
    }
}

#[component]
fn Chip(user: UserId, #[prop(into)] on_remove: Callback<()>) -> impl IntoView {
    let name = name_of(Store::expect(), ConversationId::User(user));
    let label = Signal::derive(move || format!("Remove {}", name.get()));
    view! {
        <li class="chip">
            <bdi class="truncate">{name}</bdi>
            <IconButton icon="close" label small=true on_press=move |_| on_remove.run(()) />
        </li>
    }
}

#[component]
fn Offer(user: UserId, #[prop(into)] on_choose: Callback<()>) -> impl IntoView {
    let id = ConversationId::User(user);
    let name = name_of(Store::expect(), id);
    view! {
        <button class="person-row chosen-offer" type="button" tabindex="-1" on:click=move |_| on_choose.run(())>
            <Avatar id name small=true />
            <span class="person-row-name truncate"><Matched name /></span>
        </button>
    }
}
