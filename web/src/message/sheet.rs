//! What can be done with a message, on a touch screen: a sheet at the foot, opened by a long press.

use chat::Command;
use leptos::{ev::MouseEvent, html, prelude::*};
use protocol::{ConversationId, Emoji, MessageId, Reaction, text::Stored as _};

use super::{
    menu::{Around, Items},
    picker::Picker,
    preview::line,
    readers::Readers,
    toolbar::find,
};
use crate::{
    composer::draft::Draft,
    conversation::names::username,
    emoji::FREQUENT,
    store::Store,
    timeline::{
        handles::{DayHandle, RowHandle},
        rows::Row,
    },
    ui::{icon::Icon, popover},
};

/// So many reactions are at hand.
const QUICK: usize = 6;

/// Opens when a row was pressed, and what is in it is made anew each time.
#[component]
pub(crate) fn Sheet(
    id: ConversationId,
    pressed: RwSignal<Option<String>>,
    days: RwSignal<Vec<DayHandle>>,
    draft: Draft,
) -> impl IntoView {
    let node: NodeRef<html::Dialog> = NodeRef::new();
    let row = RwSignal::new(None::<RowHandle>);
    Effect::new(move |_| {
        let Some(key) = pressed.get() else { return };
        let found = find(&key, days).filter(|found| found.row.with_untracked(|row| !row.marks.deleted));
        let is_there = found.is_some();
        row.set(found);
        pressed.set(None);
        if is_there {
            request_animation_frame(move || {
                if let Some(dialog) = node.try_get_untracked().flatten() {
                    let _ = dialog.show_modal();
                }
            });
        }
    });
    // Whether anything came down since it opened, and whether that was beside the sheet. The finger that opened
    // it is lifted over it, which browsers may take for a press.
    let down = StoredValue::new(None::<bool>);
    let clicked = move |event: MouseEvent| {
        let is_beside = event.target() == event.current_target();
        match down.get_value() {
            // Keys press, too, without coming down.
            None if event.detail() > 0 => event.stop_propagation(),
            Some(true) if is_beside => Around::Sheet(node).close(),
            _ => {}
        }
    };
    let (picker, readers) = (NodeRef::<html::Div>::new(), NodeRef::<html::Div>::new());
    let content = move || {
        let RowHandle { row, reactions, .. } = row.get()?;
        let place = row.with_untracked(|row| row.place);
        Some(view! {
            <Heading row=row.get_untracked() />
            {place.map(|(message, _)| view! { <Reactions id message reactions node picker /> })}
            <Items id row draft node=Around::Sheet(node) readers />
        })
    };
    let place = move || row.get()?.row.with_untracked(|row| row.place);
    view! {
        <dialog
            class="message-sheet"
            aria-label="Message actions"
            node_ref=node
            on:close=move |_| down.set_value(None)
            on:pointerdown=move |event| down.set_value(Some(event.target() == event.current_target()))
            on:click:capture=clicked
        >
            {content}
        </dialog>
        {move || {
            place().map(|(message, seq)| view! { <Picker id message node=picker /> <Readers seq node=readers /> })
        }}
    }
}

/// Which message it is about.
#[component]
fn Heading(row: Row) -> impl IntoView {
    let (name, text) = Store::expect().with(|state| {
        let text = line(state, row.content.as_str());
        (username(state, row.sender), text)
    });
    view! {
        <p class="message-sheet-heading truncate"><bdi class="message-author">{name}</bdi> " " <bdi>{text}</bdi></p>
    }
}

/// Those that people use most, and the way to all others.
#[component]
fn Reactions(
    id: ConversationId,
    message: MessageId,
    reactions: ArcRwSignal<Vec<Reaction>>,
    node: NodeRef<html::Dialog>,
    picker: NodeRef<html::Div>,
) -> impl IntoView {
    let store = Store::expect();
    let close = move || Around::Sheet(node).close();
    let quick = FREQUENT.iter().take(QUICK).map(|entry| {
        let emoji = Emoji::stored(entry.text.clone());
        let (reactions, sought) = (reactions.clone(), emoji.clone());
        let is_mine = Memo::new(move |_| {
            let is_it = |one: &Reaction| one.emoji == sought && one.user_ids.contains(&store.me());
            reactions.with(|reactions| reactions.iter().any(is_it))
        });
        let press = move |_| {
            close();
            let on = !is_mine.get_untracked();
            store.write(id, Command::React { message, emoji: emoji.clone(), on });
        };
        view! {
            <button
                class="quick-reaction"
                type="button"
                aria-label=entry.name.clone()
                aria-pressed=Signal::derive(move || is_mine.get().to_string())
                on:click=press
            >
                {entry.text.clone()}
            </button>
        }
    });
    let choose = move |_| {
        close();
        popover::show(picker);
    };
    view! {
        <div class="quick-reactions" role="group" aria-label="React">
            {quick.collect_view()}
            <button class="quick-reaction" type="button" aria-label="Another emoji" on:click=choose>
                <Icon name="smile" />
            </button>
        </div>
    }
}
