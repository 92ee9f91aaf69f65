//! The messages of a day.

use std::sync::Arc;

use leptos::prelude::*;

use super::{
    comings::{Comings, ComingsLines},
    handles::{DayHandle, RowHandle},
    rows::RowKey,
    ways::DayMenu,
};
use crate::{composer::draft::Draft, message::MessageRow, screen::Screen, ui::growing_for::GrowingFor};

#[component]
pub(super) fn Day(day: DayHandle, draft: Draft) -> impl IntoView {
    let calendar = Screen::expect().calendar;
    let DayHandle { at, rows, .. } = day;
    let menu: DayMenu = expect_context();
    let label = Memo::new(move |_| calendar.day(at));
    view! {
        <section class="day" aria-label=label>
            <h2 class="day-separator">
                <button
                    class="day-label"
                    type="button"
                    title="Go to another day"
                    on:click=move |event| menu.toggle(&event)
                    prop:textContent=label
                ></button>
            </h2>
            <GrowingFor each=Signal::derive(move || items(rows.get())) key=Item::key let:item>
                {match item {
                    Item::Row(handle) => view! {
                        {handle.starts_new.then(|| view! { <NewDivider /> })}
                        <Row handle draft />
                    }
                    .into_any(),
                    Item::Comings(_, comings) => view! { <ComingsLines comings /> }.into_any(),
                }}
            </GrowingFor>
        </section>
    }
}

/// A message, or who came and went after it.
#[derive(Clone)]
enum Item {
    Row(RowHandle),
    Comings(RowKey, Arc<Comings>),
}

impl Item {
    fn key(&self) -> (RowKey, bool, Option<Arc<Comings>>) {
        match self {
            Self::Row(row) => (row.key.clone(), row.starts_new, None),
            Self::Comings(after, comings) => (after.clone(), false, Some(comings.clone())),
        }
    }
}

fn items(rows: Vec<RowHandle>) -> Vec<Item> {
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let comings = row.comings.clone().map(|comings| Item::Comings(row.key.clone(), comings));
        items.push(Item::Row(row));
        items.extend(comings);
    }
    items
}

#[component]
fn Row(handle: RowHandle, draft: Draft) -> impl IntoView {
    view! { <MessageRow row=handle.row reactions=handle.reactions draft /> }
}

/// Where reading stopped.
#[component]
fn NewDivider() -> impl IntoView {
    view! { <div class="new-divider" role="separator" aria-label="New messages">"New"</div> }
}
