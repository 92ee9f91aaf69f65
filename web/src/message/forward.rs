//! Sending the link of a message to another conversation, with a comment.

use std::str::FromStr as _;

use chat::{Command, Topic};
use leptos::{
    ev::{KeyboardEvent, SubmitEvent},
    html,
    prelude::*,
};
use protocol::{ConversationId, MessageId, MessageText, User, limits};

use crate::{
    conversation::names::{name_in, name_of},
    intl::{collation::folded, direction::isolated},
    routes::message_path,
    screen::Screen,
    sidebar::search::search,
    store::Store,
    ui::{
        avatar::Avatar,
        button::IconButton,
        field::FormError,
        focus,
        matched::{Matched, Wanted},
        shortcut::composes,
    },
};

/// How many are offered; the others are found by more letters.
const OFFERED: usize = 6;

#[component]
pub(super) fn Forward(id: ConversationId, message: MessageId, open: RwSignal<bool>) -> impl IntoView {
    let (store, announcer) = (Store::expect(), Screen::expect().announcer);
    let to = RwSignal::new(None::<ConversationId>);
    let comment = RwSignal::new(String::new());
    let wrong = RwSignal::new(None::<String>);
    let link = format!("{}{}", window().location().origin().unwrap_or_default(), message_path(id, message));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(to) = to.get_untracked() else {
            wrong.set(Some("Choose to whom.".to_owned()));
            return;
        };
        match MessageText::from_str(&comment.with_untracked(|comment| text(comment, &link))) {
            Ok(content) => {
                // It goes the way of every message: kept, shown, and sent until it is confirmed.
                store.write(to, Command::Send { content, reply_to: None });
                open.set(false);
                let name = store.with(|state| name_in(state, to));
                announcer.show(format!("Forwarded to {}", isolated(&name)));
            }
            Err(_) => {
                let most = limits::MESSAGE_CHARS.end();
                wrong.set(Some(format!("With the link, the comment may have {most} characters.")));
            }
        }
    };
    view! {
        <form novalidate on:submit=submit>
            <div class="dialog-body">
                <p class="dialog-text">
                    "The link of the message is sent. Whoever may read this conversation can open it."
                </p>
                {move || match to.get() {
                    Some(id) => view! { <Chosen id on_remove=move |()| to.set(None) /> }.into_any(),
                    None => {
                        let choose = move |id| {
                            to.set(Some(id));
                            wrong.set(None);
                            focus::focus_soon("#forward-comment");
                        };
                        view! { <Choose on_choose=choose /> }.into_any()
                    }
                }}
                <div class="field">
                    <label class="field-label" for="forward-comment">"Comment, if you like"</label>
                    <textarea
                        class="field-input"
                        id="forward-comment"
                        rows="2"
                        prop:value=comment
                        on:input:target=move |event| {
                            comment.set(event.target().value());
                            wrong.set(None);
                        }
                    ></textarea>
                </div>
                <FormError wrong />
            </div>
            <footer class="dialog-footer">
                <button class="button" type="button" on:click=move |_| open.set(false)>"Cancel"</button>
                <button class="button is-primary" aria-disabled=Signal::derive(move || to.get().is_none().then_some("true"))>
                    "Forward"
                </button>
            </footer>
        </form>
    }
}

/// What is sent: the comment, if there is one, and the link in a line of its own.
fn text(comment: &str, link: &str) -> String {
    match comment.trim() {
        "" => link.to_owned(),
        comment => format!("{comment}\n{link}"),
    }
}

/// A field that finds conversations and people. Before a letter is typed, the newest are offered.
#[component]
fn Choose(#[prop(into)] on_choose: Callback<ConversationId>) -> impl IntoView {
    let store = Store::expect();
    let typed = RwSignal::new(String::new());
    let query = Memo::new(move |_| typed.with(|typed| typed.trim().to_owned()));
    provide_context(Wanted(query));
    let people = search(query, move |query| async move {
        match query.is_empty() {
            true => Ok(vec![]),
            false => store.find_people(query).await,
        }
    });
    let named = store.select(
        || [Topic::List],
        |state| {
            let ids = state.sorted_conversations().into_iter().map(|(id, _)| id);
            ids.map(|id| (id, folded(&name_in(state, id)))).collect::<Vec<_>>()
        },
    );
    let offered = Memo::new(move |_| {
        let wanted = folded(&query.get());
        let people = people.get().and_then(Result::ok).unwrap_or_default();
        named.with(|named| offered(named, &people, &wanted))
    });
    let said = move || match (people.get(), offered.with(Vec::is_empty)) {
        (Some(Err(sentence)), _) => sentence,
        (Some(Ok(_)), true) => "Nobody is found. Try a part of the name.".to_owned(),
        _ => String::new(),
    };
    let body: NodeRef<html::Div> = NodeRef::new();
    let key_pressed = move |event: KeyboardEvent| {
        let Some(body) = body.get_untracked().filter(|_| !composes(&event)) else { return };
        let active = document().active_element();
        let in_field = active.as_ref().is_some_and(|active| active.id() == "forward-to");
        let step = |by| focus::step(&focus::all(&body, ".field-input, .chosen-offer"), active.as_ref(), by);
        let done = match event.key().as_str() {
            "ArrowDown" => step(1),
            "ArrowUp" => step(-1),
            // Nothing is sent while somebody chooses.
            "Enter" if in_field => {
                if let Some(first) = offered.with_untracked(|offered| offered.first().copied()) {
                    on_choose.run(first);
                }
                true
            }
            _ => false,
        };
        if done {
            event.prevent_default();
        }
    };
    view! {
        <div class="field" node_ref=body on:keydown=key_pressed>
            <label class="field-label" for="forward-to">"To"</label>
            <input
                class="field-input"
                id="forward-to"
                type="search"
                autofocus
                autocomplete="off"
                spellcheck="false"
                placeholder="Part of a name"
                aria-describedby="forward-to-hint"
                prop:value=typed
                on:input:target=move |event| typed.set(event.target().value())
            />
            <p class="field-hint" id="forward-to-hint" aria-live="polite" prop:textContent=said></p>
            <ul class="chosen-offers">
                <For each=move || offered.get() key=|id| *id let:id>
                    <li><Offer id on_choose /></li>
                </For>
            </ul>
        </div>
    }
}

/// Conversations of this person, and then people without one.
fn offered(named: &[(ConversationId, String)], people: &[User], wanted: &str) -> Vec<ConversationId> {
    let fits = |(id, name): &(ConversationId, String)| name.contains(wanted).then_some(*id);
    let mut offered: Vec<ConversationId> = named.iter().filter_map(fits).collect();
    for user in people.iter().filter(|user| folded(user.username.as_str()).contains(wanted)) {
        let id = ConversationId::User(user.id);
        if !offered.contains(&id) {
            offered.push(id);
        }
    }
    offered.truncate(OFFERED);
    offered
}

#[component]
fn Offer(id: ConversationId, on_choose: Callback<ConversationId>) -> impl IntoView {
    let name = name_of(Store::expect(), id);
    view! {
        <button class="person-row chosen-offer" type="button" tabindex="-1" on:click=move |_| on_choose.run(id)>
            <Avatar id name small=true />
            <span class="person-row-name truncate"><Matched name /></span>
        </button>
    }
}

#[component]
fn Chosen(id: ConversationId, #[prop(into)] on_remove: Callback<()>) -> impl IntoView {
    let name = name_of(Store::expect(), id);
    let label = Signal::derive(move || format!("Remove {}", name.get()));
    let remove = move |_| {
        on_remove.run(());
        focus::focus_soon("#forward-to");
    };
    view! {
        <div class="field">
            <span class="field-label">"To"</span>
            <ul class="chips" aria-label="To">
                <li class="chip">
                    <bdi class="truncate">{name}</bdi>
                    <IconButton icon="close" label small=true on_press=remove />
                </li>
            </ul>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_stands_in_a_line_of_its_own_under_the_comment() {
        assert_eq!(text("  \n", "https://chat.example/x"), "https://chat.example/x");
        assert_eq!(text("Look: ", "https://chat.example/x"), "Look:\nhttps://chat.example/x");
    }
}
