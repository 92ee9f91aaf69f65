//! The field in which one writes.

use std::str::FromStr as _;

use leptos::{html, prelude::*};
use protocol::{ClientId, ConversationId, MessageText, TextError, limits};
use uuid::Uuid;
use web_sys::KeyboardEvent;

use super::{
    conversation::name_of,
    icon::icon,
    timeline::{Scroll, enter_from_below},
};
use crate::{
    app::App,
    calendar,
    live::{derived, effect, memo, part},
    state::Action,
    storage,
};

/// What somebody began to write in a conversation. It survives a reload.
#[derive(Clone, Copy)]
pub(super) struct Draft {
    text: RwSignal<String>,
    app: App,
    id: ConversationId,
}

impl Draft {
    pub(super) fn open(app: App, id: ConversationId) -> Self {
        Self { text: RwSignal::new(storage::load_draft(app.me, id)), app, id }
    }

    fn set(self, text: String) {
        storage::save_draft(self.app.me, self.id, &text);
        self.text.set(text);
    }

    /// A message that was not sent is edited: it goes before what stands here already.
    pub(super) fn put_back(self, content: &MessageText) {
        let here = self.text.get_untracked();
        let text = if here.trim().is_empty() { content.to_string() } else { format!("{content}\n{here}") };
        self.set(text);
        super::chat::focus("#composer");
    }
}

/// Whether a draft can be sent, and what to say about its length.
#[derive(Clone, Debug, PartialEq)]
enum Length {
    Empty,
    Fine,
    /// Near the limit: so many characters.
    Near(usize),
    /// Over it: so many characters.
    Over(usize),
}

impl Length {
    fn of(text: &str) -> Self {
        let most = *limits::MESSAGE_CHARS.end();
        match MessageText::from_str(text) {
            Ok(parsed) => match parsed.as_str().chars().count() {
                count if count * 10 >= most * 9 => Self::Near(count),
                _ => Self::Fine,
            },
            Err(TextError::TooLong { has, .. }) => Self::Over(has),
            Err(_) => Self::Empty,
        }
    }

    fn can_be_sent(&self) -> bool {
        matches!(self, Self::Fine | Self::Near(_))
    }
}

#[component]
pub(super) fn Composer(id: ConversationId, draft: Draft, scroll: Scroll) -> impl IntoView {
    let app: App = expect_context();
    let field: NodeRef<html::Textarea> = NodeRef::new();
    let name = name_of(app, id);
    let label: Signal<String> = memo(move || match id {
        ConversationId::User(user) if user == app.me => "Write a note".to_owned(),
        _ => format!("Message {}", name.get()),
    })
    .into();
    let text = draft.text;
    let length = memo(move || text.with(|text| Length::of(text)));
    // Why nothing was sent, after one tried; until one goes on writing.
    let asked = RwSignal::new(false);

    let send = move || {
        let written = text.get_untracked();
        match MessageText::from_str(&written) {
            Ok(content) => {
                app.act(Action::Write {
                    conversation: id,
                    client_id: ClientId::from_random(Uuid::new_v4().into_bytes()),
                    content,
                    now: calendar::now(),
                });
                // Only now: until here it was kept as a draft.
                draft.set(String::new());
                asked.set(false);
            }
            Err(TextError::TooLong { .. }) => asked.set(true),
            // White space is nothing to be told off for.
            Err(_) => {}
        }
    };
    let key_pressed = move |event: KeyboardEvent| {
        // While an input method composes, Enter belongs to it. Safari says so by the number alone.
        if event.is_composing() || event.key_code() == 229 {
            return;
        }
        match event.key().as_str() {
            "Enter" if !event.shift_key() && !event.alt_key() => {
                event.prevent_default();
                send();
            }
            "ArrowUp" if text.with_untracked(String::is_empty) && enter_from_below() => {
                event.prevent_default()
            }
            "Escape" if !scroll.at_end.get_untracked() => {
                event.prevent_default();
                scroll.to_end();
            }
            _ => {}
        }
    };
    let over = memo(move || match length.get() {
        Length::Over(has) => Some(has - limits::MESSAGE_CHARS.end()),
        _ => None,
    });
    let status = derived(move || match (over.get(), asked.get()) {
        (None, _) => String::new(),
        (Some(1), false) => "1 character too long".to_owned(),
        (Some(over), false) => format!("{over} characters too long"),
        (Some(over), true) => {
            format!("Not sent: it is {over} characters too long. Shorten it or send it in two parts.")
        }
    });
    let counter = part(move || match length.get() {
        Length::Near(count) | Length::Over(count) => {
            let class = if over.get().is_some() { "composer-counter is-over" } else { "composer-counter" };
            let most = *limits::MESSAGE_CHARS.end();
            view! { <span class=class>{thousands(count)} " / " {thousands(most)}</span> }.into_any()
        }
        _ => ().into_any(),
    });
    // A keyboard that covers half of the screen comes only when one asks for it.
    effect(move || {
        let fine = window().match_media("(pointer: fine)").ok().flatten().is_some_and(|fine| fine.matches());
        if let Some(field) = field.get().filter(|_| fine) {
            request_animation_frame(move || drop(field.focus()));
        }
    });
    view! {
        <form class="composer" on:submit=move |event| {
            event.prevent_default();
            send();
        }>
            <div class="composer-field">
                <div class="composer-grow" data-value=text>
                    <textarea
                        class="composer-input"
                        id="composer"
                        rows="1"
                        node_ref=field
                        placeholder=label
                        aria-label=label
                        aria-describedby="composer-status"
                        aria-invalid=derived(move || over.get().is_some().then_some("true"))
                        enterkeyhint="send"
                        dir="auto"
                        prop:value=text
                        on:input:target=move |event| {
                            asked.set(false);
                            draft.set(event.target().value());
                        }
                        on:keydown=key_pressed
                    ></textarea>
                </div>
                <button
                    class="icon-button composer-send"
                    aria-label="Send"
                    aria-disabled=derived(move || if length.get().can_be_sent() { "false" } else { "true" })
                    // The field keeps the focus, and a phone its keyboard.
                    on:pointerdown=move |event| event.prevent_default()
                    on:mousedown=move |event| event.prevent_default()
                >
                    {icon("send")}
                </button>
            </div>
            <div class="composer-foot">
                <span class="composer-status truncate" id="composer-status" aria-live="polite">{status}</span>
                {counter}
            </div>
        </form>
    }
    .into_any()
}

/// "4,000".
fn thousands(count: usize) -> String {
    if count < 1_000 { count.to_string() } else { format!("{},{:03}", count / 1_000, count % 1_000) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counter_appears_at_nine_tenths_and_the_limit_is_the_protocols() {
        assert_eq!(Length::of(" \n"), Length::Empty);
        assert_eq!(Length::of(&"x".repeat(3_599)), Length::Fine);
        assert_eq!(Length::of(&"é".repeat(3_600)), Length::Near(3_600));
        // Line ends around a message are not counted, as the server does not count them.
        assert_eq!(Length::of(&format!("\n{}\n", "x".repeat(4_000))), Length::Near(4_000));
        assert_eq!(Length::of(&"x".repeat(4_012)), Length::Over(4_012));
        assert!(!Length::of(&"x".repeat(4_012)).can_be_sent());
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!([999, 4_000, 12_034].map(thousands), ["999", "4,000", "12,034"]);
    }
}
