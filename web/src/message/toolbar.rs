//! What can be done with a message: one toolbar for all rows, in the one that the pointer or the
//! focus is at.

use leptos::{ev::MouseEvent, html, portal::Portal, prelude::*};
use protocol::ConversationId;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, EventTarget};

use super::{menu::Menu, picker::Picker, readers::Readers};
use crate::{
    composer::draft::Draft,
    store::Store,
    timeline::{
        handles::DayHandle,
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
        let handle = find(&key, days)?;
        Some(view! { <Portal mount=row><Actions id row=handle.clone() draft /></Portal> })
    }
}

#[component]
fn Actions(id: ConversationId, row: ArcRwSignal<Row>, draft: Draft) -> impl IntoView {
    let me = Store::expect().me();
    let (menu, picker) = (NodeRef::<html::Div>::new(), NodeRef::<html::Div>::new());
    let readers = NodeRef::<html::Div>::new();
    let open =
        move |popover: NodeRef<html::Div>| move |event: MouseEvent| popover::toggle_beside(popover, &event);
    move || {
        let row = row.get();
        let can_change = row.place.is_some() && !row.marks.deleted;
        let reply = row.as_quote().map(|quote| {
            let press = move |_| draft.reply(quote.clone());
            view! { <Button icon="reply" label="Reply" on_press=press /> }
        });
        let react = can_change.then(|| view! { <Button icon="smile" label="React" on_press=open(picker) /> });
        let edit = row.place.filter(|_| can_change && row.sender == me).map(|(message, _)| {
            let text = row.content.clone();
            let press = move |_| draft.edit(message, text.clone());
            view! { <Button icon="edit" label="Edit" on_press=press /> }
        });
        let more =
            (!row.marks.deleted).then(|| view! { <Button icon="more" label="More" on_press=open(menu) /> });
        let message = row.place.map(|(message, _)| message);
        let own = row.place.filter(|_| row.sender == me);
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
pub(super) fn find(key: &str, days: RwSignal<Vec<DayHandle>>) -> Option<ArcRwSignal<Row>> {
    let is_it = |row: &RowKey| row.to_string() == key;
    days.with_untracked(|days| {
        days.iter().find_map(|day| {
            day.rows.with_untracked(|rows| {
                let found = rows.iter().find(|row| is_it(&row.key))?;
                Some(found.row.clone())
            })
        })
    })
}
