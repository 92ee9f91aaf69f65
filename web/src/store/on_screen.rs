//! Whose presence is on the screen.

use std::{collections::BTreeMap, time::Duration};

use chat::Action;
use leptos::prelude::*;
use protocol::UserId;

use super::Store;

/// So long others may come into sight or go out of it before the server is told of all of them.
const GATHERS: Duration = Duration::from_millis(100);

/// How many places on the screen show whether somebody is online.
#[derive(Default)]
pub(super) struct OnScreen {
    places: BTreeMap<UserId, usize>,
    is_gathering: bool,
}

impl Store {
    /// The caller shows whether somebody is online, for as long as the owner lives.
    pub(crate) fn watch(self, user: UserId) {
        self.count(user, |places| places + 1);
        on_cleanup(move || self.count(user, |places| places - 1));
    }

    fn count(self, user: UserId, change: impl Fn(usize) -> usize) {
        let is_first = self.on_screen.try_update_value(|shown| {
            let places = change(shown.places.get(&user).copied().unwrap_or_default());
            match places {
                0 => shown.places.remove(&user),
                places => shown.places.insert(user, places),
            };
            !std::mem::replace(&mut shown.is_gathering, true)
        });
        if is_first == Some(true) {
            set_timeout(move || self.tell_whom_it_shows(), GATHERS);
        }
    }

    fn tell_whom_it_shows(self) {
        // Nobody is shown anything any more where the page is gone.
        let users = self.on_screen.try_update_value(|shown| {
            shown.is_gathering = false;
            shown.places.keys().copied().collect()
        });
        if let (Some(users), Ok(runtime)) = (users, self.runtime()) {
            runtime.act(Action::Watch(users));
        }
    }
}
