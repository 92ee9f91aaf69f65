//! One row of the timeline.

mod failure;
mod text;
pub(crate) mod toolbar;

use chat::Topic;
use leptos::prelude::*;
use protocol::ConversationId;

use crate::{
    composer::draft::Draft,
    conversation::names::username,
    intl::calendar::machine_readable,
    screen::Screen,
    store::Store,
    timeline::rows::{Delivery, Row},
    ui::{avatar::Avatar, icon::Icon},
};
use failure::NotSent;
use text::MessageText;

/// Everything in it is made anew when something of it has changed, which is seldom; the row itself
/// stays, and with it the focus.
#[component]
pub(crate) fn MessageRow(row: ArcRwSignal<Row>, draft: Draft) -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    let key = row.with_untracked(|row| row.key.to_string());
    let class = {
        let row = row.clone();
        move || row.with(class)
    };
    let state = {
        let row = row.clone();
        move || row.with(|row| state(&row.delivery))
    };
    let unfolded = RwSignal::new(false);
    let content = move || row.with(|row| content(store, screen, row, draft, unfolded));
    view! {
        <article class=class data-state=state data-row=key tabindex="-1">
            {content}
        </article>
    }
}

fn class(row: &Row) -> &'static str {
    match (row.joined, row.latest_own) {
        (false, false) => "message",
        (true, false) => "message is-joined",
        (false, true) => "message is-latest-own",
        (true, true) => "message is-joined is-latest-own",
    }
}

fn state(delivery: &Delivery) -> Option<&'static str> {
    match delivery {
        Delivery::Received => None,
        Delivery::Pending | Delivery::Late => Some("pending"),
        Delivery::Sent => Some("sent"),
        Delivery::Failed(_) => Some("failed"),
    }
}

fn content(store: Store, screen: Screen, row: &Row, draft: Draft, unfolded: RwSignal<bool>) -> AnyView {
    let name = store.with(|state| username(state, row.sender));
    if name.is_empty() {
        // The name comes late, but never changes.
        store.track(Topic::Person(row.sender));
    }
    let time = view! {
        <time
            class="message-time"
            datetime=machine_readable(row.at)
            title=screen.calendar.everything(row.at)
        >
            {screen.calendar.time(row.at)}
        </time>
    };
    let text = view! { <MessageText content=row.content.clone() unfolded /> };
    let mark = view! { <Mark delivery=row.delivery.clone() /> };
    let not_sent = match &row.delivery {
        Delivery::Failed(error) => {
            view! { <NotSent error=error.clone() key=row.key.clone() content=row.content.clone() draft /> }
                .into_any()
        }
        _ => ().into_any(),
    };
    if row.joined {
        view! {
            {time}
            <div class="message-body">
                <span class="visually-hidden">{name}</span>
                {text}
                {mark}
            </div>
            {not_sent}
        }
        .into_any()
    } else {
        view! {
            <Avatar id=ConversationId::User(row.sender) name=name.clone() />
            <div class="message-body">
                <header class="message-head">
                    <span class="message-author truncate"><bdi>{name}</bdi></span>
                    {time}
                    {mark}
                </header>
                {text}
            </div>
            {not_sent}
        }
        .into_any()
    }
}

/// The state of the person's own message, as a sign.
#[component]
fn Mark(delivery: Delivery) -> impl IntoView {
    let (icon, words) = match delivery {
        Delivery::Received => return ().into_any(),
        Delivery::Pending => ("pending", "Waiting to be sent"),
        Delivery::Late => ("pending", "Waiting: the server has not answered yet"),
        Delivery::Sent => ("check", "Sent"),
        Delivery::Failed(_) => ("warning", "Not sent"),
    };
    view! {
        <span class="message-mark" title=words>
            <Icon name=icon small=true />
            <span class="visually-hidden">{words}</span>
        </span>
    }
    .into_any()
}
