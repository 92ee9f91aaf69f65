//! When a break of the connection is spoken of: late and little.

use gloo::timers::callback::Timeout;
use leptos::prelude::*;

use crate::{
    screen::{Screen, Spoken},
    store::{Store, Topic},
};

/// A break that is shorter is nobody's concern.
const PATIENCE: u32 = 2_000;
const BACK_ONLINE: u32 = 2_000;

pub(crate) fn watch_breaks(store: Store, screen: Screen) {
    let spoken = screen.connection;
    let timer = StoredValue::new_local(None::<Timeout>);
    let after = move |wait, from: Spoken, to: Spoken| {
        timer.set_value(Some(Timeout::new(wait, move || {
            if spoken.try_get_untracked() == Some(from) {
                spoken.set(to);
            }
        })));
    };
    let online = store.select(|| [Topic::Link], |state| state.link.is_online());
    Effect::new(move |_| match (online.get(), spoken.get_untracked()) {
        (true, Spoken::Broken) => {
            spoken.set(Spoken::BackOnline);
            screen.announcer.say("Back online");
            after(BACK_ONLINE, Spoken::BackOnline, Spoken::Nothing);
        }
        (true, _) => timer.set_value(None),
        (false, Spoken::BackOnline) => {
            spoken.set(Spoken::Nothing);
            after(PATIENCE, Spoken::Nothing, Spoken::Broken);
        }
        (false, Spoken::Nothing) => after(PATIENCE, Spoken::Nothing, Spoken::Broken),
        (false, Spoken::Broken) => {}
    });
    Effect::new(move |_| {
        if spoken.get() == Spoken::Broken {
            screen.announcer.say("Reconnecting. What you write is kept.");
        }
    });
}
