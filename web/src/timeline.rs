//! The timeline: loads, scrolls, marks as read, and is walked through by keys.

mod arrivals;
mod beginning;
mod comings;
mod day;
pub(crate) mod handles;
pub(crate) mod jump;
pub(crate) mod keys;
mod messages;
pub(crate) mod new_since;
pub(crate) mod rows;
pub(crate) mod scroll;
pub(crate) mod way;
mod ways;
mod window;

use chat::{Action, Load, Topic};
use leptos::{html, prelude::*};
use leptos_use_resize_observer::use_resize_observer;
use protocol::ConversationId;

use crate::{
    composer::draft::Draft,
    conversation::names::name_of,
    message::{
        long_press,
        sheet::Sheet,
        toolbar::{Toolbar, row_at},
    },
    screen::Screen,
    store::Store,
    ui::{growing_for::GrowingFor, notice::Failure, rested::rested, skeleton::Skeleton},
};
use arrivals::announce_arrivals;
use beginning::{Beginning, Missing};
use day::Day;
use handles::DayHandle;
use messages::{divider, ends, is_loaded, messages, rows_of};
use scroll::Scroll;
use ways::{DayMenu, Ways};
use window::Window;

/// How many milliseconds scrolling rests before what was seen counts as read.
const SEEN_FOR: u32 = 500;

#[component]
pub(crate) fn Timeline(id: ConversationId, draft: Draft, scroll: Scroll) -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    provide_context(scroll);
    let menu = DayMenu::new();
    provide_context(menu);
    let column: NodeRef<html::Div> = NodeRef::new();
    let of_this = move || [Topic::Conversation(id)];
    let ends = store.select(of_this, move |state| ends(state, id));
    let loaded = store.select(of_this, move |state| is_loaded(state, id));
    let placed = scroll.placed;

    scroll.window.set(store.with(|state| Window::at_opening(messages(state, id), divider(state, id))));

    let calendar = screen.calendar;
    let rows = store.select(of_this, move |state| {
        // On which day a message is depends on it.
        calendar.track_zone();
        rows_of(state, id, scroll.window.get())
    });
    let days = RwSignal::new(Vec::<DayHandle>::new());
    // The zone of these days.
    let zone = RwSignal::new(calendar.zone());
    Effect::new(move |_| {
        let (rows, there) = (rows.get(), calendar.zone());
        let travelled = zone.with_untracked(|zone| *zone != there);
        let old = if travelled { vec![] } else { days.get_untracked() };
        if let Some(new) = handles::update(&old, rows) {
            days.set(new);
        }
        if travelled {
            zone.set(there);
        }
    });
    Effect::new(move |_| {
        if loaded.get() && !placed.get_untracked() {
            request_animation_frame(move || {
                if placed.try_get_untracked() == Some(false) {
                    scroll.to_divider();
                    placed.set(true);
                }
            });
        }
    });
    // Rows are there before somebody scrolls to them and sees that they are missing.
    let grow = move || {
        if placed.try_get_untracked() == Some(true) {
            scroll.grow();
        }
    };
    Effect::new(move |_| {
        ends.track();
        scroll.window.track();
        if placed.get() {
            request_animation_frame(move || {
                scroll.arrive();
                scroll.settle();
                grow();
            });
        }
    });
    // With a new connection it is tried again without being asked.
    let failed = store.select(of_this, move |state| scroll::has_failed(state, id));
    Effect::new(move |had_failed: Option<bool>| {
        let failed = failed.get();
        if had_failed == Some(true) && !failed {
            request_animation_frame(grow);
        }
        failed
    });
    // What was on the screen is read. Somebody who scrolls through much of it tells the server a few times
    // only.
    let seen = rested(scroll.seen, SEEN_FOR);
    Effect::new(move |looked: Option<bool>| {
        let (_, newest) = ends.get();
        let seen = seen.get();
        let looks = screen.attention.get();
        if looks && looked == Some(false) {
            // What came meanwhile is to be seen before it counts as read.
            store.act(Action::Return(id));
        }
        if placed.get() && looks {
            store.act(Action::Read(id, if scroll.at_end.get() { newest } else { seen }));
        }
        looks
    });
    announce_arrivals(id);
    use_resize_observer(scroll.scroller, move |_, _| scroll.settle());
    use_resize_observer(column, move |_, _| scroll.settle());

    let name = name_of(store, id);
    let label = Signal::derive(move || match id {
        ConversationId::User(_) => format!("Messages with {}", name.get()),
        ConversationId::Group(_) => format!("Messages in {}", name.get()),
    });
    let broken = store.select(of_this, move |state| match &state.conversation(id)?.newest {
        Load::Failed(sentence) => Some(sentence.clone()),
        _ => None,
    });
    let again = Callback::new(move |()| store.act(Action::Reload(id)));
    let did_not_load = move || {
        broken.get().filter(|_| !loaded.get()).map(|sentence| {
            let text = format!("{sentence} Nothing is lost: they are on the server.");
            view! { <Failure title="The messages did not load" text again pane=true /> }
        })
    };
    let top = move || match (loaded.get(), broken.with(Option::is_some)) {
        (true, _) => view! { <Beginning id scroll /> }.into_any(),
        (false, true) => ().into_any(),
        (false, false) => view! { <Skeleton rows=5 /> }.into_any(),
    };
    let newer = store.select(of_this, move |state| scroll::newer_failed(state, id).map(str::to_owned));
    let newer_again = Callback::new(move |()| store.act(Action::LoadNewer(id)));
    let newer_did_not_load = move || {
        let newest = broken.get().filter(|_| loaded.get()).map(|why| (why, again));
        let failed = newest.or_else(|| newer.get().map(|why| (why, newer_again)));
        failed.map(|(why, again)| view! { <Missing what="Newer messages did not load." why again /> })
    };
    // The row that the pointer or the focus is at has the actions.
    let active = RwSignal::new_local(None);
    let go_to = move |target: Option<web_sys::EventTarget>| {
        if let Some(row) = row_at(target, active.get_untracked().as_ref()) {
            active.set(Some(row));
        }
    };
    // A finger does not hover: it opens a sheet.
    let pressed = long_press::on_rows(scroll.scroller);
    view! {
        <div
            class="timeline"
            role="log"
            aria-live="off"
            aria-label=label
            tabindex="0"
            node_ref=scroll.scroller
            on:scroll=move |_| {
                scroll.scrolled();
                grow();
            }
            on:pointerover=move |event| {
                if event.pointer_type() != "touch" {
                    go_to(event.target());
                }
            }
            on:focusin=move |event| go_to(event.target())
            on:keydown=move |event| {
                // The pointer may have taken them away meanwhile.
                go_to(event.target());
                keys::walk(&event, scroll);
            }
        >
            {did_not_load}
            <div class="timeline-column" node_ref=column>
                {top}
                // In another zone all days and times are written anew.
                <For each=move || [zone.get()] key=String::clone let:_zone>
                    <GrowingFor each=days key=|day| day.day let:day>
                        <Day day draft />
                    </GrowingFor>
                </For>
                {newer_did_not_load}
            </div>
            <Toolbar id active days draft />
        </div>
        <Ways id scroll menu />
        <Sheet id pressed days draft />
    }
}
