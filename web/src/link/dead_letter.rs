//! What was refused in a group that is gone, or corrects a message that is not loaded, would be seen nowhere. One
//! at a time is in a banner, until it is discarded or its message is on the screen.

use chat::{Action, ChatState, Topic};
use leptos::prelude::*;
use protocol::{ClientId, MessageText, excerpt};

use super::banner::BannerButton;
use crate::{
    intl::direction::isolated,
    message::preview::preview,
    routes::message_path,
    screen::Screen,
    store::Store,
    ui::{clipboard::copy, icon::Icon},
};

#[derive(Clone, PartialEq)]
pub(super) struct DeadLetter {
    pub(super) client_id: ClientId,
    /// What would be lost with it.
    text: Option<MessageText>,
    /// Whether it changes a message.
    is_change: bool,
    /// Where that message is.
    path: Option<String>,
}

impl DeadLetter {
    pub(super) fn first(state: &ChatState) -> Option<Self> {
        let first = state.dead_letters().into_iter().next()?;
        let message = first.command.changes();
        // There is nothing to go to in a group that is gone.
        let path = message
            .filter(|_| state.lists(first.conversation))
            .map(|message| message_path(first.conversation, message));
        let text = first.command.text().cloned();
        Some(Self { client_id: first.client_id.clone(), text, is_change: message.is_some(), path })
    }

    /// What happened.
    fn what(&self) -> &'static str {
        match (&self.text, &self.path) {
            (Some(_), _) if self.is_change => "Not corrected:",
            (Some(_), _) => "Not sent:",
            (None, None) => {
                "A message was not deleted: you are no longer in its group. Others can still read it."
            }
            (None, Some(_)) => "A message was not deleted. Others can still read it.",
        }
    }

    /// What is shown of the text.
    fn shown(&self, state: &ChatState) -> Option<String> {
        self.text.as_ref().map(|text| preview(state, &excerpt(text)))
    }

    /// All of it.
    pub(super) fn sentence(&self, state: &ChatState) -> String {
        match self.shown(state) {
            Some(text) => format!("{} {}", self.what(), isolated(&text)),
            None => self.what().to_owned(),
        }
    }
}

#[component]
pub(super) fn DeadLetterBanner() -> impl IntoView {
    let store = Store::expect();
    // Whether there is anything to go to may change, too.
    let first = store.select(|| [Topic::Outbox, Topic::List], DeadLetter::first);
    // The next one has buttons of its own: whoever presses one twice does not discard two.
    view! {
        <For
            each=move || first.get()
            key=|letter| (letter.client_id.clone(), letter.path.clone())
            let:letter
        >
            <Shown letter />
        </For>
    }
}

#[component]
fn Shown(letter: DeadLetter) -> impl IntoView {
    let (store, screen) = (Store::expect(), Screen::expect());
    let (what, shown) = (letter.what(), store.with(|state| letter.shown(state)));
    let DeadLetter { client_id, text, path, .. } = letter;
    let discard = move |()| store.act(Action::Discard(client_id.clone()));
    let show = path.map(|path| view! { <a class="button is-quiet" href=path>"Show"</a> });
    match text {
        Some(text) => {
            let copy = move |()| copy(screen.announcer, text.as_str(), "Copied");
            view! {
                <div class="banner is-error">
                    <Icon name="warning" />
                    <p class="banner-text truncate">{what} " " <bdi>{shown}</bdi></p>
                    {show}
                    <BannerButton label="Copy" on_press=copy />
                    <BannerButton label="Discard" on_press=discard />
                </div>
            }
            .into_any()
        }
        None => view! {
            <div class="banner is-error">
                <Icon name="warning" />
                <p class="banner-text">{what}</p>
                {show}
                <BannerButton label="Close" on_press=discard />
            </div>
        }
        .into_any(),
    }
}
