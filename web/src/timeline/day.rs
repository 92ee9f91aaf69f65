//! The messages of a day.

use leptos::prelude::*;

use super::handles::{DayHandle, RowHandle};
use crate::{composer::draft::Draft, message::MessageRow, screen::Screen};

#[component]
pub(super) fn Day(day: DayHandle, draft: Draft) -> impl IntoView {
    let calendar = Screen::expect().calendar;
    let DayHandle { at, rows, .. } = day;
    let label = Memo::new(move |_| calendar.day(at));
    view! {
        <section class="day" aria-label=label>
            <h2 class="day-separator"><span class="day-label">{label}</span></h2>
            <For each=move || rows.get() key=|row| (row.key.clone(), row.starts_new) let:handle>
                {handle.starts_new.then(|| view! { <NewDivider /> })}
                <Row handle draft />
            </For>
        </section>
    }
}

#[component]
fn Row(handle: RowHandle, draft: Draft) -> impl IntoView {
    view! { <MessageRow row=handle.row draft /> }
}

/// Where reading stopped.
#[component]
fn NewDivider() -> impl IntoView {
    view! { <div class="new-divider" role="separator" aria-label="New messages">"New"</div> }
}
