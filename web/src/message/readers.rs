//! Who has read a message of one's own in a group.

use chat::{ChatState, Topic};
use leptos::{ev::MouseEvent, html, prelude::*};
use protocol::{ConversationId, Seq, UserId};

use super::reactions::who;
use crate::{
    conversation::names::username,
    intl::collation::by_name,
    routes::conversation_path,
    store::Store,
    ui::{
        avatar::Avatar,
        popover::{self, walk},
    },
};

/// Names that are read aloud; the others are counted.
const NAMED: usize = 5;

/// Those who have read a message, and how many others were there when it was sent. `None`: nobody is told
/// that here.
pub(super) fn readers(state: &ChatState, seq: Seq) -> Option<(Vec<UserId>, usize)> {
    let id = state.open.filter(|id| matches!(id, ConversationId::Group(_)))?;
    let concerned = || state.receipts(id).into_iter().flatten().filter(|one| one.concerns(seq));
    let read = concerned().filter(|one| one.has_read(seq)).map(|one| one.user_id).collect();
    state.receipts(id).map(|_| (read, concerned().count()))
}

fn memo(store: Store, seq: Seq) -> Memo<Option<(Vec<UserId>, usize)>> {
    let id = store.with(|state| state.open);
    store.select(move || id.map(Topic::Receipts), move |state| readers(state, seq))
}

/// Under the newest message of one's own, in the room between it and the next row: it moves nothing.
#[component]
pub(super) fn ReadBy(seq: Seq) -> impl IntoView {
    let store = Store::expect();
    let readers = memo(store, seq);
    let node = NodeRef::<html::Div>::new();
    let count = Memo::new(move |_| readers.get().map_or(0, |(read, _)| read.len()));
    let text = Memo::new(move |_| match readers.get() {
        Some((read, others)) if read.len() == others && others > 1 => "Read by all".to_owned(),
        Some((read, _)) => format!("Read by {}", read.len()),
        None => String::new(),
    });
    let label = Memo::new(move |_| {
        store.track(Topic::People);
        let (read, _) = readers.get().unwrap_or_default();
        let named = &read[..read.len().min(NAMED)];
        format!("{}: {}", text.get(), store.with(|state| who(state, named, read.len())))
    });
    let press = move |event: MouseEvent| popover::toggle_beside(node, &event);
    view! {
        <Show when=move || { count.get() > 0 }>
            <div class="message-readers">
                <button
                    class="message-read-by"
                    type="button"
                    tabindex="-1"
                    aria-label=label
                    title=label
                    on:click=press
                    prop:textContent=text
                ></button>
                <Readers seq node />
            </div>
        </Show>
    }
}

/// The list of them, which stands beside what opened it.
#[component]
pub(super) fn Readers(seq: Seq, node: NodeRef<html::Div>) -> impl IntoView {
    let store = Store::expect();
    let readers = memo(store, seq);
    let people = move || {
        store.track(Topic::People);
        let (read, _) = readers.get().unwrap_or_default();
        if read.is_empty() {
            return view! { <p class="menu-heading">"Nobody has read it yet"</p> }.into_any();
        }
        let read: Vec<(String, UserId)> =
            store.with(|state| read.into_iter().map(|user| (username(state, user), user)).collect());
        let read = by_name(read, |(name, _)| name.clone());
        let row = |(name, user): (String, UserId)| {
            let id = ConversationId::User(user);
            view! {
                <a class="menu-item" href=conversation_path(id)>
                    <Avatar id name=name.clone() small=true />
                    <span class="truncate"><bdi prop:textContent=name></bdi></span>
                </a>
            }
        };
        view! {
            <p class="menu-heading">"Read by"</p>
            {read.into_iter().map(row).collect_view()}
        }
        .into_any()
    };
    view! {
        <div
            class="menu readers is-beside"
            popover="auto"
            role="group"
            aria-label="Read by"
            tabindex="-1"
            node_ref=node
            on:keydown=move |event| walk(&event, node)
        >
            {people}
        </div>
    }
}
