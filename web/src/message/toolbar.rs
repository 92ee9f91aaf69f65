//! What can be done with a message: one toolbar for all rows, in the one that the pointer or the
//! focus is at.

use leptos::{ev::MouseEvent, html, portal::Portal, prelude::*};
use protocol::ConversationId;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, EventTarget};

use super::{
    actions::{Kind, edit, reply},
    menu::Menu,
    picker::Picker,
    readers::Readers,
};
use crate::{
    composer::draft::Draft,
    store::Store,
    timeline::{
        handles::{DayHandle, RowHandle},
        rows::{Row, RowKey},
    },
    ui::{icon::Icon, popover},
};

/// The row to which the actions go, when something happens at this target. `None`: they stay.
pub(crate) fn row_at(target: Option<EventTarget>, active: Option<&Element>) -> Option<Element> {
    let row = target?.dyn_into::<Element>().ok()?.closest(".message").ok()??;
    // The pointer does not take the actions away from the row that the keyboard is at, or whose menu is
    // open.
    let in_use = active.is_some_and(|row| {
        let selector = ".message-actions:focus-within, .message-actions :popover-open";
        row.query_selector(selector).is_ok_and(|found| found.is_some())
    });
    (!in_use && active != Some(&row)).then_some(row)
}

#[component]
pub(crate) fn Toolbar(
    id: ConversationId,
    /// The row that has the actions.
    active: RwSignal<Option<Element>, LocalStorage>,
    days: RwSignal<Vec<DayHandle>>,
    draft: Draft,
) -> impl IntoView {
    move || {
        let row = active.get()?;
        let key = row.get_attribute("data-row").unwrap_or_default();
        let handle = find(&key, days)?.row;
        Some(view! { <Portal mount=row><Actions id row=handle.clone() draft /></Portal> })
    }
}

#[component]
fn Actions(id: ConversationId, row: ArcRwSignal<Row>, draft: Draft) -> impl IntoView {
    let me = Store::expect().me();
    // What the actions depend on. All else is asked for when one is pressed: they stay, and with them the focus
    // and what is open, when the message is corrected or pinned, or when another one comes.
    let kind = {
        let row = row.clone();
        Memo::new(move |_| row.with(Kind::of))
    };
    let (menu, picker) = (NodeRef::<html::Div>::new(), NodeRef::<html::Div>::new());
    let readers = NodeRef::<html::Div>::new();
    let open =
        move |popover: NodeRef<html::Div>| move |event: MouseEvent| popover::toggle_beside(popover, &event);
    move || {
        let Kind { place, sender, deleted } = kind.get();
        let can_change = place.filter(|_| !deleted);
        let reply = can_change.map(|_| {
            let row = row.clone();
            let press = move |_| reply(draft, &row);
            view! { <Button icon="reply" label="Reply" on_press=press /> }
        });
        let react = can_change.map(|_| view! { <Button icon="smile" label="React" on_press=open(picker) /> });
        let edit = can_change.filter(|_| sender == me).map(|(message, _)| {
            let row = row.clone();
            let press = move |_| edit(draft, message, &row);
            view! { <Button icon="edit" label="Edit" on_press=press /> }
        });
        let more = (!deleted).then(|| view! { <Button icon="more" label="More" on_press=open(menu) /> });
        let message = place.map(|(message, _)| message);
        let own = place.filter(|_| sender == me);
        let row = row.clone();
        view! {
            <div class="message-actions" role="toolbar" aria-label="Message actions">
                {reply}
                {react}
                {edit}
                {more}
                <Menu id row draft node=menu readers />
                {message.map(|message| view! { <Picker id message node=picker /> })}
                {own.map(|(_, seq)| view! { <Readers seq node=readers /> })}
            </div>
        }
    }
}

#[component]
fn Button(
    icon: &'static str,
    label: &'static str,
    on_press: impl FnMut(MouseEvent) + 'static,
) -> impl IntoView {
    view! {
        <button
            class="icon-button"
            type="button"
            tabindex="-1"
            aria-label=label
            title=label
            on:click=on_press
        >
            <Icon name=icon small=true />
        </button>
    }
}

/// The row of this name.
pub(super) fn find(key: &str, days: RwSignal<Vec<DayHandle>>) -> Option<RowHandle> {
    let is_it = |row: &RowKey| row.to_string() == key;
    days.with_untracked(|days| {
        days.iter()
            .find_map(|day| day.rows.with_untracked(|rows| rows.iter().find(|row| is_it(&row.key)).cloned()))
    })
}
