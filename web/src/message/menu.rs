//! Everything that can be done with a message. On a touch screen this is a sheet, and all there is.

use chat::Command;
use leptos::{ev::MouseEvent, html, prelude::*, task::spawn_local};
use protocol::{ConversationId, Seq};

use super::{dialogs::Dialogs, readers::readers as readers_of};
use crate::{
    composer::draft::Draft,
    routes::message_path,
    screen::Screen,
    store::Store,
    timeline::rows::Row,
    ui::{
        announcer::Announcer,
        clipboard::copy,
        icon::Icon,
        popover::{self, walk},
    },
};

#[component]
pub(super) fn Menu(
    id: ConversationId,
    row: Row,
    draft: Draft,
    node: NodeRef<html::Div>,
    picker: NodeRef<html::Div>,
    readers: NodeRef<html::Div>,
) -> impl IntoView {
    let (store, announcer) = (Store::expect(), Screen::expect().announcer);
    let dialogs: Dialogs = expect_context();
    let is_mine = row.sender == store.me();
    let reply = row.as_quote().map(|quote| {
        let press = move |_| draft.reply(quote.clone());
        view! { <Item node icon="reply" label="Reply" touch=true on_press=press /> }
    });
    let react = row.place.map(|_| {
        let press = move |event: MouseEvent| popover::toggle_beside(picker, &event);
        view! { <Item node icon="smile" label="React" touch=true on_press=press /> }
    });
    let edit = row.place.filter(|_| is_mine).map(|(message, _)| {
        let text = row.content.clone();
        let press = move |_| draft.edit(message, text.clone());
        view! { <Item node icon="edit" label="Edit" touch=true on_press=press /> }
    });
    let text = row.content.to_string();
    let copy_text = move |_| copy(announcer, &text, "Copied");
    let link = row.place.map(|(message, _)| {
        let press = move |_| {
            let origin = window().location().origin().unwrap_or_default();
            copy(announcer, &format!("{origin}{}", message_path(id, message)), "Link copied");
        };
        view! { <Item node icon="link" label="Copy link" on_press=press /> }
    });
    let forward = row.place.map(|(message, _)| {
        let press = move |_| dialogs.forward(message);
        view! { <Item node icon="forward" label="Forward…" on_press=press /> }
    });
    let pin = row.place.map(|(message, _)| {
        let on = !row.marks.pinned;
        let label = if on { "Pin" } else { "Unpin" };
        let press = move |_| store.write(id, Command::Pin { message, on });
        view! { <Item node icon="pin" label=label on_press=press /> }
    });
    let unread = row.place.map(|(_, seq)| {
        let press = move |_| mark_unread(store, announcer, id, seq);
        view! { <Item node icon="unread" label="Mark unread from here" on_press=press /> }
    });
    let read_by = row
        .place
        .filter(|(_, seq)| is_mine && store.with(|state| readers_of(state, *seq)).is_some())
        .map(|_| {
            let press = move |event: MouseEvent| popover::toggle_beside(readers, &event);
            view! { <Item node icon="check-twice" label="Read by…" on_press=press /> }
        });
    let delete = row.place.filter(|_| is_mine).map(|(message, _)| {
        let press = move |_| dialogs.ask_to_delete(message);
        view! { <Item node icon="delete" label="Delete" danger=true on_press=press /> }
    });
    view! {
        <div class="menu message-menu" popover="auto" node_ref=node on:keydown=move |event| walk(&event, node)>
            {reply}
            {react}
            {edit}
            <Item node icon="copy" label="Copy text" on_press=copy_text />
            {link}
            {forward}
            {pin}
            {unread}
            {read_by}
            {delete}
        </div>
    }
}

/// From this message on everything is unread, also what is on the screen, until the person comes back to it.
fn mark_unread(store: Store, announcer: Announcer, id: ConversationId, seq: Seq) {
    spawn_local(async move {
        match store.mark_unread(id, seq).await {
            Ok(()) => announcer.show("Marked as unread"),
            Err(sentence) => announcer.show(sentence),
        }
    });
}

#[component]
fn Item(
    /// The menu.
    node: NodeRef<html::Div>,
    icon: &'static str,
    label: &'static str,
    on_press: impl Fn(MouseEvent) + 'static,
    /// Only where there is no toolbar.
    #[prop(optional)]
    touch: bool,
    #[prop(optional)] danger: bool,
) -> impl IntoView {
    let press = move |event: MouseEvent| {
        popover::close(node);
        on_press(event);
    };
    view! {
        <button class="menu-item" class:is-touch=touch class:is-danger=danger type="button" on:click=press>
            <Icon name=icon />
            {label}
        </button>
    }
}
