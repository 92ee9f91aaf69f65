//! Whether somebody wants notifications, which this browser remembers, and whether the browser allows
//! them.

use leptos::{ev, prelude::*, task::spawn_local};
use leptos_use_event_listener::use_event_listener;
use protocol::UserId;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Notification, NotificationPermission};

use crate::{browser, screen::Screen};

/// What somebody said about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Wish {
    /// Nothing yet.
    Unknown,
    Yes,
    No,
}

/// What the browser says about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Permission {
    /// It would ask the person.
    Unasked,
    Granted,
    Blocked,
    /// The page did not come over https.
    Insecure,
    /// It has no notifications.
    Unsupported,
}

#[derive(Clone, Copy)]
pub(super) struct Wishes {
    me: UserId,
    screen: Screen,
    notify: RwSignal<Wish>,
    sound: RwSignal<Wish>,
    /// Told when the browser may say something else than before.
    asked: Trigger,
    /// The browser allowed one, and did not show it.
    failed: RwSignal<bool>,
}

impl Wishes {
    pub(super) fn of(me: UserId, screen: Screen) -> Self {
        let this = Self {
            me,
            screen,
            notify: RwSignal::new(Wish::Unknown),
            sound: RwSignal::new(Wish::Unknown),
            asked: Trigger::new(),
            failed: RwSignal::new(false),
        };
        this.read();
        // The event comes in the other tabs only.
        let _ = use_event_listener(window(), ev::storage, move |_| this.read());
        this
    }

    fn read(self) {
        self.notify.set(kept(browser::notify_wish(self.me)));
        self.sound.set(kept(browser::sound_wish(self.me)));
    }

    pub(super) fn wish(self) -> Wish {
        self.notify.get()
    }

    /// The person may change it in the browser's settings, and then comes back to the page.
    pub(super) fn permission(self) -> Permission {
        self.screen.attention.track();
        self.asked.track();
        if self.failed.get() { Permission::Unsupported } else { permission() }
    }

    /// The browser allows notifications and shows none.
    pub(super) fn were_not_shown(self) {
        self.failed.set(true);
    }

    pub(super) fn wants_sound(self) -> bool {
        self.sound.get() != Wish::No
    }

    /// Whether notifications are shown.
    pub(super) fn are_on(self) -> bool {
        self.wish() == Wish::Yes && self.permission() == Permission::Granted
    }

    /// To be called while the person presses something: otherwise browsers do not ask them.
    pub(super) fn turn_on(self) {
        if permission() != Permission::Unasked {
            return self.set(Wish::Yes);
        }
        let Ok(asking) = Notification::request_permission() else { return };
        spawn_local(async move {
            let _ = JsFuture::from(asking).await;
            self.asked.notify();
            // Who closes the browser's question without an answer is not asked again.
            self.set(if permission() == Permission::Unasked { Wish::No } else { Wish::Yes });
        });
    }

    pub(super) fn turn_off(self) {
        self.set(Wish::No);
    }

    fn set(self, wish: Wish) {
        browser::set_notify_wish(self.me, wish == Wish::Yes);
        self.notify.try_set(wish);
    }

    pub(super) fn set_sound(self, on: bool) {
        browser::set_sound_wish(self.me, on);
        self.sound.set(if on { Wish::Yes } else { Wish::No });
    }
}

fn kept(wish: Option<bool>) -> Wish {
    match wish {
        None => Wish::Unknown,
        Some(true) => Wish::Yes,
        Some(false) => Wish::No,
    }
}

fn permission() -> Permission {
    if !js_sys::Reflect::has(&window(), &"Notification".into()).unwrap_or_default() {
        return Permission::Unsupported;
    }
    if !window().is_secure_context() {
        return Permission::Insecure;
    }
    match Notification::permission() {
        NotificationPermission::Granted => Permission::Granted,
        NotificationPermission::Denied => Permission::Blocked,
        _ => Permission::Unasked,
    }
}
