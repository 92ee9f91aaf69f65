//! One line above the composer about the connection, and other things that went wrong.

use gloo_timers::callback::{Interval, Timeout};
use leptos::prelude::*;
use protocol::ErrorCode;

use super::icon::icon;
use crate::{
    app::App,
    calendar,
    live::{derived, effect, memo, part, press},
    state::Link,
};

/// A break that is shorter is nobody's concern.
const PATIENCE: u32 = 2_000;
const BACK_ONLINE: u32 = 2_000;

/// Whether the connection is spoken of. Of the app, not of a pane: it outlives a change of panes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Spoken {
    Nothing,
    Broken,
    BackOnline,
}

/// Speaks of the connection, late and little.
#[derive(Clone, Copy)]
pub(super) struct Breaks(RwSignal<Spoken>);

impl Breaks {
    pub(super) fn watch(app: App) -> Self {
        let spoken = RwSignal::new(Spoken::Nothing);
        let timer = StoredValue::new_local(None::<Timeout>);
        let after = move |wait, from: Spoken, to: Spoken| {
            timer.set_value(Some(Timeout::new(wait, move || {
                if spoken.try_get_untracked() == Some(from) {
                    spoken.set(to);
                }
            })));
        };
        let online = app.select(|state| state.link.is_online());
        effect(move || match (online.get(), spoken.get_untracked()) {
            (true, Spoken::Broken) => {
                spoken.set(Spoken::BackOnline);
                app.announcer.say("Back online");
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
        effect(move || {
            if spoken.get() == Spoken::Broken {
                app.announcer.say("Reconnecting. What you write is kept.");
            }
        });
        Self(spoken)
    }
}

#[component]
pub(super) fn Banner() -> impl IntoView {
    let app: App = expect_context();
    let Breaks(spoken) = expect_context();
    let refused = app.select(|state| match &state.link {
        Link::Refused(error) => Some(error.clone()),
        _ => None,
    });
    part(move || {
        if let Some(error) = refused.get() {
            let sentence = match error.code {
                ErrorCode::ProtocolMismatch => "A new version is here. What you wrote is kept.".to_owned(),
                _ => error.message,
            };
            return view! {
                <div class="banner" role="alert">
                    {icon("retry")}
                    <p class="banner-text">{sentence}</p>
                    <button class="button is-quiet" type="button" on:click=press(|| drop(window().location().reload()))>"Reload"</button>
                </div>
            }
            .into_any();
        }
        if let Some(sentence) = app.problem.get() {
            return view! {
                <div class="banner is-error" role="alert">
                    {icon("warning")}
                    <p class="banner-text">{sentence}</p>
                    <button class="button is-quiet" type="button" on:click=press(move || app.problem.set(None))>
                        "Close"
                    </button>
                </div>
            }
            .into_any();
        }
        match spoken.get() {
            Spoken::Nothing => ().into_any(),
            Spoken::BackOnline => view! {
                <div class="banner is-ok">{icon("check")}<p class="banner-text">"Back online"</p></div>
            }
            .into_any(),
            Spoken::Broken => view! { <Reconnecting /> }.into_any(),
        }
    })
}

#[component]
fn Reconnecting() -> impl IntoView {
    let app: App = expect_context();
    let link = app.select(|state| state.link.clone());
    let now = RwSignal::new(calendar::now());
    let clock = Interval::new(1_000, move || now.set(calendar::now()));
    StoredValue::new_local(clock);
    // The wait counts from when it was said.
    let next = memo(move || match link.get() {
        Link::Offline { retry_in: Some(wait), .. } => {
            Some(calendar::now().0.saturating_add(i64::try_from(wait).unwrap_or(i64::MAX)))
        }
        _ => None,
    });
    let seconds = memo(move || {
        let left = next.get()? - now.get().0;
        Some((left + 999) / 1_000).filter(|seconds| *seconds > 0)
    });
    let count = derived(move || match seconds.get() {
        Some(seconds) => format!("Next try in {seconds} s."),
        None => "Trying now.".to_owned(),
    });
    view! {
        <div class="banner">
            {icon("offline")}
            <p class="banner-text">
                "Reconnecting. What you write is kept. " <span class="banner-count">{count}</span>
            </p>
            <button
                class="button is-quiet"
                type="button"
                aria-disabled=derived(move || seconds.get().is_none().then_some("true"))
                on:click=press(move || app.try_now())
            >
                "Try now"
            </button>
        </div>
    }
    .into_any()
}
