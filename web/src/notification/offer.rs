//! Asks in the sidebar whether somebody wants notifications, once they have missed something.

use leptos::prelude::*;

use super::{
    Notifications,
    wish::{Permission, Wish},
};
use crate::ui::focus::focus;

#[component]
pub(crate) fn Offer() -> impl IntoView {
    let Notifications { wishes, missed, .. } = expect_context();
    let is_open = Memo::new(move |_| {
        let may_be_asked = matches!(wishes.permission(), Permission::Unasked | Permission::Granted);
        missed.get() && wishes.wish() == Wish::Unknown && may_be_asked
    });
    let decide = move |on: bool| {
        if on {
            wishes.turn_on()
        } else {
            wishes.turn_off()
        }
        // The button goes. Where it can be changed, the focus is not lost.
        focus(".account-button");
    };
    let offer = move || {
        view! {
            <section class="notification-offer" aria-labelledby="notification-question">
                <p id="notification-question" role="status">"Get notified of private messages and mentions?"</p>
                <div class="notification-answers">
                    <button class="button" type="button" on:click=move |_| decide(true)>
                        "Turn on"
                    </button>
                    <button class="button is-quiet" type="button" on:click=move |_| decide(false)>
                        "Not now"
                    </button>
                </div>
            </section>
        }
    };
    move || is_open.get().then(offer)
}
