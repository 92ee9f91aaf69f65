//! One row of the timeline.

use crate::reactive::*;
use protocol::{ClientId, ConversationId, MessageText};
use wasm_bindgen_futures::JsFuture;

use super::{avatar::avatar, chat::focus, composer::Draft, conversation::username, icon::small_icon};
use crate::{
    app::App,
    dom::{El, View, a, button, div, el, p, part, span, together, when},
    live::{Live, memo},
    state::Action,
    timeline::{
        links::{Piece, pieces},
        rows::{Delivery, Row, RowKey},
    },
};

pub(super) fn message_row(row: ArcRwSignal<Row>, draft: Draft) -> View {
    let app = App::here();
    let first = row.get_untracked();
    let (sender, content, key) = (first.sender, first.content, first.key);
    fn of<T>(row: &ArcRwSignal<Row>, part: fn(&Row) -> T) -> Live<T>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        let row = row.clone();
        memo(move || row.with(part))
    }
    let joined = of(&row, |row| row.joined);
    let starts_new = of(&row, |row| row.starts_new);
    let latest_own = of(&row, |row| row.latest_own);
    let at = of(&row, |row| row.at);
    let delivery = of(&row, |row| row.delivery.clone());

    // Names come late, but never change.
    let name = memo(move || {
        app.names.track();
        app.look(|state| username(state, sender))
    });
    let time = move || {
        let at = at.get();
        el("time", "message-time").attr("title", &app.calendar.everything(at)).text(&app.calendar.time(at))
    };
    let new_divider =
        || div("new-divider").attr("role", "separator").attr("aria-label", "New messages").text("New");
    let gutter = part(move || match joined.get() {
        true => time(),
        false => avatar(ConversationId::User(sender), move || name.get()),
    });
    let head = part(move || match joined.get() {
        true => span("visually-hidden").live_text(move || name.get()),
        false => el("header", "message-head")
            .child(span("message-author truncate").attr("dir", "auto").live_text(move || name.get()))
            .child(time()),
    });
    let text = p("message-content").attr("dir", "auto").children(linked(&content));
    let mark = part(move || mark(&delivery.get()));
    let failure = when(move || matches!(delivery.get(), Delivery::Failed(_)), {
        let content = content.clone();
        move || failure(delivery, &key, draft, content.clone())
    });
    let copy = button("icon-button")
        .attr("tabindex", "-1")
        .attr("aria-label", "Copy text")
        .attr("title", "Copy text")
        .on_press(move || copy(app, content.as_str(), "Copied"))
        .child(small_icon("copy"));
    let actions = div("message-actions").attr("role", "toolbar").attr("aria-label", "Message actions");
    let row = el("article", "message")
        .class_if("is-joined", move || joined.get())
        .class_if("is-latest-own", move || latest_own.get())
        .live_attr("data-state", move || match delivery.get() {
            Delivery::Received => None,
            Delivery::Pending => Some("pending"),
            Delivery::Sent => Some("sent"),
            Delivery::Failed(_) => Some("failed"),
        })
        .attr("tabindex", "-1")
        .child(gutter)
        .child(div("message-body").child(head).child(text))
        .child(mark)
        .child(failure)
        .child(actions.child(copy));
    together([when(move || starts_new.get(), new_divider), row.into()])
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
fn failure(delivery: Live<Delivery>, key: &RowKey, draft: Draft, content: MessageText) -> El {
    let app = App::here();
    let reason = move || match delivery.get() {
        Delivery::Failed(error) => format!("Not sent. {} It is kept here.", error.message),
        _ => String::new(),
    };
    let act = {
        let client_id = match key {
            RowKey::Own(client_id) => Some(client_id.clone()),
            RowKey::Message(_) => None,
        };
        move |action: fn(ClientId) -> Action| {
            if let Some(client_id) = client_id.clone() {
                app.act(action(client_id));
            }
        }
    };
    let (retry, edit, discard) = (act.clone(), act.clone(), act);
    let edit = move || {
        draft.put_back(&content);
        edit(Action::Discard);
    };
    let discard = move || {
        discard(Action::Discard);
        focus("#composer");
    };
    div("message-failure")
        .child(span("").live_text(reason))
        .child(button("link-button").on_press(move || retry(Action::Retry)).text("Try again"))
        .child(button("link-button is-quiet").on_press(edit).text("Edit"))
        .child(button("link-button is-quiet").on_press(discard).text("Discard"))
}

/// A text with its links made into links. Nothing of it is ever taken for HTML.
fn linked(text: &MessageText) -> impl Iterator<Item = View> {
    let origin = window().location().origin().unwrap_or_default();
    let link = move |address: &str| {
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
