//! The switches for notifications and their sound, in the menu of the account.

use leptos::prelude::*;

use super::{Notifications, wish::Permission};
use crate::ui::icon::Icon;

#[component]
pub(crate) fn NotificationSwitches() -> impl IntoView {
    let Notifications { wishes, .. } = expect_context();
    let are_on = Memo::new(move |_| wishes.are_on());
    let permission = Memo::new(move |_| wishes.permission());
    let why_not = move || match permission.get() {
        Permission::Blocked => Some("The browser blocks them. Allow them in its settings for this page."),
        Permission::Insecure => Some("Browsers allow them only on pages that come over https."),
        Permission::Unsupported => Some("This browser shows none for pages."),
        Permission::Unasked | Permission::Granted => None,
    };
    let toggle = move |_| match (untrack(why_not), are_on.get_untracked()) {
        (Some(_), _) => {}
        (None, true) => wishes.turn_off(),
        (None, false) => wishes.turn_on(),
    };
    let state = move || match (permission.get(), are_on.get()) {
        (Permission::Blocked, _) => "Blocked",
        (_, true) => "On",
        (_, false) => "Off",
    };
    // Not hidden but absent: the arrow keys go through all items.
    let sound = move || {
        view! {
            <button
                class="menu-item"
                type="button"
                role="switch"
                aria-checked=Signal::derive(move || wishes.wants_sound().to_string())
                on:click=move |_| wishes.set_sound(!untrack(|| wishes.wants_sound()))
            >
                <Icon name="sound" />
                "Sound"
                <span
                    class="menu-state"
                    aria-hidden="true"
                    prop:textContent=move || if wishes.wants_sound() { "On" } else { "Off" }
                ></span>
            </button>
        }
    };
    view! {
        <button
            class="menu-item"
            type="button"
            role="switch"
            aria-checked=Signal::derive(move || are_on.get().to_string())
            aria-disabled=Signal::derive(move || why_not().is_some().to_string())
            aria-describedby="notifications-why"
            on:click=toggle
        >
            <Icon name="bell" />
            "Notifications"
            <span class="menu-state" aria-hidden="true" prop:textContent=state></span>
        </button>
        <p class="menu-hint" id="notifications-why" hidden=move || why_not().is_none() prop:textContent=move || {
            why_not().unwrap_or_default()
        }></p>
        {move || are_on.get().then(sound)}
    }
}
