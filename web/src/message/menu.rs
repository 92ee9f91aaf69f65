//! What can be done with a message besides what its toolbar has. In the sheet of a touch screen, where there
//! is no toolbar, it is everything but reacting.

use chat::Command;
use leptos::{ev::MouseEvent, html, prelude::*};
use protocol::ConversationId;

use super::dialogs::Dialogs;
use crate::{
    composer::draft::Draft,
    routes::message_path,
    screen::Screen,
    store::Store,
    timeline::rows::Row,
    ui::{
        clipboard::copy,
        icon::Icon,
        popover::{self, walk},
    },
};

/// What the items stand in; it closes when one of them is pressed.
#[derive(Clone, Copy)]
pub(super) enum Around {
    Menu(NodeRef<html::Div>),
    Sheet(NodeRef<html::Dialog>),
}

impl Around {
    /// At once, because the focus goes back to where it was, and may then go on.
    pub(super) fn close(self) {
        match self {
            Self::Menu(node) => popover::close(node),
            Self::Sheet(node) => {
                if let Some(dialog) = node.get_untracked() {
                    dialog.close();
                }
            }
        }
    }
}

#[component]
pub(super) fn Menu(id: ConversationId, row: Row, draft: Draft, node: NodeRef<html::Div>) -> impl IntoView {
    view! {
        <div class="menu message-menu" popover="auto" node_ref=node on:keydown=move |event| walk(&event, node)>
            <Items id row draft node=Around::Menu(node) />
        </div>
    }
}

#[component]
pub(super) fn Items(id: ConversationId, row: Row, draft: Draft, node: Around) -> impl IntoView {
    let (store, announcer) = (Store::expect(), Screen::expect().announcer);
    let dialogs: Dialogs = expect_context();
    let is_mine = row.sender == store.me();
    // In the menu they would stand twice: the toolbar has them.
    let in_sheet = matches!(node, Around::Sheet(_));
    let reply = row.as_quote().filter(|_| in_sheet).map(|quote| {
        let press = move |_| draft.reply(quote.clone());
        view! { <Item node icon="reply" label="Reply" on_press=press /> }
    });
    let edit = row.place.filter(|_| in_sheet && is_mine).map(|(message, _)| {
        let text = row.content.clone();
        let press = move |_| draft.edit(message, text.clone());
        view! { <Item node icon="edit" label="Edit" on_press=press /> }
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
    let pin = row.place.map(|(message, _)| {
        let on = !row.marks.pinned;
        let label = if on { "Pin" } else { "Unpin" };
        let press = move |_| store.write(id, Command::Pin { message, on });
        view! { <Item node icon="pin" label=label on_press=press /> }
    });
    let delete = row.place.filter(|_| is_mine).map(|(message, _)| {
        let press = move |_| dialogs.ask_to_delete(message);
        view! { <Item node icon="delete" label="Delete" danger=true on_press=press /> }
    });
    view! {
        {reply}
        {edit}
        <Item node icon="copy" label="Copy text" on_press=copy_text />
        {link}
        {pin}
        {delete}
    }
}

#[component]
fn Item(
    node: Around,
    icon: &'static str,
    label: &'static str,
    on_press: impl Fn(MouseEvent) + 'static,
    #[prop(optional)] danger: bool,
) -> impl IntoView {
    let press = move |event: MouseEvent| {
        node.close();
        on_press(event);
    };
    view! {
        <button class="menu-item" class:is-danger=danger type="button" on:click=press>
            <Icon name=icon />
            {label}
        </button>
    }
}
