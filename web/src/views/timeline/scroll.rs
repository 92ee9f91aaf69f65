//! Where the timeline is scrolled to: at the end it stays at the end; anywhere else, the row under
//! the eye stays where it is, whatever is put in above it.

use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{Element, NodeList, ResizeObserver};

use crate::live::{Kept, Var, keep, var};

/// So far from the end still counts as being there.
const NEAR_END: f64 = 40.0;

#[derive(Clone, Copy)]
pub(in crate::views) struct Scroll {
    scroller: Kept<Option<Element>>,
    /// Whether one sees the newest message.
    pub(in crate::views) at_end: Var<bool>,
    /// The row under the eye, and its distance from the upper edge.
    anchor: Kept<Option<(Element, f64)>>,
}

impl Scroll {
    pub(in crate::views) fn new() -> Self {
        Self { scroller: keep(None), at_end: var(true), anchor: keep(None) }
    }

    /// Watches the size of the scroller and of what is in it, for as long as the owner lives.
    pub(super) fn observe(self, scroller: Element, column: &Element) {
        let settle = Closure::<dyn FnMut()>::new(move || self.settle());
        if let Ok(observer) = ResizeObserver::new(settle.as_ref().unchecked_ref()) {
            observer.observe(&scroller);
            observer.observe(column);
            keep(Observer(observer, settle));
        }
        self.scroller.set(Some(scroller));
    }

    fn scroller(self) -> Option<Element> {
        self.scroller.get().flatten()
    }

    /// Somebody scrolled.
    pub(super) fn scrolled(self) {
        let Some(scroller) = self.scroller() else { return };
        let hidden_below =
            f64::from(scroller.scroll_height() - scroller.client_height() - scroller.scroll_top());
        let at_end = hidden_below <= NEAR_END;
        if self.at_end.get_untracked() != at_end {
            self.at_end.set(at_end);
        }
        self.anchor.set(first_visible(&scroller));
    }

    /// Something changed its size.
    fn settle(self) {
        let Some(scroller) = self.scroller() else { return };
        if self.at_end.get_untracked() {
            scroller.set_scroll_top(scroller.scroll_height());
            return;
        }
        let anchor = self.anchor.get().flatten().filter(|(row, _)| row.is_connected());
        if let Some((row, before)) = anchor {
            let moved = distance(&scroller, &row) - before;
            if moved.abs() >= 1.0 {
                scroller.set_scroll_top(scroller.scroll_top() + moved.round() as i32);
            }
        }
    }

    pub(in crate::views) fn to_end(self) {
        self.at_end.set(true);
        if let Some(scroller) = self.scroller() {
            scroller.set_scroll_top(scroller.scroll_height());
        }
    }

    /// Begins where reading stopped, if that is further up than one sees from the end.
    pub(super) fn to_divider(self) {
        let Some(scroller) = self.scroller() else { return };
        scroller.set_scroll_top(scroller.scroll_height());
        if let Ok(Some(divider)) = scroller.query_selector(".new-divider") {
            let top = distance(&scroller, &divider);
            let quarter = f64::from(scroller.client_height()) / 4.0;
            if top < quarter {
                scroller.set_scroll_top(scroller.scroll_top() + (top - quarter) as i32);
            }
        }
        self.scrolled();
    }

    /// Whether the beginning of what is loaded comes near.
    pub(super) fn is_near_start(self) -> bool {
        self.scroller().is_some_and(|scroller| {
            f64::from(scroller.scroll_top()) < 1.5 * f64::from(scroller.client_height())
        })
    }
}

/// Ends when it is dropped.
struct Observer(ResizeObserver, #[expect(dead_code, reason = "the observer calls it")] Closure<dyn FnMut()>);

impl Drop for Observer {
    fn drop(&mut self) {
        self.0.disconnect();
    }
}

/// How far below the scroller's upper edge an element begins.
fn distance(scroller: &Element, element: &Element) -> f64 {
    element.get_bounding_client_rect().top() - scroller.get_bounding_client_rect().top()
}

/// The first row of which something can be seen. Rows stand in order, so half of them can be ruled
/// out at each look.
fn first_visible(scroller: &Element) -> Option<(Element, f64)> {
    let rows = scroller.query_selector_all(".message").ok()?;
    let row = |index: u32, rows: &NodeList| rows.item(index)?.dyn_into::<Element>().ok();
    let edge = scroller.get_bounding_client_rect().top();
    let (mut low, mut high) = (0, rows.length());
    while low < high {
        let middle = low.midpoint(high);
        if row(middle, &rows)?.get_bounding_client_rect().bottom() <= edge {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    let found = row(low, &rows)?;
    let distance = distance(scroller, &found);
    Some((found, distance))
}
