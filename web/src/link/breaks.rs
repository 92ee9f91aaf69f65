//! When the page speaks of a break of the connection: late and seldom.

use chat::{Link, Topic};
use gloo::timers::callback::Timeout;
use leptos::prelude::*;

use super::banner::what_happens;
use crate::{
    browser::elapsed,
    screen::{Screen, Spoken},
    store::Store,
};

/// A shorter break is not shown.
const PATIENCE: u32 = 2_000;
const BACK_ONLINE: u32 = 2_000;
/// A connection that is closed again sooner does not count: if a server lets in and closes again and
/// again, the break goes on.
const LASTS: u32 = 500;

pub(crate) fn watch_breaks(store: Store, screen: Screen) {
    let spoken = screen.connection;
    // The wait counts from the moment when the link was told, whenever it is shown.
    let link = store.select(|| [Topic::Link], |state| state.link.clone());
    Effect::new(move |_| {
        screen.next_try.set(link.with(|link| match link {
            Link::Offline { retry_in: Some(wait), .. } => {
                Some(elapsed().saturating_add(i64::try_from(*wait).unwrap_or(i64::MAX)))
            }
            _ => None,
        }));
    });
    let works = store.select(|| [Topic::Link], |state| state.link.is_online() && !state.is_unresponsive);
    let patience = StoredValue::new_local(None::<Timeout>);
    let settling = StoredValue::new_local(None::<Timeout>);
    // The patience ended while the connection happened to be there.
    let overdue = StoredValue::new(false);
    Effect::new(move |_| {
        if works.get() {
            settling.set_value(Some(Timeout::new(LASTS, move || {
                patience.try_set_value(None);
                overdue.try_set_value(false);
                if spoken.try_get_untracked() == Some(Spoken::Broken) {
                    spoken.set(Spoken::BackOnline);
                }
            })));
            return;
        }
        settling.set_value(None);
        // Somebody waited for an answer already.
        if overdue.get_value() || store.with(|state| state.is_unresponsive) {
            spoken.set(Spoken::Broken);
        } else if patience.with_value(Option::is_none) {
            if spoken.get_untracked() == Spoken::BackOnline {
                spoken.set(Spoken::Nothing);
            }
            patience.set_value(Some(Timeout::new(PATIENCE, move || match works.try_get_untracked() {
                Some(false) => spoken.set(Spoken::Broken),
                _ => drop(overdue.try_set_value(true)),
            })));
        }
    });
    let goes = StoredValue::new_local(None::<Timeout>);
    let keeps = Memo::new(move |_| store.can_keep());
    Effect::new(move |_| match spoken.get() {
        Spoken::Broken => {
            // Says it again when messages cannot be kept any more.
            keeps.track();
            screen.announcer.say(untrack(|| what_happens(store)));
        }
        Spoken::BackOnline => {
            screen.announcer.say("Back online");
            goes.set_value(Some(Timeout::new(BACK_ONLINE, move || {
                if spoken.try_get_untracked() == Some(Spoken::BackOnline) {
                    spoken.set(Spoken::Nothing);
                }
            })));
        }
        Spoken::Nothing => {}
    });
}
