//! Where the timeline is scrolled to, and which of its messages are there. At the end it stays at the
//! end. Anywhere else, the row that somebody reads stays where it is, whatever comes.

use std::time::Duration;

use chat::{Action, ChatState, ConversationState, Load};
use leptos::{html, prelude::*};
use protocol::{ConversationId, Seq};
use web_sys::{Element, HtmlElement};

use super::{
    messages::{ends, follows, messages},
    window::Window,
};
use crate::{
    store::Store,
    ui::focus::{all, focus_element},
};

/// At this distance from the end it still counts as being there.
const NEAR_END: i32 = 40;
/// How long a message that somebody went to stays lit.
const LIT: Duration = Duration::from_secs(2);

#[derive(Clone, Copy)]
pub(crate) struct Scroll {
    store: Store,
    id: ConversationId,
    pub(super) scroller: NodeRef<html::Div>,
    /// Whether the newest message can be seen.
    pub(crate) at_end: RwSignal<bool>,
    /// The messages that are on the page.
    pub(super) window: RwSignal<Window>,
    place: StoredValue<ScrollPosition, LocalStorage>,
    /// Whether the first rows have found their place; before, nothing counts as read.
    pub(crate) placed: RwSignal<bool>,
    /// The first message of which something can be seen.
    pub(super) first: RwSignal<Seq>,
    /// The last message that could be seen.
    pub(super) seen: RwSignal<Seq>,
    /// The message that somebody wants to see, until it is there.
    wanted: RwSignal<Option<Seq>>,
    /// The message that somebody went to, for a moment.
    pub(crate) lit: RwSignal<Option<Seq>>,
}

/// Where it was scrolled to last.
#[derive(Clone, Default)]
struct ScrollPosition {
    top: i32,
    /// How high everything was together.
    height: i32,
    /// The first visible row, and its distance from the upper edge.
    row: Option<(Element, f64)>,
}

impl ScrollPosition {
    fn of(scroller: &Element) -> Self {
        Self { top: scroller.scroll_top(), height: scroller.scroll_height(), row: None }
    }
}

impl Scroll {
    pub(crate) fn new(store: Store, id: ConversationId) -> Self {
        Self {
            store,
            id,
            scroller: NodeRef::new(),
            at_end: RwSignal::new(true),
            window: RwSignal::new(Window::LATEST),
            place: StoredValue::new_local(ScrollPosition::default()),
            placed: RwSignal::new(false),
            first: RwSignal::new(Seq(u64::MAX)),
            seen: RwSignal::new(Seq::ZERO),
            wanted: RwSignal::new(None),
            lit: RwSignal::new(None),
        }
    }

    /// The newest message that there is now.
    pub(super) fn newest(self) -> Seq {
        self.store.with(|state| ends(state, self.id).1)
    }

    /// Whether the page still shows this timeline: a frame or an answer may come later.
    pub(crate) fn is_there(self) -> bool {
        self.at_end.try_get_untracked().is_some()
    }

    /// The scroller; none once the page shows something else.
    fn scroller(self) -> Option<Element> {
        self.scroller.try_get_untracked().flatten().map(Into::into)
    }

    /// Somebody scrolled.
    pub(super) fn scrolled(self) {
        let Some(scroller) = self.scroller() else { return };
        let new = ScrollPosition::of(&scroller);
        // Nobody has left the end because something came below it or went away above it.
        let went_up = |before: ScrollPosition| new.top < before.top && new.height >= before.height;
        let stays = self.at_end.get_untracked() && !went_up(self.place.get_value());
        let whole = !self.window.get_untracked().hides_newer(self.newest())
            && self.store.with(|state| follows(state, self.id));
        self.see_end(whole && (stays || hidden_below(&scroller) <= NEAR_END));
        let row = first_visible(&scroller);
        let first = row.as_ref().map_or(Seq(u64::MAX), |(row, _)| place_of(row));
        if self.first.get_untracked() != first {
            self.first.set(first);
        }
        self.place.set_value(ScrollPosition { row, ..new });
        self.see(&scroller);
    }

    /// The first message of which something can be seen now. `None` once the page shows something else.
    pub(super) fn first_on_screen(self) -> Option<Seq> {
        let (row, _) = first_visible(&self.scroller()?)?;
        Some(place_of(&row))
    }

    /// Notes how far somebody has seen, now and then while they scroll.
    fn see(self, scroller: &Element) {
        if let Some(seen) = last_visible(scroller)
            && self.seen.get_untracked() < seen
        {
            self.seen.set(seen);
        }
    }

    fn see_end(self, at_end: bool) {
        if self.is_there() && self.at_end.get_untracked() != at_end {
            self.at_end.set(at_end);
            if at_end {
                self.follow();
            } else if let Some(seq) = self.scroller().and_then(|scroller| last_visible(&scroller)) {
                self.store.act(Action::Look(self.id, seq));
            }
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
        let anchor = self.place.get_value().row;
        if let Some((row, before)) = anchor.filter(|(row, _)| row.is_connected()) {
            let moved = distance(&scroller, &row) - before;
            if moved.abs() >= 1.0 {
                scroller.set_scroll_top(scroller.scroll_top() + moved.round() as i32);
            }
        }
    }

    /// Keeps an element where it is on the screen while something changes the size of the row that it
    /// is in.
    pub(crate) fn holding(self, still: Element, change: impl FnOnce()) {
        let Some(scroller) = self.scroller() else { return change() };
        let before = distance(&scroller, &still);
        change();
        // What has changed is on the page with the next frame, and nobody has seen it yet.
        request_animation_frame(move || {
            if !self.is_there() {
                return;
            }
            self.see_end(false);
            self.place.update_value(|place| place.row = Some((still, before)));
            self.settle();
            self.scrolled();
        });
    }

    pub(crate) fn to_end(self) {
        self.wanted.set(None);
        self.follow();
        self.see_end(true);
        self.settle();
    }

    /// Somebody looks at the newest messages again.
    fn follow(self) {
        let is_elsewhere =
            |state: &ChatState| state.conversation(self.id).is_some_and(|one| one.place.is_some());
        if self.store.with(is_elsewhere) {
            self.store.act(Action::Follow(self.id));
        }
    }

    /// Goes to a message, wherever it is, and lights it.
    pub(crate) fn go_to(self, seq: Seq) {
        if !self.is_there() {
            return;
        }
        self.see_end(false);
        self.wanted.set(Some(seq));
        self.window.set(Window::around(seq));
        self.store.act(Action::OpenAt(self.id, seq));
    }

    /// Rows have come: the message that somebody wants to see may be among them.
    pub(super) fn arrive(self) {
        let Some(seq) = self.wanted.try_get_untracked().flatten() else { return };
        let Some(scroller) = self.scroller() else { return };
        let Ok(Some(row)) = scroller.query_selector(&format!("[data-seq='{seq}']")) else { return };
        self.wanted.set(None);
        let space = (scroller.client_height() - row.client_height()).max(0);
        let top = distance(&scroller, &row) - f64::from(space) / 3.0;
        scroller.set_scroll_top(scroller.scroll_top() + top.round() as i32);
        self.scrolled();
        focus_element(&row);
        self.lit.set(Some(seq));
        set_timeout(
            move || {
                if self.lit.try_get_untracked() == Some(Some(seq)) {
                    self.lit.set(None);
                }
            },
            LIT,
        );
    }

    fn go_to_end(self, scroller: &Element) {
        scroller.set_scroll_top(scroller.scroll_height());
        self.place.set_value(ScrollPosition::of(scroller));
    }

    /// Begins where reading stopped, if that cannot be seen from the end.
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

    /// Makes more of the timeline be on the page, or be fetched, when somebody comes near its ends.
    pub(super) fn grow(self) {
        let Some(scroller) = self.scroller() else { return };
        let near = near(&scroller, self.window.get_untracked());
        // A few short messages on a large screen are near both ends: if there is nothing above them, there may
        // be something below.
        let grows = scroller.scroll_top() < near && self.grow_up();
        if !grows && hidden_below(&scroller) < near {
            self.grow_down();
        }
    }

    /// Whether there was anything.
    fn grow_up(self) -> bool {
        let (window, id) = (self.window.get_untracked(), self.id);
        let (hides, loads) = self.store.with(|state| {
            let loads = |one: &ConversationState| {
                one.older == Load::Loaded && one.timeline.older(one.place).is_some()
            };
            (window.hides_older(messages(state, id)), state.conversation(id).is_some_and(loads))
        });
        if hides {
            self.window.set(window.with_older(self.newest()));
        } else if loads {
            self.store.act(Action::LoadOlder(id));
        }
        hides || loads
    }

    fn grow_down(self) {
        let (window, id) = (self.window.get_untracked(), self.id);
        if window.hides_newer(self.newest()) {
            self.window.set(window.with_newer());
        } else if self.store.with(|state| has_newer(state, id)) {
            self.store.act(Action::LoadNewer(id));
        }
    }
}

/// Why newer messages than those shown are not there: they were asked for and did not come.
pub(super) fn newer_failed(state: &ChatState, id: ConversationId) -> Option<&str> {
    let one = state.conversation(id)?;
    match &one.newer {
        Load::Failed(why) if one.timeline.newer(one.place).is_some() => Some(why),
        _ => None,
    }
}

/// Whether it waits for somebody to ask again, above the first row or below the last.
pub(super) fn has_failed(state: &ChatState, id: ConversationId) -> bool {
    let older_failed = |one: &ConversationState| matches!(one.older, Load::Failed(_));
    newer_failed(state, id).is_some() || state.conversation(id).is_some_and(older_failed)
}

/// Whether newer messages than those shown can be asked for.
fn has_newer(state: &ChatState, id: ConversationId) -> bool {
    let newer = |one: &ConversationState| {
        one.newer == Load::Loaded
            && !one.timeline.run(one.place).is_empty()
            && one.timeline.newer(one.place).is_some()
    };
    state.conversation(id).is_some_and(newer)
}

fn hidden_below(scroller: &Element) -> i32 {
    scroller.scroll_height() - scroller.client_height() - scroller.scroll_top()
}

/// At which distance from an end it is near: one and a half times the height that can be seen. If rows go at
/// one end when others come at the other, it is less on a high screen, so that both ends are never near:
/// otherwise the same rows would come and go for ever.
fn near(scroller: &Element, window: Window) -> i32 {
    let (seen, all) = (scroller.client_height(), scroller.scroll_height());
    let near = 3 * seen / 2;
    if window.is_full() { near.min((all - seen) / 4) } else { near }
}

/// How far below the scroller's upper edge an element begins.
fn distance(scroller: &Element, element: &Element) -> f64 {
    element.get_bounding_client_rect().top() - scroller.get_bounding_client_rect().top()
}

/// Which message a row is; what waits to be sent comes after all of them.
fn place_of(row: &Element) -> Seq {
    let seq = row.get_attribute("data-seq").and_then(|seq| seq.parse().ok());
    Seq(seq.unwrap_or(u64::MAX))
}

/// The last message that can be seen as a whole.
fn last_visible(scroller: &Element) -> Option<Seq> {
    let edge = scroller.get_bounding_client_rect().bottom();
    let rows = all(scroller, ".message[data-seq]");
    let visible = rows.partition_point(|row: &HtmlElement| row.get_bounding_client_rect().bottom() <= edge);
    rows.get(visible.checked_sub(1)?)?.get_attribute("data-seq")?.parse().ok().map(Seq)
}

/// The first row of which something can be seen. Rows stand in order, so half of them can be ruled
/// out at each look.
fn first_visible(scroller: &Element) -> Option<(Element, f64)> {
    let edge = scroller.get_bounding_client_rect().top();
    let rows = all(scroller, ".message");
    let hidden = rows.partition_point(|row: &HtmlElement| row.get_bounding_client_rect().bottom() <= edge);
    let found: Element = rows.get(hidden)?.clone().into();
    let distance = distance(scroller, &found);
    Some((found, distance))
}
