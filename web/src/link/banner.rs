//! One line above the composer about the connection, and other things that went wrong. Each pane has its own;
//! [`aloud`](super::aloud) says what they say.

use chat::{ChatState, Link, Topic};
use gloo::timers::callback::Interval;
use leptos::{html, prelude::*};
use protocol::ErrorCode;

use super::dead_letter::DeadLetterBanner;
use crate::{
    browser::elapsed,
    screen::{Screen, Spoken},
    store::Store,
    ui::{
        focus::{focus, focus_field, focus_is_lost},
        icon::Icon,
    },
};

#[component]
pub(crate) fn Banner() -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    let refusal = store.select(|| [Topic::Link], refusal);
    let banner = move || {
        if let Some(sentence) = refusal.get() {
            return view! {
                <div class="banner">
                    <Icon name="retry" />
                    <p class="banner-text" prop:textContent=sentence></p>
                    <BannerButton label="Reload" on_press=|()| drop(window().location().reload()) />
                </div>
            }
            .into_any();
        }
        if let Some(sentence) = screen.problem.get() {
            return view! {
                <div class="banner is-error">
                    <Icon name="warning" />
                    <p class="banner-text" prop:textContent=sentence></p>
                    <BannerButton label="Close" on_press=move |()| screen.problem.set(None) />
                </div>
            }
            .into_any();
        }
        match screen.connection.get() {
            Spoken::Nothing => ().into_any(),
            Spoken::BackOnline => view! {
                <div class="banner is-ok">
                    <Icon name="check" />
                    <p class="banner-text">"Back online"</p>
                </div>
            }
            .into_any(),
            Spoken::Broken => view! { <Reconnecting /> }.into_any(),
        }
    };
    view! {
        <DeadLetterBanner />
        {banner}
    }
}

/// Why the server does not let this page in.
pub(super) fn refusal(state: &ChatState) -> Option<String> {
    match &state.link {
        Link::Refused(error) if error.code == ErrorCode::ProtocolMismatch => {
            Some("A new version is here. What you wrote is kept.".to_owned())
        }
        Link::Refused(error) => Some(error.message.clone()),
        _ => None,
    }
}

#[component]
pub(super) fn BannerButton(label: &'static str, #[prop(into)] on_press: Callback<()>) -> impl IntoView {
    let button: NodeRef<html::Button> = NodeRef::new();
    let press = move |_| {
        let pressed = button.get_untracked();
        on_press.run(());
        // If the banner goes, so does the focus: to the first thing of what comes in its place. The last one may
        // destroy something, and whoever presses twice has not read it.
        request_animation_frame(move || {
            let is_gone = pressed.is_none_or(|button| !button.is_connected());
            if is_gone && focus_is_lost() {
                let _ = focus(".banner.is-error .button") || focus_field();
            }
        });
    };
    view! {
        <button class="button is-quiet" type="button" node_ref=button on:click=press>
            {label}
        </button>
    }
}

/// What is wrong, and what happens to what the person writes.
pub(super) fn what_happens(store: Store) -> &'static str {
    store.track(Topic::Link);
    match (store.with(|state| state.link.is_online()), store.can_keep()) {
        (false, true) => "Reconnecting. What you write is kept.",
        (true, true) => "The server does not answer. What you write is kept.",
        (false, false) => {
            "Reconnecting. This browser keeps nothing: what you write is lost when you close this page."
        }
        (true, false) => {
            "The server does not answer. This browser keeps nothing: what you write is lost when you close this page."
        }
    }
}

#[component]
fn Reconnecting() -> impl IntoView {
    let store = Store::expect();
    let link = store.select(|| [Topic::Link], |state| state.link.clone());
    let now = RwSignal::new(elapsed());
    StoredValue::new_local(Interval::new(1_000, move || {
        now.try_set(elapsed());
    }));
    let next = Screen::expect().next_try;
    let seconds = Memo::new(move |_| {
        let left = next.get()? - now.get();
        Some((left + 999) / 1_000).filter(|seconds| *seconds > 0)
    });
    let is_trying = Memo::new(move |_| {
        seconds.get().is_none() && !link.with(|link| link.is_online() || matches!(link, Link::Waiting { .. }))
    });
    let count = move || match (seconds.get(), is_trying.get()) {
        (Some(seconds), _) => format!("Next try in {seconds} s."),
        (None, true) => "Trying now.".to_owned(),
        // There is a connection on which the server says nothing, or another tab waits as it sees fit.
        (None, false) => String::new(),
    };
    let can_try = move || seconds.get().is_some() || link.with(|link| matches!(link, Link::Waiting { .. }));
    view! {
        <div class="banner">
            <Icon name="offline" />
            <p class="banner-text">
                <span prop:textContent=move || what_happens(store)></span>
                " "
                <span class="banner-count" prop:textContent=count></span>
            </p>
            <button
                class="button is-quiet"
                type="button"
                aria-disabled=Signal::derive(move || (!can_try()).then_some("true"))
                on:click=move |_| store.try_now()
            >
                "Try now"
            </button>
        </div>
    }
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests {
    use std::time::Duration;

    use gloo::{timers::future::sleep, utils::body};
    use leptos::mount::mount_to;
    use protocol::{User, UserId};
    use wasm_bindgen::JsCast as _;
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
    use web_sys::HtmlElement;

    use super::*;
    use crate::{link::breaks::watch_breaks, session::Session};

    wasm_bindgen_test_configure!(run_in_browser);

    #[wasm_bindgen_test]
    async fn it_is_said_when_the_next_try_is_and_while_another_tab_waits_one_can_try_at_once() {
        let (sender, receiver) = std::sync::mpsc::channel();
        let place: HtmlElement = document().create_element("div").unwrap().unchecked_into();
        body().append_child(&place).unwrap();
        let mounted = mount_to(place.clone(), move || {
            let me = User { id: UserId::from_bytes([7; 16]), username: "eve".parse().unwrap() };
            let store = Store::start(me, Session::start());
            store.runtime().unwrap().hang_up();
            let (screen, is_shown) = (Screen::start(), RwSignal::new(false));
            sender.send((store, is_shown)).unwrap();
            provide_context(store);
            provide_context(screen);
            watch_breaks(store, screen);
            view! { <Show when=move || is_shown.get()><Reconnecting /></Show> }
        });
        let (store, is_shown) = receiver.recv().unwrap();
        let soon = || sleep(Duration::from_millis(100));
        soon().await;
        let offline = Link::Offline { reason: "gone".into(), retry_in: Some(60_000) };
        store.runtime().unwrap().pretend(|state| state.link(offline));
        sleep(Duration::from_millis(2_500)).await;
        is_shown.set(true);
        soon().await;
        let count = || place.query_selector(".banner-count").unwrap().unwrap().text_content();
        let said = count().unwrap();
        let seconds: u64 = said.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap();
        assert!((30..=58).contains(&seconds), "it was told a while ago: {said}");
        store.runtime().unwrap().pretend(|state| state.link(Link::Waiting { reason: "gone".into() }));
        soon().await;
        let button: HtmlElement = place.query_selector("button").unwrap().unwrap().unchecked_into();
        assert_eq!((count().as_deref(), button.get_attribute("aria-disabled")), (Some(""), None));
        button.click();
        soon().await;
        // Nobody is there to connect to, so the try may be over.
        let said = count().unwrap();
        assert!(said == "Trying now." || said.starts_with("Next try"), "{said}");
        drop(mounted);
        place.remove();
    }
}
