//! What can be done with a message: one toolbar for all rows, in the one that the pointer or the
//! focus is at.

use leptos::{portal::Portal, prelude::*};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, EventTarget};

use crate::{
    screen::Screen,
    timeline::{handles::DayHandle, rows::RowKey},
    ui::{clipboard::copy, icon::Icon},
};

/// The row to which the actions go, when something happens at this target. `None`: they stay.
pub(crate) fn row_at(target: Option<EventTarget>, active: Option<&Element>) -> Option<Element> {
    let row = target?.dyn_into::<Element>().ok()?.closest(".message").ok()??;
    // The pointer does not take the actions away from the row that the keyboard is at.
    let in_use = active.is_some_and(|row| {
        row.query_selector(".message-actions:focus-within").is_ok_and(|found| found.is_some())
    });
    (!in_use && active != Some(&row)).then_some(row)
}

#[component]
pub(crate) fn Toolbar(
    /// The row that has the actions.
    active: RwSignal<Option<Element>, LocalStorage>,
    days: RwSignal<Vec<DayHandle>>,
) -> impl IntoView {
    move || {
        active.get().map(|row| {
            let key = row.get_attribute("data-row").unwrap_or_default();
            view! { <Portal mount=row><Actions key=key.clone() days /></Portal> }
        })
    }
}

#[component]
fn Actions(key: String, days: RwSignal<Vec<DayHandle>>) -> impl IntoView {
    let announcer = Screen::expect().announcer;
    let press = move |_| {
        if let Some(text) = text(&key, days) {
            copy(announcer, &text, "Copied");
        }
    };
    view! {
        <div class="message-actions" role="toolbar" aria-label="Message actions">
            <button
                class="icon-button"
                type="button"
                tabindex="-1"
                aria-label="Copy text"
                title="Copy text"
                on:click=press
            >
                <Icon name="copy" small=true />
            </button>
        </div>
    }
}

fn text(key: &str, days: RwSignal<Vec<DayHandle>>) -> Option<String> {
    let is_it = |row: &RowKey| row.to_string() == key;
    days.with_untracked(|days| {
        days.iter().find_map(|day| {
            day.rows.with_untracked(|rows| {
                let found = rows.iter().find(|row| is_it(&row.key))?;
                Some(found.row.with_untracked(|row| row.content.to_string()))
            })
        })
    })
}
