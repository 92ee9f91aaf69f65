//! One line above the composer about the connection, and other things that went wrong.

use chat::{Action, Link, Topic};
use gloo::timers::callback::Interval;
use leptos::prelude::*;
use protocol::{ErrorCode, excerpt};

use crate::{
    browser::elapsed,
    routes::message_path,
    screen::{Screen, Spoken},
    store::Store,
    ui::{clipboard::copy, icon::Icon},
};

#[component]
pub(crate) fn Banner() -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    let refused = store.select(
        || [Topic::Link],
        |state| match &state.link {
            Link::Refused(error) => Some(error.clone()),
            _ => None,
        },
    );
    let banner = move || {
        if let Some(error) = refused.get() {
            let sentence = match error.code {
                ErrorCode::ProtocolMismatch => "A new version is here. What you wrote is kept.".to_owned(),
                _ => error.message,
            };
            return view! {
                <div class="banner" role="alert">
                    <Icon name="retry" />
                    <p class="banner-text">{sentence}</p>
                    <BannerButton label="Reload" on_press=|()| drop(window().location().reload()) />
                </div>
            }
            .into_any();
        }
        if let Some(sentence) = screen.problem.get() {
            return view! {
                <div class="banner is-error" role="alert">
                    <Icon name="warning" />
                    <p class="banner-text">{sentence}</p>
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
        <DeadLetter />
        {banner}
    }
}

/// What was refused in a group that is gone, or corrects a message that is not loaded, would be seen nowhere. One
/// at a time, until it is discarded or its message is on the screen.
#[component]
fn DeadLetter() -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    let first = store.select(
        || [Topic::Outbox],
        |state| {
            let first = state.dead_letters().into_iter().next()?;
            let message = first.command.changes();
            // There is nothing to go to in a group that is gone.
            let path = message
                .filter(|_| state.lists(first.conversation))
                .map(|message| message_path(first.conversation, message));
            let what = if message.is_some() { "Not corrected: " } else { "Not sent: " };
            Some((first.client_id.clone(), first.command.text()?.clone(), what, path))
        },
    );
    move || {
        first.get().map(|(client_id, text, what, path)| {
            let shown = excerpt(&text);
            view! {
                <div class="banner is-error" role="alert">
                    <Icon name="warning" />
                    <p class="banner-text truncate">{what} <bdi>{shown}</bdi></p>
                    {path.map(|path| view! { <a class="button is-quiet" href=path>"Show"</a> })}
                    <BannerButton
                        label="Copy"
                        on_press=move |()| copy(screen.announcer, text.as_str(), "Copied")
                    />
                    <BannerButton
                        label="Discard"
                        on_press=move |()| store.act(Action::Discard(client_id.clone()))
                    />
                </div>
            }
        })
    }
}

#[component]
fn BannerButton(label: &'static str, #[prop(into)] on_press: Callback<()>) -> impl IntoView {
    view! {
        <button class="button is-quiet" type="button" on:click=move |_| on_press.run(())>
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
    // The wait counts from the moment when the link was told.
    let next = Memo::new(move |_| match link.get() {
        Link::Offline { retry_in: Some(wait), .. } => {
            Some(elapsed().saturating_add(i64::try_from(wait).unwrap_or(i64::MAX)))
        }
        _ => None,
    });
    let seconds = Memo::new(move |_| {
        let left = next.get()? - now.get();
        Some((left + 999) / 1_000).filter(|seconds| *seconds > 0)
    });
    let count = move || match (seconds.get(), link.with(Link::is_online)) {
        (Some(seconds), _) => format!("Next try in {seconds} s."),
        (None, false) => "Trying now.".to_owned(),
        (None, true) => String::new(),
    };
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
                aria-disabled=Signal::derive(move || seconds.get().is_none().then_some("true"))
                on:click=move |_| store.try_now()
            >
                "Try now"
            </button>
        </div>
    }
}
