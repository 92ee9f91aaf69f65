//! A long list of which only the rows near the screen are in the page.

use std::{hash::Hash, ops::Range};

use leptos::{ev, html, prelude::*};
use leptos_use_event_listener::use_event_listener;
use leptos_use_resize_observer::use_resize_observer;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement};

/// How many rows there are before the height of one is known.
const AT_FIRST: usize = 40;
/// How many rows above and below the screen are there before somebody comes to them.
const AROUND: usize = 12;
/// By how many rows the range moves at a time.
const STEP: usize = 8;

/// A list whose rows are all of one height, within an element that scrolls. Above and below its
/// rows it leaves the room that the others would take.
#[component]
pub(crate) fn WindowedList<K, R>(
    #[prop(into)] items: Signal<Vec<K>>,
    /// Finds the element that scrolls, which is around the list.
    scroller: &'static str,
    /// What is in the row, whose element is the list's.
    row: R,
) -> impl IntoView
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    R: Fn(K) -> AnyView + Clone + Send + Sync + 'static,
{
    let list: NodeRef<html::Ul> = NodeRef::new();
    let scrolls: RwSignal<Option<Element>, LocalStorage> = RwSignal::new_local(None);
    // What moves in it. When that changes its size, something above the list may have moved the list.
    let content: RwSignal<Option<Element>, LocalStorage> = RwSignal::new_local(None);
    let height = RwSignal::new(0.0);
    let range = RwSignal::new(0..AT_FIRST);
    let count = Memo::new(move |_| items.with(Vec::len));

    // A frame or a timer later the list may be gone.
    let look = move || -> Option<()> {
        let list = list.try_get_untracked()??;
        let scroller = scrolls.try_get_untracked()??;
        let count = count.try_get_untracked()?;
        let known = height.try_get_untracked()?;
        let first = list.first_element_child().and_then(|row| row.dyn_into::<HtmlElement>().ok());
        let row = first.map_or(known, |row| row.get_bounding_client_rect().height());
        if row <= 0.0 {
            return None;
        }
        let above = scroller.get_bounding_client_rect().top() - list.get_bounding_client_rect().top();
        let visible = near(above, f64::from(scroller.client_height()), row, count);
        if known != row {
            height.set(row);
        }
        if range.with_untracked(|range| *range != visible) {
            range.set(visible);
        }
        Some(())
    };
    Effect::new(move |_| {
        let around = |selector: &str| list.get()?.closest(selector).ok()?;
        scrolls.set(around(scroller));
        content.set(around(&format!("{scroller} > *")));
    });
    Effect::new(move |_| {
        count.track();
        scrolls.track();
        request_animation_frame(move || {
            let _ = look();
        });
    });
    let _ = use_event_listener(scrolls, ev::scroll, move |_| {
        let _ = look();
    });
    for element in [scrolls, content] {
        let _ = use_resize_observer(element, move |_, _| {
            let _ = look();
        });
    }

    let shown = Memo::new(move |_| {
        let range = range.get();
        items.with(|items| {
            let end = range.end.min(items.len());
            let start = range.start.min(end);
            (start..end).zip(items[start..end].iter().cloned()).collect::<Vec<(usize, K)>>()
        })
    });
    let room = move |rows: usize| format!("{}px", (height.get() * rows as f64) as u32);
    let above = move || room(shown.with(|shown| shown.first().map_or(0, |first| first.0)));
    let below = move || {
        room(
            count.get()
                - shown.with(|shown| shown.last().map_or(count.get(), |last| last.0 + 1).min(count.get())),
        )
    };
    view! {
        <ul node_ref=list style:padding-block-start=above style:padding-block-end=below>
            <For each=move || shown.get() key=|(_, item)| item.clone() let:shown>
                <li>{row(shown.1)}</li>
            </For>
        </ul>
    }
}

/// Which rows are on the screen or near it. `above`: how much of the list is scrolled away.
fn near(above: f64, screen: f64, row: f64, count: usize) -> Range<usize> {
    let first = (above / row).max(0.0) as usize;
    let last = ((above + screen) / row).max(0.0).ceil() as usize;
    let start = first.saturating_sub(AROUND) / STEP * STEP;
    let end = (last + AROUND).div_ceil(STEP) * STEP;
    start.min(count)..end.min(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_the_screen_and_around_it_is_in_the_page() {
        assert_eq!(near(0.0, 560.0, 56.0, 5_000), 0..24);
        assert_eq!(near(56_000.0, 560.0, 56.0, 5_000), 984..1_024);
        assert_eq!(near(279_440.0, 560.0, 56.0, 5_000), 4_976..5_000);
        assert_eq!(near(-200.0, 560.0, 56.0, 3), 0..3);
        // A list that is scrolled past, and one that is far below.
        assert_eq!(near(10_000.0, 560.0, 56.0, 20), 20..20);
        assert_eq!(near(-5_000.0, 560.0, 56.0, 20), 0..16);
    }
}
