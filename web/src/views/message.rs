//! One row of the timeline.

use crate::reactive::*;
use protocol::{ClientId, ConversationId, MessageText};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, Event};

use super::{avatar::avatar, chat::focus, composer::Draft, conversation::username, icon::small_icon};
use crate::{
    app::App,
    dom::{El, View, a, button, div, el, p, span},
    state::Action,
    timeline::{
        links::{Piece, pieces},
        rows::{Delivery, Row, RowKey},
    },
};

pub(super) fn message_row(row: ArcRwSignal<Row>, draft: Draft) -> El {
    let app = App::here();
    el("article", "")
        .attr("tabindex", "-1")
        .live(move |article| row.with(|row| filled(app, article, row, draft)))
}

fn filled(app: App, article: El, row: &Row, draft: Draft) -> El {
    let class = match (row.joined, row.latest_own) {
        (false, false) => "message",
        (true, false) => "message is-joined",
        (false, true) => "message is-latest-own",
        (true, true) => "message is-joined is-latest-own",
    };
    let article = match &row.delivery {
        Delivery::Received => article,
        Delivery::Pending => article.attr("data-state", "pending"),
        Delivery::Sent => article.attr("data-state", "sent"),
        Delivery::Failed(_) => article.attr("data-state", "failed"),
    };
    let name = app.look(|state| username(state, row.sender));
    if name.is_empty() {
        // It comes late, but never changes.
        app.names.track();
    }
    let time = el("time", "message-time")
        .attr("title", &app.calendar.everything(row.at))
        .text(&app.calendar.time(row.at));
    let (gutter, head) = if row.joined {
        (time, span("visually-hidden").text(&name))
    } else {
        let author = span("message-author truncate").attr("dir", "auto").text(&name);
        let head = el("header", "message-head").child(author).child(time);
        (avatar(ConversationId::User(row.sender), move || name.clone()), head)
    };
    let text = p("message-content").attr("dir", "auto").children(linked(&row.content));
    article
        .attr("class", class)
        .child(gutter)
        .child(div("message-body").child(head).child(text))
        .children(mark(&row.delivery))
        .children(failure(row, draft))
}

/// How one's own message stands, as a sign.
fn mark(delivery: &Delivery) -> Option<El> {
    let (icon, words) = match delivery {
        Delivery::Received => return None,
        Delivery::Pending => ("pending", "Waiting to be sent"),
        Delivery::Sent => ("check", "Sent"),
        Delivery::Failed(_) => ("warning", "Not sent"),
    };
    let words_too = span("visually-hidden").text(words);
    Some(span("message-mark").attr("title", words).child(small_icon(icon)).child(words_too))
}

/// Why it was not sent, and what can be done.
fn failure(row: &Row, draft: Draft) -> Option<El> {
    let (Delivery::Failed(error), RowKey::Own(client_id)) = (&row.delivery, &row.key) else { return None };
    let app = App::here();
    let act = {
        let client_id = client_id.clone();
        move |action: fn(ClientId) -> Action| app.act(action(client_id.clone()))
    };
    let (retry, edit, discard) = (act.clone(), act.clone(), act);
    let content = row.content.clone();
    let edit = move || {
        draft.put_back(&content);
        edit(Action::Discard);
    };
    let discard = move || {
        discard(Action::Discard);
        focus("#composer");
    };
    let reason = format!("Not sent. {} It is kept here.", error.message);
    let failure = div("message-failure")
        .child(span("").text(&reason))
        .child(button("link-button").on_press(move || retry(Action::Retry)).text("Try again"))
        .child(button("link-button is-quiet").on_press(edit).text("Edit"))
        .child(button("link-button is-quiet").on_press(discard).text("Discard"));
    Some(failure)
}

/// What can be done with a message: one for all rows, for [`move_actions`].
pub(super) fn message_actions() -> El {
    let app = App::here();
    let actions = div("message-actions").attr("role", "toolbar").attr("aria-label", "Message actions");
    let here = actions.handle();
    let copy = button("icon-button")
        .attr("tabindex", "-1")
        .attr("aria-label", "Copy text")
        .attr("title", "Copy text")
        .on_press(move || {
            let row = here.closest(".message").ok().flatten();
            let content = row.and_then(|row| row.query_selector(".message-content").ok().flatten());
            if let Some(text) = content.and_then(|content| content.text_content()) {
                copy(app, &text, "Copied");
            }
        })
        .child(small_icon("copy"));
    actions.child(copy)
}

/// Brings the actions to the row that the pointer or the focus came to.
pub(super) fn move_actions(event: &Event, actions: &Element) {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let row = target.and_then(|target| target.closest(".message").ok().flatten());
    // The pointer does not take away what the keyboard is at.
    let in_use = actions.matches(":focus-within").unwrap_or(false);
    if let Some(row) = row.filter(|row| !in_use && !row.contains(Some(actions))) {
        let _ = row.append_child(actions);
    }
}

/// A text with its links made into links. Nothing of it is ever taken for HTML.
fn linked(text: &MessageText) -> impl Iterator<Item = View> {
    let link = |address: &str| {
        let origin = window().location().origin().unwrap_or_default();
        // An invitation leads there without leaving the page.
        let path = address.strip_prefix(&origin).filter(|path| path.starts_with('/'));
        let link = match path {
            Some(path) => a("", path),
            None => a("", address).attr("target", "_blank").attr("rel", "noopener noreferrer"),
        };
        link.attr("tabindex", "-1").text(address)
    };
    pieces(text.as_str()).into_iter().map(move |piece| match piece {
        Piece::Text(text) => text.into(),
        Piece::Link(address) => link(address).into(),
    })
}

/// Copies a text and says so.
pub(super) fn copy(app: App, text: &str, done: &'static str) {
    let written = window().navigator().clipboard().write_text(text);
    spawn_local(async move {
        match JsFuture::from(written).await {
            Ok(_) => app.announcer.say(done),
            Err(_) => app.announcer.say("Not copied: the browser does not allow it."),
        }
    });
}
