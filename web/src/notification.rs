//! Getting somebody's attention who does not look: the browser's notifications, and a quiet sound.
//!
//! - [`attention`]: which messages deserve it
//! - [`wish`]: whether this person wants it, and whether the browser allows it
//! - [`arrivals`]: what is new, and showing it
//! - [`burst`]: how many come together
//! - [`shown`]: the notifications that are there; [`worker`]: where a page may not show them itself
//! - [`sound`]: the sound
//! - [`offer`], [`menu`]: where the person decides

mod arrivals;
mod attention;
mod burst;
pub(crate) mod menu;
pub(crate) mod offer;
mod shown;
mod sound;
mod wish;
mod worker;

use leptos::prelude::*;

use crate::{screen::Screen, store::Store};
use burst::Burst;
use shown::Shown;
use sound::Sound;
use wish::{Permission, Wishes};

/// In context, for as long as somebody is logged in.
#[derive(Clone, Copy)]
pub(crate) struct Notifications {
    wishes: Wishes,
    shown: Shown,
    sound: Sound,
    /// Something came that the person would have been told of: a good moment to ask them.
    missed: RwSignal<bool>,
    burst: StoredValue<Burst>,
}

impl Notifications {
    /// Whether they can be turned on (true) or off; `None` if the browser does not allow them.
    pub(crate) fn can_become(self) -> Option<bool> {
        match self.wishes.permission() {
            Permission::Unasked | Permission::Granted => Some(!self.wishes.are_on()),
            Permission::Blocked | Permission::Insecure | Permission::Unsupported => None,
        }
    }

    /// Turns them on or off. To be called while the person presses something.
    pub(crate) fn turn(self, on: bool) {
        if on { self.wishes.turn_on() } else { self.wishes.turn_off() }
    }
}

/// Begins to watch what arrives.
pub(crate) fn start(store: Store, screen: Screen) {
    let this = Notifications {
        wishes: Wishes::of(store.me(), screen),
        shown: Shown::start(store),
        sound: Sound::new(),
        missed: RwSignal::new(false),
        burst: StoredValue::new(Burst::default()),
    };
    provide_context(this);
    arrivals::watch(store, screen, this);
}
