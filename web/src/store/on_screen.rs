//! Whose presence is on the screen.

use std::time::Duration;

use chat::Action;
use leptos::prelude::*;
use protocol::UserId;

use super::Store;

/// How long to wait for more people to come into sight or go out of it, before the server is told.
const GATHERS: Duration = Duration::from_millis(100);

/// Who is in a place on the screen that shows whether they are online: once for each place.
#[derive(Default)]
pub(super) struct OnScreen {
    places: Vec<UserId>,
    is_gathering: bool,
}

impl Store {
    /// The caller shows whether somebody is online, for as long as the owner lives.
    pub(crate) fn watch(self, user: UserId) {
        self.change(move |places| places.push(user));
        on_cleanup(move || {
            self.change(move |places| {
                if let Some(place) = places.iter().position(|shown| *shown == user) {
                    places.swap_remove(place);
                }
            });
        });
    }

    fn change(self, change: impl FnOnce(&mut Vec<UserId>)) {
        let is_first = self.on_screen.try_update_value(|shown| {
            change(&mut shown.places);
            !std::mem::replace(&mut shown.is_gathering, true)
        });
        if is_first == Some(true) {
            set_timeout(move || self.tell_whom_it_shows(), GATHERS);
        }
    }

    fn tell_whom_it_shows(self) {
        // If the page is gone, nothing is shown any more.
        let users = self.on_screen.try_update_value(|shown| {
            shown.is_gathering = false;
            let mut users = shown.places.clone();
            users.sort_unstable();
            users.dedup();
            users
        });
        if let (Some(users), Ok(runtime)) = (users, self.runtime()) {
            runtime.act(Action::Watch(users));
        }
    }
}
