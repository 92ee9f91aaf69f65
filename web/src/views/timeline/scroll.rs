//! Where the timeline is scrolled to, and which of its messages are there: at the end it stays at the
//! end; anywhere else, the row under the eye stays where it is, whatever comes.

use protocol::{ConversationId, Seq};
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{Element, NodeList, ResizeObserver};

use super::ends;
use crate::{
    app::App,
    live::{Kept, Var, keep, var},
    timeline::window::Window,
};

/// So far from the end still counts as being there.
const NEAR_END: i32 = 40;

#[derive(Clone, Copy)]
pub(in crate::views) struct Scroll {
    app: App,
    id: ConversationId,
    scroller: Kept<Option<Element>>,
    /// Whether one sees the newest message.
    pub(in crate::views) at_end: Var<bool>,
    /// The messages that are on the page.
    pub(super) window: Var<Window>,
    place: Kept<Place>,
}

/// Where it was scrolled to last.
#[derive(Clone, Default)]
struct Place {
    top: i32,
    /// How high everything was together.
    height: i32,
    /// The row under the eye, and its distance from the upper edge.
    row: Option<(Element, f64)>,
}

impl Place {
    fn of(scroller: &Element) -> Self {
        Self { top: scroller.scroll_top(), height: scroller.scroll_height(), row: None }
    }
}

impl Scroll {
    pub(in crate::views) fn new(app: App, id: ConversationId) -> Self {
        let window = var(Window::LATEST);
        Self { app, id, scroller: keep(None), at_end: var(true), window, place: keep(Place::default()) }
    }

    /// The newest message that there is now.
    pub(super) fn newest(self) -> Seq {
        self.app.look(|state| ends(state, self.id).1)
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
        let new = Place::of(&scroller);
        // Nobody has left the end because something came below it or went away above it.
        let went_up = |before: Place| new.top < before.top && new.height >= before.height;
        let stays = self.at_end.get_untracked() && !self.place.get().is_some_and(went_up);
        let whole = !self.window.get_untracked().hides_newer(self.newest());
        self.see_end(whole && (stays || hidden_below(&scroller) <= NEAR_END));
        self.place.set(Place { row: first_visible(&scroller), ..new });
    }

    fn see_end(self, at_end: bool) {
        if self.at_end.get_untracked() != at_end {
            self.at_end.set(at_end);
            let newest = self.newest();
            self.window
                .update(|window| *window = if at_end { Window::LATEST } else { window.held_at(newest) });
        }
    }

    /// Something changed its size.
    pub(super) fn settle(self) {
        let Some(scroller) = self.scroller() else { return };
        if self.at_end.get_untracked() {
            return self.go_to_end(&scroller);
        }
        let anchor = self.place.get().and_then(|place| place.row);
        if let Some((row, before)) = anchor.filter(|(row, _)| row.is_connected()) {
            let moved = distance(&scroller, &row) - before;
            if moved.abs() >= 1.0 {
                scroller.set_scroll_top(scroller.scroll_top() + moved.round() as i32);
            }
        }
    }

    pub(in crate::views) fn to_end(self) {
        self.see_end(true);
        self.settle();
    }

    fn go_to_end(self, scroller: &Element) {
        scroller.set_scroll_top(scroller.scroll_height());
        self.place.set(Place::of(scroller));
    }

    /// Begins where reading stopped, if that is further up than one sees from the end.
    pub(super) fn to_divider(self) {
        let Some(scroller) = self.scroller() else { return };
        self.go_to_end(&scroller);
        if let Ok(Some(divider)) = scroller.query_selector(".new-divider") {
            let top = distance(&scroller, &divider);
            let quarter = f64::from(scroller.client_height()) / 4.0;
            if top < quarter {
                scroller.set_scroll_top(scroller.scroll_top() + (top - quarter) as i32);
            }
        }
        self.scrolled();
    }

    /// Whether the beginning of what is on the page comes near.
    pub(super) fn is_near_start(self) -> bool {
        self.scroller().is_some_and(|scroller| is_near(scroller.scroll_top(), &scroller))
    }

    /// Whether the end of what is on the page comes near.
    pub(super) fn is_near_end(self) -> bool {
        self.scroller().is_some_and(|scroller| is_near(hidden_below(&scroller), &scroller))
    }
}

/// Ends when it is dropped.
struct Observer(ResizeObserver, #[expect(dead_code, reason = "the observer calls it")] Closure<dyn FnMut()>);

impl Drop for Observer {
    fn drop(&mut self) {
        self.0.disconnect();
    }
}

fn hidden_below(scroller: &Element) -> i32 {
    scroller.scroll_height() - scroller.client_height() - scroller.scroll_top()
}

/// Whether it is less than one and a half times what one sees.
fn is_near(distance: i32, scroller: &Element) -> bool {
    2 * distance < 3 * scroller.client_height()
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
