//! The field in which one writes.

use std::str::FromStr as _;

use crate::reactive::*;
use protocol::{ClientId, ConversationId, MessageText, TextError, limits};
use wasm_bindgen::UnwrapThrowExt as _;

use super::{
    conversation::name_of,
    icon::icon,
    timeline::{Scroll, enter_from_below},
};
use crate::{
    app::App,
    calendar,
    dom::{El, div, el, focus, next_frame, part, span},
    live::{Var, effect, memo, var},
    state::Action,
};

/// What somebody began to write in a conversation. It survives a reload.
#[derive(Clone, Copy)]
pub(super) struct Draft {
    text: Var<String>,
    app: App,
    id: ConversationId,
}

impl Draft {
    pub(super) fn open(app: App, id: ConversationId) -> Self {
        let draft = Self { text: var(String::new()), app, id };
        if let Some(drafts) = app.drafts() {
            spawn_local(async move {
                let text = drafts.load(id).await;
                // Unless somebody writes already, or is elsewhere by now.
                draft.text.update(|here| {
                    if here.is_empty() {
                        *here = text;
                    }
                });
            });
        }
        on_cleanup(move || {
            if let Some(drafts) = app.drafts() {
                drafts.flush();
            }
        });
        draft
    }

    fn set(self, text: String) {
        if let Some(drafts) = self.app.drafts() {
            let text = text.clone();
            drafts.save(self.id, move || text.clone());
        }
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

fn new_client_id() -> ClientId {
    let mut bytes = [0; 16];
    window().crypto().and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes)).unwrap_throw();
    ClientId::from_random(bytes)
}

pub(super) fn composer(id: ConversationId, draft: Draft, scroll: Scroll) -> El {
    let app = App::here();
    let name = name_of(app, id);
    let label = memo(move || match id {
        ConversationId::User(user) if user == app.me => "Write a note".to_owned(),
        _ => format!("Message {}", name.get()),
    });
    let text = draft.text;
    let length = memo(move || text.with(|text| Length::of(text)));
    // Why nothing was sent, after one tried; until one goes on writing.
    let asked = var(false);

    let send = move || {
        let written = text.get_untracked();
        match MessageText::from_str(&written) {
            Ok(content) => {
                app.act(Action::Write {
                    conversation: id,
                    client_id: new_client_id(),
                    content,
                    now: calendar::now(),
                });
                // Only now: until here it was kept as a draft.
                draft.set(String::new());
                asked.set(false);
                scroll.to_end();
            }
            Err(TextError::TooLong { .. }) => asked.set(true),
            // White space is nothing to be told off for.
            Err(_) => {}
        }
    };
    let over = memo(move || match length.get() {
        Length::Over(has) => Some(has - limits::MESSAGE_CHARS.end()),
        _ => None,
    });
    let status = move || match (over.get(), asked.get()) {
        (None, _) => String::new(),
        (Some(1), false) => "1 character too long".to_owned(),
        (Some(over), false) => format!("{over} characters too long"),
        (Some(over), true) => {
            format!("Not sent: it is {over} characters too long. Shorten it or send it in two parts.")
        }
    };
    let counter = part(move || match length.get() {
        Length::Near(count) | Length::Over(count) => {
            let class = if over.get().is_some() { "composer-counter is-over" } else { "composer-counter" };
            let most = *limits::MESSAGE_CHARS.end();
            Some(span(class).text(&format!("{} / {}", thousands(count), thousands(most))))
        }
        _ => None,
    });

    let field = el("textarea", "composer-input")
        .attr("id", "composer")
        .attr("rows", "1")
        .live_attr("placeholder", move || label.get())
        .live_attr("aria-label", move || label.get())
        .attr("aria-describedby", "composer-status")
        .live_attr("aria-invalid", move || over.get().is_some().then_some("true"))
        .attr("enterkeyhint", "send")
        .attr("dir", "auto")
        .live_value(move || text.get())
        .on_input(move |text| {
            asked.set(false);
            draft.set(text);
        })
        .on_key(move |event| {
            // While an input method composes, Enter belongs to it. Safari says so by the number
            // alone.
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
        });
    let handle = field.handle();
    effect(move || {
        // A keyboard that covers half of the screen comes only when one asks for it.
        let fine = window().match_media("(pointer: fine)").ok().flatten().is_some_and(|fine| fine.matches());
        if fine {
            let field = handle.clone();
            next_frame(move || {
                focus(&field);
            });
        }
    });
    let send_button = el("button", "icon-button composer-send")
        .attr("aria-label", "Send")
        .live_attr("aria-disabled", move || if length.get().can_be_sent() { "false" } else { "true" })
        // The field keeps the focus, and a phone its keyboard.
        .on("pointerdown", |event| event.prevent_default())
        .on("mousedown", |event| event.prevent_default())
        .child(icon("send"));
    let status = span("composer-status truncate")
        .attr("id", "composer-status")
        .attr("aria-live", "polite")
        .live_text(status);
    el("form", "composer")
        .on_submit(send)
        .child(
            div("composer-field")
                .child(div("composer-grow").live_attr("data-value", move || text.get()).child(field))
                .child(send_button),
        )
        .child(div("composer-foot").child(status).child(counter))
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
