//! What can be done with a message besides what its toolbar has. In the sheet of a touch screen, where there
//! is no toolbar, it is everything but reacting.

use chat::{Action, Command, Topic};
use leptos::{ev::MouseEvent, html, prelude::*};
use protocol::ConversationId;

use super::{
    actions::{Kind, edit, reply},
    dialogs::Dialogs,
    readers::readers as readers_of,
};
use crate::{
    composer::draft::Draft,
    routes::message_path,
    screen::Screen,
    store::Store,
    timeline::rows::Row,
    ui::{
        clipboard::copy,
        focus::focus,
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
    /// Opens what the pressed item leads to: beside the toolbar whose menu has closed, and in the middle when
    /// a sheet has.
    fn open(self, popover: NodeRef<html::Div>) {
        match self {
            Self::Menu(menu) => {
                let toolbar = menu.get_untracked().and_then(|menu| menu.parent_element());
                if let Some((popover, toolbar)) = popover.get_untracked().zip(toolbar) {
                    popover::show_beside(&popover, &toolbar);
                }
            }
            Self::Sheet(_) => popover::show(popover),
        }
    }

    /// At once, because the focus goes back to where it was, and may then go on. From a menu it goes to the
    /// row.
    pub(super) fn close(self) {
        match self {
            Self::Menu(node) => popover::close_to_row(node),
            Self::Sheet(node) => {
                if let Some(dialog) = node.get_untracked() {
                    dialog.close();
                }
            }
        }
    }
}

#[component]
pub(super) fn Menu(
    id: ConversationId,
    row: ArcRwSignal<Row>,
    draft: Draft,
    node: NodeRef<html::Div>,
    readers: NodeRef<html::Div>,
) -> impl IntoView {
    view! {
        <div class="menu is-beside" popover="auto" role="group" aria-label="More actions" node_ref=node on:keydown=move |event| walk(&event, node)>
            <Items id row draft node=Around::Menu(node) readers />
        </div>
    }
}

#[component]
pub(super) fn Items(
    id: ConversationId,
    row: ArcRwSignal<Row>,
    draft: Draft,
    node: Around,
    /// Who has read it.
    readers: NodeRef<html::Div>,
) -> impl IntoView {
    let (store, announcer) = (Store::expect(), Screen::expect().announcer);
    let dialogs: Dialogs = expect_context();
    // The caller makes it anew when this changes.
    let Kind { place, sender: author, .. } = row.with_untracked(Kind::of);
    let is_mine = author == store.me();
    // In the menu they would stand twice: the toolbar has them.
    let in_sheet = matches!(node, Around::Sheet(_));
    let reply = place.filter(|_| in_sheet).map(|_| {
        let row = row.clone();
        let press = move |_| reply(draft, &row);
        view! { <Item node icon="reply" label="Reply" on_press=press /> }
    });
    let edit = place.filter(|_| in_sheet && is_mine).map(|(message, _)| {
        let row = row.clone();
        let press = move |_| edit(draft, message, &row);
        view! { <Item node icon="edit" label="Edit" on_press=press /> }
    });
    let copy_text = {
        let row = row.clone();
        move |_| copy(announcer, &row.with_untracked(|row| row.content.to_string()), "Copied")
    };
    let link = place.map(|(message, _)| {
        let press = move |_| {
            let origin = window().location().origin().unwrap_or_default();
            copy(announcer, &format!("{origin}{}", message_path(id, message)), "Link copied");
        };
        view! { <Item node icon="link" label="Copy link" on_press=press /> }
    });
    let forward = place.map(|(message, _)| {
        let press = move |_| dialogs.forward(message);
        view! { <Item node icon="forward" label="Forward…" on_press=press /> }
    });
    let pin = place.map(|(message, _)| {
        let is_pinned = Memo::new(move |_| row.with(|row| row.marks.pinned));
        let label = Signal::derive(move || if is_pinned.get() { "Unpin" } else { "Pin" });
        let press = move |_| {
            let on = !is_pinned.get_untracked();
            store.write(id, Command::Pin { message, on });
        };
        view! { <Item node icon="pin" label on_press=press /> }
    });
    let unread = place.map(|(_, seq)| {
        // Also what is on the screen, until the person comes back to it.
        let press = move |_| {
            store.act(Action::MarkUnread(id, seq));
            // The row is made anew below the divider.
            request_animation_frame(move || {
                focus(&format!("[data-seq='{seq}']"));
            });
            announcer.show("Marked as unread");
        };
        view! { <Item node icon="unread" label="Mark unread from here" on_press=press /> }
    });
    let read_by =
        place.filter(|(_, seq)| is_mine && store.with(|state| readers_of(state, *seq)).is_some()).map(|_| {
            let press = move |_| node.open(readers);
            view! { <Item node icon="check-twice" label="Read by…" on_press=press /> }
        });
    let moderates = store.select(
        move || [Topic::Conversation(id)],
        move |state| state.conversation(id).is_some_and(|one| one.role.moderates()),
    );
    let delete = move || {
        place.filter(|_| is_mine || moderates.get()).map(|(message, _)| {
            let press = move |_| dialogs.ask_to_delete(message, author);
            view! { <Item node icon="delete" label="Delete" danger=true on_press=press /> }
        })
    };
    view! {
        {reply}
        {edit}
        <Item node icon="copy" label="Copy text" on_press=copy_text />
        {link}
        {forward}
        {pin}
        {unread}
        {read_by}
        {delete}
    }
}

#[component]
fn Item(
    node: Around,
    icon: &'static str,
    #[prop(into)] label: Signal<&'static str>,
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
            <span prop:textContent=label></span>
        </button>
    }
}
