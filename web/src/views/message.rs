//! One row of the timeline.

use leptos::{prelude::*, task::spawn_local};
use protocol::{ConversationId, MessageText};
use wasm_bindgen_futures::JsFuture;

use super::{avatar::Avatar, composer::Draft, conversation::username, icon::small_icon};
use crate::{
    app::App,
    live::{Live, derived, memo, part, press, when},
    state::Action,
    timeline::{
        links::{Piece, pieces},
        rows::{Delivery, Row, RowKey},
    },
};

#[component]
pub(super) fn MessageRow(row: ArcRwSignal<Row>, draft: Draft) -> impl IntoView {
    let app: App = expect_context();
    let first = row.get_untracked();
    let (sender, content, key) = (first.sender, first.content, first.key);
    let row = RwSignal::from(row);
    let is = |part: fn(&Row) -> bool| -> Signal<bool> { memo(move || row.with(part)).into() };
    let joined = is(|row| row.joined);
    let starts_new = is(|row| row.starts_new);
    let latest_own = is(|row| row.latest_own);
    let at = memo(move || row.with(|row| row.at));
    let delivery = memo(move || row.with(|row| row.delivery.clone()));

    // Names come late, but never change.
    let name: Signal<String> = memo(move || {
        app.names.track();
        app.look(|state| username(state, sender))
    })
    .into();
    let time = move || {
        let (short, long) = (app.calendar.time(at.get()), app.calendar.everything(at.get()));
        view! { <time class="message-time" title=long>{short}</time> }.into_any()
    };
    let state = derived(move || match delivery.get() {
        Delivery::Received => None,
        Delivery::Pending => Some("pending"),
        Delivery::Sent => Some("sent"),
        Delivery::Failed(_) => Some("failed"),
    });
    let text = content.clone();
    view! {
        {when(
            move || starts_new.get(),
            || view! { <div class="new-divider" role="separator" aria-label="New messages">"New"</div> }.into_any(),
        )}
        <article
            class="message"
            class:is-joined=joined
            class:is-latest-own=latest_own
            data-state=state
            tabindex="-1"
        >
            {part(move || if joined.get() {
                time()
            } else {
                view! { <Avatar id=ConversationId::User(sender) name /> }.into_any()
            })}
            <div class="message-body">
                {part(move || if joined.get() {
                    view! { <span class="visually-hidden">{name}</span> }.into_any()
                } else {
                    view! {
                        <header class="message-head">
                            <span class="message-author truncate" dir="auto">{name}</span>
                            {time()}
                        </header>
                    }
                    .into_any()
                })}
                <p class="message-content" dir="auto">{linked(&content)}</p>
            </div>
            {part(move || mark(&delivery.get()))}
            {when(
                move || matches!(delivery.get(), Delivery::Failed(_)),
                move || view! { <Failure delivery key=key.clone() draft content=content.clone() /> }.into_any(),
            )}
            <div class="message-actions" role="toolbar" aria-label="Message actions">
                <button
                    class="icon-button"
                    type="button"
                    tabindex="-1"
                    aria-label="Copy text"
                    title="Copy text"
                    on:click=press(move || copy(app, text.to_string(), "Copied"))
                >
                    {small_icon("copy")}
                </button>
            </div>
        </article>
    }
    .into_any()
}

/// How one's own message stands, as a sign.
fn mark(delivery: &Delivery) -> AnyView {
    let (icon, words) = match delivery {
        Delivery::Received => return ().into_any(),
        Delivery::Pending => ("pending", "Waiting to be sent"),
        Delivery::Sent => ("check", "Sent"),
        Delivery::Failed(_) => ("warning", "Not sent"),
    };
    view! {
        <span class="message-mark" title=words>
            {small_icon(icon)}
            <span class="visually-hidden">{words}</span>
        </span>
    }
    .into_any()
}

/// Why it was not sent, and what can be done.
#[component]
fn Failure(delivery: Live<Delivery>, key: RowKey, draft: Draft, content: MessageText) -> impl IntoView {
    let app: App = expect_context();
    let reason = derived(move || match delivery.get() {
        Delivery::Failed(error) => error.message,
        _ => String::new(),
    });
    let client_id = match key {
        RowKey::Own(client_id) => Some(client_id),
        RowKey::Message(_) => None,
    };
    let act = move |action: fn(protocol::ClientId) -> Action| {
        if let Some(client_id) = client_id.clone() {
            app.act(action(client_id));
        }
    };
    let (retry, edit, discard) = (act.clone(), act.clone(), act);
    view! {
        <div class="message-failure">
            <span>"Not sent. " {reason} " It is kept here."</span>
            <button class="link-button" type="button" on:click=press(move || retry(Action::Retry))>"Try again"</button>
            <button class="link-button is-quiet" type="button" on:click=press(move || {
                draft.put_back(&content);
                edit(Action::Discard);
            })>
                "Edit"
            </button>
            <button class="link-button is-quiet" type="button" on:click=press(move || {
                discard(Action::Discard);
                super::chat::focus("#composer");
            })>
                "Discard"
            </button>
        </div>
    }
    .into_any()
}

/// A text with its links made into links. Nothing of it is ever taken for HTML.
fn linked(text: &MessageText) -> Vec<AnyView> {
    let origin = window().location().origin().unwrap_or_default();
    let link = |address: &str| {
        let shown = address.to_owned();
        // An invitation leads there without leaving the page.
        match address.strip_prefix(&origin).filter(|path| path.starts_with('/')) {
            Some(path) => view! { <a href=path.to_owned() tabindex="-1">{shown}</a> }.into_any(),
            None => {
                let address = shown.clone();
                view! { <a href=address target="_blank" rel="noopener noreferrer" tabindex="-1">{shown}</a> }
                    .into_any()
            }
        }
    };
    pieces(text.as_str())
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.to_owned().into_any(),
            Piece::Link(address) => link(address),
        })
        .collect()
}

/// Copies a text and says so.
pub(super) fn copy(app: App, text: String, done: &'static str) {
    let written = window().navigator().clipboard().write_text(&text);
    spawn_local(async move {
        match JsFuture::from(written).await {
            Ok(_) => app.announcer.say(done),
            Err(_) => app.announcer.say("Not copied: the browser does not allow it."),
        }
    });
}
