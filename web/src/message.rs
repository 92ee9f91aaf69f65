//! One row of the timeline.

mod actions;
pub(crate) mod dialogs;
mod failure;
mod forward;
pub(crate) mod long_press;
mod mark;
mod menu;
mod picker;
pub(crate) mod preview;
pub(crate) mod quote;
mod reactions;
mod readers;
pub(crate) mod sheet;
mod text;
pub(crate) mod toolbar;

use chat::Topic;
use leptos::prelude::*;
use protocol::{ConversationId, MessageId, Reaction, UserId};

use crate::{
    composer::draft::Draft,
    conversation::names::username,
    intl::calendar::machine_readable,
    routes::conversation_path,
    screen::Screen,
    store::Store,
    timeline::{
        rows::{Delivery, Marks, Row},
        scroll::Scroll,
    },
    ui::{
        anew::Anew,
        avatar::Avatar,
        focus::{focus_element, focus_is_lost},
        icon::Icon,
    },
};
use dialogs::Dialogs;
use failure::{NotChanged, NotSent};
use mark::Mark;
use quote::QuoteLine;
use reactions::Reactions;
use readers::ReadBy;
use text::{MessageText, mention::Mentions};

/// Everything in it but the reactions is shown anew when something of it has changed, which is seldom; the row
/// itself stays, and takes the focus if what had it goes.
#[component]
pub(crate) fn MessageRow(
    row: ArcRwSignal<Row>,
    reactions: ArcRwSignal<Vec<Reaction>>,
    draft: Draft,
) -> impl IntoView {
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
    let seq = {
        let row = row.clone();
        move || row.with(|row| row.place.map(|(_, seq)| seq.to_string()))
    };
    let scroll: Scroll = expect_context();
    let lit = {
        let row = row.clone();
        move || {
            scroll.lit.get().is_some_and(|lit| row.with(|row| row.place.is_some_and(|(_, seq)| seq == lit)))
        }
    };
    let unfolded = RwSignal::new(false);
    let words = Anew::new();
    let content = move || {
        keep_focus_in_row();
        row.with(|row| content(store, screen, row, &reactions, draft, unfolded, words))
    };
    view! {
        <article class=class class:is-lit=lit data-state=state data-row=key data-seq=seq tabindex="-1">
            {content}
        </article>
    }
}

/// To be called before something in a row is made anew or taken away: if the focus goes with it, the row has it
/// then, and arrow keys go on from there.
fn keep_focus_in_row() {
    let Some(row) = document().active_element().and_then(|active| active.closest(".message").ok()?) else {
        return;
    };
    request_animation_frame(move || {
        if focus_is_lost() {
            focus_element(&row);
        }
    });
}

/// What a message says.
#[derive(PartialEq)]
enum Words {
    Text(protocol::MessageText, Mentions),
    Tombstone(Tombstone),
}

/// Whose deletion it was, and the rest of the sentence.
#[derive(Clone, PartialEq)]
struct Tombstone {
    name: Option<String>,
    words: &'static str,
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

fn content(
    store: Store,
    screen: Screen,
    row: &Row,
    reactions: &ArcRwSignal<Vec<Reaction>>,
    draft: Draft,
    unfolded: RwSignal<bool>,
    words: Anew<Words>,
) -> AnyView {
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
            prop:textContent=screen.calendar.time(row.at)
        ></time>
    };
    let text = if row.marks.deleted {
        let tombstone = tombstone(store, row.marks.deleted_by);
        let view = view! {
            <p class="message-deleted">
                {tombstone.name.clone().map(|name| view! { <bdi>{name}</bdi> " " })} {tombstone.words}
            </p>
        };
        words.view(Words::Tombstone(tombstone), view.into_any())
    } else {
        let mentions = Mentions::of(store, &row.mentions);
        let said = Words::Text(row.content.clone(), mentions.clone());
        words.view(said, view! { <MessageText content=row.content.clone() mentions unfolded /> }.into_any())
    };
    let quote = row.quote.clone().map(|quote| view! { <QuoteLine quote /> });
    let below = below(row, reactions, draft);
    let marks = row.place.map(|(id, _)| view! { <Marked marks=row.marks id /> });
    let mark = view! { <Mark row /> };
    let not_sent = match &row.delivery {
        Delivery::Failed(sentence) => {
            let (sentence, key, content, quote) =
                (sentence.clone(), row.key.clone(), row.content.clone(), row.quote.clone());
            view! { <NotSent sentence key content quote draft /> }.into_any()
        }
        _ => ().into_any(),
    };
    if row.joined {
        view! {
            {time}
            <div class="message-body">
                <span class="visually-hidden" prop:textContent=name></span>
                {text}
                {marks}
                {mark}
            </div>
            {below}
            {not_sent}
        }
        .into_any()
    } else {
        let author = author(store, row.sender, name.clone());
        view! {
            <Avatar id=ConversationId::User(row.sender) name=name.clone() />
            <div class="message-body">
                <header class="message-head">
                    {author}
                    {time}
                    {marks}
                    {mark}
                </header>
                {quote}
                {text}
            </div>
            {below}
            {not_sent}
        }
        .into_any()
    }
}

/// The name of who wrote a message. In a group it leads to them.
fn author(store: Store, sender: UserId, name: String) -> AnyView {
    let in_group = store.with(|state| matches!(state.open, Some(ConversationId::Group(_))));
    if !in_group || sender == store.me() {
        return view! { <span class="message-author truncate"><bdi prop:textContent=name></bdi></span> }
            .into_any();
    }
    let href = conversation_path(ConversationId::User(sender));
    view! { <a class="message-author truncate" href=href tabindex="-1"><bdi prop:textContent=name></bdi></a> }
        .into_any()
}

/// What stands where a text was.
fn tombstone(store: Store, deleted_by: Option<UserId>) -> Tombstone {
    let of = |words| Tombstone { name: None, words };
    let Some(by) = deleted_by else { return of("This message was deleted.") };
    if by == store.me() {
        return of("You deleted this message.");
    }
    let name = store.with(|state| username(state, by));
    if name.is_empty() {
        store.track(Topic::Person(by));
        return of("An admin deleted this message.");
    }
    Tombstone { name: Some(name), words: "deleted this message." }
}

/// What stands under the text.
fn below(row: &Row, reactions: &ArcRwSignal<Vec<Reaction>>, draft: Draft) -> Option<AnyView> {
    let (id, seq) = row.place?;
    let content = &row.content;
    let refused = row
        .refused
        .clone()
        .map(|refused| view! { <NotChanged refused message=id content=content.clone() draft /> });
    let read_by = (row.latest_own && row.delivery == Delivery::Sent).then(|| view! { <ReadBy seq /> });
    let reactions = view! { <Reactions reactions=reactions.clone() message=id /> };
    let below = view! {
        {reactions}
        {refused}
        {read_by}
    };
    Some(below.into_any())
}

/// What became of a message.
#[component]
fn Marked(marks: Marks, id: MessageId) -> impl IntoView {
    let dialogs: Dialogs = expect_context();
    let edited = marks.edited.then(|| {
        view! {
            <button
                class="message-edited"
                type="button"
                tabindex="-1"
                title="Show the former texts"
                on:click=move |_| dialogs.show_history(id)
            >
                "edited"
            </button>
        }
    });
    let pinned = marks.pinned.then(|| {
        view! {
            <span class="message-pinned" title="Pinned">
                <Icon name="pin" small=true />
                <span class="visually-hidden">"Pinned"</span>
            </span>
        }
    });
    view! {
        {edited}
        {pinned}
    }
}
