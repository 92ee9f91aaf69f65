//! The field in which messages are written.

mod complete;
pub(crate) mod draft;
mod growth;
pub(crate) mod keys;
mod length;
mod mention;
mod mode;
mod mode_bar;
mod paste;
mod typing;

use chat::Command;
use std::str::FromStr as _;

use leptos::{
    ev::{InputEvent, KeyboardEvent, SubmitEvent, Targeted},
    prelude::*,
};
use protocol::{ConversationId, MessageText, TextError, limits};
use web_sys::HtmlTextAreaElement;

use crate::{
    conversation::names::name_of,
    intl::{direction::isolated, number::Numbers},
    store::Store,
    timeline::{keys::enter_from_below, scroll::Scroll},
    ui::{
        breakpoint,
        icon::Icon,
        shortcut::{composes, pressed},
    },
};
use complete::{Choices, Completion};
use draft::{Draft, as_shown};
use keys::{IN_COMPOSER, InComposer};
use length::Length;
use mode::Mode;
use mode_bar::ModeBar;
use typing::TypingLine;

/// What was not done, until somebody goes on writing.
#[derive(Clone, Copy, PartialEq)]
enum Refused {
    /// To send a text that is too long.
    Message,
    /// To insert a text of this length.
    Insertion(usize),
}

#[component]
pub(crate) fn Composer(id: ConversationId, draft: Draft, scroll: Scroll) -> impl IntoView {
    let store = Store::expect();
    let name = name_of(store, id);
    let label = Memo::new(move |_| match id {
        _ if draft.mode.with(|mode| matches!(mode, Mode::Edit { .. })) => "Edit your message".to_owned(),
        ConversationId::User(user) if user == store.me() => "Write a note".to_owned(),
        _ => format!("Message {}", isolated(&name.get())),
    });
    let length = draft.length;
    let refused = RwSignal::new(None::<Refused>);

    let send = move || match (MessageText::from_str(&draft.text()), draft.mode.get_untracked()) {
        (Ok(content), Mode::Edit { message, before, .. }) => {
            // It may have been corrected elsewhere meanwhile.
            if content != draft.present_text(message).unwrap_or(before) {
                store.write(id, Command::Edit { message, content });
            }
            draft.leave_mode();
            refused.set(None);
        }
        (Ok(content), mode) => {
            store.write(id, Command::Send { content, reply_to: mode.reply_to() });
            // Only now: until here it was kept as a draft.
            draft.clear();
            draft.leave_mode();
            refused.set(None);
            scroll.to_end();
        }
        (Err(TextError::TooLong { .. }), _) => refused.set(Some(Refused::Message)),
        // Nobody needs to be told that white space is not sent.
        (Err(_), _) => {}
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        send();
    };
    let completion = Completion::new(store, id, draft);
    let key_pressed = move |event: KeyboardEvent| {
        // While an input method composes, Enter belongs to it.
        if composes(&event) || completion.takes(&event) {
            return;
        }
        let Some(does) = pressed(IN_COMPOSER, &event) else { return };
        let done = match does {
            InComposer::Send => {
                send();
                true
            }
            InComposer::NewLine => false,
            InComposer::Up => draft.is_empty() && (edit_last(store, id, draft) || enter_from_below()),
            InComposer::Escape if draft.mode.with_untracked(|mode| *mode != Mode::New) => {
                draft.leave_mode();
                true
            }
            InComposer::Escape if !scroll.at_end.get_untracked() => {
                scroll.to_end();
                true
            }
            InComposer::Escape => false,
        };
        if done {
            event.prevent_default();
        }
    };
    // A keyboard that covers half of the screen comes only when somebody asks for it.
    draft.field.on_load(|field| {
        if !breakpoint::keyboard_covers() {
            request_animation_frame(move || drop(field.focus()));
        }
    });
    let over = Memo::new(move |_| length.with(Length::over));
    let numbers = Numbers::new();
    let status = move || match (over.get(), refused.get()) {
        (_, Some(Refused::Insertion(length))) => format!(
            "Not pasted: it has {} characters, a message at most {}. Your draft is as it was.",
            numbers.write(length),
            numbers.write(*limits::MESSAGE_CHARS.end()),
        ),
        (None, _) => String::new(),
        (Some(1), None) => "1 character too long".to_owned(),
        (Some(over), None) => format!("{} characters too long", numbers.write(over)),
        (Some(over), Some(Refused::Message)) => {
            let over = numbers.write(over);
            format!("Not sent: it is {over} characters too long. Shorten it or send it in two parts.")
        }
    };
    let before_input = move |event: Targeted<InputEvent, HtmlTextAreaElement>| {
        if let Some(length) = paste::too_much(&event, &event.target()) {
            event.prevent_default();
            refused.set(Some(Refused::Insertion(length)));
        }
    };
    view! {
        <form class="composer" on:submit=submit>
            <ModeBar id draft />
            <div class="composer-field">
                <Choices completion />
                <textarea
                    class="composer-input"
                    id="composer"
                    rows="1"
                    node_ref=draft.field
                    placeholder=label
                    aria-label=label
                    aria-describedby="composer-status"
                    aria-invalid=Signal::derive(move || over.get().map(|_| "true"))
                    aria-autocomplete="list"
                    aria-controls=Signal::derive(move || completion.is_open().then_some("completion"))
                    aria-activedescendant=Signal::derive(move || completion.active_id())
                    enterkeyhint="send"
                    dir=Signal::derive(move || if draft.right_to_left.get() { "rtl" } else { "ltr" })
                    on:beforeinput:target=before_input
                    on:input:target=move |event| {
                        refused.set(None);
                        growth::fit(&event.target());
                        draft.typed();
                        completion.typed(&event.target());
                    }
                    on:click=move |_| completion.close()
                    on:blur=move |_| completion.close()
                    on:keydown=key_pressed
                ></textarea>
                <button
                    class="icon-button composer-send"
                    aria-label="Send"
                    title="Send"
                    aria-disabled=Signal::derive(move || (!length.with(Length::can_be_sent)).to_string())
                    // The field keeps the focus, and a phone its keyboard.
                    on:pointerdown=move |event| event.prevent_default()
                    on:mousedown=move |event| event.prevent_default()
                >
                    <Icon name="send" />
                </button>
            </div>
            <div class="composer-foot">
                <span
                    class="composer-status"
                    id="composer-status"
                    aria-live="polite"
                    prop:textContent=status
                ></span>
                <TypingLine id />
                <Counter length />
            </div>
        </form>
    }
}

/// How long it is, near the limit.
#[component]
fn Counter(length: RwSignal<Length>) -> impl IntoView {
    let numbers = Numbers::new();
    move || {
        length.with(Length::count).map(|count| {
            let text = format!("{} / {}", numbers.write(count), numbers.write(*limits::MESSAGE_CHARS.end()));
            let over = length.with(Length::over).is_some();
            view! { <span class="composer-counter" class:is-over=over prop:textContent=text></span> }
        })
    }
}

/// Lets the person correct what they wrote last, if that is loaded. Returns whether there is anything.
fn edit_last(store: Store, id: ConversationId, draft: Draft) -> bool {
    let last = store.with(|state| {
        let messages = state.conversation(id)?.timeline.messages();
        let last = messages.iter().rfind(|one| one.sender_id == state.me.id && !one.is_deleted())?;
        let shown = as_shown(state, id, last);
        (!shown.is_deleted()).then_some((shown.id, shown.content))
    });
    let Some((message, text)) = last else { return false };
    draft.edit(message, text.clone(), &text);
    true
}
