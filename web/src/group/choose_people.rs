//! Choosing people: a field that finds them, and those who are chosen as chips.

use leptos::{ev::KeyboardEvent, html, prelude::*};
use protocol::{ConversationId, User, UserId, limits};
use wasm_bindgen::JsCast as _;
use web_sys::Element;

use crate::{
    conversation::names::name_of,
    intl::collation::folded,
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
    // To what the last answer is.
    let answered = RwSignal::new(None::<String>);
    let search = search(query, move |query| async move {
        let found = match query.is_empty() && !offers {
            true => Ok(vec![]),
            false => store.find_people(query.clone()).await,
        };
        answered.try_set(Some(query));
        found
    });
    provide_context(Wanted(query));
    let field: NodeRef<html::Input> = NodeRef::new();
    let body: NodeRef<html::Div> = NodeRef::new();

    let is_full = Memo::new(move |_| chosen.with(Vec::len) >= limits::ADD_MEMBERS);
    let offered = Memo::new(move |_| {
        let found = search.get().and_then(Result::ok).filter(|_| wants() && !is_full.get());
        let wanted = folded(&query.get());
        let is_new = |user: UserId| {
            user != store.me()
                && !chosen.with(|chosen| chosen.contains(&user))
                && !has_already.with(|members| members.contains(&user))
        };
        found.map(|found| fitting(&found, &wanted, is_new))
    });
    let said = move || match (is_full.get(), search.get(), offered.get()) {
        (true, ..) => format!("{} people are as many as can be added at once.", limits::ADD_MEMBERS),
        (_, Some(Err(sentence)), _) => sentence,
        (_, _, Some(offered)) if offered.is_empty() && wants() && answered.get() == Some(query.get()) => {
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
            <div class="visually-hidden" role="status" prop:textContent=summary></div>
            <p class="field-hint" id=hint_id.clone() aria-live="polite" prop:textContent=said></p>
            <ul class="chosen-offers">
                <For each=move || offered.get().unwrap_or_default() key=|user| *user let:user>
                    <li><Offer user on_choose=move |()| choose(user) /></li>
                </For>
            </ul>
        </div>
    }
}

/// Those of what was found who are offered. What was found may be the answer to fewer letters than stand in the
/// field by now, and Enter takes the first of them.
fn fitting(found: &[User], wanted: &str, is_new: impl Fn(UserId) -> bool) -> Vec<UserId> {
    let fits = |user: &&User| is_new(user.id) && folded(user.username.as_str()).contains(wanted);
    found.iter().filter(fits).map(|user| user.id).take(OFFERED).collect()
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

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests {
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    #[wasm_bindgen_test]
    fn of_an_answer_to_fewer_letters_only_those_are_offered_who_fit_what_is_typed_by_now() {
        let id = |number: u8| UserId::from_bytes([number; 16]);
        let names = ["aaron", "Ben", "abben", "ben2"].iter().enumerate();
        let found: Vec<User> = names
            .map(|(number, name)| User { id: id(number as u8), username: name.parse().unwrap() })
            .collect();
        assert_eq!(fitting(&found, "", |_| true), [id(0), id(1), id(2), id(3)]);
        assert_eq!(fitting(&found, "ben", |user| user != id(2)), [id(1), id(3)]);
        assert_eq!(fitting(&found, "benn", |_| true), []);
    }
}
