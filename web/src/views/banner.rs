//! One line above the composer about the connection, and other things that went wrong.

use crate::reactive::*;
use gloo_timers::callback::{Interval, Timeout};
use protocol::ErrorCode;

use super::icon::icon;
use crate::{
    app::{App, Spoken},
    calendar,
    dom::{El, View, button, div, p, part, span},
    live::{effect, keep, memo, var},
    state::Link,
};

/// A break that is shorter is nobody's concern.
const PATIENCE: u32 = 2_000;
const BACK_ONLINE: u32 = 2_000;

/// Speaks of the connection, late and little.
pub(super) fn watch_breaks(app: App) {
    let spoken = app.spoken;
    let timer = keep(None::<Timeout>);
    let after = move |wait, from: Spoken, to: Spoken| {
        timer.set(Some(Timeout::new(wait, move || {
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
        (true, _) => timer.set(None),
        (false, Spoken::BackOnline) => {
            spoken.set(Spoken::Nothing);
            after(PATIENCE, Spoken::Nothing, Spoken::Broken);
        }
        (false, Spoken::Nothing) => after(PATIENCE, Spoken::Nothing, Spoken::Broken),
        (false, Spoken::Broken) => {}
    });
    effect(move || {
        if spoken.get() == Spoken::Broken {
            app.announcer.say(reconnecting_sentence(app));
        }
    });
}

pub(super) fn banner() -> View {
    let app = App::here();
    let refused = app.select(|state| match &state.link {
        Link::Refused(error) => Some(error.clone()),
        _ => None,
    });
    part(move || {
        if let Some(error) = refused.get() {
            let sentence = match error.code {
                ErrorCode::ProtocolMismatch => "A new version is here. What you wrote is kept.",
                _ => &error.message,
            };
            let reload = || drop(window().location().reload());
            return Some(line("retry", sentence).attr("role", "alert").child(press("Reload", reload)));
        }
        if let Some(sentence) = app.problem.get() {
            let close = press("Close", move || app.problem.set(None));
            return Some(line("warning", &sentence).class("is-error").attr("role", "alert").child(close));
        }
        match app.spoken.get() {
            Spoken::Nothing => None,
            Spoken::BackOnline => Some(line("check", "Back online").class("is-ok")),
            Spoken::Broken => Some(reconnecting(app)),
        }
    })
}

fn line(sign: &str, sentence: &str) -> El {
    div("banner").child(icon(sign)).child(p("banner-text").text(sentence))
}

fn press(label: &str, act: impl FnMut() + 'static) -> El {
    button("button is-quiet").on_press(act).text(label)
}

fn reconnecting_sentence(app: App) -> &'static str {
    if app.can_keep.get_untracked() {
        "Reconnecting. What you write is kept."
    } else {
        "Reconnecting. This browser keeps nothing: what you write is lost when you close this page."
    }
}

fn reconnecting(app: App) -> El {
    let link = app.select(|state| state.link.clone());
    let now = var(calendar::now());
    keep(Interval::new(1_000, move || now.set(calendar::now())));
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
    let count = span("banner-count").live_text(move || match seconds.get() {
        Some(seconds) => format!("Next try in {seconds} s."),
        None => "Trying now.".to_owned(),
    });
    let text = p("banner-text").text(&format!("{} ", reconnecting_sentence(app))).child(count);
    let try_now = press("Try now", move || app.try_now())
        .live_attr("aria-disabled", move || seconds.get().is_none().then_some("true"));
    div("banner").child(icon("offline")).child(text).child(try_now)
}
